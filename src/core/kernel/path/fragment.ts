import { SEC } from '../../base/time.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import { emitIpPayload } from '../../wire/emit.ts'
import { ipLength } from '../../wire/length.ts'
import { parseIpPayload } from '../../wire/parse.ts'
import type { Data, Ipv4Packet } from '../../wire/types.ts'
import type { PathDetail } from '../details.ts'
import type { Kernel } from '../kernel.ts'
import { isTunnel } from '../link/kind.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import type { FragQueueRow } from '../tables.ts'
import { icmpError } from './icmp.ts'
import { type Skb, drop, ipOf, makeSkb, setFrame, setIp, step, withPayload } from './skb.ts'

/** net.ipv4.ipfrag_time is over and a datagram is still not whole. */
export const FRAG_TIMER: EventKind<{ readonly key: string }> = eventKind('ip.frag.timer')

/** ip_do_fragment: the datagram in pieces that fit the MTU, each a packet of its own, child of the whole one. */
export function fragment(k: Kernel, skb: Skb, mtu: number): Skb[] {
  const ip = ipOf(skb)
  const data = ip.payload.l === 'data' && ip.frag > 0 ? ip.payload.data : emitIpPayload(ip)
  const sizes = sameAgain(k, skb, data.length, mtu) ?? equalPieces(data.length, (mtu - 20) & ~7)
  const count = sizes.length
  const parts: Skb[] = []
  let at = 0
  for (const [index, size] of sizes.entries()) {
    const payload: Data = { l: 'data', data: data.slice(at, at + size) }
    const last = index === count - 1
    const df = ip.df && !skb.ignoreDf
    const piece: Ipv4Packet = { ...ip, df, payload, frag: ip.frag + at / 8, mf: !last || ip.mf }
    at += size
    const part: Skb = { ...skb, ids: [k.trace.packet(skb.ids[0]!, 0)], state: -1, fragMax: 0, fragSizes: null }
    setFrame(part, piece)
    step(k, part, 'ip.frag', 'fragment', { d: 'fragment', index, count, mtu })
    parts.push(part)
  }
  return parts
}

const equalPieces = (length: number, size: number): readonly number[] =>
  Array.from({ length: Math.ceil(length / size) }, (_, index) => Math.min(size, length - index * size))

/** The fast path of ip_do_fragment: what was put together is cut where it had been cut, if all of it fits. */
function sameAgain(k: Kernel, skb: Skb, length: number, mtu: number): readonly number[] | null {
  const sizes = skb.fragSizes
  // No room for a tunnel's headers in front of the pieces: they are made anew.
  const out = k.t.link.get(skb.dev)
  if (out && isTunnel(out.kind)) return null
  if (!sizes || sizes.reduce((sum, size) => sum + size, 0) !== length) return null
  return sizes.every((size, i) => size + 20 <= mtu && (i === sizes.length - 1 || size % 8 === 0)) ? sizes : null
}

/**
 * ip_defrag: keeps the pieces of a datagram until all are there. True: `skb` is a whole datagram. False: it waits, or was dropped.
 */
