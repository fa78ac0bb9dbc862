import type { Ipv4 } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { selectAddress } from '../link/address.ts'
import { addressType, fibLookup } from '../route/lookup.ts'
import type { LinkRow, RouteRow } from '../tables.ts'
import { outDevice } from './ip-output.ts'
import { chooseNextHop } from './multipath.ts'

export interface OutputRoute {
  readonly route: RouteRow
  readonly pref: number
  readonly out: LinkRow
  /** Gateway, or 0: the destination is on link. */
  readonly via: Ipv4
  /** The source address this route implies. */
  readonly source: Ipv4
}

/** ip_route_output_key_hash (net/ipv4/route.c): route and source for a datagram of this machine's own. */
export function routeOutput(
  k: Kernel,
  netns: number,
  dst: Ipv4,
  want: {
    readonly src: Ipv4
    readonly mark?: number
    readonly oif?: number
    readonly tos?: number
    readonly anySource?: boolean
  },
): Result<OutputRoute, Errno> {
  if (want.src !== 0 && !want.anySource && addressType(k, netns, want.src) !== 'local' && want.src >>> 24 !== 127)
    return err('EINVAL')
  const found = fibLookup(k, netns, dst === 0 ? 0x7f000001 : dst, want)
  if (!found) return err('ENETUNREACH')
  const { route } = found
  const refusal = REFUSED[route.type]
  if (refusal) return err(refusal)
  const hop = chooseNextHop(route, want.src, dst)
  const out = outDevice(k, netns, route, hop.dev)
  if (!out) return err('ENODEV')
  if (!out.up) return err('ENETDOWN')
  return ok({ route, pref: found.rule.pref, out, via: hop.via, source: sourceOf(k, netns, dst, route, hop.via, out) })
}

const REFUSED: { readonly [type in RouteRow['type']]?: Errno } = {
  unreachable: 'EHOSTUNREACH',
  prohibit: 'EACCES',
  blackhole: 'EINVAL',
}

/** fib_select_default source: the route's own, for a local destination the destination, else the device's best address. */
function sourceOf(k: Kernel, netns: number, dst: Ipv4, route: RouteRow, via: Ipv4, out: LinkRow): Ipv4 {
  if (route.type === 'local') return dst >>> 24 === 127 ? route.src || dst : dst
  if (route.src !== 0) return route.src
  return selectAddress(k, netns, out.id, via !== 0 ? via : dst)
}
