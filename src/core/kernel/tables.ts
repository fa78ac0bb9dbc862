import type { Ipv4 } from '../base/ipv4.ts'
import type { Mac } from '../base/mac.ts'
import type { SimTime } from '../base/time.ts'
import type { Ethernet, Frame, Ipv4Packet } from '../wire/types.ts'
import type { Bucket, Index, Table } from '../world/table.ts'
import type { World } from '../world/world.ts'
import type { MemberRow, SetRow } from './ipset/types.ts'
import type { LogRow } from './log/log.ts'
import type { DeviceConfig } from './link/config.ts'
import type { Table as NfTable, TableName } from './netfilter/types.ts'

/** A network namespace of a machine. `id` is unique in the lab; the machine's own namespace has `name` 'host'. */
export interface NetnsRow {
  readonly id: number
  readonly host: string
  /** 'host', or as `ip netns` would list it: 'cni-…', 'red'. */
  readonly name: string
  /** What people call it in the lab: `node/node1`, `pod/default/client`, `netns/node1/red`. */
  readonly label: string
}

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
  readonly len: number
  readonly scope: 'global' | 'link' | 'host'
  readonly broadcast: Ipv4 | null
  /** Order of addition: the first address of a subnet is primary. */
  readonly seq: number
}

export type RouteType = 'unicast' | 'local' | 'broadcast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw'
export type RouteScope = 'global' | 'link' | 'host'
export interface NextHop {
  readonly via: Ipv4
  readonly dev: number
  readonly weight: number
  readonly onlink?: boolean
  /** Its device is down (RTNH_F_DEAD); the route lives on while another one is not. */
  readonly dead?: boolean
}
/** rtnetlink.h RTAX_* in the order of their numbers, but for the MTU; times in milliseconds. */
export const ROUTE_METRICS = [
  'window',
  'rtt',
  'rttvar',
  'ssthresh',
  'cwnd',
  'advmss',
  'reordering',
  'hoplimit',
  'initcwnd',
  'rto_min',
  'initrwnd',
  'quickack',
] as const
export type RouteMetric = (typeof ROUTE_METRICS)[number]
export interface RouteRow {
  readonly netns: number
  /** local 255, main 254, default 253 */
  readonly table: number
  readonly dst: Ipv4
  readonly len: number
  readonly tos: number
  readonly metric: number
  readonly type: RouteType
  readonly scope: RouteScope
  /** boot 3, kernel 2, static 4, bird 12 … (rtnetlink.h RTPROT_*) */
  readonly proto: number
  /** Output link id; 0 for blackhole and its like. */
  readonly dev: number
  /** Next hop; 0 = on link. */
  readonly via: Ipv4
  /** Preferred source; 0 = none. */
  readonly src: Ipv4
  readonly onlink: boolean
  /** 0 = the device's. */
  readonly mtu: number
  /** `mtu lock`: no path MTU discovery, DF is never set. */
  readonly mtuLock: boolean
  readonly metrics: Readonly<Partial<Record<RouteMetric, number>>>
  /** Among routes alike in prefix, TOS and metric: 0, or where `append` (above) and `prepend` (below) put it. */
  readonly order: number
  /** More than one: multipath, `dev` and `via` are those of the first. */
  readonly nexthops: readonly NextHop[]
}
export interface RuleRow {
  readonly netns: number
  readonly pref: number
  readonly from: { readonly addr: Ipv4; readonly len: number } | null
  readonly to: { readonly addr: Ipv4; readonly len: number } | null
  readonly iif: string
  readonly oif: string
  readonly fwmark: number
  readonly fwmask: number
  readonly tos: number
  /** `not`: it holds where the selectors do not. */
  readonly invert: boolean
  readonly action: 'lookup' | 'blackhole' | 'unreachable' | 'prohibit' | 'goto' | 'nop'
  readonly table: number
  /** A route of at most this prefix length does not count as found; -1 = every one does. */
  readonly suppress: number
  /** `goto`: preference of the rule that is asked next. */
  readonly target: number
}

