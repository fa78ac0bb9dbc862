import { hashText } from '../../base/hash.ts'
import type { Ipv4Packet } from '../../wire/types.ts'
import type { NextHop, RouteRow } from '../tables.ts'

/**
 * fib_select_path: one next hop of a route. Multipath takes the default policy, a hash of source and destination
 * (fib_multipath_hash_policy 0), so one pair of hosts always takes one way; the hash function itself is ours.
 */
export function chooseNextHop(route: RouteRow, ip: Ipv4Packet): NextHop {
  if (route.nexthops.length < 2) return { via: route.via, dev: route.dev, weight: 1 }
  const total = route.nexthops.reduce((sum, hop) => sum + hop.weight, 0)
  let point = hashText(`${ip.src}/${ip.dst}`) % total
  for (const hop of route.nexthops) {
    if (point < hop.weight) return hop
    point -= hop.weight
  }
  return route.nexthops[0]!
}
