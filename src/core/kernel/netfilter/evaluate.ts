import { contains } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { Mac } from '../../base/mac.ts'
import type {
  AddrTypeMatch,
  CtAddrField,
  CtPortField,
  HashlimitMatch,
  Match,
  MultiportMatch,
  RecentMatch,
  Rule,
  SocketMatch,
} from './types.ts'

/** The conntrack entry of the packet, as `-m conntrack` and `-m connmark` see it. */
export interface ConntrackView {
  readonly proto: number
  /** Bits of `CT_STATUS`. */
  readonly status: number
  readonly mark: number
  readonly reply: boolean
  /** Seconds until it expires. */
  readonly expires: number
  readonly ctorigsrc: Ipv4
  readonly ctorigdst: Ipv4
  readonly ctreplsrc: Ipv4
  readonly ctrepldst: Ipv4
  readonly ctorigsrcport: number
  readonly ctorigdstport: number
  readonly ctreplsrcport: number
  readonly ctrepldstport: number
}

/**
 * Everything that a term may ask about the packet being filtered. One mutable object per packet can serve a whole chain
 * walk: the walker sets `rule` before the rule's terms are evaluated and rewrites fields that a target changed.
 */
export interface MatchContext {
  /** The rule being evaluated; stateful matches keep their state under its id. */
  readonly rule: Pick<Rule, 'id'>
  readonly src: Ipv4
  readonly dst: Ipv4
  readonly proto: number
  readonly ttl: number
  readonly tos: number
  /** Total length of the IP packet. */
  readonly length: number
  /** A fragment other than the first: it has no transport header. */
  readonly laterFragment: boolean
  /** -1 where the packet has none. Of a later fragment: what stands in the place of the ports. */
  readonly sport: number
  readonly dport: number
  /** Bits of `TCP_FLAG`; -1 where the packet is not TCP. */
  readonly tcpFlags: number
  /** The MSS option of a TCP segment, or -1. */
  readonly tcpMss: number
  /** -1 where the packet is not ICMP. */
  readonly icmpType: number
  readonly icmpCode: number
  /** Device names; '' where there is none at this hook. */
  readonly in: string
  readonly out: string
  /** The bridge ports behind `in` and `out`; '' where there is none. */
  readonly physIn: string
  readonly physOut: string
  /** The packet is being bridged (and will not be routed). */
  readonly bridged: boolean
  readonly mark: number
  /** Bits of `CT_STATE`: exactly one of INVALID, NEW, RELATED, ESTABLISHED, UNTRACKED, with SNAT and DNAT as they apply. */
  readonly ctState: number
  /** Null where the packet has no conntrack entry. */
  readonly conntrack: ConntrackView | null
  /** Source MAC of the frame it came in, or -1. */
  readonly srcMac: Mac
  readonly pktType: 'unicast' | 'broadcast' | 'multicast'
  /** The owner of the sending socket: ids, or -1 where there is no local socket. */
  readonly uid: number
  readonly gid: number
  /** Sent by a socket of this machine, be it the kernel's own, that somebody holds. */
  readonly hasSocket: boolean
  /** The route type (`ADDR_TYPE`) of an address, on one device if `match.limit` says so. */
  addrType(ip: Ipv4, match: AddrTypeMatch): number
  hasTcpOption(kind: number): boolean
  /** A draw of 31 bits for `--mode random`. */
  random(): number
  /** Stateful matches: the answer before `!` is applied. */
  nth(match: Match & { readonly m: 'nth' }): boolean
  recent(match: RecentMatch): boolean
  limit(match: Match & { readonly m: 'limit' }): boolean
  hashlimit(match: HashlimitMatch): boolean
  inSet(match: Match & { readonly m: 'set' }): boolean
  /** Whether a socket of this machine would get the packet. */
  socket(match: SocketMatch): boolean
  /** Whether the packet passes the reverse-path test. */
  rpfilter(match: Match & { readonly m: 'rpfilter' }): boolean
}

/**
 * Whether one term of a rule holds for the packet. `unknown` terms never hold: a walker that wants to show both branches
 * has to look at `match.m` first. Does not allocate.
 */
export function matchTerm(match: Match, pkt: MatchContext): boolean {
  switch (match.m) {
    case 'src':
      return contains(match.cidr, pkt.src) !== match.invert
    case 'dst':
      return contains(match.cidr, pkt.dst) !== match.invert
    case 'in':
      return nameMatches(match, pkt.in) !== match.invert
    case 'out':
      return nameMatches(match, pkt.out) !== match.invert
    case 'proto':
      return (pkt.proto === match.proto) !== match.invert
    case 'dport':
      return pkt.dport >= 0 && (pkt.dport >= match.lo && pkt.dport <= match.hi) !== match.invert
    case 'sport':
      return pkt.sport >= 0 && (pkt.sport >= match.lo && pkt.sport <= match.hi) !== match.invert
    case 'comment':
    case 'nfacct':
      return true
    case 'bare':
      // Without a condition, too, a module of a transport protocol wants to see its header (udp_mt, tcp_mt, icmp_match).
      return !pkt.laterFragment
    case 'ctstate':
      return ((pkt.ctState & match.states) !== 0) !== match.invert
    case 'mark':
      return ((pkt.mark & match.mask) >>> 0 === match.value) !== match.invert
    case 'addrtype':
      return addrTypeMatches(match, pkt) !== match.invert
    case 'random':
      return pkt.random() < match.threshold !== match.invert
    case 'recent':
      return pkt.recent(match) !== match.invert
    default:
      return matchRest(match, pkt)
  }
}

