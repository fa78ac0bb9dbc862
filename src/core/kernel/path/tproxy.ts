import type { Ipv4 } from '../../base/ipv4.ts'
import { TCP_FLAG } from '../../wire/constants.ts'
import type { Tcp, Udp } from '../../wire/types.ts'
import type { Point } from '../../trace/vocabulary.ts'
import { addressesOf } from '../link/address.ts'
import type { FoundSocket, Kernel, SocketQuery } from '../kernel.ts'
import type { Target } from '../netfilter/types.ts'
import type { ChainVerdict } from './chain.ts'
import type { PacketView } from './match-context.ts'
import { type Skb, drop, ipOf, step } from './skb.ts'

type Tproxy = Target & { readonly t: 'TPROXY' }

/**
 * tproxy_tg4 (net/netfilter/xt_TPROXY.c): gives the packet to a transparent socket of this machine without rewriting it, and marks it, so
 * that a rule can send it to a table in which everything is local. The connection that it belongs to comes first, else the listener at the
 * address and port of the target. Without a socket, or with one that is not transparent, it is dropped.
 */
export function tproxy(k: Kernel, skb: Skb, point: Point, target: Tproxy, view: PacketView): ChainVerdict {
  const { payload } = ipOf(skb)
  if (payload.l !== 'tcp' && payload.l !== 'udp') {
    drop(k, skb, point, 'NETFILTER_DROP')
    return 'drop'
  }
  const { query, found } = lookup(k, skb, payload, target)
  const transparent = found?.socket.transparent === true
  const detail = {
    d: 'tproxy',
    found: !found ? 'none' : transparent ? found.as : 'not-transparent',
    proto: query.proto,
    addr: query.laddr,
    port: query.lport,
    socket: found?.socket.id ?? 0,
    pid: found?.socket.pid ?? 0,
  } as const
  if (!found || !transparent) {
    drop(k, skb, point, 'NETFILTER_DROP', detail)
    return 'drop'
  }
  skb.socket = found.socket.id
  skb.mark = ((skb.mark & ~target.mask) ^ target.value) >>> 0
  view.mark = skb.mark
  step(k, skb, point, 'lookup', detail)
  return 'accept'
}

interface Answer {
  /** What was asked last. */
  readonly query: SocketQuery
  readonly found: { readonly socket: FoundSocket; readonly as: 'connected' | 'listener' } | null
}

function lookup(k: Kernel, skb: Skb, transport: Tcp | Udp, target: Tproxy): Answer {
  const { src, dst } = ipOf(skb)
  const ends = { netns: skb.netns, proto: transport.l, raddr: src, rport: transport.sport, link: skb.iif }
  const asSent = { ...ends, laddr: dst, lport: transport.dport }
  const redirected = {
    ...ends,
    laddr: target.ip || firstAddress(k, skb.iif) || dst,
    lport: target.port || transport.dport,
  }
  const connected = k.sockets.find(asSent, 'established')
  if (connected && !(connected.timeWait && opens(transport)))
    return { query: asSent, found: { socket: connected, as: 'connected' } }
  const listener = k.sockets.find(redirected, 'listener')
  // nf_tproxy_handle_time_wait4: who opens anew is for the listener, and the old connection is forgotten.
  if (connected && !listener) return { query: asSent, found: { socket: connected, as: 'connected' } }
  if (connected) k.sockets.endTimeWait(connected.id)
  return { query: redirected, found: listener && { socket: listener, as: 'listener' } }
}

const opens = (transport: Tcp | Udp): boolean =>
  transport.l === 'tcp' &&
  (transport.flags & (TCP_FLAG.syn | TCP_FLAG.ack | TCP_FLAG.rst | TCP_FLAG.fin)) === TCP_FLAG.syn

/** nf_tproxy_laddr4: without `--on-ip`, the first primary address of the device that it came in by. */
const firstAddress = (k: Kernel, link: number): Ipv4 => addressesOf(k, link)[0]?.addr ?? 0
