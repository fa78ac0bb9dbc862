import type { Ipv4 } from '../../base/ipv4.ts'
import { fiveTuple, flowHash } from '../../wire/flow.ts'
import type { Frame, Ipv4Packet } from '../../wire/types.ts'
import type { Point } from '../../trace/vocabulary.ts'
import type { PathDetail } from '../details.ts'
import type { Kernel } from '../kernel.ts'
import { type OutputQuery, type OutputRoute, routeOutput } from '../route/output.ts'
import { learnMtu, pathMtu } from '../route/pmtu.ts'
import type { LinkRow } from '../tables.ts'
import { localOut } from './ip-output.ts'
import { receiveOn } from './receive.ts'
import { type Skb, drop, makeSkb, step } from './skb.ts'

/** The datagram that a frame carries, if it carries one. */
export const datagramIn = (frame: Frame): Ipv4Packet | null => {
  const inner = frame.l === 'eth' ? frame.payload : frame
  return inner.l === 'ipv4' ? inner : null
}

/** INET_ECN_encapsulate: the TOS that is configured, with the congestion bits of what is inside. */
export function outerTos(tos: number, inner: Ipv4Packet | null): number {
  const ecn = (inner?.tos ?? 0) & 3
  const dscp = tos & 1 ? (inner?.tos ?? 0) & 0xfc : tos & 0xfc
  return dscp | (ecn === 3 ? 2 : ecn)
}

/**
 * skb_get_hash: who talks to whom in what is to be wrapped, by which UDP tunnels choose their source port. A hash over ports stays with the
 * packet, so that a tunnel around the tunnel finds it there; one without ports is forgotten (skb_clear_hash_if_not_l4 in iptunnel_xmit).
 */
export function takeFlow(skb: Skb): number {
  if (skb.flow >= 0) return skb.flow
  const flow = flowHash(skb.frame, 0)
  if (fiveTuple(skb.frame)?.dport) skb.flow = flow
  return flow
}

/**
 * The way to the other end, in the namespace the tunnel was made in. `null`: the packet has been dropped. What is wrapped lends its mark to a
 * UDP tunnel's search (udp_tunnel_dst_lookup), not to that of IPIP and GRE (ip_tunnel_xmit: their own `fwmark`, which is not modelled).
 */
export function wayTo(
  k: Kernel,
  skb: Skb,
  link: LinkRow,
  remote: Ipv4,
  want: Pick<OutputQuery, 'src' | 'tos' | 'mark'>,
): OutputRoute | null {
  const route = routeOutput(k, link.home, remote, { ...want, oif: link.lower, anySource: true })
  if (!route.ok) drop(k, skb, 'tunnel.xmit', 'IP_OUTNOROUTES', { d: 'no-route', dst: remote })
  else if (route.value.out.id === link.id) {
    // ip_tunnel_xmit: a tunnel routed into itself (collisions).
    drop(k, skb, 'tunnel.xmit', 'NOT_SPECIFIED', { d: 'note', code: 'tunnel-loop', value: link.name })
  } else return route.value
  return null
}

export type TunnelDetail = Extract<PathDetail, { readonly d: 'tunnel' | 'vxlan' | 'wireguard' }>

/** VXLAN has places of its own in the trace. */
const leavesAt = ({ d }: TunnelDetail): Point => (d === 'vxlan' ? 'vxlan.xmit' : 'tunnel.xmit')
const arrivesAt = ({ d }: TunnelDetail): Point => (d === 'vxlan' ? 'vxlan.recv' : 'tunnel.recv')

/** IP_TUNNEL_RECURSION_LIMIT (include/net/ip_tunnels.h): deeper than this nothing is wrapped. */
const RECURSION_LIMIT = 5

/** iptunnel_xmit, udp_tunnel_xmit_skb: the outer datagram starts on its own way; what is inside it is not followed any more. */
export function sendWrapped(
  k: Kernel,
  skb: Skb,
  link: LinkRow,
  outer: Ipv4Packet,
  way: OutputRoute,
  detail: TunnelDetail,
): void {
  if (skb.nesting > RECURSION_LIMIT) {
    return drop(k, skb, leavesAt(detail), 'HOPSCOPE_HOP_LIMIT', { d: 'note', code: 'hop-limit' })
  }
  const packet = k.trace.packet(skb.ids[0]!, 0)
  const wrapped = makeSkb([packet, ...skb.ids], outer, link.home, link.id)
  wrapped.mark = link.home === link.netns ? skb.mark : 0
  wrapped.nesting = skb.nesting + 1
  wrapped.flow = skb.flow
  wrapped.sender = skb.sender
  wrapped.uid = skb.uid
  wrapped.hops = skb.hops
  step(k, wrapped, leavesAt(detail), 'encapsulate', detail)
  localOut(k, wrapped, way)
}

/** What was inside comes out of the tunnel's device, wherever that is, and is received there. */
export function unwrap(k: Kernel, skb: Skb, inner: Frame, link: LinkRow, detail: TunnelDetail): void {
  step(k, skb, arrivesAt(detail), 'decapsulate', detail)
  const ids = skb.ids.length > 1 ? skb.ids.slice(1) : [k.trace.packet(skb.ids[0]!, 0)]
  const freed = makeSkb(ids, inner, link.netns, link.id)
  freed.mark = link.home === link.netns ? skb.mark : 0
  freed.hops = skb.hops
  receiveOn(k, freed, link)
}

/** skb_dst_update_pmtu: who sends through the tunnel learns how much fits. `mtu`: what the outer path leaves. */
export function noteTunnelMtu(k: Kernel, link: LinkRow, inner: Ipv4Packet | null, mtu: number): void {
  if (!inner) return
  const route = routeOutput(k, link.netns, inner.dst, { src: inner.src, anySource: true })
  if (!route.ok || route.value.out.id !== link.id) return
  const { route: row, hop, out } = route.value
  if (mtu < pathMtu(k, link.netns, inner.dst, row, hop, out).mtu) learnMtu(k, link.netns, inner.dst, mtu, row, hop)
}

/** What the outer path leaves for a datagram: its MTU less the headers. */
export const leftOf = (k: Kernel, home: number, remote: Ipv4, way: OutputRoute, overhead: number): number =>
  pathMtu(k, home, remote, way.route, way.hop, way.out).mtu - overhead
