import type { Ipv4 } from '../../base/ipv4.ts'
import { siphash } from '../../base/siphash.ts'
import { isIcmpError } from '../../wire/constants.ts'
import type { Ipv4Packet } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import { selectAddress } from '../link/address.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import type { NextHop, RouteRow } from '../tables.ts'
import { carriesTraffic } from './usable.ts'

/** What of a packet a multipath hash may look at. */
export interface Flow {
  readonly src: Ipv4
  readonly dst: Ipv4
  readonly proto: number
  readonly sport: number
  readonly dport: number
  /** The ends of the datagram that an ICMP error is about: layer 3 hashes those (ip_multipath_l3_keys). */
  readonly quoted: { readonly src: Ipv4; readonly dst: Ipv4 } | null
}

export type Hop = Pick<NextHop, 'via' | 'dev'>

/** The flow of a packet on its way; pieces and ICMP have no ports. */
export function flowOf(ip: Pick<Ipv4Packet, 'src' | 'dst' | 'proto' | 'payload'>): Flow {
  const { payload, src, dst, proto } = ip
  const ports = payload.l === 'tcp' || payload.l === 'udp' ? payload : NO_PORTS
  const about =
    payload.l === 'icmp' && isIcmpError(payload.type) && payload.payload.l === 'ipv4' ? payload.payload : null
  return { src, dst, proto, sport: ports.sport, dport: ports.dport, quoted: about }
}
const NO_PORTS = { sport: 0, dport: 0 }

/**
 * The flow of a datagram that is being sent, as its sender's flowi4 has it: type and code of an ICMP message lie where ports lie
 * (struct flowi_uli).
 */
export function outputFlow(ip: Parameters<typeof flowOf>[0], src: Ipv4): Flow {
  const flow = { ...flowOf(ip), src }
  const { payload } = ip
  return payload.l === 'icmp' ? { ...flow, dport: (payload.type << 8) | payload.code } : flow
}

/** A flow of which nothing but the ends is known. */
export const bareFlow = (src: Ipv4, dst: Ipv4): Flow => ({ src, dst, proto: 17, sport: 0, dport: 0, quoted: null })

/**
 * fib_select_multipath (net/ipv4/fib_semantics.c): the next hop of a route for a flow. Each has a share of the hash's range by weight;
 * a hop whose own address is the source that the sender has chosen is preferred. `source`: that address, 0 for packets that are
 * forwarded or whose source the route chooses.
 */
export function chooseNextHop(k: Kernel, route: RouteRow, flow: () => Flow, source: Ipv4 = 0): Hop {
  if (route.nexthops.length < 2) return route
  const hash = multipathHash(k, route.netns, flow()) >>> 1
  let best: Hop = route
  let score = -1
  for (const { hop, upper } of shares(k, route)) {
    const own = source !== 0 && sourceOf(k, route, hop) === source
    const points = (own ? 2 : 0) + (hash <= upper ? 1 : 0)
    if (points > score) [best, score] = [hop, points]
  }
  return best
}

const sourceOf = (k: Kernel, route: RouteRow, hop: NextHop): Ipv4 =>
  route.src || selectAddress(k, route.netns, hop.dev, hop.via)

/** fib_rebalance: the upper ends of the living next hops' shares of 2^31. */
function shares(k: Kernel, route: RouteRow): { readonly hop: NextHop; readonly upper: number }[] {
  const alive = route.nexthops.filter((hop) => carriesTraffic(k, route.netns, hop))
  const total = alive.reduce((sum, hop) => sum + hop.weight, 0)
  let weight = 0
  return alive.map((hop) => {
    weight += hop.weight
    return { hop, upper: Math.floor((weight * 2 ** 31 + Math.floor(total / 2)) / total) - 1 }
  })
}

/**
 * fib_multipath_hash (net/ipv4/route.c), policies 0 (addresses) and 1 (addresses, protocol, ports): SipHash over struct flow_keys under
 * net.ipv4.fib_multipath_hash_seed. Both directions of a flow hash alike. Seed 0 is a random key in Linux and 0 here.
 */
export function multipathHash(k: Kernel, netns: number, flow: Flow): number {
  const layer4 = sysctlNumber(k, netns, 'net.ipv4.fib_multipath_hash_policy') === 1
  const seed = BigInt(sysctlNumber(k, netns, 'net.ipv4.fib_multipath_hash_seed'))
  const key = (seed << 32n) | seed
  const { src, dst } = (!layer4 && flow.quoted) || flow
  const [lowAddr, highAddr] = ordered(swap32(src), swap32(dst))
  const [lowPort, highPort] = layer4 ? ordered(swap16(flow.sport), swap16(flow.dport)) : [0, 0]
  const words = [
    layer4 ? BigInt(flow.proto) << 16n : 0n,
    0n,
    0n,
    BigInt(lowPort + highPort * 2 ** 16) << 32n,
    BigInt(lowAddr) << 32n,
    BigInt(highAddr),
  ]
  return Number(siphash([key, key], words) & 0xffffffffn) || 1
}

/** As the bytes stand in memory, read by a little-endian machine. */
const swap16 = (n: number): number => ((n & 0xff) << 8) | (n >>> 8)
const swap32 = (n: number): number => (swap16(n & 0xffff) * 2 ** 16 + swap16(n >>> 16)) >>> 0

const ordered = (a: number, b: number): readonly [number, number] => (b < a ? [b, a] : [a, b])
