import { type Result, err, ok } from '../../core/base/result.ts'
import { bytesToData, decodeUtf8 } from '../../core/wire/utf8.ts'
import { LIMITS } from '../limits.ts'
import { isCursor } from '../view.ts'
import { decodeBase64Url } from './base64url.ts'
import { FORMAT, PREFIX, checksum, dictionary } from './format.ts'

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

/** A first byte above this is damage rather than the format of a Hopscope to come. */
const LAST_FORMAT = 127
/** Characters of a fragment: more than the largest text can need, less than would hurt. */
const MAX_FRAGMENT = 2 * LIMITS.bytes
/** Bytes that the cursor's digits and the line feed can add. */
const MAX_CONTENT = LIMITS.bytes + 17

/**
 * Inflates raw deflate data with a preset dictionary that must give exactly `length` bytes, and stops as soon as it gives more, so that a
 * bomb costs no more than an honest text. `null`: it gives another length, or is no deflate data.
 */
export type Inflate = (
  data: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer>,
  length: number,
) => Promise<Uint8Array | null>

/**
 * Opens a fragment (with or without `#`) or a whole link. Never rejects, never inflates more than a lab may have, and never answers
 * with a text that is not the one encoded.
 */
export async function decodeShare(fragment: string, inflate: Inflate): Promise<Result<Shared, ShareError>> {
  const body = bodyOf(fragment)
  if (!body.ok) return body
  if (body.value.length > MAX_FRAGMENT) return tooLarge()
  const bytes = decodeBase64Url(body.value)
  if (typeof bytes === 'number') return err({ code: 'characters', params: { position: bytes + 1 } })
  if (bytes.length === 0) return err({ code: 'truncated' })
  const format = bytes[0]!
  if (format < FORMAT || format > LAST_FORMAT) return err({ code: 'checksum' })
  if (format > FORMAT) return err({ code: 'future-version', params: { version: format, known: FORMAT } })
  return unpack(bytes, inflate)
}

function bodyOf(fragment: string): Result<string, ShareError> {
  const text = fragment.slice(fragment.indexOf('#') + 1).trim()
  if (text === '') return err({ code: 'empty' })
  if (!text.startsWith(PREFIX)) return err({ code: 'not-a-link' })
  return text.length === PREFIX.length ? err({ code: 'empty' }) : ok(text.slice(PREFIX.length))
}

async function unpack(bytes: Uint8Array<ArrayBuffer>, inflate: Inflate): Promise<Result<Shared, ShareError>> {
  const length = readVarint(bytes, 5)
  const packed = length && readVarint(bytes, length.next)
  if (!packed) return err({ code: 'truncated' })
  if (length.value > MAX_CONTENT) return tooLarge()
  const data = bytes.subarray(packed.next)
  if (data.length < packed.value) return err({ code: 'truncated' })
  if (data.length > packed.value) return err({ code: 'checksum' })
  const inflated = await inflate(data, dictionary(), length.value)
  if (!inflated) return err({ code: 'checksum' })
  const content = bytesToData(inflated)
  if (!checksum(content).every((byte, index) => byte === bytes[1 + index])) return err({ code: 'checksum' })
  return readContent(decodeUtf8(content))
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

/** Seven bits a byte, lowest first, the top bit set on all but the last (LEB128). */
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
