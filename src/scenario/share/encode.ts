import { deflateSync } from 'fflate'
import { dataToBytes, encodeUtf8 } from '../../core/wire/utf8.ts'
import { encodeBase64Url } from './base64url.ts'
import { FORMAT, PREFIX, checksum, dictionary } from './format.ts'
import type { Shared } from './share.ts'

/** The URL fragment for a lab, without `#`. Half surrogates in the text, which UTF-8 cannot carry, become U+FFFD. */
export function encodeShare({ text, cursor }: Shared): string {
  const content = encodeUtf8(`${cursor ?? ''}\n${text}`)
  const packed = deflateSync(dataToBytes(content), { level: 9, mem: 12, dictionary: dictionary() })
  const head = [FORMAT, ...checksum(content), ...varint(content.length), ...varint(packed.length)]
  const bytes = new Uint8Array(head.length + packed.length)
  bytes.set(head)
  bytes.set(packed, head.length)
  return PREFIX + encodeBase64Url(bytes)
}

/** Seven bits a byte, lowest first, the top bit set on all but the last (LEB128). */
function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
  return bytes
}
