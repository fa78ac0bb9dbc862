/**
 * Bytes → values. Bounded and total: any input gives a frame or an error, in time linear in its length. What is wrong in the
 * outer headers is an error; what does not parse inside a tunnel, a quote or a DNS port stays `Data`.
 *
 * Lost in parsing: Ethernet padding, VLAN priority, TCP options other than `TcpOptions`, the urgent pointer, wrong checksums.
 */
import { err, ok, type Result } from '../base/result.ts'
import { foldChecksum, pseudoHeaderSum, sumWords } from './checksum.ts'
import { ETHERTYPE, IP_PROTO, isIcmpError, PORT } from './constants.ts'
import { parseDns } from './dns-parse.ts'
import { layerLength } from './length.ts'
import { type ByteRange, readGeneve, readGre, readWireguard } from './parse-tunnels.ts'
import {
  type Arp,
  type Data,
  type Dns,
  type Ethernet,
  type Frame,
  type Geneve,
  type Gre,
  type Icmp,
  type IpPayload,
  type Ipv4Packet,
  type Tcp,
  type Udp,
  type Vxlan,
  type Wireguard,
  NO_DATA,
} from './types.ts'
import { parseTcpOptions } from './parse-tcp-options.ts'
import { bytesToData, dataToBytes } from './utf8.ts'

export type ParseErrorCode =
  | 'short' // the header does not fit in what is there
  | 'version' // not IPv4
  | 'header-length' // IHL or TCP data offset below the minimum, or beyond the packet
  | 'ip-options' // IPv4 options are not modelled
  | 'length' // a length field disagrees with what is there
  | 'arp-format' // not ARP for IPv4 over Ethernet
  | 'tcp-options'
  | 'checksum' // only when asked to verify

/** `offset`: the byte where it went wrong. */
export interface ParseError {
  readonly code: ParseErrorCode
  readonly offset: number
}

export interface ParseOptions {
  /** Verify IPv4, ICMP, UDP and TCP checksums of everything but ICMP quotes. Off by default. */
  readonly checksums?: boolean | undefined
}

/** `ip`: the bytes start at the IPv4 header, as on a tun or ipip device. */
export function parseFrame(
  bytes: Uint8Array,
  linktype: 'eth' | 'ip' = 'eth',
  options: ParseOptions = {},
): Result<Frame, ParseError> {
  const input: Input = { bytes, verify: options.checksums === true, error: null, depth: 0 }
  const frame = linktype === 'eth' ? readEthernet(input, 0, bytes.length) : readIpv4(input, 0, bytes.length, false)
  if (frame === null || input.error !== null) return err(input.error ?? { code: 'short', offset: 0 })
  return ok(frame)
}

/** A reassembled datagram's payload; what does not parse stays `Data`. */
export function parseIpPayload(proto: number, data: string): IpPayload {
  const input: Input = { bytes: dataToBytes(data), verify: false, error: null, depth: 0 }
  return readIpPayload(input, proto, 0, 0, 0, data.length) ?? { l: 'data', data }
}

interface Input {
  readonly bytes: Uint8Array
  verify: boolean
  error: ParseError | null
  /** Datagrams entered; a bound on recursion. */
  depth: number
}

/** Tunnels in tunnels deeper than this stay `Data`. */
const MAX_DEPTH = 16

function fail(input: Input, code: ParseErrorCode, offset: number): null {
  input.error ??= { code, offset }
  return null
}

const u16 = (bytes: Uint8Array, at: number): number => bytes[at]! * 256 + bytes[at + 1]!
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 0x10000 + u16(bytes, at + 2)
const u48 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 0x100000000 + u32(bytes, at + 2)

function readData(input: Input, at: number, end: number): Data {
  return at === end ? NO_DATA : { l: 'data', data: bytesToData(input.bytes, at, end) }
}

