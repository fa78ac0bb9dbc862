import type { Cursor } from '../../worker/protocol.ts'
import type { PacketTrack, Timeline } from './timeline.ts'

/**
 * All packets that are one journey to a person: a packet, the parcels it travels in, and what comes out of them. Ids ascending.
 * A flooded frame's copies are journeys of their own beside the first.
 */
export function journeyOf(timeline: Timeline, packet: number): number[] {
  const top = rootOf(timeline, packet)
  const ids: number[] = []
  const visit = (id: number): void => {
    ids.push(id)
    for (const child of timeline.packet(id)?.children ?? []) visit(child)
  }
  if (top !== 0) visit(top)
  return ids.sort((a, b) => a - b)
}

/** The packet that the others were made from. */
export function rootOf(timeline: Timeline, packet: number): number {
  let id = packet
  for (let guard = 0; guard < 64; guard++) {
    const parent = timeline.packet(id)?.parent ?? 0
    if (parent === 0) return id
    id = parent
  }
  return id
}

/** Records of several packets, ascending. */
export function recordsOf(timeline: Timeline, packets: readonly number[]): Cursor[] {
  return packets.flatMap((id) => timeline.packet(id)?.records ?? []).sort((a, b) => a - b)
}

export type Group = 'control' | 'arp' | 'dns' | 'packets'
export const GROUPS = ['control', 'arp', 'dns', 'packets'] as const satisfies readonly Group[]

/** Under which heading of the timeline a packet is folded. */
export function groupOf(timeline: Timeline, track: PacketTrack): Group {
  const first = track.records[0]
  if (first === undefined) return 'packets'
  const hue = timeline.hue(first)
  if (hue === 'arp') return 'arp'
  if (hue === 'dns') return 'dns'
  return 'packets'
}
