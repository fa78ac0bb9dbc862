import type { Ipv4 } from '../../base/ipv4.ts'
import type { Mac } from '../../base/mac.ts'
import type { SimTime } from '../../base/time.ts'

export type SetType =
  | 'bitmap:ip'
  | 'bitmap:ip,mac'
  | 'bitmap:port'
  | 'hash:ip'
  | 'hash:ip,port'
  | 'hash:ip,port,ip'
  | 'hash:ip,port,net'
  | 'hash:net'
  | 'hash:net,iface'
  | 'hash:net,port'
  | 'list:set'

/** A set of one namespace. Rules and lists name it; its members stand in a table of their own. */
export interface SetRow {
  readonly id: number
  readonly netns: number
  readonly name: string
  readonly type: SetType
  /** ip_set_id_t: sets are listed by it. */
  readonly index: number
  readonly family: 'inet' | 'inet6'
  readonly hashsize: number
  readonly maxelem: number
  /** Addresses are cut to this many bits; 32: whole. */
  readonly netmask: number
  /** bitmap types: first and last address or port. */
  readonly range: readonly [number, number]
  /** list:set */
  readonly size: number
  /** Seconds that a member lasts unless it says otherwise; `null`: members do not time out. */
  readonly timeout: number | null
  readonly counters: boolean
  readonly comment: boolean
  readonly skbinfo: boolean
  /** A full set makes room for what is added. */
  readonly forceadd: boolean
  readonly bucketsize: number
  /** Seed of the hash: shown, and saved. */
  readonly initval: number
}

/** What a member says; fields that its type has no use for are 0 or ''. */
export interface Element {
  readonly ip: Ipv4
  /** Prefix length of `ip`; 32: a host. */
  readonly len: number
  readonly proto: number
  /** ICMP: type << 8 | code. */
  readonly port: number
  readonly ip2: Ipv4
  readonly len2: number
  readonly iface: string
  readonly physdev: boolean
  /** -1: not known yet. */
  readonly mac: Mac
  /** list:set */
  readonly set: string
}

export interface MemberRow {
  readonly set: number
  readonly element: Element
  /** Order of listing. */
  readonly position: number
  /** 0: never. */
  readonly expires: SimTime
  readonly nomatch: boolean
  readonly packets: number
  readonly bytes: number
  readonly comment: string
}

/** Flags of one dimension in a rule: `src,dst`. */
export type Direction = 'src' | 'dst'
