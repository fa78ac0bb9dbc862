import type { Mac } from '../../base/mac.ts'
import type { Result } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { addLink } from './link.ts'

export interface TunSpec {
  readonly name: string
  readonly mode: 'tun' | 'tap'
  readonly mac?: Mac
  readonly mtu?: number
}

/** `ip tuntap add dev NAME mode tun|tap`: stays without a process, and has no carrier until one opens it. EEXIST. */
export const addTun = (k: Kernel, netns: number, spec: TunSpec): Result<number, Errno> =>
  addLink(k, netns, {
    name: spec.name,
    kind: 'tun',
    ...(spec.mac !== undefined && { mac: spec.mac }),
    ...(spec.mtu !== undefined && { mtu: spec.mtu }),
    config: { kind: 'tun', mode: spec.mode, attached: false, persist: true },
  })
