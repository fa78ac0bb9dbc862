import { maskOf } from '../../base/cidr.ts'
import { type Ipv4, IPV4_BROADCAST, isMulticast } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { IP_PROTO } from '../../wire/constants.ts'
import { ipLength } from '../../wire/length.ts'
import type { IpPayload, Ipv4Packet } from '../../wire/types.ts'
import { packetInSet } from '../ipset/match.ts'
import type { Kernel } from '../kernel.ts'
import type { ConntrackView, MatchContext } from '../netfilter/evaluate.ts'
import { type RecentEntry, bucketStep, nthStep, recentStep } from '../netfilter/stateful.ts'
import {
  ADDR_TYPE,
  type AddrTypeMatch,
  CT_STATE,
  CT_STATUS,
  type HashlimitMatch,
  type Match,
  type RecentMatch,
  type SetMatch,
  type SocketMatch,
} from '../netfilter/types.ts'
import { addressType, fibLookup } from '../route/lookup.ts'
import type { ConntrackRow } from '../tables.ts'
import { type Skb, ipOf } from './skb.ts'
import { hasSocket } from './socket-match.ts'

const STATE_BIT = {
  none: CT_STATE.INVALID,
  INVALID: CT_STATE.INVALID,
  NEW: CT_STATE.NEW,
  ESTABLISHED: CT_STATE.ESTABLISHED,
  RELATED: CT_STATE.RELATED,
  UNTRACKED: CT_STATE.UNTRACKED,
} as const

const ROUTE_TYPE: Readonly<Record<string, number>> = {
  unspec: ADDR_TYPE.UNSPEC,
  unicast: ADDR_TYPE.UNICAST,
  local: ADDR_TYPE.LOCAL,
  broadcast: ADDR_TYPE.BROADCAST,
  multicast: ADDR_TYPE.MULTICAST,
  blackhole: ADDR_TYPE.BLACKHOLE,
  unreachable: ADDR_TYPE.UNREACHABLE,
  prohibit: ADDR_TYPE.PROHIBIT,
  throw: ADDR_TYPE.THROW,
}

/** A packet as the matches of iptables see it. One object serves one hook; targets that rewrite the packet call `refresh`. */
export class PacketView implements MatchContext {
  in = ''
  out = ''
  rule: { readonly id: number } = { id: 0 }
  src: Ipv4 = 0
  dst: Ipv4 = 0
  proto = 0
  ttl = 0
  tos = 0
  length = 0
  laterFragment = false
  sport = -1
  dport = -1
  tcpFlags = -1
  tcpMss = -1
  icmpType = -1
  icmpCode = -1
  physIn = ''
  physOut = ''
  bridged = false
  mark = 0
  ctState: number = CT_STATE.INVALID
  conntrack: ConntrackView | null = null
  srcMac = -1
  pktType: 'unicast' | 'broadcast' | 'multicast' = 'unicast'
  uid = -1
  gid = -1
  hasSocket = false
  readonly #k: Kernel
  readonly #skb: Skb
  readonly #inDev: number

  constructor(k: Kernel, skb: Skb, inDev: number, outDev: number) {
    this.#k = k
    this.#skb = skb
    this.#inDev = inDev
    const name = (id: number): string => (id === 0 ? '' : (k.t.link.get(id)?.name ?? ''))
    const from = inDev === 0 ? undefined : k.t.link.get(inDev)
    this.in = from?.name ?? ''
    this.out = name(outDev)
    this.physIn = name(skb.physIn || skb.bridgePort)
    this.physOut = name(skb.physOut)
    this.bridged = skb.physIn !== 0 && skb.physOut !== 0
    // mac_mt: what a loopback puts in front of its packets is no Ethernet.
    if (skb.frame.l === 'eth' && from?.kind !== 'loopback') this.srcMac = skb.frame.src
    if (skb.cast === 'broadcast' || skb.cast === 'multicast') this.pktType = skb.cast
    if (skb.iif === 0) {
      this.uid = this.gid = skb.uid
      this.hasSocket = skb.sender !== 'none'
    }
    this.refresh()
  }

  /** Reads header, mark and connection again. */
  refresh(): void {
    const skb = this.#skb
    const ip = ipOf(skb)
    this.src = ip.src
    this.dst = ip.dst
    this.proto = ip.proto
    this.ttl = ip.ttl
    this.tos = ip.tos
    this.length = ipLength(ip)
    this.laterFragment = ip.frag > 0
    this.#readTransport(ip.payload, ip)
    this.mark = skb.mark
    const row = skb.ct === 0 ? undefined : this.#k.t.conntrack.get(skb.ct)
    this.ctState = STATE_BIT[skb.ctinfo] | (row?.snat ? CT_STATE.SNAT : 0) | (row?.dnat ? CT_STATE.DNAT : 0)
    this.conntrack = row ? conntrackView(row, skb.ctReply, this.#k.now) : null
  }

  #readTransport(p: IpPayload, ip: Ipv4Packet): void {
    if (p.l === 'tcp' || p.l === 'udp') {
      this.sport = p.sport
      this.dport = p.dport
    }
    if (p.l === 'tcp') {
      this.tcpFlags = p.flags
      this.tcpMss = p.options.mss ?? -1
    }
    if (p.l === 'icmp') {
      this.icmpType = p.type
      this.icmpCode = p.code
    }
    if (p.l === 'data' && (ip.mf || ip.frag > 0)) this.#readPiece(p.data, ip)
  }

