import type { Icmp, Ipv4Packet } from '../../wire/types.ts'
import type { Kernel, SocketQuery } from '../kernel.ts'
import type { SocketMatch } from '../netfilter/types.ts'
import { type Skb, ipOf } from './skb.ts'

/**
 * socket_match (net/netfilter/xt_socket.c): whether a socket of this machine would get the packet. Those that are bound to every address do
 * not count unless `--nowildcard` says so; `--transparent` wants IP_TRANSPARENT. SO_MARK is not modelled: the mark that `--restore-skmark`
 * takes from the socket is 0.
 */
export function hasSocket(k: Kernel, skb: Skb, match: SocketMatch): boolean {
  const query = socketQuery(k, skb)
  const found = query && k.sockets.find(query, 'any')
  if (!found || (found.wildcard && !match.noWildcard) || (match.transparent && !found.transparent)) return false
  if (match.restoreMark) skb.mark = 0
  return true
}

/** nf_sk_lookup_slow_v4: the ends to look for; of an ICMP error those of the packet that it is about. */
function socketQuery(k: Kernel, skb: Skb): SocketQuery | null {
  const ip = ipOf(skb)
  const about = ip.payload.l === 'icmp' ? quotedEnds(ip.payload) : endsOf(ip)
  if (!about) return null
  const own = ip.payload.l === 'icmp' ? skb.ctinfo === 'RELATED' : skb.ctinfo === 'ESTABLISHED'
  const row = own && skb.ctReply ? k.t.conntrack.get(skb.ct) : undefined
  // A reply to somebody whose source was translated here is for the socket with the original address.
  const laddr = row?.snat ? { laddr: row.orig.src, lport: row.orig.sport } : {}
  return { ...about, ...laddr, netns: skb.netns, link: skb.iif }
}

/**
 * tcp_v4_early_demux, udp_v4_early_demux: before it is routed, a packet for a connected socket is given to it. Looked for only where there
 * are transparent ones: of no other would the destination be an address that is not this machine's own.
 */
export function earlyDemuxed(k: Kernel, skb: Skb): boolean {
  const ip = ipOf(skb)
  if (ip.mf || ip.frag > 0 || !k.sockets.transparentIn(skb.netns)) return false
  const ends = endsOf(ip)
  return ends !== null && k.sockets.find({ ...ends, netns: skb.netns, link: skb.iif }, 'established') !== null
}

type Ends = Omit<SocketQuery, 'netns' | 'link'>

function endsOf(ip: Ipv4Packet): Ends | null {
  const { payload } = ip
  if (payload.l !== 'tcp' && payload.l !== 'udp') return null
  return { proto: payload.l, laddr: ip.dst, lport: payload.dport, raddr: ip.src, rport: payload.sport }
}

/** extract_icmp4_fields: what was sent from here, seen from here. */
function quotedEnds({ payload }: Icmp): Ends | null {
  if (payload.l !== 'ipv4') return null
  const sent = endsOf(payload)
  return sent && { proto: sent.proto, laddr: sent.raddr, lport: sent.rport, raddr: sent.laddr, rport: sent.lport }
}
