import type { TcpOptions } from './types.ts'

/** The options between two offsets (RFC 9293 section 3.2, RFC 7323). Unknown kinds are skipped; `null` when malformed. */
export function parseTcpOptions(bytes: Uint8Array, from: number, end: number): TcpOptions | null {
  const options: { -readonly [K in keyof TcpOptions]: TcpOptions[K] } = {}
  let at = from
  while (at < end && bytes[at] !== 0) {
    if (bytes[at] === 1) {
      at += 1
      continue
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0
    if (length < 2 || at + length > end) return null
    if (bytes[at] === 2 && length === 4) options.mss = bytes[at + 2]! * 256 + bytes[at + 3]!
    else if (bytes[at] === 3 && length === 3) options.wscale = bytes[at + 2]!
    else if (bytes[at] === 4 && length === 2) options.sackOk = true
    else if (bytes[at] === 8 && length === 10) options.ts = [word(bytes, at + 2), word(bytes, at + 6)]
    at += length
  }
  return options
}

const word = (bytes: Uint8Array, at: number): number =>
  bytes[at]! * 0x1000000 + bytes[at + 1]! * 0x10000 + bytes[at + 2]! * 256 + bytes[at + 3]!
