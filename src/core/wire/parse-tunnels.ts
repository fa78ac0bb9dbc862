import { ETHERTYPE } from './constants.ts'
import { GRE_FLAG, WG_TAG } from './emit-tunnels.ts'
import { WG_DATA, WG_INITIATION, WG_RESPONSE, ipLength } from './length.ts'
import { type Ethernet, type Geneve, type Gre, type Ipv4Packet, NO_DATA, type Wireguard } from './types.ts'
import { bytesToData } from './utf8.ts'

/** The bytes a tunnel header stands in, and readers for what it carries. */
export interface ByteRange {
  readonly bytes: Uint8Array
  ethernet(at: number, end: number): Ethernet | null
  ipv4(at: number, end: number): Ipv4Packet | null
}

const u16 = (bytes: Uint8Array, at: number): number => bytes[at]! * 256 + bytes[at + 1]!
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 0x10000 + u16(bytes, at + 2)

const GRE_KNOWN = GRE_FLAG.checksum | GRE_FLAG.key | GRE_FLAG.sequence

/** Version 0 with IPv4 or Ethernet inside; `null` for any other. */
export function readGre(range: ByteRange, at: number, end: number): Gre | null {
  const { bytes } = range
  if (end - at < 4) return null
  const flags = u16(bytes, at)
  if ((flags & ~GRE_KNOWN) !== 0) return null
  let body = at + 4
  const word = (flag: number): number | undefined => {
    if ((flags & flag) === 0) return undefined
    body += 4
    return body <= end ? u32(bytes, body - 4) : 0
  }
  const csum = word(GRE_FLAG.checksum) !== undefined
  const key = word(GRE_FLAG.key)
  const seq = word(GRE_FLAG.sequence)
  if (body > end) return null
  const payload = carried(range, u16(bytes, at + 2), body, end)
  return payload === null ? null : { l: 'gre', csum, key, seq, payload }
}

function carried(range: ByteRange, type: number, at: number, end: number): Gre['payload'] | null {
  if (type === ETHERTYPE.ipv4) return range.ipv4(at, end)
  return type === ETHERTYPE.bridged ? range.ethernet(at, end) : null
}

/** Without options, flags 0, Ethernet inside (RFC 8926 section 3.4). */
export function readGeneve(range: ByteRange, at: number, end: number): Geneve | null {
  const { bytes } = range
  if (end - at < 8 || u32(bytes, at) !== ETHERTYPE.bridged || bytes[at + 7] !== 0) return null
  const payload = range.ethernet(at + 8, end)
  return payload === null ? null : { l: 'geneve', vni: u32(bytes, at + 4) >>> 8, payload }
}

/** A message of the simulator's own making: what is encrypted in a real one does not parse. */
export function readWireguard(range: ByteRange, at: number, end: number): Wireguard | null {
  const { bytes } = range
  const length = end - at
  const zero = (from: number, to: number): boolean => bytes.subarray(from, to).every((byte) => byte === 0)
  if (length < WG_DATA || !zero(at + 1, at + 4)) return null
  const head = little(bytes, at + 4, 4)
  if (bytes[at] === 1 && length === WG_INITIATION) {
    if (!zero(at + 8, at + 40) || !zero(at + 72, at + 116) || !zero(at + 132, end)) return null
    const publicKey = bytesToData(bytes, at + 40, at + 72)
    const mac1 = bytesToData(bytes, at + 116, at + 132)
    return { l: 'wireguard', type: 1, sender: head, publicKey, mac1, payload: NO_DATA }
  }
  if (bytes[at] === 2 && length === WG_RESPONSE) {
    if (!zero(at + 12, at + 60) || !zero(at + 76, end)) return null
    const mac1 = bytesToData(bytes, at + 60, at + 76)
    return { l: 'wireguard', type: 2, sender: head, receiver: little(bytes, at + 8, 4), mac1, payload: NO_DATA }
  }
  if (bytes[at] !== 4 || !zero(end - WG_TAG, end)) return null
  return readData(range, at, end - WG_TAG, head)
}

function readData(range: ByteRange, at: number, end: number, receiver: number): Wireguard | null {
  const counter = little(range.bytes, at + 8, 8)
  if (!Number.isSafeInteger(counter)) return null
  const body = at + 16
  if (body === end) return { l: 'wireguard', type: 4, receiver, counter, padding: 0, payload: NO_DATA }
  const payload = range.ipv4(body, end)
  if (payload === null) return null
  const padding = end - body - ipLength(payload)
  if (!range.bytes.subarray(end - padding, end).every((byte) => byte === 0)) return null
  return { l: 'wireguard', type: 4, receiver, counter, padding, payload }
}

function little(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = length - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!
  return value
}
