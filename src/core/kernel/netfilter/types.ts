import type { Cidr } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { Mac } from '../../base/mac.ts'
import type { ObjectRef } from '../../base/ref.ts'

/** The five tables of ip_tables. */
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security'

/** What a packet may do at the end of a built-in chain (or where a verdict target says so). */
export type Policy = 'ACCEPT' | 'DROP'

/**
 * One rule. A rule is never changed: a rewritten rule is a new object with a new id; a chain that is flushed and written
 * again with the same text keeps the old object, so its id, counters and cause stay.
 */
export interface Rule {
  /** Unique per creation, given by the caller; counters and stateful matches are keyed by it. */
  readonly id: number
  /** As `iptables-save` prints it after `-A CHAIN ` ('' for a rule without matches and target). */
  readonly text: string
  /** In the order the kernel evaluates: src, dst, in, out, proto, frag, then extensions in textual order. */
  readonly matches: readonly Match[]
  /** `null`: the rule counts and goes on. */
  readonly target: Target | null
  /** The API objects it implements (empty for rules that are nobody's). */
  readonly subject: readonly ObjectRef[]
  /** Who wrote it: an interned cause. */
  readonly cause: number
}

/** A rule as written, before it is put in a chain. */
export type ParsedRule = Pick<Rule, 'text' | 'matches' | 'target'>

export interface Chain {
  readonly name: string
  /** `null` for a user chain. */
  readonly policy: Policy | null
  readonly rules: readonly Rule[]
  /** Packets and bytes that ended at the policy when the chain was last written (iptables-restore `[p:b]`). */
  readonly policyCounters: RuleCounters
}

export interface RuleCounters {
  readonly packets: number
  readonly bytes: number
}

/** Built-in chains first in hook order, then user chains by name, as iptables-save prints them (nf_tables backend). */
export interface Table {
  readonly chains: readonly Chain[]
}

/** The rules of one network namespace. A table that nobody has touched is absent, as in the nf_tables backend. */
export type Ruleset = { readonly [table in TableName]?: Table }

export type Side = 'src' | 'dst'

/**
 * One condition of a rule, on its own evaluable: a module with several options (`-m tcp --sport 1 --dport 2`) is several
 * terms, so that the tracer can say which one did not hold. `invert` is the `!` before the option.
 */
export type Match =
  | { readonly m: 'src' | 'dst'; readonly cidr: Cidr; readonly invert: boolean }
  /** `-i eth+` is `{ name: 'eth', prefix: true }`. */
  | { readonly m: 'in' | 'out'; readonly name: string; readonly prefix: boolean; readonly invert: boolean }
  | { readonly m: 'proto'; readonly proto: number; readonly invert: boolean }
  /** Second and further fragments. */
  | { readonly m: 'frag'; readonly invert: boolean }
  /** A module loaded without an option: `-m tcp`. Always holds (the protocol is a term of its own). */
  | { readonly m: 'bare'; readonly module: string }
  | PortMatch
  | { readonly m: 'tcpflags'; readonly mask: number; readonly set: number; readonly invert: boolean }
  | { readonly m: 'tcpoption'; readonly kind: number; readonly invert: boolean }
  /** `type` 255 is "any". `code` null is any code. */
  | { readonly m: 'icmp'; readonly type: number; readonly code: number | null; readonly invert: boolean }
  | MultiportMatch
  | { readonly m: 'mark' | 'connmark'; readonly value: number; readonly mask: number; readonly invert: boolean }
  /** Bits of `CT_STATE`. `module` says whether it was written `-m conntrack --ctstate` or `-m state --state`. */
  | { readonly m: 'ctstate'; readonly module: 'conntrack' | 'state'; readonly states: number; readonly invert: boolean }
  /** Bits of `CT_STATUS`; 0 is NONE. */
  | { readonly m: 'ctstatus'; readonly status: number; readonly invert: boolean }
  | { readonly m: 'ctproto'; readonly proto: number; readonly invert: boolean }
  | { readonly m: 'ctaddr'; readonly field: CtAddrField; readonly cidr: Cidr; readonly invert: boolean }
  | {
      readonly m: 'ctport'
      readonly field: CtPortField
      readonly lo: number
      readonly hi: number
      readonly invert: boolean
    }
  | { readonly m: 'ctexpire'; readonly lo: number; readonly hi: number; readonly invert: boolean }
  | { readonly m: 'ctdir'; readonly dir: 'ORIGINAL' | 'REPLY' }
  | AddrTypeMatch
  | { readonly m: 'comment'; readonly text: string }
  /** Holds where a 31-bit draw is below `threshold` (probability × 2^31). `text` is the fraction as saved. */
  | { readonly m: 'random'; readonly threshold: number; readonly text: string; readonly invert: boolean }
  | { readonly m: 'nth'; readonly every: number; readonly packet: number; readonly invert: boolean }
  | RecentMatch
  | {
      readonly m: 'physdev'
      readonly what: 'in' | 'out'
      readonly name: string
      readonly prefix: boolean
      readonly invert: boolean
    }
  | { readonly m: 'physdev-is'; readonly what: 'in' | 'out' | 'bridged'; readonly invert: boolean }
  | { readonly m: 'iprange'; readonly side: Side; readonly from: Ipv4; readonly to: Ipv4; readonly invert: boolean }
  | { readonly m: 'mac'; readonly mac: Mac; readonly invert: boolean }
  | {
      readonly m: 'owner'
      readonly what: 'uid' | 'gid'
      readonly lo: number
      readonly hi: number
      readonly invert: boolean
    }
  | { readonly m: 'socket-exists'; readonly invert: boolean }
  /** A token bucket: `rate` packets per `per` seconds. `text` is the rate as saved (`5/min`). */
  | { readonly m: 'limit'; readonly rate: number; readonly per: number; readonly burst: number; readonly text: string }
  | HashlimitMatch
  | SetMatch
  | SocketMatch
  /** A named counter; always holds. */
  | { readonly m: 'nfacct'; readonly name: string }
  | { readonly m: 'pkttype'; readonly type: 'unicast' | 'broadcast' | 'multicast'; readonly invert: boolean }
  | { readonly m: 'ttl'; readonly op: 'eq' | 'lt' | 'gt'; readonly value: number; readonly invert: boolean }
  /** Length of the IP packet; of the TCP MSS option of a SYN. Both ends included. */
  | { readonly m: 'length' | 'tcpmss'; readonly lo: number; readonly hi: number; readonly invert: boolean }
  | { readonly m: 'dscp'; readonly value: number; readonly invert: boolean }
  | { readonly m: 'tos'; readonly value: number; readonly mask: number; readonly invert: boolean }
  | {
      readonly m: 'rpfilter'
      readonly loose: boolean
      readonly validMark: boolean
      readonly acceptLocal: boolean
      readonly invert: boolean
    }
  /** A match we do not model: visible to the walker, which has to show both branches. `text` is `-m name …`. */
  | { readonly m: 'unknown'; readonly name: string; readonly text: string }