export type NeighState = 'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'NOARP' | 'PERMANENT'
/** A neighbour entry. REACHABLE ages to STALE by the clock: read the state through `neigh/state.ts`. */
export interface NeighRow {
  readonly link: number
  readonly netns: number
  readonly ip: Ipv4
  readonly mac: Mac
  readonly state: NeighState
  /** When reachability was last confirmed, and when the entry last changed. */
  readonly confirmed: SimTime
  readonly updated: SimTime
  readonly used: SimTime
  /** How long REACHABLE lasts for this entry, ns: drawn from 0.5 to 1.5 × base_reachable_time. */
  readonly reachable: SimTime
  /** Requests sent in the present state. */
  readonly probes: number
  /** Event id of the running timer; 0 = none. */
  readonly timer: number
  /** Packets that wait for the answer, oldest first. */
  readonly queue: readonly QueuedPacket[]
}
export interface QueuedPacket {
  readonly packet: PacketIds
  readonly frame: Frame
  /** For an ICMP error to the sender if resolution fails: link it came in by, 0 = local. */
  readonly iif: number
  readonly mark: number
  /**
   * A bridged frame whose destination was rewritten: the port it came in by, the frame as it was, and the pieces it was put together from.
   */
  readonly bridged: {
    readonly port: number
    readonly frame: Ethernet
    readonly fragMax: number
    readonly fragSizes: readonly number[] | null
  } | null
  /** The connection it belongs to. */
  readonly ct: number
  readonly ctinfo: CtInfo
  readonly ctReply: boolean
}

/** skb->_nfct's second half: how a packet relates to its connection. */
export type CtInfo = 'none' | 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED'

/** Keys that two WireGuard peers have agreed on. An index names the session on the wire, each side has its own. */
export interface WgSession {
  readonly own: number
  readonly theirs: number
  readonly since: SimTime
  readonly initiator: boolean
  /** Number of the next packet sent; the highest received, -1 = none. */
  readonly sent: number
  readonly received: number
}
/** `src`: which of our own addresses the peer wrote to last; 0 = as routed. */
export interface WgEndpoint {
  readonly addr: Ipv4
  readonly port: number
  readonly src: Ipv4
}
/** `null`: a keepalive. */
export interface WgQueued {
  readonly packet: PacketIds
  readonly datagram: Ipv4Packet | null
}
/** A peer of a WireGuard device. */
export interface WgPeerRow {
  readonly link: number
  readonly publicKey: string
  /** Where its packets are sent; `null` until it is set or the peer has been heard. */
  readonly endpoint: WgEndpoint | null
  /** What is routed to it, and what it may claim to come from. */
  readonly allowed: readonly { readonly addr: Ipv4; readonly len: number }[]
  /** Persistent keepalive, seconds; 0 = off. */
  readonly keepalive: number
  /** Sends and receives; the one before it still receives. */
  readonly session: WgSession | null
  readonly previous: WgSession | null
  /** Offered to the peer, which has not used it yet: receives only. */
  readonly next: WgSession | null
  /** An initiation that waits for its answer: its index, when it was sent, how often before. */
  readonly handshake: { readonly own: number; readonly sent: SimTime; readonly attempts: number } | null
  /** When an initiation was last sent; -1 = never. */
  readonly initiated: SimTime
  /** When a handshake was last completed; 0 = never. */
  readonly agreed: SimTime
  /** Packets that wait for a session, oldest first. */
  readonly queue: readonly WgQueued[]
  readonly rxBytes: number
  readonly txBytes: number
  /** Event ids of running timers; 0 = none. */
  readonly timers: { readonly [timer in WgTimer]: number }
}
/** drivers/net/wireguard/timers.c: repeat an initiation, answer with a keepalive, start anew after silence, keep alive for ever. */
export type WgTimer = 'retransmit' | 'keepalive' | 'renew' | 'persistent'

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

