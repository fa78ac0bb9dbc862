import type { Ipv4 } from '../../base/ipv4.ts'
import type { Mac } from '../../base/mac.ts'
import type { SimTime } from '../../base/time.ts'
import type { DeviceConfig } from './config.ts'

export type LinkKind = 'loopback' | 'ether' | 'veth' | 'bridge' | 'vxlan' | 'dummy' | DeviceConfig['kind']

/** A network device. `id` is unique in the lab, `ifindex` in its namespace. */
export interface LinkRow {
  readonly id: number
  readonly netns: number
  readonly ifindex: number
  readonly name: string
  readonly kind: LinkKind
  readonly mac: Mac
  readonly mtu: number
  /** IFF_UP, set by an administrator. */
  readonly up: boolean
  /** Link id of the bridge it is a port of; 0 = none. */
  readonly master: number
  /** veth: link id of the other end; 0 when that is gone. */
  readonly peer: number
  /** IFF_NOARP: no neighbour resolution. */
  readonly noarp: boolean
  readonly port: BridgePort | null
  readonly bridge: BridgeConfig | null
  readonly vxlan: VxlanConfig | null
  /** Link id of the device it stands on: parent of a VLAN, macvlan or ipvlan, `dev` of a tunnel (IFLA_LINK); 0 = none. */
  readonly lower: number
  /** Tunnels: the namespace it was made in, where its outer packets travel wherever the device is moved to; else 0. */
  readonly home: number
  /** What the newer kinds know about themselves. */
  readonly config: DeviceConfig | null
}
/** Settings of a bridge port (IFLA_BRPORT_*). */
export interface BridgePort {
  readonly hairpin: boolean
  readonly learning: boolean
  readonly flood: boolean
  readonly isolated: boolean
}
export interface BridgeConfig {
  /** How long a learned address lasts, ns. */
  readonly ageing: SimTime
  /** The MAC was set by hand: it no longer follows the lowest port MAC. */
  readonly pinned: boolean
}
export interface VxlanConfig {
  readonly vni: number
  readonly local: Ipv4
  /** Link id that `dev` names; 0 = none. */
  readonly underlay: number
  readonly port: number
  readonly learning: boolean
}

export interface AddressRow {
  readonly link: number
  readonly netns: number
  readonly addr: Ipv4
  /** IFA_ADDRESS: the other end of a point-to-point link; without one the address itself. The subnet is around it. */
  readonly peer: Ipv4
  readonly len: number
  /** IFA_LABEL: `eth0:1`, or the name of the device. */
  readonly label: string
  /** IFA_F_SECONDARY: the subnet was there when it came. */
  readonly secondary: boolean
  readonly scope: 'global' | 'link' | 'host'
  readonly broadcast: Ipv4 | null
  /** Order of addition. */
  readonly seq: number
}

/** A learned, static or local entry of a bridge's or VXLAN device's forwarding database. */
export interface FdbRow {
  /** Bridge or VXLAN link id. */
  readonly table: number
  readonly mac: Mac
  /** Port link id; for a VXLAN entry 0. */
  readonly port: number
  /** VXLAN: the remote tunnel end; 0 otherwise. */
  readonly dst: Ipv4
  readonly state: 'learned' | 'static' | 'permanent'
  /** The bridge's own or a port's own address: deliver up. */
  readonly local: boolean
  readonly updated: SimTime
}
