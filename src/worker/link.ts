import type { Result } from '../core/base/result.ts'
import { type Inflate, type ShareError, type Shared, decodeShare } from '../scenario/share/share.ts'

/** Opens a share link, as a fragment or whole, in the page, its worker and Node alike. Never rejects. */
export const openLink = (link: string): Promise<Result<Shared, ShareError>> => decodeShare(link, inflate)

/**
 * The platform inflates: a library's tables cost more than a link. It takes no preset dictionary; a stored block with the dictionary in
 * front of the data leaves the same window (RFC 1951, 3.2.4).
 */
const inflate: Inflate = async (data, dictionary, length) => {
  const { readable, writable } = new DecompressionStream('deflate-raw')
  const writer = writable.getWriter()
  // What is wrong with the data is met where it is read.
  for (const part of [storedBlock(dictionary), dictionary, data]) writer.write(part).catch(() => undefined)
  writer.close().catch(() => undefined)
  const reader = readable.getReader()
  const output = new Uint8Array(dictionary.length + length)
  let filled = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return filled === output.length ? output.subarray(dictionary.length) : null
      if (filled + value.length > output.length) break
      output.set(value, filled)
      filled += value.length
    }
    await reader.cancel()
  } catch {
    // No deflate data, or something behind its end.
  }
  return null
}

/** The head of a stored block, not the last one, of so many bytes: less than 64 KiB. */
function storedBlock({ length }: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255)
}
