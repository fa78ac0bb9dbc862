import type { IpPayload, Ipv4Packet } from '../../wire/types.ts'
import { IP_PROTO } from '../../wire/constants.ts'
import type { Tuple } from '../tables.ts'

/** ICMP requests and what answers them (nf_conntrack_proto_icmp.c invmap). */
const ICMP_REPLY: ReadonlyMap<number, number> = new Map([
  [8, 0],
  [0, 8],
  [13, 14],
  [14, 13],
  [15, 16],
  [16, 15],
  [17, 18],
  [18, 17],
])
/** Types that may open a connection: requests (valid_new). */
const ICMP_OPENS: ReadonlySet<number> = new Set([8, 13, 15, 17])

/** nf_ct_get_tuple: the tuple of a datagram, or `null` where it has none (a fragment without its L4 header, a truncated quote). */
export function tupleOf(ip: Ipv4Packet): Tuple | null {
  const p: IpPayload = ip.payload
  const { src, dst, proto } = ip
  if (p.l === 'tcp' || p.l === 'udp') return { proto, src, dst, sport: p.sport, dport: p.dport }
  if (p.l === 'icmp') {
    if (!ICMP_REPLY.has(p.type)) return null
    return { proto, src, dst, sport: p.rest >>> 16, dport: (p.type << 8) | p.code }
  }
  if (p.l === 'data') {
    if (ip.frag > 0) return null
    if (proto === IP_PROTO.icmp || proto === IP_PROTO.tcp || proto === IP_PROTO.udp) return quotedPorts(ip, p.data)
  }
  return { proto, src, dst, sport: 0, dport: 0 }
}

/** The first bytes of an L4 header in a quote that was cut short: enough for the ports or the ICMP id. */
function quotedPorts(ip: Ipv4Packet, data: string): Tuple | null {
  if (data.length < 8) return null
  const word = (at: number): number => (data.charCodeAt(at) << 8) | data.charCodeAt(at + 1)
  const { proto, src, dst } = ip
  if (proto === IP_PROTO.icmp) return { proto, src, dst, sport: word(4), dport: word(0) }
  return { proto, src, dst, sport: word(0), dport: word(2) }
}

/** nf_ct_invert_tuple: what an answer to this tuple looks like. */
export function invert(t: Tuple): Tuple {
  if (t.proto !== IP_PROTO.icmp) return { proto: t.proto, src: t.dst, dst: t.src, sport: t.dport, dport: t.sport }
  const type = ICMP_REPLY.get(t.dport >>> 8) ?? t.dport >>> 8
  return { proto: t.proto, src: t.dst, dst: t.src, sport: t.sport, dport: (type << 8) | (t.dport & 255) }
}

export const icmpOpens = (tuple: Tuple): boolean => ICMP_OPENS.has(tuple.dport >>> 8)