function readEthernet(input: Input, at: number, end: number): Ethernet | null {
  if (end - at < 14) return fail(input, 'short', at)
  const { bytes } = input
  const tagged = u16(bytes, at + 12) === ETHERTYPE.vlan
  if (tagged && end - at < 18) return fail(input, 'short', at)
  const type = u16(bytes, at + (tagged ? 16 : 12))
  const vlan = tagged ? u16(bytes, at + 14) & 0xfff : undefined
  const body = at + (tagged ? 18 : 14)
  const payload =
    type === ETHERTYPE.ipv4
      ? readIpv4(input, body, end, false)
      : type === ETHERTYPE.arp
        ? readArp(input, body, end)
        : readData(input, body, end)
  if (payload === null) return null
  return { l: 'eth', src: u48(bytes, at + 6), dst: u48(bytes, at), type, vlan, payload }
}

function readArp(input: Input, at: number, end: number): Arp | null {
  if (end - at < 28) return fail(input, 'short', at)
  const { bytes } = input
  if (u32(bytes, at) !== 0x00010800 || u16(bytes, at + 4) !== 0x0604) return fail(input, 'arp-format', at)
  return {
    l: 'arp',
    op: u16(bytes, at + 6),
    sha: u48(bytes, at + 8),
    spa: u32(bytes, at + 14),
    tha: u48(bytes, at + 18),
    tpa: u32(bytes, at + 24),
  }
}

/** In a quote the datagram may be cut short; elsewhere it must be whole, and what follows it is padding. */
function readIpv4(input: Input, at: number, limit: number, quoted: boolean): Ipv4Packet | null {
  if (limit - at < 20) return fail(input, 'short', at)
  const { bytes } = input
  const stated = u16(bytes, at + 2)
  if (bytes[at]! >> 4 !== 4) return fail(input, 'version', at)
  if (bytes[at] !== 0x45) return fail(input, (bytes[at]! & 15) < 5 ? 'header-length' : 'ip-options', at)
  if (stated < 20 || (stated > limit - at && !quoted)) return fail(input, 'length', at + 2)
  if (input.verify && foldChecksum(sumWords(bytes, at, at + 20)) !== 0) return fail(input, 'checksum', at + 10)
  const cut = stated > limit - at
  const end = cut ? limit : at + stated
  const word = u16(bytes, at + 6)
  const mf = (word & 0x2000) !== 0
  const frag = word & 0x1fff
  const proto = bytes[at + 9]!
  const src = u32(bytes, at + 12)
  const dst = u32(bytes, at + 16)
  const opaque = cut || mf || frag !== 0 || input.depth >= MAX_DEPTH
  input.depth += 1
  const payload = opaque ? readData(input, at + 20, end) : readIpPayload(input, proto, src, dst, at + 20, end)
  input.depth -= 1
  if (payload === null) return null
  const totalLength = cut ? stated : undefined
  const [tos, id, ttl, df] = [bytes[at + 1]!, u16(bytes, at + 4), bytes[at + 8]!, (word & 0x4000) !== 0]
  return { l: 'ipv4', src, dst, ttl, proto, id, tos, df, mf, frag, totalLength, payload }
}

function readIpPayload(
  input: Input,
  proto: number,
  src: number,
  dst: number,
  at: number,
  end: number,
): IpPayload | null {
  switch (proto) {
    case IP_PROTO.icmp:
      return readIcmp(input, at, end)
    case IP_PROTO.udp:
      return readUdp(input, src, dst, at, end)
    case IP_PROTO.tcp:
      return readTcp(input, src, dst, at, end)
    case IP_PROTO.ipip:
      return attempt(input, at, end, () => readIpv4(input, at, end, false))
    case IP_PROTO.gre:
      return attempt(input, at, end, () => readGre(ranged(input), at, end))
    default:
      return readData(input, at, end)
  }
}

/** What the readers of tunnels need: the bytes, and how to read what is inside. */
const ranged = (input: Input): ByteRange => ({
  bytes: input.bytes,
  ethernet: (at, end) => readEthernet(input, at, end),
  ipv4: (at, end) => readIpv4(input, at, end, false),
})

