import type { Ipv4 } from '../../base/ipv4.ts'
import type { SimTime } from '../../base/time.ts'

export type RouteType = 'unicast' | 'local' | 'broadcast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw'
export type RouteScope = 'global' | 'link' | 'host'
export interface NextHop {
  readonly via: Ipv4
  readonly dev: number
  readonly weight: number
  readonly onlink?: boolean
  /** Its device is down (RTNH_F_DEAD); the route lives on while another one is not. */
  readonly dead?: boolean
}
/** rtnetlink.h RTAX_* in the order of their numbers, but for the MTU; times in milliseconds. */
export const ROUTE_METRICS = [
  'window',
  'rtt',
  'rttvar',
  'ssthresh',
  'cwnd',
  'advmss',
  'reordering',
  'hoplimit',
  'initcwnd',
  'rto_min',
  'initrwnd',
  'quickack',
] as const
export type RouteMetric = (typeof ROUTE_METRICS)[number]
export interface RouteRow {
  readonly netns: number
  /** local 255, main 254, default 253 */
  readonly table: number
  readonly dst: Ipv4
  readonly len: number
  readonly tos: number
  readonly metric: number
  readonly type: RouteType
  readonly scope: RouteScope
  /** boot 3, kernel 2, static 4, bird 12 … (rtnetlink.h RTPROT_*) */
  readonly proto: number
  /** Output link id; 0 for blackhole and its like. */
  readonly dev: number
  /** Next hop; 0 = on link. */
  readonly via: Ipv4
  /** Preferred source; 0 = none. */
  readonly src: Ipv4
  readonly onlink: boolean
  /** 0 = the device's. */
  readonly mtu: number
  /** `mtu lock`: no path MTU discovery, DF is never set. */
  readonly mtuLock: boolean
  readonly metrics: Readonly<Partial<Record<RouteMetric, number>>>
  /** Among routes alike in prefix, TOS and metric: 0, or where `append` (above) and `prepend` (below) put it. */
  readonly order: number
  /** More than one: multipath, `dev` and `via` are those of the first. */
  readonly nexthops: readonly NextHop[]
}

export interface RuleRow {
  readonly netns: number
  readonly pref: number
  readonly from: { readonly addr: Ipv4; readonly len: number } | null
  readonly to: { readonly addr: Ipv4; readonly len: number } | null
  readonly iif: string
  readonly oif: string
  readonly fwmark: number
  readonly fwmask: number
  readonly tos: number
  /** `not`: it holds where the selectors do not. */
  readonly invert: boolean
  readonly action: 'lookup' | 'blackhole' | 'unreachable' | 'prohibit' | 'goto' | 'nop'
  readonly table: number
  /** A route of at most this prefix length does not count as found; -1 = every one does. */
  readonly suppress: number
  /** `goto`: preference of the rule that is asked next. */
  readonly target: number
  /** FRA_PROTOCOL: kernel 2 for those that every namespace begins with, else 0. */
  readonly proto: number
}

/** What has been learned of one destination behind a next hop (net/ipv4/route.c `fnhe`): a path MTU, a better gateway. */
export interface PmtuRow {
  readonly netns: number
  readonly dst: Ipv4
  /** The next hop. */
  readonly via: Ipv4
  readonly dev: number
  /** 0 = nothing learned. */
  readonly mtu: number
  /** Too small to be believed: DF is not set. */
  readonly locked: boolean
  /** Where a redirect sends; 0 = nowhere else. */
  readonly gateway: Ipv4
  readonly expires: SimTime
}
