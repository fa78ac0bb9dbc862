/**
 * Protocol headers as immutable plain values. A frame is a nest of them, outermost first; each says which layer it is in `l`.
 * Lengths and checksums are no fields: they follow from the rest and appear when a frame is emitted (emit.ts) or measured
 * (length.ts). Every number is unsigned. Payload bytes are binary strings, one char code 0..255 per byte.
 */
import type { Ipv4 } from '../base/ipv4.ts'
import type { Mac } from '../base/mac.ts'

/** What a device carries. A layer-3 device (tun, ipip, wireguard) has no Ethernet header. */
export type Frame = Ethernet | Ipv4Packet

/** Ethernet II (IEEE 802.3 clause 3), with at most one 802.1Q tag: `vlan` is the VID, priority bits are not modelled. */
export interface Ethernet {
  readonly l: 'eth'
  readonly src: Mac
  readonly dst: Mac
  /** EtherType of the payload, behind the tag if there is one. */
  readonly type: number
  readonly vlan?: number | undefined
  readonly payload: Arp | Ipv4Packet | Data
}

/** ARP for IPv4 over Ethernet (RFC 826). `op`: 1 request, 2 reply. */
export interface Arp {
  readonly l: 'arp'
  readonly op: number
  readonly sha: Mac
  readonly spa: Ipv4
  readonly tha: Mac
  readonly tpa: Ipv4
}

/** IPv4 without options (RFC 791). */
export interface Ipv4Packet {
  readonly l: 'ipv4'
  readonly src: Ipv4
  readonly dst: Ipv4
  readonly ttl: number
  readonly proto: number
  readonly id: number
  readonly tos: number
  readonly df: boolean
  readonly mf: boolean
  /** Fragment offset in units of 8 bytes. A fragment (`mf` or `frag` > 0) carries `Data`. */
  readonly frag: number
  /** Only in an ICMP quote that was cut short: the total length its header states. The payload is then `Data`. */
  readonly totalLength?: number | undefined
  readonly payload: IpPayload
}
export type IpPayload = Icmp | Udp | Tcp | Gre | Ipv4Packet | Data

/** ICMP (RFC 792). `rest` is the second word: echo id << 16 | seq; for "fragmentation needed" the next-hop MTU. */
export interface Icmp {
  readonly l: 'icmp'
  readonly type: number
  readonly code: number
  readonly rest: number
  /** An error quotes the datagram it is about. */
  readonly payload: Data | Ipv4Packet
}

/** UDP (RFC 768). */
export interface Udp {
  readonly l: 'udp'
  readonly sport: number
  readonly dport: number
  readonly payload: Vxlan | Geneve | Wireguard | Dns | Data
}

/** TCP (RFC 9293). `flags` holds `TCP_FLAG` bits; the urgent pointer is always 0. */
export interface Tcp {
  readonly l: 'tcp'
  readonly sport: number
  readonly dport: number
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly options: TcpOptions
  readonly payload: Data
}

export interface TcpOptions {
  readonly mss?: number | undefined
  readonly wscale?: number | undefined
  readonly sackOk?: boolean | undefined
  /** Timestamp value and echo reply (RFC 7323). */
  readonly ts?: readonly [val: number, ecr: number] | undefined
}

/** VXLAN (RFC 7348): flags are always `I`. */
export interface Vxlan {
  readonly l: 'vxlan'
  readonly vni: number
  readonly payload: Ethernet
}

/** Geneve (RFC 8926) with an Ethernet frame inside, without options: all flags 0. */
export interface Geneve {
  readonly l: 'geneve'
  readonly vni: number
  readonly payload: Ethernet
}

/** GRE version 0 (RFC 2784; key and sequence number RFC 2890). `csum`: it carries a checksum. */
export interface Gre {
  readonly l: 'gre'
  readonly csum: boolean
  readonly key?: number | undefined
  readonly seq?: number | undefined
  readonly payload: Ipv4Packet | Ethernet
}

/**
 * A WireGuard message (drivers/net/wireguard/messages.h) as an envelope: of the right size, with the right indexes, but nothing in it is
 * encrypted, and what only cryptography needs is zero bytes.
 */
