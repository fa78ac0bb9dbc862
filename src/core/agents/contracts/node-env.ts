import type { Cidr } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { SimTime } from '../../base/time.ts'
import type { ApiServer } from '../../api/store/store.ts'
import type { Taint } from '../../api/kinds/types.ts'
import type { Files } from '../../kernel/files/files.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { ProcessLayer } from '../../kernel/process/layer.ts'
import type { CniPlugin } from './cni.ts'
import type { ImageEntry } from './image.ts'
import type { WorkQueues } from './work-queue.ts'

/** A cable: see `fabric/`. */
export interface CableSpec {
  readonly delay?: SimTime
  readonly rate?: number | null
  readonly loss?: number
  readonly mtu?: number | null
}

/** Where NICs are plugged in; `Fabric` is one. */
export interface Wiring {
  plug(link: number, network: string, spec?: CableSpec): void
}

/** What machines boot from. */
export interface MachineEnv {
  readonly kernel: Kernel
  readonly files: Files
  readonly wiring: Wiring
}

/** What is the same on every node of the cluster: kubeadm's answers. */
export interface ClusterFacts {
  /** `1.35`. */
  readonly version: string
  readonly podCIDR: Cidr
  readonly serviceCIDR: Cidr
  readonly dnsDomain: string
  /** `--cluster-dns` */
  readonly dnsAddress: Ipv4
}

/** What the programs of a node work with. Holds no state of its own. */
export interface NodeEnv extends MachineEnv {
  readonly api: ApiServer
  readonly queues: WorkQueues
  readonly processes: ProcessLayer
  readonly cluster: ClusterFacts
  readonly images: readonly ImageEntry[]
  readonly cniPlugins: readonly CniPlugin[]
}

/** A NIC: they become eth0, eth1, … in order. */
export interface NicSpec {
  readonly network: string
  readonly address: Ipv4
  readonly len: number
  readonly mtu: number
  readonly cable?: CableSpec
}

export interface MachineSpec {
  readonly name: string
  /** `host` and `router`: plain Linux; the others run a kubelet. */
  readonly role: 'control-plane' | 'worker' | 'host' | 'router'
  readonly nics: readonly NicSpec[]
  /** Next hop of the default route. */
  readonly gateway: Ipv4 | null
  readonly routes?: readonly { readonly to: Cidr; readonly via: Ipv4 }[]
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly Taint[]
  /** Thousandths of a CPU. Default 4000. */
  readonly milliCpu?: number
  /** Bytes. Default 8 GiB. */
  readonly memory?: number
}

export const isNode = (spec: Pick<MachineSpec, 'role'>): boolean =>
  spec.role === 'control-plane' || spec.role === 'worker'

/** The machine's own network namespace; 0 before it has booted. */
export function hostNetns(k: Kernel, machine: string): number {
  for (const row of k.t.netnsByHost.at(machine).rows()) if (row.name === 'host') return row.id
  return 0
}
