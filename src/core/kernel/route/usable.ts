import type { Kernel } from '../kernel.ts'
import { hasCarrier } from '../link/carrier.ts'
import { deviceConf } from '../sysctl/sysctl.ts'
import type { NextHop, RouteRow } from '../tables.ts'

/** Not RTNH_F_DEAD, nor RTNH_F_LINKDOWN where the device's ignore_routes_with_linkdown says so. */
export function carriesTraffic(k: Kernel, netns: number, hop: Pick<NextHop, 'dev' | 'dead'>): boolean {
  if (hop.dead) return false
  const link = k.t.link.get(hop.dev)
  if (!link || !deviceConf(k, netns, link.name).ignoreLinkdown) return true
  return link.up && hasCarrier(k, link)
}

/** fib_lookup_good_nhc: whether some next hop of the route is to be had, by `oif` (0 = any) if a device was asked for. */
export function isUsable(k: Kernel, route: RouteRow, oif: number): boolean {
  const hops = route.nexthops.length > 0 ? route.nexthops : [route]
  return hops.some((hop) => (oif === 0 || hop.dev === oif) && carriesTraffic(k, route.netns, hop))
}

/** Whether any device of the namespace is told to ignore routes without carrier. */
export const ignoresLinkdown = (k: Kernel, netns: number): boolean =>
  k.t.sysctlByNetns
    .at(netns)
    .rows()
    .some((row) => row.name.endsWith('.ignore_routes_with_linkdown') && row.value !== '0')
