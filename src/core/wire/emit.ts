/**
 * Values → the bytes a NIC would send, lengths and checksums filled in. Values must be in range (ports below 65536, at most
 * 65535 bytes per datagram); what is not is cut to the field's width, as a C program would.
 */
import type { Ipv4 } from '../base/ipv4.ts'
import { foldChecksum, pseudoHeaderSum, sumWords } from './checksum.ts'
import { ETHERTYPE, IP_PROTO } from './constants.ts'
import { emitDns } from './dns.ts'
import { frameLength, ipLength, ipPayloadLength, tcpHeaderLength, udpLength } from './length.ts'
import { writeGeneve, writeGre, writeWireguard } from './emit-tunnels.ts'
import type { Arp, Dns, Ethernet, Frame, Icmp, Ipv4Packet, Tcp, TcpOptions, Udp, Vxlan } from './types.ts'
import { bytesToData } from './utf8.ts'
import { ByteWriter, type Field } from './writer.ts'

export type { Field } from './writer.ts'

/** The frame's bytes, without frame check sequence and without padding. */
export function emitFrame(frame: Frame): Uint8Array {
  return write(frame, false).bytes
}

/** The bytes and, in their order, where every header field stands among them. */
export function emitWithFields(frame: Frame): { readonly bytes: Uint8Array; readonly fields: readonly Field[] } {
  const out = write(frame, true)
  return { bytes: out.bytes, fields: out.fields ?? [] }
}

/** The bytes behind the IPv4 header, to be cut into fragments. TCP and UDP checksums cover the packet's addresses. */
export function emitIpPayload(ip: Ipv4Packet): string {
  const out = new ByteWriter(ipPayloadLength(ip.payload), false)
  writeIpPayload(out, ip)
  return bytesToData(out.bytes)
}

function write(frame: Frame, withFields: boolean): ByteWriter {
  const out = new ByteWriter(frameLength(frame), withFields)
  writeFrame(out, frame)
  return out
}

export function writeFrame(out: ByteWriter, frame: Frame): void {
  if (frame.l === 'eth') writeEthernet(out, frame)
  else writeIpv4(out, frame)
}

function writeEthernet(out: ByteWriter, eth: Ethernet): void {
  out.begin('eth')
  out.mac('dst', eth.dst)
  out.mac('src', eth.src)
  if (eth.vlan !== undefined) {
    out.hex('tpid', ETHERTYPE.vlan, 2)
    out.bits('pcp', 0, 3, 0)
    out.bits('dei', 3, 1, 0)
    out.bits('vlan', 4, 12, eth.vlan)
    out.put(eth.vlan & 0xfff, 2)
  }
  out.hex('type', eth.type, 2)
  const payload = eth.payload
  if (payload.l === 'arp') writeArp(out, payload)
  else if (payload.l === 'ipv4') writeIpv4(out, payload)
  else writeData(out, payload.data)
}

function writeArp(out: ByteWriter, arp: Arp): void {
  out.begin('arp')
  out.u16('htype', 1)
  out.hex('ptype', ETHERTYPE.ipv4, 2)
  out.u8('hlen', 6)
  out.u8('plen', 4)
  out.u16('op', arp.op)
  out.mac('sha', arp.sha)
  out.ip('spa', arp.spa)
  out.mac('tha', arp.tha)
  out.ip('tpa', arp.tpa)
}

function writeIpv4(out: ByteWriter, ip: Ipv4Packet): void {
  const start = out.begin('ipv4')
  out.bits('version', 0, 4, 4)
  out.bits('ihl', 4, 4, 5)
  out.put(0x45, 1)
  out.hex('tos', ip.tos, 1)
  out.u16('totalLength', ip.totalLength ?? ipLength(ip))
  out.u16('id', ip.id)
  out.bits('df', 1, 1, ip.df)
  out.bits('mf', 2, 1, ip.mf)
  out.bits('frag', 3, 13, ip.frag)
  out.put((ip.df ? 0x4000 : 0) | (ip.mf ? 0x2000 : 0) | (ip.frag & 0x1fff), 2)
  out.u8('ttl', ip.ttl)
  out.u8('proto', ip.proto)
  out.hex('checksum', 0, 2)
  out.ip('src', ip.src)
  out.ip('dst', ip.dst)
  out.patchChecksum(start + 10, foldChecksum(sumWords(out.bytes, start, start + 20)))
  writeIpPayload(out, ip)
}

function writeIpPayload(out: ByteWriter, ip: Ipv4Packet): void {
  const payload = ip.payload
  switch (payload.l) {
    case 'tcp':
      return writeTcp(out, payload, ip.src, ip.dst)
    case 'udp':
      return writeUdp(out, payload, ip.src, ip.dst)
    case 'icmp':
      return writeIcmp(out, payload)
    case 'ipv4':
      return writeIpv4(out, payload)
    case 'gre':
      return writeGre(out, payload)
    case 'data':
      return writeData(out, payload.data)
  }
}

