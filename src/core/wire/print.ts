/**
 * Frames as tcpdump 4.99 prints them with `-n`, without `-v`. The formats are checked against the tool itself (print.test.ts).
 *
 * Not modelled: decoders for other protocols than the lab's own (their packets print as plain UDP or TCP), IPv6, LLDP, RARP,
 * EDNS options in answers, DNS record types without a type of their own in types.ts.
 */
import { formatIpv4 } from '../base/ipv4.ts'
import { formatMac } from '../base/mac.ts'
import { EPOCH_MS, SEC, type SimTime, US } from '../base/time.ts'
import { ETHERTYPE, IP_PROTO, PORT } from './constants.ts'
import { frameLength, greHeaderLength, ipPayloadLength, UDP_HEADER, udpLength } from './length.ts'
import { parseIpPayload } from './parse.ts'
import { arpText } from './print-arp.ts'
import { dnsText } from './print-dns.ts'
import { icmpText } from './print-icmp.ts'
import { tcpText, type TcpdumpSession } from './print-tcp.ts'
import type { Ethernet, Frame, Gre, IpPayload, Ipv4Packet, Udp } from './types.ts'

export { newTcpdumpSession, type TcpdumpSession } from './print-tcp.ts'

export interface TcpdumpOptions {
  /** When the frame was seen, virtual time. Without it the line starts at the packet, as with `-t`. */
  readonly t?: SimTime | undefined
  /** `-e`: print the link-level header. */
  readonly ethernet?: boolean | undefined
  /** Remembers the first sequence numbers of each conversation; without one all numbers are absolute. */
  readonly session?: TcpdumpSession | undefined
}

/** One packet; what a tunnel carries stands on a second line (`\n` inside, none at the end). */
export function tcpdumpLine(frame: Frame, options: TcpdumpOptions = {}): string {
  const stamp = options.t === undefined ? '' : `${clockText(options.t)} `
  return stamp + frameText(frame, { ethernet: options.ethernet === true, session: options.session })
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
  if (payload.l === 'arp') return `${link}${context.ethernet ? '' : 'ARP, '}${arpText(payload)}`
  return link + hexDump(payload.data)
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

/** How tcpdump shows bytes it has no decoder for: 16 a line, in words. */
function hexDump(data: string): string {
  let out = ''
  for (let at = 0; at < data.length; at += 16) {
    const row = data.slice(at, at + 16)
    const hex = Array.from(row, (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('')
    const words = hex.replaceAll(/(.{4})(?=.)/g, '$1 ').padEnd(39)
    const ascii = row.replaceAll(/[^\x21-\x7e]/g, '.')
    out += `\n\t0x${at.toString(16).padStart(4, '0')}:  ${words}  ${ascii}`
  }
  return out
}

function ipText(ip: Ipv4Packet, context: Context): string {
  return (context.ethernet ? '' : 'IP ') + datagramText(ip, context)
}

function datagramText(ip: Ipv4Packet, context: Context): string {
  const addresses = `${formatIpv4(ip.src)} > ${formatIpv4(ip.dst)}:`
  if (ip.frag > 0) return `${addresses} ip-proto-${ip.proto}`
  const payload = ip.mf && ip.payload.l === 'data' ? firstFragment(ip.proto, ip.payload.data) : ip.payload
  switch (payload.l) {
    case 'tcp':
      return tcpText(ip, payload, context.session)
    case 'udp':
      return `${formatIpv4(ip.src)}.${payload.sport} > ${formatIpv4(ip.dst)}.${payload.dport}: ${udpText(payload, context)}`
    case 'icmp':
      return `${addresses} ${icmpText(payload)}`
    case 'ipv4':
      return `${addresses} ${ipText(payload, context)}`
    case 'gre':
      return `${addresses} ${greText(payload, context)}`
    case 'data':
      return `${addresses}  ${otherProtocol(ip, payload)}`
  }
}

/** The first fragment has the header of what was cut; a UDP header states the length of the whole. */
function firstFragment(proto: number, data: string): IpPayload {
  if (proto !== IP_PROTO.udp || data.length < 8) return parseIpPayload(proto, data)
  const word = (at: number): number => data.charCodeAt(at) * 256 + data.charCodeAt(at + 1)
  const whole = '\0'.repeat(Math.max(0, word(4) - UDP_HEADER))
  return { l: 'udp', sport: word(0), dport: word(2), payload: { l: 'data', data: whole } }
}

function otherProtocol(ip: Ipv4Packet, payload: IpPayload): string {
  return `ip-proto-${ip.proto} ${ipPayloadLength(payload)}`
}

function udpText(udp: Udp, context: Context): string {
  const payload = udp.payload
  if (payload.l === 'dns') return dnsText(payload)
  if (payload.l === 'data') return `UDP, length ${udpLength(udp) - UDP_HEADER}`
  if (payload.l === 'wireguard') return `UDP, length ${udpLength(udp) - UDP_HEADER}`
  if (payload.l === 'geneve') {
    return `Geneve, Flags [none], vni 0x${payload.vni.toString(16)}${typeText(context, payload.payload)}: ${ethernetText(payload.payload, context)}`
  }
  // the Linux VXLAN port is taken for Cisco's OTV, whose header looks the same; the VNI's place is OTV's instance
  const head =
    udp.dport === PORT.vxlanLinux
      ? `OTV, flags [I] (0x08), overlay 0, instance ${payload.vni}`
      : `VXLAN, flags [I] (0x08), vni ${payload.vni}`
  return `${head}\n${ethernetText(payload.payload, context)}`
}

function greText(gre: Gre, context: Context): string {
  const key = gre.key === undefined ? '' : `, key=0x${gre.key.toString(16)}`
  const seq = gre.seq === undefined ? '' : `, seq ${gre.seq}`
  const length = greHeaderLength(gre) + frameLength(gre.payload)
  // the word that the checksum shares with the offset of a routing header that nobody uses
  const offset = gre.csum ? ', off 0x0' : ''
  const { payload } = gre
  const inner = payload.l === 'eth' ? ethernetText(payload, context) : ipText(payload, context)
  return `GREv0${offset}${key}${seq}${typeText(context, payload)}, length ${length}: ${inner}`
}

/** What tunnels carry, shown with `-e`. */
function typeText(context: Context, carried: Frame): string {
  if (!context.ethernet) return ''
  return `, proto ${carried.l === 'eth' ? 'TEB (0x6558)' : 'IPv4 (0x0800)'}`
}
