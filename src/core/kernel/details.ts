import type { Ipv4 } from '../base/ipv4.ts'
import type { Mac } from '../base/mac.ts'
import type { Rule, TableName } from './netfilter/types.ts'
import type { CtTcpState, FdbRow, RouteRow, Tuple } from './tables.ts'

/**
 * What decided a step of the packet path: stored in the trace, read by `explain/`. Values are kept by identity, so a rule or route
 * that decides a thousand packets is stored once.
 */
export type PathDetail =
  | { readonly d: 'rule'; readonly table: TableName; readonly chain: string; readonly num: number; readonly rule: Rule }
  /** A rule that did not match; `term` is the first one that failed, as it stands in the rule's text. */
  | {
      readonly d: 'miss'
      readonly table: TableName
      readonly chain: string
      readonly num: number
      readonly rule: Rule
      readonly term: string
    }
  | { readonly d: 'policy'; readonly table: TableName; readonly chain: string; readonly policy: 'ACCEPT' | 'DROP' }
  /** The end of a user chain: back to the caller. */
  | { readonly d: 'chain-end'; readonly table: TableName; readonly chain: string }
  | { readonly d: 'route'; readonly route: RouteRow; readonly rulePref: number }
  | { readonly d: 'no-route'; readonly dst: Ipv4 }
  | { readonly d: 'rpfilter'; readonly src: Ipv4; readonly mode: number }
  | { readonly d: 'fdb'; readonly row: FdbRow }
  | { readonly d: 'fdb-miss'; readonly mac: Mac; readonly ports: number }
  | { readonly d: 'learn'; readonly mac: Mac; readonly port: string; readonly moved: boolean }
  | { readonly d: 'neigh'; readonly ip: Ipv4; readonly mac: Mac; readonly state: string; readonly dev: number }
  | { readonly d: 'arp'; readonly what: ArpNote; readonly ip: Ipv4 }
  | {
      readonly d: 'conntrack'
      readonly id: number
      readonly info: string
      readonly orig: Tuple
      readonly reply: Tuple
      readonly tcp: CtTcpState | null
    }
  | {
      readonly d: 'nat'
      readonly manip: 'src' | 'dst'
      readonly from: Ipv4
      readonly fromPort: number
      readonly to: Ipv4
      readonly toPort: number
      readonly id: number
    }
  | {
      readonly d: 'vxlan'
      readonly vni: number
      readonly remote: Ipv4
      readonly overhead: number
      readonly dev: number
    }
  /** Wrapped or unwrapped by a tunnel; `label`: which of those to the same end, `key 77`, `vni 5`. */
  | {
      readonly d: 'tunnel'
      readonly kind: 'ipip' | 'gre' | 'gretap' | 'geneve'
      readonly remote: Ipv4
      readonly overhead: number
      readonly dev: number
      readonly label: string
    }
  /** A message between WireGuard peers; `remote`, `port`: where the peer is. */
  | {
      readonly d: 'wireguard'
      readonly what: 'initiation' | 'response' | 'data' | 'keepalive'
      readonly peer: string
      readonly remote: Ipv4
      readonly port: number
      readonly dev: number
    }
  /** A frame goes on at another device of the same stack (VLAN, macvlan, ipvlan): `dev` by link id. */
  | { readonly d: 'handed'; readonly to: string; readonly dev: number; readonly why: HandingReason }
  | { readonly d: 'mtu'; readonly mtu: number; readonly length: number }
  | { readonly d: 'ttl'; readonly ttl: number }
  | { readonly d: 'icmp'; readonly type: number; readonly code: number; readonly to: Ipv4 }
  | { readonly d: 'mark'; readonly before: number; readonly after: number }
  | { readonly d: 'fragment'; readonly index: number; readonly count: number; readonly mtu: number }
  /** TPROXY looked for a socket. `addr`, `port`: where it looked last; `socket`, `pid`: what it found, 0 = nothing. */
  | {
      readonly d: 'tproxy'
      readonly found: 'connected' | 'listener' | 'not-transparent' | 'none'
      readonly proto: 'tcp' | 'udp'
      readonly addr: Ipv4
      readonly port: number
      readonly socket: number
      readonly pid: number
    }
  | { readonly d: 'note'; readonly code: NoteCode; readonly value?: string }

export type ArpNote = 'who-has' | 'answer' | 'ignored' | 'learned' | 'updated' | 'proxy' | 'failed' | 'probe'

/**
 * tag: it has the tag of that VLAN; tagged: it gets one; mac, ip: it is addressed to that child; passthru: the child has the parent for
 * itself; group: for everybody; sibling: to another child, not by the wire; wire: out by the parent; past-parent: out by the parent, although
 * it is addressed to the parent itself, which therefore never gets it; own-mac: back to the parent, whose MAC is the child's; routed: on
 * layer 3, as if the parent's namespace sent it.
 */
export type HandingReason =
  | 'tag'
  | 'tagged'
  | 'mac'
  | 'ip'
  | 'passthru'
  | 'group'
  | 'sibling'
  | 'wire'
  | 'past-parent'
  | 'own-mac'
  | 'routed'

export type NoteCode =
  | 'other-host'
  | 'local-address'
  | 'port'
  | 'forwarding-off'
  | 'device-down'
  | 'martian-source'
  | 'martian-destination'
  | 'no-vni'
  | 'no-remote'
  | 'no-tunnel'
  | 'tunnel-loop'
  | 'private'
  | 'no-process'
  | 'to-process'
  | 'no-peer'
  | 'no-endpoint'
  | 'wg-message'
  | 'wg-key'
  | 'wg-session'
  | 'wg-source'
  | 'wg-silent'
  | 'bridged-dnat'
  | 'hairpin-off'
  | 'unmodelled-match'
  | 'unmodelled-target'
  | 'log'
  | 'tee'
  | 'hop-limit'
  | 'overlapping-pieces'
  | 'table-full'
  | 'untracked'
  | 'peer-gone'
  | 'no-listener'
  | 'has-socket'
  | 'loss'
