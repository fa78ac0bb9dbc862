import { type Ipv4, isLoopback } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { selectAddress } from '../link/address.ts'
import { addressType, fibLookup } from '../route/lookup.ts'

/** What a socket learns from the route to its peer before it sends. */
export interface SocketRoute {
  readonly src: Ipv4
  readonly mtu: number
  /** Output link id. */
  readonly dev: number
}

/** The routing questions that sockets ask. The kernel's own tables answer them (`kernelRoutes`); tests put something simpler. */
export interface SocketRoutes {
  /** ip_route_output_flow: where a packet to `dst` would leave, and from which address (`src` 0: the route chooses). */
  output(netns: number, dst: Ipv4, src: Ipv4, oif: number): Result<SocketRoute, Errno>
  /** Whether bind(2) may take the address. */
  isLocal(netns: number, addr: Ipv4): boolean
}

const ERRNO_OF_TYPE: Readonly<Record<string, Errno>> = {
  blackhole: 'EINVAL',
  unreachable: 'EHOSTUNREACH',
  prohibit: 'EACCES',
}

export function kernelRoutes(k: Kernel): SocketRoutes {
  return {
    output(netns, dst, src, oif) {
      const found = fibLookup(k, netns, dst, { src, oif })
      if (!found) return err('ENETUNREACH')
      const { route } = found
      const failure = ERRNO_OF_TYPE[route.type]
      if (failure) return err(failure)
      const local = route.type === 'local'
      const dev = local ? loopbackOf(k, netns) : route.dev
      const mtu = Math.min(route.mtu || 65536, k.t.link.get(dev)?.mtu ?? 1500, local ? 65536 : pathMtu(k, netns, dst))
      const chosen = src || (local ? dst : route.src || selectAddress(k, netns, route.dev, route.via || dst))
      return chosen === 0 ? err('ENETUNREACH') : ok({ src: chosen, mtu, dev })
    },
    isLocal: (netns, addr) => isLoopback(addr) || addressType(k, netns, addr) === 'local',
  }
}

const loopbackOf = (k: Kernel, netns: number): number => k.t.linkByName.at(`${netns}/lo`).firstKey() ?? 0

/** The learned path MTU to an address, where there is one that has not expired. */
function pathMtu(k: Kernel, netns: number, dst: Ipv4): number {
  const learned = k.t.pmtuByNetns.at(netns).rows().find((row) => row.dst === dst && row.expires > k.now)
  return learned?.mtu ?? 65536
}
