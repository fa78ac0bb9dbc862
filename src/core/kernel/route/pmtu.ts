import type { Ipv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import type { Kernel } from '../kernel.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import type { LinkRow, PmtuRow, RouteRow } from '../tables.ts'

const key = (netns: number, dst: Ipv4): string => `${netns}/${dst}`

/** A learned path MTU that still holds, or `undefined`. */
export function learnedMtu(k: Kernel, netns: number, dst: Ipv4): PmtuRow | undefined {
  if (k.t.pmtu.size === 0) return undefined
  const row = k.t.pmtu.get(key(netns, dst))
  return row && row.expires > k.now ? row : undefined
}

/** ip_dst_mtu_maybe_forward: the learned path MTU, else the route's, else the device's, bytes. */
export function pathMtu(k: Kernel, netns: number, dst: Ipv4, route: RouteRow, out: LinkRow): number {
  const base = route.mtu > 0 ? route.mtu : out.mtu
  const learned = learnedMtu(k, netns, dst)
  return learned ? Math.min(learned.mtu, base) : base
}

/** ipv4_update_pmtu: remembers for 600 s (mtu_expires) what "fragmentation needed" said, not below min_pmtu 552. */
export function learnMtu(k: Kernel, netns: number, dst: Ipv4, mtu: number): void {
  const floor = sysctlNumber(k, netns, 'net.ipv4.route.min_pmtu')
  const expires = k.now + sysctlNumber(k, netns, 'net.ipv4.route.mtu_expires') * SEC
  k.world.put(k.t.pmtu, key(netns, dst), { netns, dst, mtu: Math.max(mtu, floor), expires })
}
