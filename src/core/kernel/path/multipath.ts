import { hashText } from '../../base/hash.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { NextHop, RouteRow } from '../tables.ts'

/**
 * fib_select_path: one next hop of a route. Multipath takes the default policy, a hash of source and destination
 * (fib_multipath_hash_policy 0), so one pair of hosts always takes one way; the hash function itself is ours.
 */
export function chooseNextHop(route: RouteRow, src: Ipv4, dst: Ipv4): Pick<NextHop, 'via' | 'dev'> {
  if (route.nexthops.length < 2) return route
  const total = route.nexthops.reduce((sum, hop) => sum + hop.weight, 0)
  let point = hashText(`${src}/${dst}`) % total
  for (const hop of route.nexthops) {
    if (point < hop.weight) return hop
    point -= hop.weight
  }
  return route.nexthops[0]!
}
