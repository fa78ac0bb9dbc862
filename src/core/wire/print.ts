/**
 * Frames as tcpdump 4.99 prints them with `-n`. The formats are checked against the tool itself (print.test.ts).
 *
 * Not modelled: decoders for other protocols than the lab's own (their packets print as plain UDP or TCP), IPv6, LLDP, RARP,
 * EDNS options but cookies, DNS record types without a type of their own in types.ts; with `-v` the marks where an ICMP error stops to quote.
 */
import { formatIpv4 } from '../base/ipv4.ts'
import { formatMac } from '../base/mac.ts'
import { EPOCH_MS, SEC, type SimTime, US } from '../base/time.ts'
import { ETHERTYPE, IP_PROTO, PORT } from './constants.ts'
import { emitIpPayload } from './emit.ts'
import {
  frameLength,
  greHeaderLength,
  IPV4_HEADER,
  ipLength,
  ipPayloadLength,
  UDP_HEADER,
  udpLength,
} from './length.ts'
import { parseIpPayload } from './parse.ts'
import { arpText } from './print-arp.ts'
import { hexDump, hexText } from './print-bytes.ts'
import { dnsText } from './print-dns.ts'
import { icmpText } from './print-icmp.ts'
import { tcpText, type TcpdumpSession } from './print-tcp.ts'
import type { Ethernet, Frame, Gre, Icmp, IpPayload, Ipv4Packet, Udp } from './types.ts'

export { newTcpdumpSession, type TcpdumpSession } from './print-tcp.ts'

export interface TcpdumpOptions {
  /** When the frame was seen, virtual time. Without it the line starts at the packet, as with `-t`. */
  readonly t?: SimTime | undefined
  /** `-e`: print the link-level header. */
  readonly ethernet?: boolean | undefined
  /** How many `-v`: 1 adds the IP header, checksums, all of HTTP's head; 2 the sections of DNS; 3 their times to live. */
  readonly verbose?: number | undefined
  /** Remembers the first sequence numbers of each conversation; without one all numbers are absolute. */
  readonly session?: TcpdumpSession | undefined
}

/** One packet; what a tunnel carries stands on a second line (`\n` inside, none at the end). */
export function tcpdumpLine(frame: Frame, options: TcpdumpOptions = {}): string {
  const stamp = options.t === undefined ? '' : `${clockText(options.t)} `
  const { ethernet = false, session, verbose = 0 } = options
  return stamp + frameText(frame, { ethernet, session, verbose })
}

/** Time of day in UTC with microseconds, truncated: `00:00:01.204318`. */
export function clockText(t: SimTime): string {
  const ofDay = Math.floor(t / SEC) + EPOCH_MS / 1000
  const two = (value: number): string => String(value).padStart(2, '0')
  const micros = Math.floor((t % SEC) / US)
  const clock = `${two(Math.floor(ofDay / 3600) % 24)}:${two(Math.floor(ofDay / 60) % 60)}:${two(ofDay % 60)}`
  return `${clock}.${String(micros).padStart(6, '0')}`
}

interface Context {
  readonly ethernet: boolean
  readonly session: TcpdumpSession | undefined
  readonly verbose: number
}

function frameText(frame: Frame, context: Context): string {
  if (frame.l === 'eth') return ethernetText(frame, context)
  return (context.ethernet ? 'ip: ' : '') + ipText(frame, context)
}

function ethernetText(eth: Ethernet, context: Context): string {
  const payload = eth.payload
  const known = payload.l !== 'data'
  const link = context.ethernet || !known ? linkText(eth) : ''
  if (payload.l === 'ipv4') return link + ipText(payload, context)
  if (payload.l === 'arp') return `${link}${context.ethernet ? '' : 'ARP, '}${arpText(payload, context.verbose)}`
  return link + hexDump(payload.data, true)
}

function linkText(eth: Ethernet): string {
  const addresses = `${formatMac(eth.src)} > ${formatMac(eth.dst)}`
  const length = `length ${frameLength(eth)}: `
  if (eth.vlan === undefined) return `${addresses}, ${etherTypeText(eth.type)}, ${length}`
  return `${addresses}, ${etherTypeText(ETHERTYPE.vlan)}, ${length}vlan ${eth.vlan}, p 0, ${etherTypeText(eth.type)}, `
}