export type PortModule = 'tcp' | 'udp' | 'udplite' | 'sctp' | 'dccp'
/** Ports `lo` to `hi`, both included. */
export interface PortMatch {
  readonly m: 'sport' | 'dport'
  readonly module: PortModule
  readonly lo: number
  readonly hi: number
  readonly invert: boolean
}

export interface MultiportMatch {
  readonly m: 'multiport'
  readonly side: Side | 'either'
  readonly ports: readonly { readonly lo: number; readonly hi: number }[]
  readonly invert: boolean
}

export interface AddrTypeMatch {
  readonly m: 'addrtype'
  readonly side: Side
  /** Bits `1 << ADDR_TYPE[…]`. */
  readonly types: number
  /** `--limit-iface-in`/`-out`: the type is looked up on that interface alone. */
  readonly limit: 'in' | 'out' | null
  readonly invert: boolean
}

export interface RecentMatch {
  readonly m: 'recent'
  readonly op: 'set' | 'rcheck' | 'update' | 'remove'
  readonly name: string
  readonly seconds: number | null
  readonly hitcount: number | null
  readonly reap: boolean
  readonly rttl: boolean
  readonly side: Side
  readonly mask: number
  readonly invert: boolean
}

/** A token bucket per key (`mode`: srcip, srcport, dstip, dstport). Holds while the rate is kept (`upto`) or exceeded. */
export interface HashlimitMatch {
  readonly m: 'hashlimit'
  readonly name: string
  readonly upto: boolean
  readonly rate: number
  readonly per: number
  readonly burst: number
  readonly mode: readonly string[]
  /** The rate as saved (`10/min`). */
  readonly text: string
  /** Milliseconds after which an idle key is forgotten; null: the module's own choice. */
  readonly expire: number | null
  /** Size of its table, entries in it at most, milliseconds between two looks for idle ones: as written, without effect here. */
  readonly size: number | null
  readonly max: number | null
  readonly gcInterval: number | null
  /** Prefix lengths that addresses are cut to. */
  readonly srcMask: number
  readonly dstMask: number
}

/** A socket of this machine would get the packet. */
export interface SocketMatch {
  readonly m: 'socket'
  /** One with IP_TRANSPARENT. */
  readonly transparent: boolean
  /** One that is bound to every address counts, too. */
  readonly noWildcard: boolean
  /** The packet takes the socket's mark. */
  readonly restoreMark: boolean
}

/** A set and the directions in which a packet is looked at, one for each dimension. */
export interface SetUse {
  readonly name: string
  readonly dirs: readonly Side[]
}

/** `-m set --match-set`: the packet is a member (with `returnNomatch`, of a prefix that is excepted). */
export interface SetMatch extends SetUse {
  readonly m: 'set'
  readonly returnNomatch: boolean
  /** The member counts the packet. */
  readonly update: boolean
  /** What the member must have counted. */
  readonly counters: readonly SetCounterTest[]
  readonly invert: boolean
}
export interface SetCounterTest {
  readonly field: 'packets' | 'bytes'
  readonly op: 'eq' | 'lt' | 'gt'
  readonly value: number
  readonly invert: boolean
}

