import type { SimTime } from '../base/time.ts'
import type { DropReason } from '../trace/vocabulary.ts'
import type { ExplainEnv } from './env.ts'
import { deviceName, placeOf } from './places.ts'
import { type TraceRecord, recordAt, recordsOf } from './record.ts'
import type { Cursor } from './views.ts'

/** What became of a packet: delivered to whom it was for, dropped for a reason, cut or copied into others, or still on its way. */
export interface Disposition {
  readonly end: 'delivered' | 'dropped' | 'fragmented' | 'in-flight'
  readonly reason: DropReason
  /** The record that tells. */
  readonly cursor: Cursor
}

/** A stay of a packet in one place. */
export interface Hop {
  readonly place: number
  readonly placeName: string
  readonly host: string
  /** Device it came in by and went out by; '' = made there, ended there. */
  readonly inDev: string
  readonly outDev: string
  readonly from: Cursor
  readonly to: Cursor
  readonly arrived: SimTime
  readonly left: SimTime
}

/** Every packet ends in one of these ways; a lookup that cannot tell says that it is in flight. `null`: no such packet. */
export function disposition(env: ExplainEnv, packet: number): Disposition | null {
  const cursors = recordsOf(env.trace, packet)
  let delivered: TraceRecord | null = null
  let last: TraceRecord | null = null
  for (const cursor of cursors) {
    const record = recordAt(env.trace, cursor)!
    if (record.verdict === 'drop' || record.verdict === 'reject') return { end: 'dropped', reason: record.drop, cursor }
    if (isDelivery(record)) delivered = record
    last = record
  }
  if (delivered) return { end: 'delivered', reason: 'NONE', cursor: delivered.cursor }
  if (!last) return null
  const cut = fragmentOf(env, packet)
  if (cut >= 0) return { end: 'fragmented', reason: 'NONE', cursor: cut }
  return { end: 'in-flight', reason: 'NONE', cursor: last.cursor }
}

/** The packet has reached a protocol, a socket, ARP or the far end of its tunnel, or has become part of a whole again. */
function isDelivery({ point, verdict }: TraceRecord): boolean {
  return verdict === 'deliver' || verdict === 'decapsulate' || (point === 'ip.frag' && verdict === 'queue')
}

/** The first record of a packet that was cut from this one; -1 when it is whole. */
function fragmentOf({ trace }: ExplainEnv, packet: number): Cursor {
  for (const child of trace.packets) {
    if (child.parent === packet && recordAt(trace, child.born)?.verdict === 'fragment') return child.born
  }
  return -1
}

/** The places a packet passed, in order. What happens to it inside a tunnel is the story of the packet around it. */
export function hopsOf(env: ExplainEnv, packet: number): Hop[] {
  const hops: Hop[] = []
  for (const cursor of recordsOf(env.trace, packet)) {
    const record = recordAt(env.trace, cursor)!
    const open = hops.at(-1)
    const dev = deviceName(env, record.dev)
    const out = record.point === 'dev.xmit' ? dev : ''
    if (open && open.place === record.place) {
      hops[hops.length - 1] = { ...open, to: cursor, left: record.t, outDev: out || open.outDev }
      continue
    }
    const place = placeOf(env, record.place)
    hops.push({
      place: record.place,
      placeName: place.id,
      host: place.host,
      inDev: record.point === 'dev.recv' ? dev : '',
      outDev: out,
      from: cursor,
      to: cursor,
      arrived: record.t,
      left: record.t,
    })
  }
  return hops
}