  /**
   * A piece of a datagram. The first has the transport header. In the others nf_tables takes what stands in the header's place for one
   * (nft_payload does not look at the fragment offset; seen on Linux 6.18); the extensions of xtables do not.
   */
  #readPiece(data: string, { proto, frag }: Ipv4Packet): void {
    const byte = (at: number): number => data.charCodeAt(at)
    if ((proto === IP_PROTO.tcp || proto === IP_PROTO.udp) && data.length >= 4) {
      this.sport = (byte(0) << 8) | byte(1)
      this.dport = (byte(2) << 8) | byte(3)
    }
    if (proto === IP_PROTO.tcp && data.length >= 14) this.tcpFlags = byte(13)
    if (proto === IP_PROTO.icmp && frag === 0 && data.length >= 8) {
      this.icmpType = byte(0)
      this.icmpCode = byte(1)
    }
  }

  addrType(ip: Ipv4, match: AddrTypeMatch): number {
    const k = this.#k
    if (match.limit === null) return ROUTE_TYPE[addressType(k, this.#skb.netns, ip)]!
    const name = match.limit === 'in' ? this.in : this.out
    const onDevice = k.t.addressByNetns
      .at(this.#skb.netns)
      .rows()
      .some((row) => row.addr === ip && k.t.link.get(row.link)?.name === name)
    return onDevice ? ADDR_TYPE.LOCAL : ADDR_TYPE.UNICAST
  }

  hasTcpOption(kind: number): boolean {
    const { payload } = ipOf(this.#skb)
    if (payload.l !== 'tcp') return false
    const { options } = payload
    if (kind === 2) return options.mss !== undefined
    if (kind === 3) return options.wscale !== undefined
    if (kind === 4) return options.sackOk === true
    return kind === 8 && options.ts !== undefined
  }

  random(): number {
    return this.#k.world.random('netfilter') >>> 1
  }

  #remembered(key: string): readonly number[] | undefined {
    return this.#k.t.matchState.get(key)?.values
  }

  #remember(key: string, values: readonly number[]): void {
    this.#k.world.put(this.#k.t.matchState, key, { netns: this.#skb.netns, values })
  }

  nth(match: Match & { readonly m: 'nth' }): boolean {
    const key = `nth/${this.rule.id}`
    const { hit, count } = nthStep(match, this.#remembered(key)?.[0] ?? null)
    this.#remember(key, [count])
    return hit
  }

  recent(match: RecentMatch): boolean {
    const address = ((match.side === 'src' ? this.src : this.dst) & match.mask) >>> 0
    const key = `recent/${this.#skb.netns}/${match.name}/${address}`
    const values = this.#remembered(key)
    const entry: RecentEntry | null = values ? { ttl: values[0]!, seen: values.slice(1) } : null
    const step = recentStep(match, entry, this.#k.now, this.ttl)
    if (step.entry) this.#remember(key, [step.entry.ttl, ...step.entry.seen])
    else this.#k.world.delete(this.#k.t.matchState, key)
    return step.hit
  }

  #bucket(key: string, limit: { readonly rate: number; readonly per: number; readonly burst: number }): boolean {
    const values = this.#remembered(key)
    const { pass, bucket } = bucketStep(limit, values ? { credit: values[0]!, at: values[1]! } : null, this.#k.now)
    this.#remember(key, [bucket.credit, bucket.at])
    return pass
  }

  limit(match: Match & { readonly m: 'limit' }): boolean {
    return this.#bucket(`limit/${this.rule.id}`, match)
  }

  hashlimit(match: HashlimitMatch): boolean {
    const part = (field: string): number => {
      if (field === 'srcip') return (this.src & maskOf(match.srcMask)) >>> 0
      if (field === 'dstip') return (this.dst & maskOf(match.dstMask)) >>> 0
      return field === 'srcport' ? this.sport : this.dport
    }
    const within = this.#bucket(`hashlimit/${this.#skb.netns}/${match.name}/${match.mode.map(part).join('/')}`, match)
    return within === match.upto
  }

  inSet(match: SetMatch): boolean {
    return packetInSet(this.#k, this.#skb.netns, match, this)
  }

  socket(match: SocketMatch): boolean {
    const found = hasSocket(this.#k, this.#skb, match)
    this.mark = this.#skb.mark
    return found
  }

  /** rpfilter_mt (net/ipv4/netfilter/ipt_rpfilter.c). */
  rpfilter(match: Match & { readonly m: 'rpfilter' }): boolean {
    if (this.#k.t.link.get(this.#inDev)?.kind === 'loopback') return true
    const group = isMulticast(this.dst) || this.dst === IPV4_BROADCAST
    if (this.src === 0 && group) return true
    const mark = match.validMark ? this.mark : 0
    const query = { src: group ? 0 : this.dst, tos: this.tos, mark }
    const back = fibLookup(this.#k, this.#skb.netns, this.src, query)?.route
    if (!back || !(back.type === 'unicast' || (back.type === 'local' && match.acceptLocal))) return false
    const uses = back.dev === this.#inDev || back.nexthops.some((hop) => hop.dev === this.#inDev)
    return match.loose || uses
  }
}

function conntrackView(row: ConntrackRow, reply: boolean, now: number): ConntrackView {
  const status =
    (row.seenReply ? CT_STATUS.SEEN_REPLY : 0) |
    (row.assured ? CT_STATUS.ASSURED : 0) |
    (row.confirmed ? CT_STATUS.CONFIRMED : 0) |
    (row.master !== 0 ? CT_STATUS.EXPECTED : 0)
  return {
    proto: row.orig.proto,
    status,
    mark: row.mark,
    reply,
    expires: Math.floor((row.expires - now) / SEC),
    ctorigsrc: row.orig.src,
    ctorigdst: row.orig.dst,
    ctreplsrc: row.reply.src,
    ctrepldst: row.reply.dst,
    ctorigsrcport: row.orig.sport,
    ctorigdstport: row.orig.dport,
    ctreplsrcport: row.reply.sport,
    ctrepldstport: row.reply.dport,
  }
}
