import { IPV4_BROADCAST, isLoopback, isMulticast, isZeronet } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { ipLength } from '../../wire/length.ts'
import type { Ipv4Packet } from '../../wire/types.ts'
import type { PathDetail } from '../details.ts'
import type { Kernel } from '../kernel.ts'
import { defragActive } from '../netfilter/needs.ts'
import { type FibResult, fibLookup } from '../route/lookup.ts'
import { refusalOf } from '../route/refusal.ts'
import { type DeviceConf, deviceConf } from '../sysctl/sysctl.ts'
import type { LinkRow, RouteRow } from '../tables.ts'
import { defragment } from './fragment.ts'
import { runHook } from './hook.ts'
import { icmpError } from './icmp.ts'
import { l3sChild } from './ipvlan.ts'
import { ipForward } from './ip-forward.ts'
import { localDeliver } from './local-deliver.ts'
import { sourceProblem } from './source-valid.ts'
import { type Skb, drop, forget, ipOf, step, stepAt } from './skb.ts'

const routed = stepAt('route.input', 'lookup')

/** ip_rcv (net/ipv4/ip_input.c): an IPv4 datagram has reached the stack of this namespace. */
export function ipReceive(k: Kernel, skb: Skb, dev: LinkRow): void {
  if (skb.cast === 'other') return drop(k, skb, 'ip.rcv', 'OTHERHOST', { d: 'note', code: 'other-host' })
  skb.fragMax = 0
  // skb_orphan: what a bridge's visit to PREROUTING gave it to is forgotten.
  skb.socket = 0
  if (skb.sabotage) skb.sabotage = false
  else if (!wholeForNetfilter(k, skb) || runHook(k, skb, 'PREROUTING', dev.id, 0) !== 'accept') return
  const child = l3sChild(k, skb)
  if (child) return localDeliver(k, skb, child)
  routeInput(k, skb, dev)
}

/** nf_defrag_ipv4 is registered where somebody asks for whole datagrams; a router without lets pieces pass. */
function wholeForNetfilter(k: Kernel, skb: Skb): boolean {
  const ip = ipOf(skb)
  return (!ip.mf && ip.frag === 0) || !defragActive(k, skb.netns) || defragment(k, skb)
}

const routeDetails = new WeakMap<RouteRow, PathDetail>()
/** One detail value per route, so that the trace stores it once. */
export function routeDetail(route: RouteRow, rulePref: number): PathDetail {
  let detail = routeDetails.get(route)
  if (!detail) routeDetails.set(route, (detail = { d: 'route', route, rulePref }))
  return detail
}

const MARTIAN_SOURCE: PathDetail = { d: 'note', code: 'martian-source' }
const MARTIAN_DESTINATION: PathDetail = { d: 'note', code: 'martian-destination' }

/** ip_route_input_slow (net/ipv4/route.c): local, forwarded, or refused. */
function routeInput(k: Kernel, skb: Skb, dev: LinkRow): void {
  const ip = ipOf(skb)
  const conf = deviceConf(k, skb.netns, dev.name)
  const { src, dst } = ip
  if (isMulticast(src) || src === IPV4_BROADCAST) return martian(k, skb, 'source')
  if (dst === IPV4_BROADCAST) return localDeliver(k, skb)
  if (isZeronet(src)) return martian(k, skb, 'source')
  if (isZeronet(dst)) return martian(k, skb, 'destination')
  if (dev.kind !== 'loopback' && !conf.routeLocalnet) {
    if (isLoopback(dst)) return martian(k, skb, 'destination', 'IP_LOCALNET')
    if (isLoopback(src)) return martian(k, skb, 'source', 'IP_LOCALNET')
  }
  if (isMulticast(dst)) return drop(k, skb, 'route.input', 'NOT_SPECIFIED')
  const found = fibLookup(k, skb.netns, dst, { src, tos: ip.tos, mark: skb.mark, iif: dev.name })
  if (!found) {
    if (!conf.forwarding) return drop(k, skb, 'route.input', 'IP_INADDRERRORS', { d: 'no-route', dst })
    step(k, skb, 'route.input', 'drop', { d: 'no-route', dst }, 'IP_INNOROUTES')
    return routeError(k, skb, 0)
  }
  const { route } = found
  routed(k, skb, routeDetail(route, found.rule.pref))
  switch (route.type) {
    case 'local':
    case 'broadcast':
      return validSource(k, skb, dev, conf, ip, 0) ? localDeliver(k, skb) : undefined
    case 'unicast':
      if (!conf.forwarding) {
        return drop(k, skb, 'route.input', 'IP_INADDRERRORS', { d: 'note', code: 'forwarding-off', value: dev.name })
      }
      return validSource(k, skb, dev, conf, ip, route.dev) ? ipForward(k, skb, dev, route) : undefined
    default:
      return refused(k, skb, conf, found)
  }
}

/** ip_error: the route itself says no, and the sender is told, except by a blackhole. */
function refused(k: Kernel, skb: Skb, conf: DeviceConf, found: FibResult): void {
  const code = refusalOf(found)?.code ?? null
  const detail = routeDetail(found.route, found.rule.pref)
  if (!conf.forwarding || code === null) return drop(k, skb, 'route.input', 'IP_INNOROUTES', detail)
  step(k, skb, 'route.input', 'drop', detail, 'IP_INNOROUTES')
  routeError(k, skb, code)
}

/** net.ipv4.route.error_cost and error_burst: one error a second for each sender, five at once. */
const ERROR_COST = SEC
const ERROR_BURST = 5 * SEC

/** The limit that ip_error has of its own, beside that of icmp_send. */
function routeError(k: Kernel, skb: Skb, code: number): void {
  const key = `${skb.netns}/${ipOf(skb).src}`
  const peer = k.t.inetPeer.get(key)
  const tokens = peer ? Math.min(ERROR_BURST, peer.tokens + k.now - peer.last) : ERROR_BURST
  const allowed = tokens >= ERROR_COST
  const left = allowed ? tokens - ERROR_COST : tokens
  k.world.put(k.t.inetPeer, key, { netns: skb.netns, tokens: left, last: k.now, redirects: peer?.redirects ?? 0 })
  if (allowed) icmpError(k, skb, 3, code)
  forget(k, skb)
}

function martian(k: Kernel, skb: Skb, which: 'source' | 'destination', reason?: 'IP_LOCALNET'): void {
  if (which === 'source') return drop(k, skb, 'route.input', reason ?? 'IP_INVALID_SOURCE', MARTIAN_SOURCE)
  drop(k, skb, 'route.input', reason ?? 'IP_INVALID_DEST', MARTIAN_DESTINATION)
}

/** Whether it may come from where it says; else it is dropped. */
function validSource(k: Kernel, skb: Skb, dev: LinkRow, conf: DeviceConf, ip: Ipv4Packet, out: number): boolean {
  const problem = sourceProblem(k, dev, conf, { src: ip.src, dst: ip.dst, tos: ip.tos, mark: skb.mark }, out)
  if (problem === null) return true
  const rpFilter = problem === 'IP_RPFILTER'
  drop(k, skb, 'route.input', problem, rpFilter ? { d: 'rpfilter', src: ip.src, mode: conf.rpFilter } : MARTIAN_SOURCE)
  return false
}

export const exceeds = (ip: Ipv4Packet, mtu: number): boolean => ipLength(ip) > mtu
