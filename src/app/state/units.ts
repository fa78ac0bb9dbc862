import type { Cursor } from '../../worker/protocol.ts'
import type { Timeline } from './timeline.ts'

/** How far one goes at once. Finest first. */
export const UNITS = ['into', 'over', 'hop', 'event', 'packet', 'write', 'settled', 'end'] as const
export type Unit = (typeof UNITS)[number]
export type Direction = 1 | -1

/** A gap in virtual time after which what follows counts as a new burst: 20 ms. */
const PAUSE_NS = 20_000_000

/**
 * Where one step of a unit leads; `cursor` itself when there is no further stop. Every unit but `over` stops at records that
 * have a property of their own, so that going back visits the stops of going forward. `over` goes by the nesting depth of where
 * one stands, as a debugger does: chains that open below it are passed in one step in either direction, except where they change
 * or end the packet. `foldArp`: ARP is passed as well, unless one stands in it; stepping `into` never passes anything.
 */
export function nextStop(
  timeline: Timeline,
  cursor: Cursor,
  unit: Unit,
  direction: Direction,
  foldArp = false,
): Cursor {
  if (timeline.length === 0) return 0
  const passesArp = foldArp && FOLDING.has(unit) && !isArp(timeline, cursor)
  const stops = stopsOf(timeline, cursor, unit)
  const isStop = (i: Cursor): boolean => stops(i) && !(passesArp && isArp(timeline, i))
  for (let i = cursor + direction; i >= 0 && i < timeline.length; i += direction) if (isStop(i)) return i
  if (direction > 0) return unit === 'over' || unit === 'into' ? cursor : timeline.length - 1
  return unit === 'over' || unit === 'into' ? cursor : 0
}

const FOLDING: ReadonlySet<Unit> = new Set<Unit>(['over', 'hop', 'event', 'packet'])
const isArp = (timeline: Timeline, i: Cursor): boolean => timeline.columns.packet[i] !== 0 && timeline.hue(i) === 'arp'

function stopsOf(timeline: Timeline, cursor: Cursor, unit: Unit): (i: Cursor) => boolean {
  switch (unit) {
    case 'into':
      return () => true
    case 'over': {
      const depth = isConsequence(timeline, cursor) ? 0 : (timeline.columns.depth[cursor] ?? 0)
      return (i) =>
        isConsequence(timeline, i) || (timeline.columns.depth[i]! <= depth && timeline.verdict(i) !== 'miss')
    }
    case 'hop':
      return (i) => isHop(timeline, i)
    case 'event':
      return (i) => i === 0 || timeline.event[i] !== timeline.event[i - 1]
    case 'packet':
      return (i) => {
        const id = timeline.columns.packet[i]!
        return id !== 0 && timeline.packet(id)?.records[0] === i
      }
    case 'write':
      return (i) => timeline.point(i) === 'api' && WRITES.has(timeline.verdict(i))
    case 'settled':
      return (i) => isSettled(timeline, i)
    case 'end':
      return (i) => i === 0 || i === timeline.length - 1
  }
}

const CONSEQUENCES: ReadonlySet<string> = new Set(['rewrite', 'drop', 'reject'])
/** What a chain does to a packet is seen from outside of it too: the new address, the end. */
const isConsequence = (timeline: Timeline, i: Cursor): boolean => CONSEQUENCES.has(timeline.verdict(i))

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'delete'])

/**
 * The packet is in another namespace than before: the first record there. A parcel is where the packet inside it was, and what
 * comes out of a parcel is where the parcel was.
 */
export function isHop(timeline: Timeline, i: Cursor): boolean {
  const track = timeline.packet(timeline.columns.packet[i]!)
  if (!track) return false
  let before = timeline.recordAt(track, i - 1)
  for (const id of [track.parent, ...track.children]) {
    const relative = timeline.packet(id)
    if (relative) before = Math.max(before, timeline.recordAt(relative, i - 1))
  }
  return before < 0 || timeline.columns.place[before] !== timeline.columns.place[i]
}

/** The last record before nothing happens for a while. */
export function isSettled(timeline: Timeline, i: Cursor): boolean {
  return i === timeline.length - 1 || timeline.columns.t[i + 1]! - timeline.columns.t[i]! >= PAUSE_NS
}
