import type { Cidr } from '../base/cidr.ts'
import type { Ipv4 } from '../base/ipv4.ts'
import type { SimTime } from '../base/time.ts'

/** `apiVersion` of the lab documents this build reads and writes. Older ones are migrated, newer ones are refused by name. */
export const LAB_API_VERSION = 'hopscope.dev/v1alpha1'
export const LAB_KIND = 'Lab'

/**
 * A lab as the simulator takes it: every default filled in, every text parsed, every reference checked.
 * Only `view` has no influence on what is simulated.
 */
export interface LabSpec {
  /** `metadata.name`. */
  readonly name: string
  /** Feeds every random stream of the lab; a non-negative 32-bit integer. Default 1. */
  readonly seed: number
  readonly fabric: FabricSpec
  /** `null`: no Kubernetes, only hosts, routers and networks. */
  readonly cluster: ClusterSpec | null
  readonly script: readonly ScriptEntry[]
  readonly view: ViewSpec
}

/** What the machines are plugged into. Names of networks, routers and hosts are unique together. */
export interface FabricSpec {
  readonly networks: readonly NetworkSpec[]
  readonly routers: readonly RouterSpec[]
  readonly links: readonly LinkSpec[]
  readonly hosts: readonly HostSpec[]
}

/** One broadcast domain: a switch and the subnet on it. */
export interface NetworkSpec {
  readonly name: string
  /** Host bits are zero. */
  readonly cidr: Cidr
  /** Default MTU of the interfaces plugged into it, in bytes. Default 1500. */
  readonly mtu: number
}

export interface InterfaceSpec {
  /** Name of a network. */
  readonly network: string
  /** Inside the network's prefix, and neither its network nor its broadcast address; the prefix length is the network's. */
  readonly address: Ipv4
  /** In bytes. Default: the network's. */
  readonly mtu: number
}

export interface RouterSpec {
  readonly name: string
  /** At least one. */
  readonly interfaces: readonly InterfaceSpec[]
  /** Static routes; connected networks need none. */
  readonly routes: readonly RouteSpec[]
}

export interface RouteSpec {
  readonly to: Cidr
  /** On one of the router's own networks. */
  readonly via: Ipv4
}

/** Overrides for the wire between a machine (host or router) and a network. A wire without one is ideal and fast. */
export interface LinkSpec {
  /** The host or router. */
  readonly machine: string
  /** The network it is plugged into. */
  readonly network: string
  /** One way, added to every frame. Default 0: the simulator's own default latency of a wire applies. */
  readonly delay: SimTime
  /** Bits per second; `null` means without limit. */
  readonly rate: number | null
  /** The share of frames lost, 0 to 1. */
  readonly loss: number
  /** Frames with more layer-3 bytes are lost on the wire, silently; `null` means without limit. */
  readonly mtu: number | null
}

/** What boots on a machine. A `host` is plain Linux outside the cluster. */
export type HostRole = 'control-plane' | 'worker' | 'host'

export interface HostSpec {
  readonly name: string
  readonly role: HostRole
  /** At least one; they become eth0, eth1, … in this order. The first one is the node's InternalIP. */
  readonly interfaces: readonly InterfaceSpec[]
  /**
   * The default route's next hop, on one of the host's networks; `null` (written `none`): no default route. Where the document says
   * nothing: the first router on the first interface's network; without a router, the network's first address for
   * cluster nodes (flannel and kubelet pick their interface by the default route), none for plain hosts.
   */
  readonly gateway: Ipv4 | null
  /** Node labels beside those that kubelet sets itself. Empty for role `host`. */
  readonly labels: Readonly<Record<string, string>>
  /** Node taints. Default: `node-role.kubernetes.io/control-plane:NoSchedule` on the control plane, none elsewhere. */
  readonly taints: readonly TaintSpec[]
  /** Thousandths of a CPU. Default 4000. */
  readonly milliCpu: number
  /** Bytes. Default 8 GiB. */
  readonly memory: number
}

export interface TaintSpec {
  readonly key: string
  readonly value: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

export interface ClusterSpec {
  /** Kubernetes minor version such as `1.35`. */
  readonly version: string
  readonly podCIDR: Cidr
  readonly serviceCIDR: Cidr
  /** Default `cluster.local`. */
  readonly dnsDomain: string
  /** Bundled manifests applied at boot, in this order, before the document's own, which override them by name. */
  readonly addons: readonly AddonName[]
}

export const ADDON_NAMES = ['flannel-vxlan', 'kube-proxy-iptables', 'coredns'] as const
export type AddonName = (typeof ADDON_NAMES)[number]

/**
 * One stimulus. Entries with a time start at that time. Entries `at: settled` run one after another in document order: each
 * starts when the control plane is at rest and the entry before it has finished.
 */
export interface ScriptEntry {
  readonly at: 'settled' | SimTime
  readonly in: Place
  /** A command line as one would type it. */
  readonly run: string
}

export type WorkloadKind = 'Deployment' | 'DaemonSet' | 'StatefulSet' | 'ReplicaSet' | 'Job'

/** Where a command runs. Text forms: see `place.ts`. */
export type Place =
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'host'; readonly name: string }
  | { readonly kind: 'router'; readonly name: string }
  /** `container: null` is the pod's first container. */
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string; readonly container: string | null }
  /** Stands for the first pod of the workload. */
  | { readonly kind: 'workload'; readonly workload: WorkloadKind; readonly namespace: string; readonly name: string }

/** How the lab was last looked at. Never changes what is simulated. */
export interface ViewSpec {
  /** Canvas positions by element id, such as `host/node1` or `network/rack1`. */
  readonly positions: Readonly<Record<string, Position>>
  /** Ids of groups that are folded. */
  readonly folded: readonly string[]
  /** Name of the active lens; `null` for the plain view. */
  readonly lens: string | null
  /** Where on the timeline one was: a non-negative integer as counted by the timeline; `null` for "as after opening". */
  readonly cursor: number | null
}

export interface Position {
  readonly x: number
  readonly y: number
}
