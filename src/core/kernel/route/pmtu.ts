import type { Ipv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import type { Kernel } from '../kernel.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import type { LinkRow, PmtuRow, RouteRow } from '../tables.ts'
import type { Hop } from './multipath.ts'

const key = (netns: number, dst: Ipv4, hop: Hop): string => `${netns}/${dst}/${hop.dev}/${hop.via}`

/** find_exception: what has been learned of a destination behind a next hop and still holds, or `undefined`. */
export function learnedFor(k: Kernel, netns: number, dst: Ipv4, hop: Hop): PmtuRow | undefined {
  if (k.t.pmtu.size === 0) return undefined
  const row = k.t.pmtu.get(key(netns, dst, hop))
  return row && row.expires > k.now ? row : undefined
}

export interface PathMtu {
  readonly mtu: number
  /** DF is not set on this path: the MTU was locked by hand, or what routers told is too small to be true. */
  readonly locked: boolean
}

/** ip_dst_mtu_maybe_forward: the learned path MTU, else the route's, else the device's, bytes. */
export function pathMtu(k: Kernel, netns: number, dst: Ipv4, route: RouteRow, hop: Hop, out: LinkRow): PathMtu {
  const mtu = route.mtu > 0 ? route.mtu : out.mtu
  if (route.mtuLock) return { mtu, locked: true }
  const learned = learnedFor(k, netns, dst, hop)
  if (!learned || learned.mtu === 0) return { mtu, locked: false }
  return { mtu: Math.min(learned.mtu, mtu), locked: learned.locked }
}

/**
 * __ip_rt_update_pmtu: remembers for 600 s (mtu_expires) what "fragmentation needed" said. Less than min_pmtu (552) is not believed:
 * packets of that size go without DF.
 */
export function learnMtu(k: Kernel, netns: number, dst: Ipv4, mtu: number, route: RouteRow, hop: Hop): void {
  const out = k.t.link.get(hop.dev)
  if (!out || route.mtuLock) return
  const old = pathMtu(k, netns, dst, route, hop, out).mtu
  if (old < mtu) return
  const floor = sysctlNumber(k, netns, 'net.ipv4.route.min_pmtu')
  const locked = mtu < floor
  const lifetime = sysctlNumber(k, netns, 'net.ipv4.route.mtu_expires') * SEC
  const change = { mtu: locked ? Math.min(old, floor) : mtu, locked, expires: k.now + lifetime }
  putException(k, netns, dst, hop, change)
}

/** net.ipv4.route.gc_timeout */
const REDIRECT_LIFETIME = 300 * SEC

/** __ip_do_redirect: from now on packets to `dst` go by another gateway on the same network. */
export function learnGateway(k: Kernel, netns: number, dst: Ipv4, hop: Hop, gateway: Ipv4): void {
  putException(k, netns, dst, hop, { gateway, expires: k.now + REDIRECT_LIFETIME })
}

function putException(k: Kernel, netns: number, dst: Ipv4, hop: Hop, change: Partial<PmtuRow>): void {
  const known = learnedFor(k, netns, dst, hop)
  const row = known ?? { netns, dst, via: hop.via, dev: hop.dev, mtu: 0, locked: false, gateway: 0, expires: 0 }
  k.world.put(k.t.pmtu, key(netns, dst, hop), { ...row, ...change })
}

/** A device is gone, or its routes are. */
export function forgetLearned(k: Kernel, netns: number, dev: number): void {
  for (const row of [...k.t.pmtuByNetns.at(netns).rows()]) {
    if (row.dev === dev) k.world.delete(k.t.pmtu, key(netns, row.dst, row))
  }
}

/** `ip route flush cache`. */
export function flushLearned(k: Kernel, netns: number): void {
  for (const id of [...k.t.pmtuByNetns.at(netns).keys()]) k.world.delete(k.t.pmtu, id)
}
