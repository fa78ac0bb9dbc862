import {
  type NodeChange,
  ReactFlow,
  ReactFlowProvider,
  getViewportForBounds,
  useReactFlow,
  useStore,
  useStoreApi,
} from '@xyflow/react'
import { type MouseEvent, type ReactNode, useCallback, useEffect, useMemo, useRef } from 'react'
import { useI18n } from '../state/i18n.ts'
import { openTerminal, select } from '../state/page.ts'
import { goTo, moveTo } from '../state/session.ts'
import { isCalm, useSettings } from '../state/settings.ts'
import { useCursor, useLab, useTimeline, useView } from '../state/stores.ts'
import { HostNode, type HostNodeType } from './HostNode.tsx'
import { Light, Wires } from './Light.tsx'
import { PacketLayer } from './PacketLayer.tsx'
import { RailNode, type RailNodeType } from './RailNode.tsx'
import type { Drawn } from './paint/paint.ts'
import { siteOf } from './layout/way.ts'
import { listenToCamera } from '../state/camera.ts'
import { drag, useScene } from './scene-store.ts'
import './canvas.css'

const NODE_TYPES = { host: HostNode, rail: RailNode }
type AnyNode = HostNodeType | RailNodeType

/** `children` lie above the picture: what belongs to it and may come later. */
export function Canvas({ children }: { readonly children?: ReactNode }) {
  return (
    <ReactFlowProvider>
      <Graph>{children}</Graph>
    </ReactFlowProvider>
  )
}

function Graph({ children }: { readonly children: ReactNode }) {
  const { t } = useI18n()
  const scene = useScene((state) => state.scene)
  const depth = useStore((state) => depthOf(state.transform[2]))
  const shown = useRef<readonly Drawn[]>([])
  const nodes = useMemo(
    (): AnyNode[] => [
      ...scene.rails.map((rail): RailNodeType => ({
        id: rail.network.id,
        type: 'rail',
        position: { x: rail.from, y: rail.y - 9 },
        data: { rail },
        width: rail.to - rail.from,
        height: 40,
      })),
      ...scene.hosts.map((box): HostNodeType => ({
        id: box.host.id,
        type: 'host',
        position: { x: box.rect.x, y: box.rect.y },
        data: { box },
        width: box.rect.w,
        height: box.rect.h,
      })),
    ],
    [scene],
  )

  const onNodesChange = useCallback((changes: NodeChange<AnyNode>[]) => {
    for (const change of changes) {
      if (change.type !== 'position' || !change.position) continue
      const host = useScene.getState().scene.hosts.find(({ host: { id } }) => id === change.id)
      const at = host
        ? { x: change.position.x, y: change.position.y + host.rect.h }
        : { x: change.position.x, y: change.position.y + 9 }
      if (change.dragging) drag({ [change.id]: at })
      else if (change.id in useScene.getState().dragged) {
        moveTo(change.id, at)
        drag({})
      }
    }
  }, [])

  const pick = useCallback((event: MouseEvent) => {
    const { left, top } = event.currentTarget.getBoundingClientRect()
    const hit = packetNear(shown.current, event.clientX - left, event.clientY - top)
    if (hit) goTo(hit.packet.record)
    else select(null)
  }, [])

  return (
    <div className="canvas" data-depth={depth} data-testid="canvas" role="region" aria-label={t('ui.canvas')}>
      <Scale />
      <ReactFlow
        nodes={nodes}
        edges={NO_EDGES}
        nodeTypes={NODE_TYPES}
        onNodesChange={onNodesChange}
        onPaneClick={pick}
        onNodeDoubleClick={openHost}
        minZoom={0.12}
        maxZoom={3}
        nodesConnectable={false}
        nodesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        zoomOnDoubleClick={false}
        panOnScroll
        panActivationKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        onlyRenderVisibleElements={nodes.length > 60}
        nodeDragThreshold={4}
        attributionPosition="top-left"
      >
        <Wires />
        <Light />
      </ReactFlow>
      <PacketLayer shown={shown} />
      <Booting />
      <Camera />
      {children}
    </div>
  )
}

/** A double click on a machine opens a terminal in it and leaves the keyboard with the canvas. */
function openHost(_: MouseEvent, node: AnyNode): void {
  if (node.type === 'host') openTerminal(node.id, false)
}

/** Until there is something to see. */
function Booting() {
  const { t } = useI18n()
  const starting = useLab((state) => state.status === 'starting')
  const empty = useView((state) => state.topology === null)
  return starting && empty ? <p className="booting">{t('ui.booting')}</p> : null
}

