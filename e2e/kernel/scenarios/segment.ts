/** A TCP segment as a frame. Lengths in bytes; sequence numbers and window as they stand in the header. */
export interface Segment {
  readonly srcMac: string
  readonly dstMac: string
  readonly from: string
  readonly to: string
  readonly sport: number
  readonly dport: number
  /** Flags as a byte: 2 SYN, 0x12 SYN ACK, 0x10 ACK, 0x11 FIN ACK, 4 RST, 0x14 RST ACK. */
  readonly flags: number
  readonly seq: number
  readonly ack: number
  readonly window: number
  readonly data: number
  /** Default 64. */
  readonly ttl?: number
}

const hex = (n: number, bytes: number): string => n.toString(16).padStart(bytes * 2, '0')
const address = (ip: string): string =>
  ip
    .split('.')
    .map((part) => hex(Number(part), 1))
    .join('')

function checksum(text: string): string {
  let total = 0
  for (let i = 0; i < text.length; i += 4) total += Number.parseInt(text.slice(i, i + 4).padEnd(4, '0'), 16)
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
  return hex(~total & 0xffff, 2)
}

/** The frame in hexadecimal, from the destination MAC on; checksums right. */
export function segmentHex(s: Segment): string {
  const ends = address(s.from) + address(s.to)
  const body = '78'.repeat(s.data)
  const tcp = (check: string): string =>
    `${hex(s.sport, 2)}${hex(s.dport, 2)}${hex(s.seq, 4)}${hex(s.ack, 4)}50${hex(s.flags, 1)}${hex(s.window, 2)}${check}0000${body}`
  const pseudo = `${ends}0006${hex(20 + s.data, 2)}`
  const ip = (check: string): string => `4500${hex(40 + s.data, 2)}00004000${hex(s.ttl ?? 64, 1)}06${check}${ends}`
  const frame = ip(checksum(ip('0000'))) + tcp(checksum(pseudo + tcp('0000')))
  return `${s.dstMac}${s.srcMac}0800`.replaceAll(':', '') + frame
}
