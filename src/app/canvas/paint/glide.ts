import type { Cursor } from '../../../worker/protocol.ts'
import type { Timeline } from '../../state/timeline.ts'
import type { Spot } from '../layout/geometry.ts'
import type { Scene } from '../layout/scene.ts'
import { type LivePacket, wayOf } from '../packets.ts'

/** A step under way on the screen: which packets move, along what, since when (ms of the frame clock). */
export interface Glide {
  readonly ways: ReadonlyMap<number, readonly Spot[]>
  readonly start: number
  readonly duration: number
}

/** 250 ms for a short step, up to 400 ms for a long way. */
export function startGlide(
  timeline: Timeline,
  scene: Scene,
  live: readonly LivePacket[],
  from: Cursor,
  to: Cursor,
  now: number,
): Glide | null {
  const ways = new Map<number, readonly Spot[]>()
  let corners = 0
  for (const { id } of live) {
    const way = wayOf(timeline, scene, id, from, to)
    if (!way) continue
    ways.set(id, way)
    corners = Math.max(corners, way.length)
  }
  return ways.size === 0 ? null : { ways, start: now, duration: Math.min(400, 220 + corners * 30) }
}

export const ease = (share: number): number => (share < 0.5 ? 4 * share ** 3 : 1 - (-2 * share + 2) ** 3 / 2)
