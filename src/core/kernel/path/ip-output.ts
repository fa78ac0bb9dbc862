import { type Ipv4, IPV4_BROADCAST } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { IP_PROTO } from '../../wire/constants.ts'
import { ipLength } from '../../wire/length.ts'
import type { Ipv4Packet } from '../../wire/types.ts'
import type { Kernel, SendError, SendRequest } from '../kernel.ts'
import { outputFlow } from '../route/multipath.ts'
import { type OutputRoute, routeOutput } from '../route/output.ts'
import { pathMtu } from '../route/pmtu.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import type { LinkRow } from '../tables.ts'
import { fragment } from './fragment.ts'
import { runHook } from './hook.ts'
import { dropWithError } from './icmp.ts'
import { selectIdent } from './ip-ident.ts'
import { routeDetail } from './ip-receive.ts'
import { neighOutput } from './neigh-output.ts'
import { loopBack } from './loop-back.ts'
import { type Skb, drop, ipOf, makeSkb, setFrame, stepAt } from './skb.ts'

const created = stepAt('socket.send', 'create')
const routed = stepAt('route.output', 'lookup')

/**
 * ip_output and ip_finish_output: POSTROUTING, then fragments if need be, then the neighbour layer.
 * `nextHop` is the gateway, or the destination itself on a connected network.
 */
export function ipOutput(k: Kernel, skb: Skb, out: LinkRow, nextHop: Ipv4, mtu: number): void {
  skb.dev = out.id
  if (skb.frame.l === 'eth') setFrame(skb, ipOf(skb))
  if (runHook(k, skb, 'POSTROUTING', 0, out.id) !== 'accept') return
  const ip = ipOf(skb)
  const { fragMax } = skb
  const length = ipLength(ip)
  if (length <= mtu && fragMax === 0) return neighOutput(k, skb, out, nextHop)
  if (ip.df && !skb.ignoreDf && (fragMax === 0 || fragMax > mtu)) {
    return dropWithError(k, skb, 'ip.output', 'PKT_TOO_BIG', { d: 'mtu', mtu, length }, 3, 4, mtu)
  }
  for (const part of fragment(k, skb, fragMax === 0 ? mtu : Math.min(mtu, fragMax))) neighOutput(k, part, out, nextHop)
}

/**
 * ip_queue_xmit / ip_send_skb: a datagram of this machine's own. Chooses route and source address, then OUTPUT, routing again if
 * the hook changed what routing depends on, then POSTROUTING and out.
 * Errors are those the sending system call gets: no route, a prohibiting route, EMSGSIZE for a DF datagram above the MTU, EPERM when
 * OUTPUT drops it.
 */
export function ipSend(k: Kernel, r: SendRequest): Result<{ packet: number }, SendError> {
  const route = routeOutput(k, r.netns, r.dst, r, () => outputFlow(r, r.src))
  if (!route.ok) return err({ errno: route.error })
  const { out, source } = route.value
  const { mtu, locked } = pathMtu(k, r.netns, r.dst, route.value.route, route.value.hop, out)
  const df = r.df === 'path' ? !locked : r.df === true
  const ip = datagram(k, r, r.src !== 0 ? r.src : source, route.value, df)
  if (df && ipLength(ip) > mtu) return err({ errno: 'EMSGSIZE', mtu })
  const packet = k.trace.packet(0, r.origin)
  const skb = makeSkb([packet], ip, r.netns, out.id)
  skb.mark = r.mark ?? 0
  skb.sender = r.sender ?? (r.detail?.d === 'socket-send' && r.detail.pid !== 0 ? 'process' : 'kernel')
  skb.uid = r.uid ?? (skb.sender === 'process' ? 0 : -1)
  if (r.attach && (r.attach.ct === 0 || k.t.conntrack.has(r.attach.ct))) {
    skb.ct = r.attach.ct
    skb.ctinfo = r.attach.info
    skb.ctReply = r.attach.reply
  }
  skb.ignoreDf = r.df !== true && r.proto !== IP_PROTO.tcp
  skb.byIcmp = r.byIcmp === true
  skb.origin = r.origin
  created(k, skb, r.detail)
  routed(k, skb, routeDetail(route.value.route, route.value.pref))
  const sent = localOut(k, skb, route.value)
  if (!sent) return err({ errno: skb.refusal ?? 'EPERM' })
  return skb.refusal === null ? ok({ packet }) : err({ errno: skb.refusal })
}

/** The datagram of a request. Written out: `ipHeader` with its defaults costs more than the rest of the sending. */
const datagram = (k: Kernel, r: SendRequest, src: Ipv4, { route }: OutputRoute, df: boolean): Ipv4Packet => ({
  l: 'ipv4',
  src,
  dst: r.dst,
  ttl: r.ttl ?? route.metrics.hoplimit ?? sysctlNumber(k, r.netns, 'net.ipv4.ip_default_ttl'),
  proto: r.proto,
  id: df ? 0 : selectIdent(k, r.netns),
  tos: r.tos ?? 0,
  df,
  mf: false,
  frag: 0,
  totalLength: undefined,
  payload: r.payload,
})

/** __ip_local_out and what follows: OUTPUT, a new route if destination, source or mark changed, POSTROUTING. */
export function localOut(k: Kernel, skb: Skb, route: OutputRoute): boolean {
  const before = ipOf(skb)
  const markBefore = skb.mark
  if (runHook(k, skb, 'OUTPUT', 0, route.out.id) !== 'accept') return false
  const ip = ipOf(skb)
  if (ip.dst !== before.dst || ip.src !== before.src || skb.mark !== markBefore) return reroute(k, skb)
  outputBy(k, skb, route)
  return true
}

function outputBy(k: Kernel, skb: Skb, { route, hop, out, via }: OutputRoute): void {
  const { dst } = ipOf(skb)
  if ((route.type === 'broadcast' || dst === IPV4_BROADCAST) && out.kind !== 'loopback') loopBack(k, skb, out.id)
  ipOutput(k, skb, out, via === 0 ? dst : via, pathMtu(k, skb.netns, dst, route, hop, out).mtu)
}

/** ip_route_me_harder: OUTPUT changed the destination or the mark, so the route is looked up once more. */
function reroute(k: Kernel, skb: Skb): boolean {
  const ip = ipOf(skb)
  const query = { src: ip.src, mark: skb.mark, tos: ip.tos, anySource: true }
  const found = routeOutput(k, skb.netns, ip.dst, query, () => outputFlow(ip, ip.src))
  if (!found.ok) {
    skb.refusal = found.error
    if (found.error === 'ENODEV' || found.error === 'ENETDOWN') {
      drop(k, skb, 'route.output', 'DEV_READY', { d: 'note', code: 'device-down' })
    } else drop(k, skb, 'route.output', 'IP_OUTNOROUTES', { d: 'no-route', dst: ip.dst })
    return false
  }
  routed(k, skb, routeDetail(found.value.route, found.value.pref))
  outputBy(k, skb, found.value)
  return true
}
