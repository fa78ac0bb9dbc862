import { type Ipv4, isLoopback } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { selectAddress } from '../link/address.ts'
import { addressType, fibLookup } from '../route/lookup.ts'
import { pathMtu } from '../route/pmtu.ts'

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

/** ip_route_output_key as sockets use it before they send; the packet path asks again, with mark and hash. */
export function kernelRoutes(k: Kernel): SocketRoutes {
  return {
    output(netns, dst, src, oif) {
      const found = fibLookup(k, netns, dst, { src, oif })
      if (!found) return err('ENETUNREACH')
      const { route } = found
      const failure = ERRNO_OF_TYPE[route.type]
      if (failure) return err(failure)
      const local = route.type === 'local'
      const out = k.t.link.get(local ? loopbackOf(k, netns) : route.dev)
      if (!out) return err('ENODEV')
      const mtu = pathMtu(k, netns, dst, route, out)
      const chosen =
        src || (local && !isLoopback(dst) ? dst : route.src || selectAddress(k, netns, out.id, route.via || dst))
      return chosen === 0 ? err('ENETUNREACH') : ok({ src: chosen, mtu, dev: out.id })
    },
    isLocal: (netns, addr) => isLoopback(addr) || addressType(k, netns, addr) === 'local',
  }
}

const loopbackOf = (k: Kernel, netns: number): number => k.t.linkByName.at(`${netns}/lo`).firstKey() ?? 0
