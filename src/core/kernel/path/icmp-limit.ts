import type { Ipv4 } from '../../base/ipv4.ts'
import { MS, SEC } from '../../base/time.ts'
import type { Kernel } from '../kernel.ts'
import { addressType } from '../route/lookup.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import type { InetPeerRow } from '../tables.ts'

/**
 * Whether an ICMP error may be sent (icmpv4_global_allow, icmpv4_xrlim_allow): of the types in net.ipv4.icmp_ratemask only so many a
 * second in all, and one per icmp_ratelimit and receiver. "Fragmentation needed" is never held back, nor what is for ourselves.
 */
export function withinLimits(k: Kernel, netns: number, to: Ipv4, type: number, code: number): boolean {
  if (type === 3 && code === 4) return true
  if (((sysctlNumber(k, netns, 'net.ipv4.icmp_ratemask') >>> type) & 1) === 0) return true
  if (addressType(k, netns, to) === 'local') return true
  const global = globalCredit(k, netns)
  if (global.tokens < 1) return false
  if (!withinRate(k, netns, to)) return false
  k.world.put(k.t.inetPeer, globalKey(netns), { ...global, tokens: global.tokens - 1 })
  return true
}

const globalKey = (netns: number): string => `${netns}/all`

/** How many times a second the credit is filled. */
const FILL = SEC / 50

/**
 * icmp_global_allow: `tokens` counts messages here. Linux takes 0 to 2 credits for a message, at random, so that nobody can count its
 * messages from outside; here it is always one.
 */
function globalCredit(k: Kernel, netns: number): InetPeerRow {
  const burst = sysctlNumber(k, netns, 'net.ipv4.icmp_msgs_burst')
  const known = k.t.inetPeer.get(globalKey(netns)) ?? { netns, tokens: burst, last: k.now, redirects: 0 }
  const elapsed = Math.min(k.now - known.last, SEC)
  if (known.tokens >= 1 || elapsed < FILL) return known
  const fill = Math.floor((sysctlNumber(k, netns, 'net.ipv4.icmp_msgs_per_sec') * elapsed) / SEC)
  return fill === 0 ? known : { ...known, tokens: Math.min(known.tokens + fill, burst), last: k.now }
}

/** XRLIM_BURST_FACTOR */
const RATE_BURST = 6

/** inet_peer_xrlim_allow: six at once. The bucket is the one that ip_error uses, too. */
function withinRate(k: Kernel, netns: number, to: Ipv4): boolean {
  const limit = sysctlNumber(k, netns, 'net.ipv4.icmp_ratelimit') * MS
  const key = `${netns}/${to}`
  const peer = k.t.inetPeer.get(key) ?? { netns, tokens: RATE_BURST * limit, last: k.now, redirects: 0 }
  const elapsed = k.now - peer.last
  const tokens = elapsed === 0 ? peer.tokens : Math.min(peer.tokens + elapsed, RATE_BURST * limit)
  const allowed = tokens >= limit
  k.world.put(k.t.inetPeer, key, { ...peer, tokens: allowed ? tokens - limit : tokens, last: k.now })
  return allowed
}
