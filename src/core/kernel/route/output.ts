import { type Ipv4, IPV4_BROADCAST, IPV4_LOOPBACK, isMulticast, isLoopback } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { selectAddress } from '../link/address.ts'
import { deviceConf } from '../sysctl/sysctl.ts'
import type { LinkRow, RouteRow } from '../tables.ts'
import { type FlowKey, addressType, fibLookup } from './lookup.ts'
import { type Flow, type Hop, bareFlow, chooseNextHop } from './multipath.ts'
import { learnedFor } from './pmtu.ts'
import { refusalOf } from './refusal.ts'
import { routeRow } from './row.ts'

export interface OutputRoute {
  readonly route: RouteRow
  readonly pref: number
  readonly out: LinkRow
  /** The next hop that the route chose. */
  readonly hop: Hop
  /** Gateway, be it by redirect, or 0: the destination is on link. */
  readonly via: Ipv4
  /** The source address this route implies. */
  readonly source: Ipv4
}

export interface OutputQuery extends FlowKey {
  /** 0: the route chooses. */
  readonly src: Ipv4
  /** `src` need not be an address of this machine. */
  readonly anySource?: boolean
}

/**
 * ip_route_output_key_hash (net/ipv4/route.c): route and source for a datagram of this machine's own. `flow`: what a multipath hash is to
 * look at, asked for only where there are several next hops; by default only source and destination are known.
 */
export function routeOutput(
  k: Kernel,
  netns: number,
  to: Ipv4,
  want: OutputQuery,
  flow?: () => Flow,
): Result<OutputRoute, Errno> {
  const { src, oif = 0 } = want
  if (src !== 0 && !want.anySource && addressType(k, netns, src) !== 'local' && !isLoopback(src))
    return err('ENETUNREACH')
  const bound = oif === 0 ? undefined : k.t.link.get(oif)
  if (oif !== 0 && !bound) return err('ENODEV')
  if (bound && !bound.up) return err('ENETUNREACH')
  const dst = to || src || IPV4_LOOPBACK
  if (bound && (dst === IPV4_BROADCAST || isLinkLocalGroup(dst))) return ok(onLink(k, netns, dst, bound, src))
  const found = fibLookup(k, netns, dst, want)
  const refusal = found && refusalOf(found)
  // Who is bound to a device may send by it without a route: everything is on link then.
  if (bound && (!found || refusal)) return ok(onLink(k, netns, dst, bound, src))
  if (!found) return err('ENETUNREACH')
  if (refusal) return err(refusal.errno)
  const { route } = found
  const hop = oif === 0 ? chooseNextHop(k, route, flow ?? (() => bareFlow(src, dst)), src) : hopBy(route, oif)
  const out = outDevice(k, netns, route, hop.dev)
  if (!out) return err('ENODEV')
  if (!out.up) return err('ENETDOWN')
  // __mkroute_output: what comes from 127.0.0.0/8 does not leave the machine.
  if (isLoopback(src) && out.kind !== 'loopback' && !deviceConf(k, netns, out.name).routeLocalnet) return err('EINVAL')
  // Broadcasts and groups are on link whatever the route to them says.
  if (dst === IPV4_BROADCAST || isMulticast(dst)) {
    const direct = { dev: out.id, via: 0 }
    return ok({
      route,
      pref: found.rule.pref,
      out,
      hop: direct,
      via: 0,
      source: sourceOf(k, netns, dst, route, hop, out),
    })
  }
  const via = learnedFor(k, netns, dst, hop)?.gateway || hop.via
  return ok({ route, pref: found.rule.pref, out, hop, via, source: sourceOf(k, netns, dst, route, hop, out) })
}

/** 224.0.0.0/24 */
const isLinkLocalGroup = (ip: Ipv4): boolean => isMulticast(ip) && ip >>> 8 === 0xe00000

/** The next hop of a route by one device. */
const hopBy = (route: RouteRow, dev: number): Hop => route.nexthops.find((hop) => hop.dev === dev) ?? route

function onLink(k: Kernel, netns: number, dst: Ipv4, out: LinkRow, src: Ipv4): OutputRoute {
  const route = routeRow({ netns, dst, len: 32, table: 0, dev: out.id })
  return { route, pref: 0, out, hop: route, via: 0, source: src || selectAddress(k, netns, out.id, 0) }
}

/** A local destination goes out by the loopback, whatever device owns the address. */
export const outDevice = (k: Kernel, netns: number, route: RouteRow, dev: number): LinkRow | undefined =>
  route.type === 'local' ? k.t.linkByName.at(`${netns}/lo`).first() : k.t.link.get(dev)

/** The route's own source, for a local destination the destination, else the device's best address (fib_result_prefsrc). */
function sourceOf(k: Kernel, netns: number, dst: Ipv4, route: RouteRow, hop: Hop, out: LinkRow): Ipv4 {
  if (route.src !== 0) return route.src
  return route.type === 'local' ? dst : selectAddress(k, netns, out.id, hop.via !== 0 ? hop.via : dst)
}
