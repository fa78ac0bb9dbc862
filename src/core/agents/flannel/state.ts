import type { Cidr } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { ObjectRef } from '../../base/ref.ts'
import type { ApiServer } from '../../api/store/store.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { HttpServer } from '../contracts/http-server.ts'
import type { Ctx } from '../contracts/program.ts'
import type { ProgramWatches } from '../contracts/program-watch.ts'
import type { Lease } from './lease.ts'
import type { VxlanBackend } from './net-conf.ts'
import type { FlannelOptions } from './options.ts'

/** What flanneld works with. */
export interface FlannelEnv {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly watches: ProgramWatches
}

/** The device that packets between nodes leave by. */
export interface ExternalInterface {
  readonly link: number
  readonly name: string
  readonly mtu: number
  /** Its address, and the one that other nodes are told: the same, unless `--public-ip` says otherwise. */
  readonly address: Ipv4
  readonly external: Ipv4
}

/** What a running flanneld remembers. */
export interface FlannelState {
  readonly node: string
  readonly actor: string
  readonly options: FlannelOptions
  /** The cluster's pod range. */
  readonly network: Cidr
  readonly backend: 'vxlan' | 'host-gw'
  /** `null` for host-gw. */
  readonly vxlan: VxlanBackend | null
  readonly iface: ExternalInterface
  /** This node's own range. */
  readonly subnet: Cidr
  /** Link id of flannel.<VNI>; 0 for host-gw. */
  readonly device: number
  /** For which objects the rules of the node are: its Node, and the ConfigMap that holds net-conf.json. */
  readonly subject: readonly ObjectRef[]
  /** What other nodes' flannels have published, and what has been done about it, by node. */
  readonly leases: { readonly [node: string]: Programmed }
  readonly http: HttpServer
}

export interface Programmed {
  readonly lease: Lease
  /** A plain route instead of the tunnel (DirectRouting, host-gw). */
  readonly direct: boolean
}

export type FlannelCtx = Ctx<FlannelState>
