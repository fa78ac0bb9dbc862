import { formatIpv4 } from '../../base/ipv4.ts'
import { IP_PROTO, TCP_FLAG } from '../../wire/constants.ts'
import { emitIpPayload } from '../../wire/emit.ts'
import { ipLength } from '../../wire/length.ts'
import type { Icmp, Ipv4Packet } from '../../wire/types.ts'
import { LOG_FLAG, type Target } from '../netfilter/types.ts'
import type { PacketView } from './match-context.ts'
import { type Skb, ipOf } from './skb.ts'

/** A packet as nf_log_ip_packet writes it: `IN=eth0 OUT= MAC=… SRC=… DST=… LEN=… … PROTO=TCP SPT=… `. Fields end in a blank. */
export function logText(skb: Skb, view: PacketView, target: Target & { readonly t: 'LOG' }): string {
  let text = `${target.prefix}IN=${view.in} OUT=${view.out} `
  if (view.physIn !== '') text += `PHYSIN=${view.physIn} `
  if (view.physOut !== '') text += `PHYSOUT=${view.physOut} `
  if (view.in !== '') text += hardware(skb)
  text += packetText(ipOf(skb), target.flags)
  if (target.flags & LOG_FLAG.UID && view.uid >= 0) text += `UID=${view.uid} GID=${view.gid} `
  return view.mark === 0 ? text : `${text}MARK=0x${view.mark.toString(16)} `
}

/** The Ethernet header, byte by byte; the loopback's is all zero. */
function hardware(skb: Skb): string {
  const bytes = (value: number, count: number): string[] =>
    value
      .toString(16)
      .padStart(count * 2, '0')
      .match(/../g)!
  const [dst, src] = skb.frame.l === 'eth' ? [skb.frame.dst, skb.frame.src] : [0, 0]
  return `MAC=${[...bytes(dst, 6), ...bytes(src, 6), '08', '00'].join(':')} `
}

const hexByte = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0')

function packetText(ip: Ipv4Packet, flags: number): string {
  const head =
    `SRC=${formatIpv4(ip.src)} DST=${formatIpv4(ip.dst)} LEN=${ipLength(ip)} TOS=0x${hexByte(ip.tos & 0x1e)} ` +
    `PREC=0x${hexByte(ip.tos & 0xe0)} TTL=${ip.ttl} ID=${ip.id} ${ip.df ? 'DF ' : ''}${ip.mf ? 'MF ' : ''}`
  return head + (ip.frag > 0 ? `FRAG:${ip.frag} ` : '') + transportText(ip, flags)
}

const NAMES: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP' }

function transportText(ip: Ipv4Packet, flags: number): string {
  const { payload: p } = ip
  const proto = `PROTO=${NAMES[ip.proto] ?? ip.proto} `
  if (p.l === 'udp') return `${proto}SPT=${p.sport} DPT=${p.dport} LEN=${ipLength(ip) - 20} `
  if (p.l === 'icmp') return proto + icmpText(p)
  if (p.l === 'tcp') {
    const numbers = flags & LOG_FLAG.TCPSEQ ? `SEQ=${p.seq} ACK=${p.ack} ` : ''
    const bits = FLAGS.map(([name, bit]) => (p.flags & bit ? `${name} ` : '')).join('')
    return `${proto}SPT=${p.sport} DPT=${p.dport} ${numbers}WINDOW=${p.window} RES=0x00 ${bits}URGP=0 ${options(ip, flags)}`
  }
  return proto + pieceText(ip)
}

const FLAGS = [
  ['URG', TCP_FLAG.urg],
  ['ACK', TCP_FLAG.ack],
  ['PSH', TCP_FLAG.psh],
  ['RST', TCP_FLAG.rst],
  ['SYN', TCP_FLAG.syn],
  ['FIN', TCP_FLAG.fin],
] as const

/** `OPT (…)`: the options' bytes. */
function options(ip: Ipv4Packet, flags: number): string {
  if (!(flags & LOG_FLAG.TCPOPT)) return ''
  const bytes = emitIpPayload(ip)
  const end = (bytes.charCodeAt(12) >>> 4) * 4
  if (end <= 20) return ''
  const text = [...bytes.slice(20, end)].map((byte) => hexByte(byte.charCodeAt(0))).join('')
  return `OPT (${text}) `
}

function icmpText(p: Icmp): string {
  const head = `TYPE=${p.type} CODE=${p.code} `
  if (p.type === 0 || p.type === 8) return `${head}ID=${p.rest >>> 16} SEQ=${p.rest & 0xffff} `
  const gateway = p.type === 5 ? `GATEWAY=${formatIpv4(p.rest)} ` : ''
  if (p.payload.l !== 'ipv4') return head + gateway
  const mtu = p.type === 3 && p.code === 4 ? `MTU=${p.rest & 0xffff} ` : ''
  return `${head}${gateway}[${packetText(p.payload, 0)}] ${mtu}`
}

/** The first piece of a datagram, or a quote that was cut short: ports, as far as they are there. */
function pieceText(ip: Ipv4Packet): string {
  if (ip.payload.l !== 'data' || ip.frag > 0 || (ip.proto !== IP_PROTO.udp && ip.proto !== IP_PROTO.tcp)) return ''
  const { data } = ip.payload
  const word = (at: number): number => (data.charCodeAt(at) << 8) | data.charCodeAt(at + 1)
  if (data.length < 8) return `INCOMPLETE [${data.length} bytes] `
  return `SPT=${word(0)} DPT=${word(2)} ${ip.proto === IP_PROTO.udp ? `LEN=${word(4)} ` : ''}`
}