function writeIcmp(out: ByteWriter, icmp: Icmp): void {
  const start = out.begin('icmp')
  out.u8('type', icmp.type)
  out.u8('code', icmp.code)
  out.hex('checksum', 0, 2)
  if (icmp.type === 0 || icmp.type === 8) {
    out.u16('id', icmp.rest >>> 16)
    out.u16('seq', icmp.rest & 0xffff)
  } else if (icmp.type === 3 && icmp.code === 4) {
    out.u16('unused', icmp.rest >>> 16)
    out.u16('mtu', icmp.rest & 0xffff)
  } else {
    out.u32('rest', icmp.rest)
  }
  if (icmp.payload.l === 'ipv4') writeIpv4(out, icmp.payload)
  else writeData(out, icmp.payload.data)
  out.patchChecksum(start + 2, foldChecksum(sumWords(out.bytes, start, out.at)))
}

function writeUdp(out: ByteWriter, udp: Udp, src: Ipv4, dst: Ipv4): void {
  const length = udpLength(udp)
  const start = out.begin('udp')
  out.u16('sport', udp.sport)
  out.u16('dport', udp.dport)
  out.u16('length', length)
  out.hex('checksum', 0, 2)
  const payload = udp.payload
  if (payload.l === 'vxlan') writeVxlan(out, payload)
  else if (payload.l === 'geneve') writeGeneve(out, payload)
  else if (payload.l === 'wireguard') writeWireguard(out, payload)
  else if (payload.l === 'dns') writeDns(out, payload)
  else writeData(out, payload.data)
  const checksum = foldChecksum(sumWords(out.bytes, start, out.at, pseudoHeaderSum(src, dst, IP_PROTO.udp, length)))
  // 0 on the wire would mean "not computed" (RFC 768)
  out.patchChecksum(start + 6, checksum === 0 ? 0xffff : checksum)
}

function writeTcp(out: ByteWriter, tcp: Tcp, src: Ipv4, dst: Ipv4): void {
  const header = tcpHeaderLength(tcp)
  const start = out.begin('tcp')
  out.u16('sport', tcp.sport)
  out.u16('dport', tcp.dport)
  out.u32('seq', tcp.seq)
  out.u32('ack', tcp.ack)
  out.bits('offset', 0, 4, header >> 2)
  out.put((header >> 2) << 4, 1)
  out.hex('flags', tcp.flags, 1)
  out.u16('window', tcp.window)
  out.hex('checksum', 0, 2)
  out.u16('urgent', 0)
  writeTcpOptions(out, tcp.options)
  writeData(out, tcp.payload.data)
  const length = out.at - start
  const sum = sumWords(out.bytes, start, out.at, pseudoHeaderSum(src, dst, IP_PROTO.tcp, length))
  out.patchChecksum(start + 16, foldChecksum(sum))
}

const NOP = 1
const NOP_NOP = 0x0101
const SACK_OK = 0x0402

/** The order and padding of Linux (net/ipv4/tcp_output.c `tcp_options_write`). */
function writeTcpOptions(out: ByteWriter, options: TcpOptions): void {
  const { mss, ts, wscale, sackOk } = options
  if (mss !== undefined) {
    out.note('mss', 4, String(mss))
    out.put(0x0204, 2)
    out.put(mss, 2)
  }
  if (ts !== undefined) out.put(sackOk === true ? SACK_OK : NOP_NOP, 2)
  else if (sackOk === true) out.put(NOP_NOP, 2)
  if (ts === undefined && sackOk === true) out.put(SACK_OK, 2)
  if (ts !== undefined) {
    out.note('ts', 10, `val ${ts[0]} ecr ${ts[1]}`)
    out.put(0x080a, 2)
    out.put(ts[0], 4)
    out.put(ts[1], 4)
  }
  if (wscale !== undefined) {
    out.put(NOP, 1)
    out.note('wscale', 3, String(wscale))
    out.put(0x0303, 2)
    out.put(wscale, 1)
  }
}

function writeVxlan(out: ByteWriter, vxlan: Vxlan): void {
  out.begin('vxlan')
  out.hex('flags', 8, 1)
  out.put(0, 3)
  out.u24('vni', vxlan.vni)
  out.put(0, 1)
  writeEthernet(out, vxlan.payload)
}

function writeDns(out: ByteWriter, dns: Dns): void {
  const message = emitDns(dns)
  out.begin('dns')
  const word = (at: number): number => message.charCodeAt(at) * 256 + message.charCodeAt(at + 1)
  out.u16('id', word(0))
  out.hex('flags', word(2), 2)
  out.u16('qdcount', word(4))
  out.u16('ancount', word(6))
  out.u16('nscount', word(8))
  out.u16('arcount', word(10))
  out.data('records', message.slice(12))
}

export function writeData(out: ByteWriter, data: string): void {
  out.begin('data')
  out.data('data', data)
}