const ETHERTYPE_NAME: Readonly<Record<number, string>> = {
  [ETHERTYPE.ipv4]: 'IPv4',
  [ETHERTYPE.arp]: 'ARP',
  [ETHERTYPE.vlan]: '802.1Q',
  [ETHERTYPE.ipv6]: 'IPv6',
  0x88cc: 'LLDP',
}

function etherTypeText(type: number): string {
  return `ethertype ${ETHERTYPE_NAME[type] ?? 'Unknown'} (0x${type.toString(16).padStart(4, '0')})`
}

function ipText(ip: Ipv4Packet, context: Context): string {
  return (context.ethernet ? '' : 'IP ') + (context.verbose > 0 ? headerText(ip) : '') + datagramText(ip, context)
}

const ECN = ['', ',ECT(1)', ',ECT(0)', ',CE']
/** ipproto_values of tcpdump (ipproto.c). */
const PROTO_NAME = new Map<number, string>([
  [0, 'Options'],
  [IP_PROTO.icmp, 'ICMP'],
  [2, 'IGMP'],
  [IP_PROTO.ipip, 'IPIP'],
  [IP_PROTO.tcp, 'TCP'],
  [8, 'EGP'],
  [9, 'IGRP'],
  [IP_PROTO.udp, 'UDP'],
  [33, 'DCCP'],
  [41, 'IPv6'],
  [43, 'Routing'],
  [44, 'Fragment'],
  [46, 'RSVP'],
  [IP_PROTO.gre, 'GRE'],
  [IP_PROTO.esp, 'ESP'],
  [51, 'AH'],
  [55, 'Mobile IP'],
  [58, 'ICMPv6'],
  [62, 'Mobile IP (old)'],
  [88, 'EIGRP'],
  [89, 'OSPF'],
  [103, 'PIM'],
  [108, 'Compressed IP'],
  [112, 'VRRP'],
  [113, 'PGM'],
  [132, 'SCTP'],
  [135, 'Mobility'],
  [143, 'Ethernet'],
])

/** The header of a datagram, on a line of its own. */
function headerText(ip: Ipv4Packet): string {
  const ttl = ip.ttl > 0 ? `, ttl ${ip.ttl}` : ''
  const flags = [ip.mf && '+', ip.df && 'DF'].filter(Boolean).join(', ') || 'none'
  const proto = `${PROTO_NAME.get(ip.proto) ?? 'unknown'} (${ip.proto})`
  const place = `id ${ip.id}, offset ${ip.frag * 8}, flags [${flags}], proto ${proto}, length ${ip.totalLength ?? ipLength(ip)}`
  return `(tos 0x${ip.tos.toString(16)}${ECN[ip.tos & 3]}${ttl}, ${place})\n    `
}

function datagramText(ip: Ipv4Packet, context: Context): string {
  const addresses = `${formatIpv4(ip.src)} > ${formatIpv4(ip.dst)}:`
  if (ip.frag > 0) return `${addresses} ip-proto-${ip.proto}`
  const payload = isPart(ip) && ip.payload.l === 'data' ? firstPart(ip, ip.payload.data) : ip.payload
  switch (payload.l) {
    case 'tcp':
      return tcpText(ip, payload, { ...context, sum: !isPart(ip) })
    case 'udp':
      return `${formatIpv4(ip.src)}.${payload.sport} > ${formatIpv4(ip.dst)}.${payload.dport}: ${udpText(ip, payload, context)}`
    case 'icmp':
      return `${addresses} ${icmpText(payload)}${quoteText(payload, context)}`
    case 'ipv4':
      return `${addresses} ${ipText(payload, context)}`
    case 'gre':
      return `${addresses} ${greText(ip, payload, context)}`
    case 'data':
      return `${addresses}  ${otherProtocol(ip, payload)}`
  }
}

/** What an ICMP error quotes. */
function quoteText({ type, payload }: Icmp, context: Context): string {
  const quotes = context.verbose > 0 && ICMP_ERRORS.includes(type) && payload.l === 'ipv4'
  return quotes ? `\n\t${ipText(payload, context)}` : ''
}
const ICMP_ERRORS: readonly number[] = [3, 4, 5, 11, 12]

