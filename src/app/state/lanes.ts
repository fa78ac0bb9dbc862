import type { Cursor, Hue } from '../../worker/protocol.ts'
import { GROUPS, type Group, groupOf } from './journey.ts'
import { MOST } from './room.ts'
import type { Timeline } from './timeline.ts'

/** One bar: a packet's life, or a run of records without a packet. */
export interface Bar {
  readonly packet: number
  readonly from: Cursor
  readonly to: Cursor
  readonly hue: Hue
  readonly dropped: boolean
}
export interface Lane {
  readonly group: Group
  /** First lane of its group: carries the group's name. */
  readonly first: boolean
  readonly bars: readonly Bar[]
}
export interface Lanes {
  readonly lanes: readonly Lane[]
  /** Packets of a group; for the control plane, its writes. */
  readonly counts: Readonly<Record<Group, number>>
}

/**
 * Packets in lanes, each in the lowest lane that is free for its whole life. ARP, DNS and the control plane are one lane each
 * until they are unfolded.
 */
export function lanesOf(timeline: Timeline, unfolded: readonly string[]): Lanes {
  const bars: Record<Group, Bar[]> = { control: controlBars(timeline), arp: [], dns: [], packets: [] }
  for (const track of timeline.packets) {
    const [from, to] = [track.records[0], track.records.at(-1)]
    if (from === undefined || to === undefined) continue
    bars[groupOf(timeline, track)].push({
      packet: track.id,
      from,
      to,
      hue: timeline.hue(from),
      dropped: timeline.verdict(to) === 'drop' || timeline.verdict(to) === 'reject',
    })
  }
  const lanes: Lane[] = []
  for (const group of GROUPS) {
    const open = group === 'packets' || unfolded.includes(group)
    const rows = open && group !== 'control' ? stack(bars[group], MOST) : [bars[group]]
    rows.forEach((row, i) => lanes.push({ group, first: i === 0, bars: row }))
  }
  const counts = {
    control: countWrites(timeline),
    arp: bars.arp.length,
    dns: bars.dns.length,
    packets: bars.packets.length,
  }
  return { lanes: lanes.filter(({ group, bars: row }) => group === 'packets' || row.length > 0), counts }
}

/** Greedy: bars come in the order of their beginning. */
export function stack(bars: readonly Bar[], most: number): Bar[][] {
  const rows: Bar[][] = []
  for (const bar of bars) {
    const free = rows.find((row) => row.at(-1)!.to < bar.from)
    if (free) free.push(bar)
    else if (rows.length < most) rows.push([bar])
    else rows.at(-1)!.push(bar)
  }
  return rows.length > 0 ? rows : [[]]
}

function controlBars(timeline: Timeline): Bar[] {
  const bars: Bar[] = []
  let from = -1
  for (let i = 0; i <= timeline.length; i++) {
    const inside = i < timeline.length && timeline.columns.packet[i] === 0
    if (inside && from < 0) from = i
    if (!inside && from >= 0) {
      bars.push({ packet: 0, from, to: i - 1, hue: 'none', dropped: false })
      from = -1
    }
  }
  return bars
}

function countWrites(timeline: Timeline): number {
  let count = 0
  for (let i = 0; i < timeline.length; i++) if (timeline.columns.packet[i] === 0 && timeline.point(i) === 'api') count++
  return count
}