export type Wireguard = WgInitiation | WgResponse | WgData
/** `publicKey`: the sender's, 32 bytes; `mac1`: 16 bytes that only who knows the receiver's public key can make. Binary strings. */
export interface WgInitiation {
  readonly l: 'wireguard'
  readonly type: 1
  readonly sender: number
  readonly publicKey: string
  readonly mac1: string
  readonly payload: Data
}
export interface WgResponse {
  readonly l: 'wireguard'
  readonly type: 2
  readonly sender: number
  readonly receiver: number
  readonly mac1: string
  readonly payload: Data
}
/** Transport data; empty: a keepalive. `padding`: zero bytes behind the datagram. */
export interface WgData {
  readonly l: 'wireguard'
  readonly type: 4
  readonly receiver: number
  readonly counter: number
  readonly padding: number
  readonly payload: Ipv4Packet | Data
}

/** A DNS message (RFC 1035). `ad` and `cd` are the DNSSEC header bits (RFC 4035). */
export interface Dns {
  readonly l: 'dns'
  readonly id: number
  readonly qr: boolean
  readonly opcode: number
  readonly aa: boolean
  readonly tc: boolean
  readonly rd: boolean
  readonly ra: boolean
  readonly ad?: boolean | undefined
  readonly cd?: boolean | undefined
  readonly rcode: number
  readonly questions: readonly DnsQuestion[]
  readonly answers: readonly DnsRecord[]
  readonly authority: readonly DnsRecord[]
  readonly additional: readonly DnsRecord[]
  /** Names are compressed on the wire. CoreDNS compresses only what would not fit otherwise. */
  readonly compressed?: boolean | undefined
}

/**
 * Domain names are absolute and end in a dot (`web.default.svc.cluster.local.`, root is `.`); case is kept. A dot or
 * backslash inside a label is `\.` or `\\`, other bytes outside 0x21..0x7e are `\DDD` (RFC 1035 section 5.1).
 */
export type DnsName = string

export interface DnsQuestion {
  readonly name: DnsName
  /** Type number, see `DNS_TYPE`. */
  readonly type: number
  /** 1 is IN. */
  readonly class: number
}

interface DnsRecordHead {
  readonly name: DnsName
  readonly class: number
  readonly ttl: number
}
export type DnsRecord =
  | (DnsRecordHead & { readonly type: 'A'; readonly address: Ipv4 })
  /** `address`: 16 bytes as a binary string, see ipv6.ts. */
  | (DnsRecordHead & { readonly type: 'AAAA'; readonly address: string })
  | (DnsRecordHead & { readonly type: 'CNAME' | 'PTR' | 'NS'; readonly target: DnsName })
  | (DnsRecordHead & {
      readonly type: 'SRV'
      readonly priority: number
      readonly weight: number
      readonly port: number
      readonly target: DnsName
    })
  | (DnsRecordHead & { readonly type: 'TXT'; readonly texts: readonly string[] })
  | (DnsRecordHead & {
      readonly type: 'SOA'
      readonly mname: DnsName
      readonly rname: DnsName
      readonly serial: number
      readonly refresh: number
      readonly retry: number
      readonly expire: number
      readonly minimum: number
    })
  | DnsOpt
  /** Any other type: `code` is the type number, `data` the bytes of RDATA. */
  | (DnsRecordHead & { readonly type: 'RAW'; readonly code: number; readonly data: string })

/** EDNS(0) pseudo-record (RFC 6891); its owner is the root. `data`: options as they stand on the wire. */
export interface DnsOpt {
  readonly type: 'OPT'
  readonly udpSize: number
  readonly extendedRcode: number
  readonly version: number
  /** Flags word; 0x8000 is DO. */
  readonly flags: number
  readonly data: string
}

/** Bytes nobody looked into: a binary string. */
export interface Data {
  readonly l: 'data'
  readonly data: string
}

export const NO_DATA: Data = Object.freeze({ l: 'data', data: '' })

/** Any layer of a frame. */
export type Layer = Ethernet | Arp | Ipv4Packet | Icmp | Udp | Tcp | Gre | Vxlan | Geneve | Wireguard | Dns | Data