/** What `read` makes of the bytes if it accounts for all of them, else the bytes. */
function attempt<T extends Ipv4Packet | Vxlan | Geneve | Gre | Wireguard | Dns>(
  input: Input,
  at: number,
  end: number,
  read: () => T | null,
): T | Data {
  const inner = read()
  if (inner !== null && layerLength(inner) === end - at) return inner
  // a checksum that was asked for and is wrong fails the whole frame, however deep it is
  if (input.error?.code !== 'checksum') input.error = null
  return readData(input, at, end)
}

function readIcmp(input: Input, at: number, end: number): Icmp | null {
  if (end - at < 8) return fail(input, 'short', at)
  const { bytes } = input
  if (input.verify && foldChecksum(sumWords(bytes, at, end)) !== 0) return fail(input, 'checksum', at + 2)
  const type = bytes[at]!
  const payload = isIcmpError(type) ? readQuote(input, at + 8, end) : readData(input, at + 8, end)
  return { l: 'icmp', type, code: bytes[at + 1]!, rest: u32(bytes, at + 4), payload }
}

function readQuote(input: Input, at: number, end: number): Ipv4Packet | Data {
  const { verify } = input
  input.verify = false
  const quote = attempt(input, at, end, () => readIpv4(input, at, end, true))
  input.verify = verify
  return quote
}

function readUdp(input: Input, src: number, dst: number, at: number, limit: number): Udp | null {
  if (limit - at < 8) return fail(input, 'short', at)
  const { bytes } = input
  const length = u16(bytes, at + 4)
  if (length < 8 || length !== limit - at) return fail(input, 'length', at + 4)
  if (input.verify && u16(bytes, at + 6) !== 0) {
    const sum = sumWords(bytes, at, limit, pseudoHeaderSum(src, dst, IP_PROTO.udp, length))
    if (foldChecksum(sum) !== 0) return fail(input, 'checksum', at + 6)
  }
  const [sport, dport] = [u16(bytes, at), u16(bytes, at + 2)]
  return { l: 'udp', sport, dport, payload: readUdpPayload(input, sport, dport, at + 8, limit) }
}

function readUdpPayload(input: Input, sport: number, dport: number, at: number, end: number): Udp['payload'] {
  if (dport === PORT.vxlan || dport === PORT.vxlanLinux) {
    return attempt(input, at, end, () => readVxlan(input, at, end))
  }
  if (dport === PORT.geneve) return attempt(input, at, end, () => readGeneve(ranged(input), at, end))
  if (dport === PORT.wireguard || sport === PORT.wireguard) {
    return attempt(input, at, end, () => readWireguard(ranged(input), at, end))
  }
  if (dport === PORT.dns || sport === PORT.dns) {
    return attempt(input, at, end, () => parseDns(bytesToData(input.bytes, at, end)))
  }
  return readData(input, at, end)
}

/** Only the I flag, reserved fields 0 (RFC 7348 section 5). */
function readVxlan(input: Input, at: number, end: number): Vxlan | null {
  const { bytes } = input
  if (end - at < 8 || u32(bytes, at) !== 0x08000000 || bytes[at + 7] !== 0) return null
  const payload = readEthernet(input, at + 8, end)
  return payload === null ? null : { l: 'vxlan', vni: u32(bytes, at + 4) >>> 8, payload }
}

function readTcp(input: Input, src: number, dst: number, at: number, end: number): Tcp | null {
  if (end - at < 20) return fail(input, 'short', at)
  const { bytes } = input
  const body = at + (bytes[at + 12]! >> 4) * 4
  if (body < at + 20 || body > end) return fail(input, 'header-length', at + 12)
  if (input.verify) {
    const sum = sumWords(bytes, at, end, pseudoHeaderSum(src, dst, IP_PROTO.tcp, end - at))
    if (foldChecksum(sum) !== 0) return fail(input, 'checksum', at + 16)
  }
  const options = parseTcpOptions(bytes, at + 20, body)
  if (options === null) return fail(input, 'tcp-options', at + 20)
  return {
    l: 'tcp',
    sport: u16(bytes, at),
    dport: u16(bytes, at + 2),
    seq: u32(bytes, at + 4),
    ack: u32(bytes, at + 8),
    flags: bytes[at + 13]!,
    window: u16(bytes, at + 14),
    options,
    payload: readData(input, body, end),
  }
}