export interface SysctlRow {
  readonly netns: number
  /** `net.ipv4.ip_forward`, `net.ipv4.conf.eth0.rp_filter` … */
  readonly name: string
  readonly value: string
}

/** One iptables table of one namespace, whole: a restore replaces it in one write. */
export interface NetfilterRow {
  readonly netns: number
  readonly name: TableName
  readonly table: NfTable
  /** A built-in chain has been created: by its first rule, or a policy other than ACCEPT. It stays when the rules go (nf_tables backend). */
  readonly hooked: boolean
}

/** What a restore set a rule's counters to; hits are counted out of the trace from record `since` on. */
export interface RuleCounterRow {
  readonly rule: number
  readonly packets: number
  readonly bytes: number
  readonly since: number
}

/** A conntrack tuple. ICMP: `sport` is the id, `dport` is type << 8 | code. */
export interface Tuple {
  readonly proto: number
  readonly src: Ipv4
  readonly dst: Ipv4
  readonly sport: number
  readonly dport: number
}
export type CtTcpState =
  | 'NONE'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'SYN_SENT2'
export interface ConntrackRow {
  readonly id: number
  readonly netns: number
  readonly zone: number
  readonly orig: Tuple
  /** What a reply looks like: NAT is the difference from the inverse of `orig`. */
  readonly reply: Tuple
  readonly tcp: CtTcpState | null
  readonly seenReply: boolean
  readonly assured: boolean
  /** In the table; unconfirmed ones belong to a packet on its way. */
  readonly confirmed: boolean
  readonly snat: boolean
  readonly dnat: boolean
  /** The nat table has been asked for this manip (IPS_SRC_NAT_DONE, IPS_DST_NAT_DONE). */
  readonly snatDone: boolean
  readonly dnatDone: boolean
  readonly mark: number
  /** Entry that this one is RELATED to; 0 = none. */
  readonly master: number
  readonly created: SimTime
  readonly expires: SimTime
  /** MASQUERADE: output link, so that the entry dies with it; 0 = none. */
  readonly masq: number
  /** TCP: what has been seen of both senders; `null` of other protocols. */
  readonly stream: TcpStream | null
}
export type CtTcpPacket = 'SYN' | 'SYNACK' | 'FIN' | 'ACK' | 'RST'
/** struct ip_ct_tcp: two senders, original first, and the last segment. */
export interface TcpStream {
  readonly seen: readonly [TcpSender, TcpSender]
  readonly last: TcpSegment
  /** How often in a row the same ACK came. */
  readonly retrans: number
}
/** struct ip_ct_tcp_state. Sequence numbers, 32 bits. */
export interface TcpSender {
  readonly end: number
  readonly maxEnd: number
  /** Largest window it announced, in bytes; 0: nothing seen of it. */
  readonly maxWin: number
  /** Largest acknowledgement it sent; `null`: none. */
  readonly maxAck: number | null
  readonly scale: number
  /** It offered window scaling. */
  readonly scaled: boolean
  /** Its connection was picked up in the middle: not to be judged by windows. */
  readonly liberal: boolean
  /** It began to close. */
  readonly closing: boolean
  /** It has sent what is not acknowledged. */
  readonly unacknowledged: boolean
}
/** The last segment that changed something, or that was let pass unjudged; `packet` is `null` before the first. */
export interface TcpSegment {
  readonly packet: CtTcpPacket | null
  readonly reply: boolean
  readonly seq: number
  readonly ack: number
  readonly end: number
  readonly win: number
  readonly scale: number
  readonly scaled: boolean
  /** A SYN that was let pass: an answer may be a challenge (RFC 5961). */
  readonly challenged: boolean
  readonly simultaneous: boolean
}

/** State behind stateful matches: `recent` lists, `statistic nth` counters, `limit` buckets, keyed by what the match names. */
export interface MatchStateRow {
  readonly netns: number
  readonly values: readonly number[]
}

