import type { Cursor, Hue, TopologyView } from '../../worker/protocol.ts'
import { journeyOf, recordsOf, rootOf } from '../state/journey.ts'
import { namesOf } from '../state/names.ts'
import type { Timeline } from '../state/timeline.ts'

/** A vertical line of the diagram: a device, named with the namespace it is in. */
export interface Column {
  readonly key: string
  /** Its network namespace; the name of that. */
  readonly netns: number
  readonly place: string
  readonly device: string
}
/** One move of a packet from device to device. */
export interface Rung {
  readonly from: number
  readonly to: number
  /** Record at which it arrives. */
  readonly record: Cursor
  readonly mark: string
  readonly hue: Hue
  readonly dropped: boolean
  readonly packet: number
}
export interface Ladder {
  readonly columns: readonly Column[]
  readonly rungs: readonly Rung[]
}

/** Moves shown at most; a longer conversation shows those around the cursor. */
const MOST = 120

/** All packets that set each other off: the request, its answers, and the ARP or DNS that they needed. */
export function conversationOf(timeline: Timeline, packet: number): number[] {
  const root = (id: number): number => {
    let at = rootOf(timeline, id)
    for (let guard = 0; guard < 256; guard++) {
      const origin = timeline.packet(at)?.origin ?? 0
      if (origin === 0) return at
      at = rootOf(timeline, origin)
    }
    return at
  }
  if (packet === 0) return []
  const top = root(packet)
  const members = timeline.packets.filter(({ id }) => root(id) === top).map(({ id }) => id)
  return members.length > 0 ? members : journeyOf(timeline, packet)
}

/** The moves of a conversation between devices, in order, over the devices in the order in which they are first met. */
export function ladderOf(timeline: Timeline, topology: TopologyView, packet: number, cursor: Cursor): Ladder {
  const names = namesOf(topology)
  const columns: Column[] = []
  const index = new Map<string, number>()
  const columnOf = (record: Cursor, before: number | undefined): number => {
    const dev = timeline.columns.dev[record]!
    const place = timeline.columns.place[record]!
    const device = names.devices.get(dev)
    // Between two devices of a namespace the packet is in its kernel: no column of its own.
    if (!device && before !== undefined && columns[before]!.netns === place) return before
    const key = device ? `d${dev}` : `p${place}`
    let at = index.get(key)
    if (at === undefined) {
      const where = names.places.get(device?.place ?? place)
      if (!device && where === undefined) return -1
      at = columns.push({ key, netns: device?.place ?? place, place: where ?? '', device: device?.name ?? '' }) - 1
      index.set(key, at)
    }
    return at
  }
  const rungs: Rung[] = []
  const last = new Map<number, number>()
  for (const record of recordsOf(timeline, conversationOf(timeline, packet))) {
    const id = timeline.columns.packet[record]!
    const parent = timeline.packet(id)?.parent ?? 0
    const from = last.get(id) ?? last.get(parent)
    const to = columnOf(record, from)
    if (to < 0) continue
    last.set(id, to)
    const dropped = timeline.verdict(record) === 'drop'
    if (from === undefined || (from === to && !dropped)) continue
    rungs.push({ from, to, record, mark: timeline.mark(record), hue: timeline.hue(record), dropped, packet: id })
  }
  return { columns, rungs: around(rungs, cursor) }
}

function around(rungs: readonly Rung[], cursor: Cursor): readonly Rung[] {
  if (rungs.length <= MOST) return rungs
  const at = rungs.findIndex(({ record }) => record >= cursor)
  const from = Math.max(0, Math.min(rungs.length - MOST, (at < 0 ? rungs.length : at) - MOST / 2))
  return rungs.slice(from, from + MOST)
}
