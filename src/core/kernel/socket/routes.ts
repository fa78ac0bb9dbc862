import { type Ipv4, IPV4_BROADCAST, isLoopback } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { addressType } from '../route/lookup.ts'
import { routeOutput } from '../route/output.ts'
import { pathMtu } from '../route/pmtu.ts'
import type { RouteRow } from '../tables.ts'

/** What a socket learns from the route to its peer before it sends. */
export interface SocketRoute {
  readonly src: Ipv4
  readonly mtu: number
  /** No DF on this path. */
  readonly locked?: boolean
  readonly broadcast?: boolean
  /** Output link id. */
  readonly dev: number
  /** What the route says of windows, segment sizes and timers. */
  readonly metrics?: RouteRow['metrics']
}

/** What besides the addresses matters: a multipath route may choose by protocol and ports. */
export interface SocketFlow {
  readonly proto?: number
  readonly sport?: number
  readonly dport?: number
  /** `src` need not be an address of this machine (inet_sk_flowi_flags). */
  readonly anySource?: boolean
}

/** The routing questions that sockets ask. The kernel's own tables answer them (`kernelRoutes`); tests put something simpler. */
export interface SocketRoutes {
  /** ip_route_output_flow: where a packet to `dst` would leave, and from which address (`src` 0: the route chooses). */
  output(netns: number, dst: Ipv4, src: Ipv4, oif: number, flow?: SocketFlow): Result<SocketRoute, Errno>
  /** Whether bind(2) may take the address. */
  isLocal(netns: number, addr: Ipv4): boolean
}

/** ip_route_output_key as sockets use it before they send; the packet path asks again, with the mark. */
export function kernelRoutes(k: Kernel): SocketRoutes {
  return {
    output(netns, dst, src, oif, flow = {}) {
      const { proto, sport = 0, dport = 0, anySource = false } = flow
      const hashed = proto === undefined ? undefined : () => ({ proto, sport, dport, src, dst, quoted: null })
      const found = routeOutput(k, netns, dst, { src, oif, anySource }, hashed)
      if (!found.ok) return found
      const { route, hop, out, source } = found.value
      const chosen = src || source
      const { mtu, locked } = pathMtu(k, netns, dst, route, hop, out)
      const broadcast = route.type === 'broadcast' || dst === IPV4_BROADCAST
      if (chosen === 0) return err('ENETUNREACH')
      return ok({ src: chosen, mtu, locked, broadcast, dev: out.id, metrics: route.metrics })
    },
    isLocal: (netns, addr) => isLoopback(addr) || addressType(k, netns, addr) === 'local',
  }
}