/** The first of several pieces, or a quote that was cut short: no checksum can be told. */
const isPart = (ip: Ipv4Packet): boolean => ip.mf || ip.totalLength !== undefined

/** The first part has the header of what was cut; it is taken to be as long as it says. */
function firstPart({ proto, totalLength }: Ipv4Packet, data: string): IpPayload {
  const word = (at: number): number => data.charCodeAt(at) * 256 + data.charCodeAt(at + 1)
  if (proto !== IP_PROTO.udp || data.length < UDP_HEADER) {
    const rest = (totalLength ?? 0) - IPV4_HEADER - data.length
    return parseIpPayload(proto, data + '\0'.repeat(Math.max(0, rest)))
  }
  const whole = '\0'.repeat(Math.max(0, word(4) - UDP_HEADER))
  return { l: 'udp', sport: word(0), dport: word(2), payload: { l: 'data', data: whole } }
}

function otherProtocol(ip: Ipv4Packet, payload: IpPayload): string {
  return `ip-proto-${ip.proto} ${ipPayloadLength(payload)}`
}

function udpText(ip: Ipv4Packet, udp: Udp, context: Context): string {
  return (context.verbose > 1 && !ip.mf ? udpSumText(ip) : '') + udpPayloadText(udp, context)
}

/** Every sum in the lab is right: it is counted when the bytes are asked for. */
function udpSumText(ip: Ipv4Packet): string {
  const sum = emitIpPayload(ip).slice(6, 8)
  if (sum === '\0\0') return '[no cksum] '
  return isPart(ip) ? '' : '[udp sum ok] '
}

function udpPayloadText(udp: Udp, context: Context): string {
  const payload = udp.payload
  if (payload.l === 'dns') return dnsText(payload, context.verbose)
  if (payload.l === 'data') return `UDP, length ${udpLength(udp) - UDP_HEADER}`
  if (payload.l === 'wireguard') return `UDP, length ${udpLength(udp) - UDP_HEADER}`
  if (payload.l === 'geneve') {
    const head = `Geneve, Flags [none], vni 0x${payload.vni.toString(16)}${typeText(context, payload.payload)}`
    return head + carriedMark(context) + ethernetText(payload.payload, context)
  }
  // the Linux VXLAN port is taken for Cisco's OTV, whose header looks the same; the VNI's place is OTV's instance
  const head =
    udp.dport === PORT.vxlanLinux
      ? `OTV, flags [I] (0x08), overlay 0, instance ${payload.vni}`
      : `VXLAN, flags [I] (0x08), vni ${payload.vni}`
  return `${head}\n${ethernetText(payload.payload, context)}`
}

function greText(ip: Ipv4Packet, gre: Gre, context: Context): string {
  const key = gre.key === undefined ? '' : `, key=0x${gre.key.toString(16)}`
  const seq = gre.seq === undefined ? '' : `, seq ${gre.seq}`
  const length = greHeaderLength(gre) + frameLength(gre.payload)
  // the word that the checksum shares with the offset of a routing header that nobody uses
  const offset = gre.csum ? ', off 0x0' : ''
  const { payload } = gre
  const inner = payload.l === 'eth' ? ethernetText(payload, context) : ipText(payload, context)
  const flags = context.verbose > 0 ? greFlagsText(ip, gre) : ''
  return `GREv0${flags}${offset}${key}${seq}${typeText(context, payload)}, length ${length}${carriedMark(context)}${inner}`
}

/** Before what a tunnel carries. */
const carriedMark = ({ verbose }: Context): string => (verbose > 0 ? '\n\t' : ': ')

function greFlagsText(ip: Ipv4Packet, gre: Gre): string {
  const sum = gre.csum ? `, sum 0x${hexText(emitIpPayload(ip).slice(4, 6)).replace(/^0{1,3}/, '')}` : ''
  const flags = [
    gre.csum && 'checksum present',
    gre.key !== undefined && 'key present',
    gre.seq !== undefined && 'sequence# present',
  ]
  return `, Flags [${flags.filter(Boolean).join(', ') || 'none'}]${sum}`
}

/** What tunnels carry, shown with `-e`. */
function typeText(context: Context, carried: Frame): string {
  if (!context.ethernet) return ''
  return `, proto ${carried.l === 'eth' ? 'TEB (0x6558)' : 'IPv4 (0x0800)'}`
}