/** What has been learned of one destination behind a next hop (net/ipv4/route.c `fnhe`): a path MTU, a better gateway. */
export interface PmtuRow {
  readonly netns: number
  readonly dst: Ipv4
  /** The next hop. */
  readonly via: Ipv4
  readonly dev: number
  /** 0 = nothing learned. */
  readonly mtu: number
  /** Too small to be believed: DF is not set. */
  readonly locked: boolean
  /** Where a redirect sends; 0 = nowhere else. */
  readonly gateway: Ipv4
  readonly expires: SimTime
}

/** What a namespace remembers of a machine it sends errors to (net/ipv4/inetpeer.c): a bucket of time, ns, and when it was last filled. */
export interface InetPeerRow {
  readonly netns: number
  readonly tokens: SimTime
  readonly last: SimTime
  /** Redirects it was sent and did not follow. */
  readonly redirects: number
}

/** Fragments of one datagram that wait for the rest. */
export interface FragQueueRow {
  readonly netns: number
  readonly key: string
  readonly parts: readonly { readonly frame: Frame; readonly packet: PacketIds }[]
  readonly timer: number
  readonly started: SimTime
}

/** Trace packet ids of a frame from outermost to innermost: [inner] or [outer, inner]. */
export type PacketIds = readonly number[]

export interface KernelTables {
  readonly netns: Table<NetnsRow, number>
  readonly netnsByHost: Index<NetnsRow, number>
  readonly link: Table<LinkRow, number>
  readonly linkByNetns: Index<LinkRow, number>
  readonly linkByName: Index<LinkRow, number>
  readonly linkByMaster: Index<LinkRow, number>
  readonly linkByLower: Index<LinkRow, number>
  readonly linkByHome: Index<LinkRow, number>
  readonly address: Table<AddressRow, string>
  readonly addressByLink: Index<AddressRow, string>
  readonly addressByNetns: Index<AddressRow, string>
  readonly route: Table<RouteRow, string>
  readonly routeByNetns: Index<RouteRow, string>
  readonly rule: Table<RuleRow, string>
  readonly ruleByNetns: Index<RuleRow, string>
  readonly neigh: Table<NeighRow, number>
  readonly neighByNetns: Index<NeighRow, number>
  readonly neighByLink: Index<NeighRow, number>
  readonly fdb: Table<FdbRow, string>
  readonly fdbByTable: Index<FdbRow, string>
  readonly sysctl: Table<SysctlRow, string>
  readonly sysctlByNetns: Index<SysctlRow, string>
  readonly netfilter: Table<NetfilterRow, string>
  readonly netfilterByNetns: Index<NetfilterRow, string>
  readonly ruleCounter: Table<RuleCounterRow, number>
  readonly conntrack: Table<ConntrackRow, number>
  readonly conntrackByTuple: Index<ConntrackRow, number>
  readonly conntrackByNetns: Index<ConntrackRow, number>
  readonly matchState: Table<MatchStateRow, string>
  readonly log: Table<LogRow, number>
  readonly logByHost: Index<LogRow, number>
  readonly ipset: Table<SetRow, string>
  readonly ipsetByNetns: Index<SetRow, string>
  readonly ipsetMember: Table<MemberRow, string>
  readonly ipsetMemberBySet: Index<MemberRow, string>
  readonly pmtu: Table<PmtuRow, string>
  readonly pmtuByNetns: Index<PmtuRow, string>
  readonly fragQueue: Table<FragQueueRow, string>
  readonly inetPeer: Table<InetPeerRow, string>
  readonly inetPeerByNetns: Index<InetPeerRow, string>
  readonly wgPeer: Table<WgPeerRow, string>
  readonly wgPeerByLink: Index<WgPeerRow, string>
}

/** Key of a neighbour row: exact in a double for link ids below 2^21. */
export const neighKey = (link: number, ip: Ipv4): number => link * 0x100000000 + ip

