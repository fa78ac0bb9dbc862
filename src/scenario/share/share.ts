import { deflateSync, strFromU8, strToU8 } from 'fflate'
import { hashText } from '../../core/base/hash.ts'
import { type Result, err, ok } from '../../core/base/result.ts'
import { LIMITS } from '../limits.ts'
import { isCursor } from '../view.ts'
import { decodeBase64Url, encodeBase64Url } from './base64url.ts'
import { DICTIONARY_V1 } from './dictionaries/v1.ts'
import { inflateExactly } from './inflate.ts'

/** What a link carries: the lab's text, and where on the timeline one is (`null`: as after opening). */
export interface Shared {
  readonly text: string
  readonly cursor: number | null
}

/** Why a link does not open. The text of each is `errors.share-<code>` of i18n, with these parameters. */
export type ShareError =
  | { readonly code: 'empty' }
  | { readonly code: 'not-a-link' }
  | { readonly code: 'characters'; readonly params: { readonly position: number } }
  | { readonly code: 'truncated' }
  | { readonly code: 'checksum' }
  | { readonly code: 'too-large'; readonly params: { readonly limit: number } }
  | { readonly code: 'future-version'; readonly params: { readonly version: number; readonly known: number } }
  | { readonly code: 'not-a-lab' }

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
const FORMAT = 1
/** A first byte above this is damage rather than the format of a Hopscope to come. */
const LAST_FORMAT = 127
const PREFIX = 'lab='
/** Characters of a fragment: more than the largest text can need, less than would hurt. */
const MAX_FRAGMENT = 2 * LIMITS.bytes
/** Bytes that the cursor's digits and the line feed can add. */
const MAX_CONTENT = LIMITS.bytes + 17

/** The URL fragment for a lab, without `#`. Half surrogates in the text, which UTF-8 cannot carry, become U+FFFD. */
export function encodeShare({ text, cursor }: Shared): string {
  const content = strToU8(`${cursor ?? ''}\n${text}`)
  const packed = deflateSync(content, { level: 9, mem: 12, dictionary: dictionary() })
  const head = [FORMAT, ...checksum(content), ...varint(content.length), ...varint(packed.length)]
  const bytes = new Uint8Array(head.length + packed.length)
  bytes.set(head)
  bytes.set(packed, head.length)
  return PREFIX + encodeBase64Url(bytes)
}

/**
 * Opens a fragment (with or without `#`) or a whole link. Never throws, never inflates more than a lab may have, and never answers
 * with a text that is not the one encoded.
 */
export function decodeShare(fragment: string): Result<Shared, ShareError> {
  const body = bodyOf(fragment)
  if (!body.ok) return body
  if (body.value.length > MAX_FRAGMENT) return tooLarge()
  const bytes = decodeBase64Url(body.value)
  if (typeof bytes === 'number') return err({ code: 'characters', params: { position: bytes + 1 } })
  if (bytes.length === 0) return err({ code: 'truncated' })
  const format = bytes[0]!
  if (format < FORMAT || format > LAST_FORMAT) return err({ code: 'checksum' })
  if (format > FORMAT) return err({ code: 'future-version', params: { version: format, known: FORMAT } })
  return unpack(bytes)
}

function bodyOf(fragment: string): Result<string, ShareError> {
  const text = fragment.slice(fragment.indexOf('#') + 1).trim()
  if (text === '') return err({ code: 'empty' })
  if (!text.startsWith(PREFIX)) return err({ code: 'not-a-link' })
  return text.length === PREFIX.length ? err({ code: 'empty' }) : ok(text.slice(PREFIX.length))
}

function unpack(bytes: Uint8Array): Result<Shared, ShareError> {
  const length = readVarint(bytes, 5)
  const packed = length && readVarint(bytes, length.next)
  if (!packed) return err({ code: 'truncated' })
  if (length.value > MAX_CONTENT) return tooLarge()
  const data = bytes.subarray(packed.next)
  if (data.length < packed.value) return err({ code: 'truncated' })
  if (data.length > packed.value) return err({ code: 'checksum' })
  const content = inflateExactly(data, dictionary(), length.value)
  if (!content || !checksum(content).every((byte, index) => byte === bytes[1 + index])) return err({ code: 'checksum' })
  return readContent(strFromU8(content))
}

function readContent(content: string): Result<Shared, ShareError> {
  const newline = content.indexOf('\n')
  const digits = content.slice(0, Math.max(0, newline))
  const cursor = digits === '' ? null : Number(digits)
  const text = content.slice(newline + 1)
  if (newline < 0 || (cursor !== null && !(/^\d+$/.test(digits) && isCursor(cursor))) || !looksLikeLab(text))
    return err({ code: 'not-a-lab' })
  return ok({ text, cursor })
}

/** Whether a text is worth loading as a lab at all; `loadLab` says what is wrong with it otherwise. */
const looksLikeLab = (text: string): boolean => /\bkind["']?\s*:\s*["']?Lab\b/.test(text)

const tooLarge = (): Result<never, ShareError> => err({ code: 'too-large', params: { limit: LIMITS.bytes } })

let preset: Uint8Array<ArrayBuffer> | undefined
/** The dictionary as bytes; made at first use, since most sessions open no link. */
const dictionary = (): Uint8Array<ArrayBuffer> => (preset ??= strToU8(DICTIONARY_V1))

/** Four bytes over the content: 32 of the 53 bits of `hashText`. Guards against damage, not against forgery. */
function checksum(content: Uint8Array): number[] {
  const hash = hashText(strFromU8(content, true)) % 2 ** 32
  return [hash >>> 24, (hash >>> 16) & 255, (hash >>> 8) & 255, hash & 255]
}

/** Seven bits a byte, lowest first, the top bit set on all but the last (LEB128). */
function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
  return bytes
}

function readVarint(bytes: Uint8Array, at: number): { value: number; next: number } | null {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return null
    value += (byte & 127) * 128 ** i
    if (byte < 128) return { value, next: at + i + 1 }
  }
  return null
}