const NO_EDGES: [] = []
/** Reach of a click around a packet, in pixels. */
const REACH = 16

function packetNear(drawn: readonly Drawn[], x: number, y: number): Drawn | undefined {
  return drawn.findLast((one) => Math.hypot(one.x - x, one.y - y) < REACH)
}

/** Semantic zoom: what can be read at this size is shown, always in the same place. */
export function depthOf(zoom: number): 'far' | 'middle' | 'near' | 'inside' {
  if (zoom < 0.42) return 'far'
  if (zoom < 0.78) return 'middle'
  return zoom < 1.5 ? 'near' : 'inside'
}

/** Lets text keep a readable size when the picture shrinks. */
function Scale() {
  const zoom = useStore((state) => Math.round(state.transform[2] * 50) / 50)
  useEffect(() => {
    const pane = document.querySelector<HTMLElement>('.canvas')
    pane?.style.setProperty('--k', String(Math.max(1, Math.min(2.6, 0.94 / zoom))))
  }, [zoom])
  return null
}

/** A small lab is not blown up. */
const MOST_FITTED = 1.25

/** Fits the picture at the start, follows the packet, and does what keys, buttons and menus ask for. */
function Camera() {
  const flow = useReactFlow()
  const store = useStoreApi()
  const size = useStore((state) => `${state.width}x${state.height}`)
  const name = useLab((state) => state.name)
  const bounds = useScene((state) => state.scene.bounds)
  const ready = useScene((state) => state.scene.hosts.length > 0)
  const touched = useRef(false)
  const fit = useCallback(
    (calm: boolean) => {
      const { scene } = useScene.getState()
      const { x, y, w, h } = scene.bounds
      const { width, height } = store.getState()
      const bounds = { x, y: y - 8, width: w, height: h + 16 }
      void flow.setViewport(getViewportForBounds(bounds, width, height, 0.12, MOST_FITTED, 0.03), {
        duration: calm ? 0 : 300,
      })
    },
    [flow, store],
  )
  useEffect(() => {
    touched.current = false
  }, [name])
  const box = `${bounds.w}x${bounds.h}`
  useEffect(() => {
    if (ready && !touched.current) fit(true)
  }, [ready, size, box, name, fit])

  useEffect(() => {
    const follow = (): void => {
      const { cursor, playing } = useCursor.getState()
      const settings = useSettings.getState()
      if (!settings.follow || document.querySelector('.react-flow__pane.dragging, .react-flow__node.dragging')) return
      const { scene } = useScene.getState()
      const site = siteOf(scene, useTimeline.getState().timeline, cursor)
      if (!site) return
      const { x, y, zoom: now } = flow.getViewport()
      const pane = document.querySelector('.canvas')!.getBoundingClientRect()
      const [left, top] = [site.x * now + x, site.y * now + y]
      const inset = 14
      if (left > inset && top > inset && left < pane.width - inset && top < pane.height - inset) return
      void flow.setCenter(site.x, site.y, { zoom: now, duration: isCalm(settings) || playing ? 0 : 300 })
    }
    return useCursor.subscribe((now, then) => {
      if (now.cursor !== then.cursor) follow()
    })
  }, [flow])

  useEffect(
    () =>
      listenToCamera((command) => {
        const duration = isCalm(useSettings.getState()) ? 0 : 300
        touched.current = command !== 'fit'
        if (command === 'fit') fit(duration === 0)
        else if (command === 'in') void flow.zoomIn({ duration })
        else if (command === 'out') void flow.zoomOut({ duration })
        else if (command === 'actual') void flow.zoomTo(1, { duration })
        else {
          const { scene } = useScene.getState()
          const host = scene.hosts.find(({ host: { id } }) => id === command.host)
          if (host) {
            const { x, y, w, h } = host.rect
            void flow.fitBounds({ x, y, width: w, height: h }, { padding: 0.15, duration })
          }
        }
      }),
    [flow, fit],
  )

  useEffect(() => {
    const pane = document.querySelector('.canvas')
    const touch = (): void => {
      touched.current = true
    }
    pane?.addEventListener('wheel', touch, { passive: true })
    pane?.addEventListener('pointermove', (event) => {
      if ((event as PointerEvent).buttons > 0) touch()
    })
    return () => pane?.removeEventListener('wheel', touch)
  }, [])

  return null
}