export const tupleKey = (netns: number, zone: number, t: Tuple): string =>
  `${netns}/${zone}/${t.proto}/${t.src}/${t.sport}/${t.dst}/${t.dport}`

const knownKeys = new WeakMap<ConntrackRow, readonly [string, string]>()
/** The keys of both directions of a connection; kept, because travelling in time asks for those of the same rows again and again. */
function tupleKeys(row: ConntrackRow): readonly [string, string] {
  let keys = knownKeys.get(row)
  if (!keys) {
    keys = [tupleKey(row.netns, row.zone, row.orig), tupleKey(row.netns, row.zone, row.reply)]
    knownKeys.set(row, keys)
  }
  return keys
}

/** Declares every table of the kernel, in a fixed order. */
export function defineKernelTables(world: World): KernelTables {
  const netns = world.define<NetnsRow, number>('netns')
  const link = world.define<LinkRow, number>('link')
  const address = world.define<AddressRow, string>('address')
  const route = world.define<RouteRow, string>('route')
  const rule = world.define<RuleRow, string>('rule')
  const neigh = world.define<NeighRow, number>('neigh')
  const fdb = world.define<FdbRow, string>('fdb')
  const sysctl = world.define<SysctlRow, string>('sysctl')
  const netfilter = world.define<NetfilterRow, string>('netfilter')
  const conntrack = world.define<ConntrackRow, number>('conntrack')
  const pmtu = world.define<PmtuRow, string>('pmtu')
  const inetPeer = world.define<InetPeerRow, string>('inetPeer')
  const log = world.define<LogRow, number>('log')
  const ipset = world.define<SetRow, string>('ipset')
  const ipsetMember = world.define<MemberRow, string>('ipsetMember')
  const wgPeer = world.define<WgPeerRow, string>('wgPeer')
  return {
    netns,
    netnsByHost: world.index(netns, (row) => row.host),
    link,
    linkByNetns: world.index(link, (row) => row.netns),
    linkByName: world.index(link, (row) => `${row.netns}/${row.name}`),
    linkByMaster: world.index(link, (row) => (row.master === 0 ? undefined : row.master)),
    linkByLower: world.index(link, (row) => (row.lower === 0 ? undefined : row.lower)),
    linkByHome: world.index(link, (row) => (row.home === 0 ? undefined : row.home)),
    address,
    addressByLink: world.index(address, (row) => row.link),
    addressByNetns: world.index(address, (row) => row.netns),
    route,
    routeByNetns: world.index(route, (row) => row.netns),
    rule,
    ruleByNetns: world.index(rule, (row) => row.netns),
    neigh,
    neighByNetns: world.index(neigh, (row) => row.netns),
    neighByLink: world.index(neigh, (row) => row.link),
    fdb,
    fdbByTable: world.index(fdb, (row) => row.table),
    sysctl,
    sysctlByNetns: world.index(sysctl, (row) => row.netns),
    netfilter,
    netfilterByNetns: world.index(netfilter, (row) => row.netns),
    ruleCounter: world.define<RuleCounterRow, number>('ruleCounter'),
    conntrack,
    conntrackByTuple: world.index(conntrack, (row) => (row.confirmed ? tupleKeys(row) : undefined)),
    conntrackByNetns: world.index(conntrack, (row) => row.netns),
    matchState: world.define<MatchStateRow, string>('matchState'),
    log,
    logByHost: world.index(log, (row) => row.host),
    ipset,
    ipsetByNetns: world.index(ipset, (row) => row.netns),
    ipsetMember,
    ipsetMemberBySet: world.index(ipsetMember, (row) => row.set),
    pmtu,
    pmtuByNetns: world.index(pmtu, (row) => row.netns),
    fragQueue: world.define<FragQueueRow, string>('fragQueue'),
    inetPeer,
    inetPeerByNetns: world.index(inetPeer, (row) => row.netns),
    wgPeer,
    wgPeerByLink: world.index(wgPeer, (row) => row.link),
  }
}

export type { Bucket }
