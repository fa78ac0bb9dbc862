import type { Ipv4 } from '../../base/ipv4.ts'

/** What a device kind knows about itself beyond what all devices have (netdev_priv); `kind` is that of the device. */
export type DeviceConfig =
  | VlanConfig
  | MacvlanConfig
  | IpvlanConfig
  | TunConfig
  | IpTunnelConfig
  | GeneveConfig
  | WireguardConfig

/** An 802.1Q sub-interface (net/8021q). `reorder`: the tag is off while a frame is on this device (VLAN_FLAG_REORDER_HDR). */
export interface VlanConfig {
  readonly kind: 'vlan'
  readonly vid: number
  readonly reorder: boolean
}

export type MacvlanMode = 'private' | 'vepa' | 'bridge' | 'passthru'
/** A second MAC address on the same wire (drivers/net/macvlan.c). */
export interface MacvlanConfig {
  readonly kind: 'macvlan'
  readonly mode: MacvlanMode
}

export type IpvlanMode = 'l2' | 'l3' | 'l3s'
export type IpvlanFlag = 'bridge' | 'private' | 'vepa'
/** A second IP address behind the same MAC address (drivers/net/ipvlan). Mode and flag are the same for all devices on one parent. */
export interface IpvlanConfig {
  readonly kind: 'ipvlan'
  readonly mode: IpvlanMode
  readonly flag: IpvlanFlag
}

/** A device whose wire is a process (drivers/net/tun.c): `tun` carries datagrams, `tap` frames. */
export interface TunConfig {
  readonly kind: 'tun'
  readonly mode: 'tun' | 'tap'
  /** A process holds the other end; without one there is no carrier. */
  readonly attached: boolean
  /** Stays when that process goes (`ip tuntap add`). */
  readonly persist: boolean
}

export type IpTunnelKind = 'ipip' | 'gre' | 'gretap'
/** A tunnel straight over IP (net/ipv4/ip_tunnel.c). Addresses: 0 = any. */
export interface IpTunnelConfig {
  readonly kind: IpTunnelKind
  readonly local: Ipv4
  readonly remote: Ipv4
  /** Outer TTL; 0: that of the packet inside. */
  readonly ttl: number
  /** Outer TOS; 1: that of the packet inside. */
  readonly tos: number
  /** The outer header says Don't Fragment; without it the bit is that of the packet inside. */
  readonly pmtudisc: boolean
  /** GRE: the key a packet must have to come in, and has when it goes out; `null`: none. */
  readonly ikey: number | null
  readonly okey: number | null
  /** GRE: outgoing packets are numbered, carry a checksum. */
  readonly oseq: boolean
  readonly ocsum: boolean
  /** tunl0, gre0, gretap0: takes what no other tunnel takes; made with the module, and cannot be deleted. */
  readonly fallback: boolean
}

/** drivers/net/geneve.c: Ethernet in UDP to one remote end. */
export interface GeneveConfig {
  readonly kind: 'geneve'
  readonly vni: number
  readonly remote: Ipv4
  readonly port: number
  /** Outer TTL; 0: 64. */
  readonly ttl: number
  readonly df: 'unset' | 'set' | 'inherit'
}

/** drivers/net/wireguard. Keys are 44 characters of base64; '' = none. Peers have rows of their own. */
export interface WireguardConfig {
  readonly kind: 'wireguard'
  readonly privateKey: string
  readonly publicKey: string
  /** 0: one is drawn when the device comes up. */
  readonly port: number
  readonly fwmark: number
}

export const IP_TUNNEL_KINDS: readonly IpTunnelKind[] = ['ipip', 'gre', 'gretap']

export const isIpTunnel = (config: DeviceConfig | null): config is IpTunnelConfig =>
  config !== null && (IP_TUNNEL_KINDS as readonly string[]).includes(config.kind)