export function defragment(k: Kernel, skb: Skb): boolean {
  const ip = ipOf(skb)
  if (!ip.mf && ip.frag === 0) return true
  const key = `${skb.netns}/${ip.src}/${ip.dst}/${ip.id}/${ip.proto}`
  const queue = k.t.fragQueue.get(key) ?? newQueue(k, skb.netns, key)
  const overlap = overlapping(ip, queue)
  if (overlap === 'same') {
    drop(k, skb, 'ip.frag', 'DUP_FRAG')
    return false
  }
  if (overlap) {
    discard(k, queue)
    drop(k, skb, 'ip.frag', 'NOT_SPECIFIED', OVERLAP)
    return false
  }
  const parts = [...queue.parts, { frame: skb.frame, packet: skb.ids }]
  const data = joined(parts.map((part) => ipOfFrame(part.frame)))
  if (data === null) {
    k.world.put(k.t.fragQueue, key, { ...queue, parts })
    step(k, skb, 'ip.frag', 'queue', { d: 'fragment', index: parts.length - 1, count: 0, mtu: 0 })
    return false
  }
  k.sim.cancel(queue.timer)
  k.world.delete(k.t.fragQueue, key)
  // The pieces that waited end here: the last one to come goes on as the whole.
  queue.parts.forEach((part, index) => {
    const detail: PathDetail = { d: 'fragment', index, count: parts.length, mtu: 0 }
    const id = part.packet[0]!
    k.trace.add(k.now, id, k.trace.frame(part.frame, id), skb.netns, skb.dev, 'ip.frag', 'reassemble', detail)
  })
  const first = parts.map((part) => part.frame).find((frame) => ipOfFrame(frame).frag === 0)!
  const head = ipOfFrame(first)
  const largest = (df: boolean): number =>
    Math.max(0, ...parts.map(({ frame }) => ipOfFrame(frame)).map((ip) => (ip.df || !df ? ipLength(ip) : 0)))
  skb.fragMax = largest(false)
  skb.fragSizes = parts
    .map(({ frame }) => ipOfFrame(frame))
    .sort((a, b) => a.frag - b.frag)
    .map((ip) => (ip.payload as Data).data.length)
  // Only if the largest piece had DF has the whole (ip_frag_reasm).
  const df = largest(true) === skb.fragMax
  const whole: Ipv4Packet = { ...head, df, mf: false, frag: 0, payload: parseIpPayload(head.proto, data) }
  if (first.l === 'eth') setFrame(skb, withPayload(first, whole))
  else setIp(skb, whole)
  step(k, skb, 'ip.frag', 'reassemble', { d: 'fragment', index: parts.length - 1, count: parts.length, mtu: 0 })
  return true
}

const ipOfFrame = (frame: Skb['frame']): Ipv4Packet => (frame.l === 'eth' ? (frame.payload as Ipv4Packet) : frame)

function newQueue(k: Kernel, netns: number, key: string): FragQueueRow {
  const time = sysctlNumber(k, netns, 'net.ipv4.ipfrag_time') * SEC
  return { netns, key, parts: [], timer: k.sim.after(time, FRAG_TIMER, { key }), started: k.now }
}

const OVERLAP: PathDetail = { d: 'note', code: 'overlapping-pieces' }

const extent = (ip: Ipv4Packet): readonly [from: number, to: number] => [
  ip.frag * 8,
  ip.frag * 8 + (ip.payload as Data).data.length,
]

/** inet_frag_queue_insert: pieces may not overlap, but one that is there already may come again. */
function overlapping(ip: Ipv4Packet, queue: FragQueueRow): 'same' | 'overlap' | null {
  const [from, to] = extent(ip)
  for (const part of queue.parts) {
    const [known, end] = extent(ipOfFrame(part.frame))
    if (from >= known && to <= end) return 'same'
    if (from < end && to > known) return 'overlap'
  }
  return null
}

/** Whoever sends overlapping pieces means no good: all of the datagram is dropped (RFC 5722, for IPv4 since Linux 4.19). */
function discard(k: Kernel, queue: FragQueueRow): void {
  k.sim.cancel(queue.timer)
  k.world.delete(k.t.fragQueue, queue.key)
  for (const part of queue.parts) {
    drop(k, makeSkb(part.packet, part.frame, queue.netns, 0), 'ip.frag', 'NOT_SPECIFIED', OVERLAP)
  }
}

/** The payload, if the pieces cover it from the first byte to the last without a gap. */
function joined(pieces: readonly Ipv4Packet[]): string | null {
  const sorted = [...pieces].sort((a, b) => a.frag - b.frag)
  let data = ''
  for (const piece of sorted) {
    if (piece.frag * 8 > data.length) return null
    const bytes = (piece.payload as Data).data
    if (piece.frag * 8 + bytes.length > data.length) data = data.slice(0, piece.frag * 8) + bytes
  }
  return sorted.at(-1)!.mf ? null : data
}

/** ip_expire: the rest never came; if the first piece did, its sender is told (ICMP 11/1). */
export function fragTimer(k: Kernel, args: { readonly key: string }): void {
  const queue = k.t.fragQueue.get(args.key)
  if (!queue) return
  k.world.delete(k.t.fragQueue, args.key)
  for (const part of queue.parts) {
    const skb = makeSkb(part.packet, part.frame, queue.netns, 0)
    drop(k, skb, 'ip.frag', 'FRAG_REASM_TIMEOUT')
    if (ipOf(skb).frag === 0) icmpError(k, skb, 11, 1)
  }
}
