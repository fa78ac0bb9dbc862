import { hashText } from '../../core/base/hash.ts'
import { dataToBytes } from '../../core/wire/utf8.ts'
import { DICTIONARY_V1 } from './dictionaries/v1.ts'

/**
 * Link format 1, after `lab=`, in base64url:
 *
 *     byte 0      the format, 1
 *     bytes 1-4   checksum of the content
 *     varint      length of the content in bytes
 *     varint      length of the compressed content in bytes
 *     rest        the content: raw deflate with the preset dictionary v1
 *
 * The content is UTF-8: the cursor in decimal digits or nothing, a line feed, the lab's text.
 */
export const FORMAT = 1
export const PREFIX = 'lab='

/** The preset dictionary as bytes. */
export const dictionary = (): Uint8Array<ArrayBuffer> => dataToBytes(DICTIONARY_V1)

/** Four bytes over the content (a binary string): 32 of the 53 bits of `hashText`. Guards against damage, not against forgery. */
export function checksum(content: string): number[] {
  const hash = hashText(content) % 2 ** 32
  return [hash >>> 24, (hash >>> 16) & 255, (hash >>> 8) & 255, hash & 255]
}
