import { type Ipv4, IPV4_BROADCAST, isLoopback, isMulticast, isZeronet } from '../../base/ipv4.ts'
import type { DropReason } from '../../trace/vocabulary.ts'
import type { Kernel } from '../kernel.ts'
import { addressesOf } from '../link/address.ts'
import { addressType, fibLookup } from '../route/lookup.ts'
import { rulesOf } from '../route/rule.ts'
import { type DeviceConf, deviceConf } from '../sysctl/sysctl.ts'
import type { LinkRow, RouteRow } from '../tables.ts'

/** What of a packet decides whether it may come from where it says. */
export interface Claim {
  readonly src: Ipv4
  readonly dst: Ipv4
  readonly tos: number
  readonly mark: number
}

/** local, main, default */
const DEFAULT_RULES = 3

/**
 * fib_validate_source (net/ipv4/fib_frontend.c): no packet from outside with one of our own addresses, and rp_filter. `out`: link id the
 * packet is to leave by, 0 = it is for this machine. `null`: nothing is wrong with it.
 */
export function sourceProblem(k: Kernel, dev: LinkRow, conf: DeviceConf, p: Claim, out: number): DropReason | null {
  if (dev.kind === 'loopback') return null
  const { rpFilter } = conf
  if (rpFilter === 0 && (out !== dev.id || !conf.sendRedirects)) {
    if (conf.acceptLocal) return null
    if (rulesOf(k, dev.netns).length === DEFAULT_RULES) {
      return addressType(k, dev.netns, p.src) === 'local' ? 'IP_LOCAL_SOURCE' : null
    }
  }
  return wayBack(k, dev, conf, p, out)
}

const REFUSES: ReadonlySet<RouteRow['type']> = new Set(['unreachable', 'prohibit', 'blackhole'])

/** __fib_validate_source: the route that an answer would take. It is looked up as if the answer came in by `out`. */
function wayBack(k: Kernel, dev: LinkRow, conf: DeviceConf, p: Claim, out: number): DropReason | null {
  const iif = out === 0 ? 'lo' : (k.t.link.get(out)?.name ?? 'lo')
  const mark = conf.srcValidMark ? p.mark : 0
  const route = fibLookup(k, dev.netns, p.src, { src: p.dst, tos: p.tos, mark, iif })?.route
  const unproven = conf.rpFilter > 0 ? 'IP_RPFILTER' : null
  if (!route || REFUSES.has(route.type)) return unproven
  if (route.type !== 'unicast' && !(route.type === 'local' && conf.acceptLocal)) {
    return route.type === 'local' ? 'IP_LOCAL_SOURCE' : 'IP_INVALID_SOURCE'
  }
  if (route.dev === dev.id || route.nexthops.some((hop) => hop.dev === dev.id)) return null
  if (addressesOf(k, dev.id).length === 0) return unproven
  return conf.rpFilter === 1 ? 'IP_RPFILTER' : null
}

/** ip_route_input as ARP asks it: the route of a packet from `src` to `dst` that came in by `dev`; `null` where it would be refused. */
export function inputRoute(k: Kernel, dev: LinkRow, src: Ipv4, dst: Ipv4): RouteRow | null {
  const conf = deviceConf(k, dev.netns, dev.name)
  if (isMulticast(src) || src === IPV4_BROADCAST || isZeronet(src) || isZeronet(dst)) return null
  if (!conf.routeLocalnet && (isLoopback(src) || isLoopback(dst))) return null
  const route = fibLookup(k, dev.netns, dst, { src, iif: dev.name })?.route
  if (!route) return null
  const local = route.type === 'local' || route.type === 'broadcast'
  if (!local && !(route.type === 'unicast' && conf.forwarding)) return null
  const claim = { src, dst: route.type === 'broadcast' ? 0 : dst, tos: 0, mark: 0 }
  return sourceProblem(k, dev, conf, claim, local ? 0 : route.dev) === null ? route : null
}
