/** Text ↔ binary string (one char code 0..255 per byte) by UTF-8 (RFC 3629), without the platform's TextEncoder. */

/** Lone surrogates become U+FFFD, as everywhere in the web platform. */
export function encodeUtf8(text: string): string {
  let out = ''
  for (const char of text) {
    const code = char.codePointAt(0)!
    out += code < 0x80 ? char : encodeCodePoint(code >= 0xd800 && code <= 0xdfff ? 0xfffd : code)
  }
  return out
}

function encodeCodePoint(code: number): string {
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), tail(code))
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12), tail(code >> 6), tail(code))
  return String.fromCharCode(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code))
}

const tail = (code: number): number => 0x80 | (code & 0x3f)

/** Malformed input never fails: each maximal bad prefix becomes one U+FFFD (WHATWG Encoding, "UTF-8 decoder"). */
export function decodeUtf8(data: string): string {
  let out = ''
  let at = 0
  while (at < data.length) {
    const lead = data.charCodeAt(at)
    if (lead < 0x80) {
      out += data[at]!
      at += 1
      continue
    }
    const { code, used } = decodeSequence(data, at, lead)
    out += String.fromCodePoint(code)
    at += used
  }
  return out
}

/** One multi-byte sequence at `at`; a bad one yields U+FFFD and consumes what was valid of it, at least one byte. */
function decodeSequence(data: string, at: number, lead: number): { code: number; used: number } {
  const more =
    lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0
  let code = more === 1 ? lead & 0x1f : more === 2 ? lead & 0x0f : lead & 0x07
  let used = 1
  if (more === 0) return { code: 0xfffd, used }
  for (; used <= more; used++) {
    const byte = at + used < data.length ? data.charCodeAt(at + used) : -1
    const [low, high] = used === 1 ? secondByteRange(lead) : [0x80, 0xbf]
    if (byte < low || byte > high) return { code: 0xfffd, used }
    code = (code << 6) | (byte & 0x3f)
  }
  return { code, used }
}

/** Keeps overlong forms, surrogates and code points above U+10FFFF out. */
function secondByteRange(lead: number): readonly [number, number] {
  if (lead === 0xe0) return [0xa0, 0xbf]
  if (lead === 0xed) return [0x80, 0x9f]
  if (lead === 0xf0) return [0x90, 0xbf]
  if (lead === 0xf4) return [0x80, 0x8f]
  return [0x80, 0xbf]
}

/** Bytes as an array → binary string. */
export function bytesToData(bytes: Uint8Array, from = 0, to = bytes.length): string {
  let out = ''
  for (let i = from; i < to; i += 4096) out += String.fromCharCode(...bytes.subarray(i, Math.min(to, i + 4096)))
  return out
}

/** Binary string → bytes as an array. */
export function dataToBytes(data: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i++) bytes[i] = data.charCodeAt(i)
  return bytes
}
