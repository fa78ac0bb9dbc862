import type { Cursor, Hue } from '../../worker/protocol.ts'
import { journeyOf } from '../state/journey.ts'
import type { PacketTrack, Timeline } from '../state/timeline.ts'
import { type Spot, simplify } from './layout/geometry.ts'
import type { Scene } from './layout/scene.ts'
import { type Site, siteOf, wayBetween } from './layout/way.ts'

/** Not worth a word unless one looks at this very packet: a frame that was not meant for the receiver. */
const QUIET: ReadonlySet<string> = new Set(['OTHERHOST', 'ARP_IGNORED'])

/** What a verdict looks like where a packet's way ends or turns. */
export type Glyph = '✓' | '→' | '✗' | '⊙' | ''

/** A packet that is under way at the cursor. */
export interface LivePacket {
  readonly id: number
  /** Its last record at or before the cursor. */
  readonly record: Cursor
  readonly site: Site
  /** On a wire: how far it is, by virtual time, on its way to the next site. */
  readonly flight: { readonly way: readonly Spot[]; readonly share: number } | null
  /** Outermost part first. */
  readonly mark: readonly string[]
  readonly hue: Hue
  readonly glyph: Glyph
  /** Kernel's reason, for a packet that ended badly. */
  readonly reason: string
  readonly focused: boolean
}

/**
 * The packets under way as of the cursor: born, not ended, not inside a parcel. One that was dropped or delivered stays while
 * the cursor is on its last record. Flooded copies that were dropped together with the cursor's event stay with it.
 */
export function livePackets(timeline: Timeline, scene: Scene, cursor: Cursor): LivePacket[] {
  const focus = timeline.columns.packet[cursor] ?? 0
  const live: LivePacket[] = []
  for (const track of timeline.packets) {
    const first = track.records[0]
    if (first === undefined || first > cursor) {
      if (first !== undefined) break // Packets are numbered in the order of their birth.
      continue
    }
    if (!isUnderWay(timeline, track, cursor)) continue
    const record = timeline.recordAt(track, cursor)
    if (isWrapped(timeline, track, record, cursor)) continue
    const site = siteOf(scene, timeline, record)
    if (!site) continue
    live.push({
      id: track.id,
      record,
      site,
      flight: track.id === focus ? null : flightOf(timeline, scene, track, record, site, cursor),
      mark: timeline.mark(record).split('|'),
      hue: timeline.hue(record),
      glyph: glyphOf(timeline, record),
      reason: reasonOf(timeline.drop(record), track.id === focus),
      focused: track.id === focus,
    })
  }
  return live
}

function isUnderWay(timeline: Timeline, { records }: PacketTrack, cursor: Cursor): boolean {
  const last = records.at(-1)!
  if (cursor <= last) return true
  return (
    timeline.verdict(last) === 'queue' ||
    (timeline.verdict(last) === 'drop' && timeline.event[last] === timeline.event[cursor])
  )
}

/** Something carries the packet: a parcel made of it since its last record. */
function isWrapped(timeline: Timeline, track: PacketTrack, record: Cursor, cursor: Cursor): boolean {
  return track.children.some((id) => {
    const first = timeline.packet(id)?.records[0]
    return first !== undefined && first > record && first <= cursor && timeline.mark(first).includes('|')
  })
}

function flightOf(timeline: Timeline, scene: Scene, track: PacketTrack, record: Cursor, site: Site, cursor: Cursor) {
  const next = track.records[track.records.indexOf(record) + 1]
  if (next === undefined) return null
  const [t0, t1, now] = [timeline.columns.t[record]!, timeline.columns.t[next]!, timeline.columns.t[cursor]!]
  if (t1 <= t0 || now <= t0) return null
  const to = siteOf(scene, timeline, next)
  if (!to || (to.host === site.host && to.host !== '')) return null
  return { way: wayBetween(scene, site, to), share: Math.min(1, (now - t0) / (t1 - t0)) }
}

const reasonOf = (drop: string, focused: boolean): string =>
  drop === 'NONE' || (!focused && QUIET.has(drop)) ? '' : drop

export function glyphOf(timeline: Timeline, record: Cursor): Glyph {
  switch (timeline.verdict(record)) {
    case 'deliver':
      return timeline.packet(timeline.columns.packet[record]!)?.records.at(-1) === record ? '✓' : ''
    case 'drop':
    case 'reject':
      return '✗'
    case 'rewrite':
      return '⊙'
    case 'forward':
      return '→'
    default:
      return ''
  }
}

/**
 * The way a packet takes on the canvas from one cursor to another (in either direction), through the sites of its records in
 * between. `null` when it does not move.
 */
export function wayOf(timeline: Timeline, scene: Scene, packet: number, from: Cursor, to: Cursor): Spot[] | null {
  const track = timeline.packet(packet)
  if (!track) return null
  const [low, high] = from < to ? [from, to] : [to, from]
  let start = timeline.recordAt(track, low)
  const parent = timeline.packet(track.parent)
  if (start < 0 && parent) start = timeline.recordAt(parent, low)
  const between = track.records.filter((record) => record > low && record <= high)
  if (start < 0 || between.length === 0 || between.length > 200) return null
  const way = lineThrough(timeline, scene, [start, ...between])
  if (way.length < 2) return null
  return from < to ? way : way.reverse()
}

function lineThrough(timeline: Timeline, scene: Scene, records: readonly Cursor[]): Spot[] {
  const way: Spot[] = []
  let last: Site | null = null
  for (const record of records) {
    const site = siteOf(scene, timeline, record)
    if (!site) continue
    if (!last) way.push(site)
    else if (last.x !== site.x || last.y !== site.y) way.push(...wayBetween(scene, last, site))
    last = site
  }
  return simplify(way)
}

/** The focused packet's whole way: what lies behind it and, computed already, what lies ahead. */
export interface Trail {
  readonly past: readonly Spot[]
  readonly ahead: readonly Spot[]
}

export function trailOf(timeline: Timeline, scene: Scene, cursor: Cursor): Trail {
  const packet = timeline.columns.packet[cursor] ?? 0
  if (packet === 0) return { past: [], ahead: [] }
  const records = threadOf(timeline, packet)
  return {
    past: lineThrough(
      timeline,
      scene,
      records.filter((record) => record <= cursor),
    ),
    ahead: lineThrough(
      timeline,
      scene,
      records.filter((record) => record >= cursor),
    ),
  }
}

/**
 * The records along one line through a journey: the packets that this one was made from, up to where it was made; itself; and
 * what carries it on. Copies of a flooded frame are left out.
 */
export function threadOf(timeline: Timeline, packet: number): Cursor[] {
  const chain = [packet]
  for (
    let id = timeline.packet(packet)?.parent ?? 0;
    id !== 0 && chain.length < 16;
    id = timeline.packet(id)?.parent ?? 0
  )
    chain.unshift(id)
  for (let id = carrier(timeline, packet); id !== 0 && chain.length < 32; id = carrier(timeline, id)) chain.push(id)
  const members = new Set(chain)
  const records: Cursor[] = []
  for (const id of journeyOf(timeline, packet)) if (members.has(id)) records.push(...timeline.packet(id)!.records)
  return records.sort((a, b) => a - b)
}

/** The parcel that a packet goes on in, 0 if it goes on by itself. */
function carrier(timeline: Timeline, packet: number): number {
  for (const id of timeline.packet(packet)?.children ?? []) {
    const first = timeline.packet(id)?.records[0]
    if (first !== undefined && timeline.mark(first).split('|').length > 1) return id
  }
  return 0
}
