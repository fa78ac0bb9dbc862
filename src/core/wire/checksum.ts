import type { Ipv4 } from '../base/ipv4.ts'

/** One's complement sum of 16-bit words (RFC 1071), not yet folded; an odd last byte counts as the high half of a word. */
export function sumWords(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let sum = start
  const even = to - ((to - from) & 1)
  for (let i = from; i < even; i += 2) sum += bytes[i]! * 256 + bytes[i + 1]!
  return even < to ? sum + bytes[even]! * 256 : sum
}

/** The Internet checksum of a sum: folded to 16 bits and complemented. */
export function foldChecksum(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000)
  return ~folded & 0xffff
}

/** Sum of the pseudo header that TCP and UDP checksums cover (RFC 9293 section 3.1, RFC 768). */
export function pseudoHeaderSum(src: Ipv4, dst: Ipv4, proto: number, length: number): number {
  return (src >>> 16) + (src & 0xffff) + (dst >>> 16) + (dst & 0xffff) + proto + length
}
