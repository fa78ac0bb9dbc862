import type { Cidr } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { ApiServer } from '../../api/store/store.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { ProgramWatches } from '../contracts/program-watch.ts'
import type { Lease } from './lease.ts'
import type { NetConf } from './net-conf.ts'

/** What flanneld works with. */
export interface FlannelEnv {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly watches: ProgramWatches
}

/** What a running flanneld remembers. */
export interface FlannelState {
  readonly node: string
  readonly actor: string
  readonly config: NetConf
  readonly ipMasq: boolean
  readonly forwardRules: boolean
  readonly resync: number
  /** Link id, address and MTU of the device that packets between nodes leave by. */
  readonly iface: { readonly link: number; readonly ip: Ipv4; readonly mtu: number }
  /** This node's own range. */
  readonly subnet: Cidr
  /** Link id of flannel.<VNI>; 0 for host-gw. */
  readonly device: number
  /** What has been programmed, by node. */
  readonly leases: { readonly [node: string]: Programmed }
}

export interface Programmed {
  readonly lease: Lease
  /** A plain route instead of the tunnel (DirectRouting, host-gw). */
  readonly direct: boolean
}
