import { type NodeChange, ReactFlow, ReactFlowProvider, useReactFlow, useStore, useStoreApi } from '@xyflow/react'
import { type MouseEvent, type ReactNode, useCallback, useEffect, useMemo, useRef } from 'react'
import { useI18n } from '../state/i18n.ts'
import { openTerminal, select } from '../state/page.ts'
import { goTo, moveTo } from '../state/session.ts'
import { isCalm, useSettings } from '../state/settings.ts'
import { useCursor, useLab, useTimeline, useView } from '../state/stores.ts'
import { Light, Wires } from './Light.tsx'
import { PacketLayer } from './PacketLayer.tsx'
import type { Drawn } from './paint/paint.ts'
import type { Spot } from './layout/geometry.ts'
import { siteOf } from './layout/way.ts'
import { listenToCamera } from '../state/camera.ts'
import { type AnyNode, NODE_TYPES, RAIL_TOP, nodesOf } from './nodes.ts'
import { drag, useScene } from './scene-store.ts'
import { MAX_ZOOM, MIN_ZOOM, depthOf, fitted, textScale } from './view.ts'
import './canvas.css'

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
  const nodes = useMemo(() => nodesOf(scene), [scene])

  const onNodesChange = useCallback((changes: NodeChange<AnyNode>[]) => {
    for (const change of changes)
      if (change.type === 'position' && change.position && change.dragging)
        drag({ [change.id]: placeOf(change.id, change.position) })
  }, [])
  /** What is dropped outside of the map goes back to where it was: there nobody would find it. */
  const drop = useCallback((event: globalThis.MouseEvent | TouchEvent, { id, position }: AnyNode) => {
    if (!(id in useScene.getState().dragged)) return
    if (isOver(document.querySelector('.canvas')!, event)) moveTo(id, placeOf(id, position))
    drag({})
  }, [])

  const under = (event: MouseEvent): Drawn | undefined => {
    const { left, top } = event.currentTarget.getBoundingClientRect()
    return packetNear(shown.current, event.clientX - left, event.clientY - top)
  }
  /** Packets lie above everything, but for the pointer: a click on one is meant for it. One from the keyboard has no place. */
  const pick = (event: MouseEvent): void => {
    const hit = event.detail > 0 ? under(event) : undefined
    if (!hit || hit.packet.focused) return
    event.stopPropagation()
    goTo(hit.packet.record)
  }
  const point = (event: MouseEvent<HTMLElement>): void => {
    const hit = under(event)
    event.currentTarget.toggleAttribute('data-on-packet', hit !== undefined && !hit.packet.focused)
  }

  return (
    <div className="canvas" data-depth={depth} data-testid="canvas" role="region" aria-label={t('ui.canvas')}>
      <Scale />
      <ReactFlow
        nodes={nodes}
        edges={NO_EDGES}
        nodeTypes={NODE_TYPES}
        onNodesChange={onNodesChange}
        onNodeDragStop={drop}
        onClickCapture={pick}
        onMouseMove={point}
        onPaneClick={() => select(null)}
        onNodeDoubleClick={openHost}
        minZoom={MIN_ZOOM}
        maxZoom={MAX_ZOOM}
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
        autoPanOnNodeDrag={false}
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

/** The document's position of what the graph has at `at`: of a machine its lower edge, of a network its wire. */
function placeOf(id: string, at: Spot): Spot {
  const host = useScene.getState().scene.hosts.find((box) => box.host.id === id)
  return { x: at.x, y: at.y + (host ? host.rect.h : RAIL_TOP) }
}

function isOver(element: Element, event: globalThis.MouseEvent | TouchEvent): boolean {
  const { clientX, clientY } = 'changedTouches' in event ? event.changedTouches[0]! : event
  const { left, top, right, bottom } = element.getBoundingClientRect()
  return clientX > left && clientX < right && clientY > top && clientY < bottom
}

/** Reach of a click around a packet, in pixels. */
const REACH = 16

function packetNear(drawn: readonly Drawn[], x: number, y: number): Drawn | undefined {
  return drawn.findLast((one) => Math.hypot(one.x - x, one.y - y) < REACH)
}

/** Lets text keep a readable size when the picture shrinks. */
function Scale() {
  const scale = useStore((state) => textScale(state.transform[2]))
  useEffect(() => {
    const pane = document.querySelector<HTMLElement>('.canvas')
    pane?.style.setProperty('--k', String(scale))
  }, [scale])
  return null
}

/** Fits the picture at the start, follows the packet, and does what keys, buttons and menus ask for. */
function Camera() {
  const flow = useReactFlow()
  const store = useStoreApi()
  const size = useStore((state) => `${state.width}x${state.height}`)
  const lab = useLab(({ opened, name }) => `${opened}:${name}`)
  const bounds = useScene((state) => state.scene.bounds)
  const ready = useScene((state) => state.scene.hosts.length > 0)
  const touched = useRef(false)
  const fit = useCallback(
    (calm: boolean) => {
      const { scene } = useScene.getState()
      const { width, height } = store.getState()
      void flow.setViewport(fitted(scene.bounds, width, height), { duration: calm ? 0 : 300 })
    },
    [flow, store],
  )
  useEffect(() => {
    touched.current = false
  }, [lab])
  const box = `${bounds.w}x${bounds.h}`
  useEffect(() => {
    if (ready && !touched.current) fit(true)
  }, [ready, size, box, lab, fit])

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