export type CtAddrField = 'ctorigsrc' | 'ctorigdst' | 'ctreplsrc' | 'ctrepldst'
export type CtPortField = 'ctorigsrcport' | 'ctorigdstport' | 'ctreplsrcport' | 'ctrepldstport'

/** Bits of a ctstate match (xt_conntrack.h). SNAT and DNAT look at the entry's addresses, not at its state. */
export const CT_STATE = { INVALID: 1, ESTABLISHED: 2, RELATED: 4, NEW: 8, SNAT: 64, DNAT: 128, UNTRACKED: 256 } as const
/** Bits of a ctstatus match (ip_conntrack_status). */
export const CT_STATUS = { EXPECTED: 1, SEEN_REPLY: 2, ASSURED: 4, CONFIRMED: 8 } as const
/** Route types as addrtype numbers them (rtnetlink.h RTN_*). */
export const ADDR_TYPE = {
  UNSPEC: 0,
  UNICAST: 1,
  LOCAL: 2,
  BROADCAST: 3,
  ANYCAST: 4,
  MULTICAST: 5,
  BLACKHOLE: 6,
  UNREACHABLE: 7,
  PROHIBIT: 8,
  THROW: 9,
  NAT: 10,
  XRESOLVE: 11,
} as const
export const LOG_FLAG = { TCPSEQ: 1, TCPOPT: 2, IPOPT: 4, UID: 8, MACDECODE: 32 } as const
export const TCP_FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 } as const

/** What a NAT target may choose from. `null` addresses or ports: keep them. Ends included. */
export interface NatRange {
  readonly minIp: Ipv4 | null
  readonly maxIp: Ipv4 | null
  readonly minPort: number | null
  readonly maxPort: number | null
  /** `--random`: hash-randomised port. */
  readonly random: boolean
  /** `--random-fully`: the port is drawn. */
  readonly randomFully: boolean
  /** `--persistent`: the same address for one client on every connection. */
  readonly persistent: boolean
}

export type RejectWith =
  | 'icmp-net-unreachable'
  | 'icmp-host-unreachable'
  | 'icmp-proto-unreachable'
  | 'icmp-port-unreachable'
  | 'icmp-net-prohibited'
  | 'icmp-host-prohibited'
  | 'icmp-admin-prohibited'
  | 'tcp-reset'

export type Target =
  | { readonly t: 'ACCEPT' | 'DROP' | 'RETURN' | 'TRACE' }
  | { readonly t: 'jump' | 'goto'; readonly chain: string }
  /** nfmark = (nfmark & ~mask) ^ value (xt_mark rev 2; every --set-mark form is brought to this one). */
  | { readonly t: 'MARK'; readonly value: number; readonly mask: number }
  /** ctmark = (ctmark & ~mask) ^ value. */
  | { readonly t: 'CONNMARK'; readonly op: 'set'; readonly value: number; readonly mask: number }
  /** save: ctmark = (ctmark & ~ctmask) ^ (nfmark & nfmask); restore: nfmark = (nfmark & ~nfmask) ^ (ctmark & ctmask). */
  | { readonly t: 'CONNMARK'; readonly op: 'save' | 'restore'; readonly nfmask: number; readonly ctmask: number }
  | { readonly t: 'DNAT' | 'SNAT' | 'MASQUERADE' | 'REDIRECT'; readonly range: NatRange }
  | { readonly t: 'NETMAP'; readonly to: Cidr }
  | { readonly t: 'REJECT'; readonly with: RejectWith }
  /** `flags`: bits of `LOG_FLAG`. */
  | { readonly t: 'LOG'; readonly level: number; readonly prefix: string; readonly flags: number }
  /** `-j NOTRACK` is `notrack` written the old way. */
  | { readonly t: 'CT'; readonly name: 'CT' | 'NOTRACK'; readonly notrack: boolean; readonly zone: number | null }
  | { readonly t: 'TCPMSS'; readonly mss: number | 'clamp' }
  | {
      readonly t: 'TPROXY'
      readonly ip: Ipv4
      readonly port: number
      readonly value: number
      readonly mask: number
    }
  | { readonly t: 'TEE'; readonly gateway: Ipv4 }
  /** `timeout`: seconds that an added member lasts. */
  | {
      readonly t: 'SET'
      readonly add: SetUse | null
      readonly del: SetUse | null
      readonly exist: boolean
      readonly timeout: number | null
    }
  | { readonly t: 'NFLOG'; readonly group: number; readonly prefix: string }
  | { readonly t: 'NFQUEUE'; readonly num: number; readonly bypass: boolean }
  /** A target we do not model: the walker says so and goes on. `text` is `-j NAME …`. */
  | { readonly t: 'unknown'; readonly name: string; readonly text: string }

/** The chains that a table is born with, in the order that iptables-save prints them. */
export const BUILTIN_CHAINS: Readonly<Record<TableName, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** The order in which iptables-save prints tables (nf_tables backend). */
export const TABLES: readonly TableName[] = ['mangle', 'security', 'raw', 'filter', 'nat']
