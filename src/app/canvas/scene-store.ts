import { create } from 'zustand'
import type { Cursor } from '../../worker/protocol.ts'
import type { Timeline } from '../state/timeline.ts'
import { type Positions, useLab, useView } from '../state/stores.ts'
import type { Hook } from './layout/host-box.ts'
import { LayoutMemory } from './layout/memory.ts'
import { type Scene, layout } from './layout/scene.ts'
import { siteOf } from './layout/way.ts'
import { threadOf } from './packets.ts'

/** The scene as of the topology on screen; `dragged` is a position that the pointer holds and the text does not know yet. */
interface SceneState {
  readonly scene: Scene
  readonly dragged: Positions
}

let memory = new LayoutMemory()
let memoryOf = ''

const EMPTY: Scene = {
  hosts: [],
  rails: [],
  bounds: { x: 0, y: 0, w: 400, h: 300 },
  devices: new Map(),
  places: new Map(),
}
export const useScene = create<SceneState>(() => ({ scene: EMPTY, dragged: {} }))

export const drag = (dragged: Positions): void => {
  useScene.setState({ dragged })
  arrange()
}

/** Lays the present topology out again. Another lab starts with a clean memory. */
export function arrange(): void {
  const { topology } = useView.getState()
  const { positions, opened, name } = useLab.getState()
  if (!topology) return
  const lab = `${opened}:${name}`
  if (lab !== memoryOf) {
    memory = new LayoutMemory()
    memoryOf = lab
  }
  useScene.setState({ scene: layout(topology, memory, { ...positions, ...useScene.getState().dragged }) })
}

useView.subscribe((now, before) => {
  if (now.topology !== before.topology) arrange()
})
useLab.subscribe((now, before) => {
  if (now.positions !== before.positions) arrange()
})

/** What of the picture the step under the cursor is about. */
export interface Lit {
  readonly place: number
  readonly device: number
  readonly host: string
  readonly hook: Hook | null
  /** Hooks of `place` that the packet has passed on the way here. */
  readonly passed: readonly Hook[]
}
export const useLit = create<Lit>(() => ({ place: 0, device: 0, host: '', hook: null, passed: [] }))

export function light(scene: Scene, timeline: Timeline, cursor: Cursor): void {
  if (cursor >= timeline.length) return
  const place = timeline.columns.place[cursor]!
  const site = siteOf(scene, timeline, cursor)
  const hook = hookAt(scene, timeline, cursor)
  const passed: Hook[] = []
  const packet = timeline.columns.packet[cursor]!
  if (packet !== 0)
    for (const record of threadOf(timeline, packet)
      .filter((one) => one <= cursor)
      .reverse()) {
      if (timeline.columns.place[record] !== place) break
      const one = hookAt(scene, timeline, record)
      if (one && one !== hook && !passed.includes(one)) passed.push(one)
    }
  useLit.setState({ place, device: timeline.columns.dev[cursor]!, host: site?.host ?? '', hook, passed })
}

function hookAt(scene: Scene, timeline: Timeline, record: Cursor): Hook | null {
  const site = siteOf(scene, timeline, record)
  const hooks = scene.places.get(timeline.columns.place[record]!)?.hooks
  if (!site || site.zone !== 'band' || !hooks) return null
  for (const name of Object.keys(hooks) as Hook[]) if (hooks[name].x === site.x && hooks[name].y === site.y) return name
  return null
}