/** The rarer terms, apart so that the common ones stay in a small function. */
function matchRest(match: Match, pkt: MatchContext): boolean {
  switch (match.m) {
    case 'frag':
      return pkt.laterFragment !== match.invert
    case 'tcpflags':
      return pkt.tcpFlags >= 0 && ((pkt.tcpFlags & match.mask) === match.set) !== match.invert
    case 'tcpoption':
      return pkt.tcpFlags >= 0 && !pkt.laterFragment && pkt.hasTcpOption(match.kind) !== match.invert
    case 'icmp':
      return pkt.icmpType >= 0 && icmpMatches(match, pkt) !== match.invert
    case 'multiport':
      return pkt.dport >= 0 && !pkt.laterFragment && multiportMatches(match, pkt) !== match.invert
    case 'nth':
      return pkt.nth(match) !== match.invert
    case 'limit':
      return pkt.limit(match)
    case 'hashlimit':
      return pkt.hashlimit(match)
    case 'set':
      return pkt.inSet(match) !== match.invert
    case 'socket':
      return pkt.socket(match)
    case 'rpfilter':
      return pkt.rpfilter(match) !== match.invert
    case 'physdev':
      return nameMatches(match, match.what === 'in' ? pkt.physIn : pkt.physOut) !== match.invert
    case 'physdev-is':
      return physdevIs(match.what, pkt) !== match.invert
    case 'iprange': {
      const ip = match.side === 'src' ? pkt.src : pkt.dst
      return (ip >= match.from && ip <= match.to) !== match.invert
    }
    case 'mac':
      return pkt.srcMac >= 0 && (pkt.srcMac === match.mac) !== match.invert
    case 'owner': {
      const id = match.what === 'uid' ? pkt.uid : pkt.gid
      return id >= 0 ? (id >= match.lo && id <= match.hi) !== match.invert : match.invert
    }
    case 'socket-exists':
      return pkt.hasSocket !== match.invert
    case 'pkttype':
      return (pkt.pktType === match.type) !== match.invert
    case 'ttl':
      return ttlMatches(match.op, pkt.ttl, match.value) !== match.invert
    case 'length':
      return (pkt.length >= match.lo && pkt.length <= match.hi) !== match.invert
    case 'tcpmss':
      return pkt.tcpMss >= 0 ? (pkt.tcpMss >= match.lo && pkt.tcpMss <= match.hi) !== match.invert : match.invert
    case 'dscp':
      return (pkt.tos >> 2 === match.value) !== match.invert
    case 'tos':
      return ((pkt.tos & match.mask) === match.value) !== match.invert
    default:
      return matchConntrack(match, pkt)
  }
}

function matchConntrack(match: Match, pkt: MatchContext): boolean {
  const ct = pkt.conntrack
  if (ct === null) return false
  switch (match.m) {
    case 'connmark':
      return ((ct.mark & match.mask) >>> 0 === match.value) !== match.invert
    case 'ctstatus':
      // NONE asks for no bit, and so for nothing that any connection has.
      return ((ct.status & match.status) !== 0) !== match.invert
    case 'ctproto':
      return (ct.proto === match.proto) !== match.invert
    case 'ctaddr':
      return contains(match.cidr, ct[match.field satisfies CtAddrField]) !== match.invert
    case 'ctport': {
      const port = ct[match.field satisfies CtPortField]
      return (port >= match.lo && port <= match.hi) !== match.invert
    }
    case 'ctexpire':
      return (ct.expires >= match.lo && ct.expires <= match.hi) !== match.invert
    case 'ctdir':
      return ct.reply === (match.dir === 'REPLY')
    default:
      return false
  }
}

function nameMatches(match: { readonly name: string; readonly prefix: boolean }, name: string): boolean {
  return match.prefix ? name.startsWith(match.name) : name === match.name
}

const addrTypeMatches = (match: AddrTypeMatch, pkt: MatchContext): boolean =>
  ((1 << pkt.addrType(match.side === 'src' ? pkt.src : pkt.dst, match)) & match.types) !== 0

const icmpMatches = (match: Match & { readonly m: 'icmp' }, pkt: MatchContext): boolean =>
  match.type === 255 || (pkt.icmpType === match.type && (match.code === null || pkt.icmpCode === match.code))

function multiportMatches(match: MultiportMatch, pkt: MatchContext): boolean {
  for (const range of match.ports) {
    if (match.side !== 'dst' && pkt.sport >= range.lo && pkt.sport <= range.hi) return true
    if (match.side !== 'src' && pkt.dport >= range.lo && pkt.dport <= range.hi) return true
  }
  return false
}

function physdevIs(what: 'in' | 'out' | 'bridged', pkt: MatchContext): boolean {
  if (what === 'bridged') return pkt.bridged
  return (what === 'in' ? pkt.physIn : pkt.physOut) !== ''
}

function ttlMatches(op: 'eq' | 'lt' | 'gt', ttl: number, value: number): boolean {
  if (op === 'eq') return ttl === value
  return op === 'lt' ? ttl < value : ttl > value
}
