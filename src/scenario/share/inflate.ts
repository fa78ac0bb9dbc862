/**
 * Inflates raw deflate data that must give exactly `length` bytes, and stops as soon as it gives more, so that a bomb costs no more
 * than an honest text. `null`: it gives another length, or is no deflate data.
 *
 * The platform does it: a library's tables cost more than a link. It takes no preset dictionary; a stored block with the
 * dictionary in front of the data leaves the same window (RFC 1951, 3.2.4).
 */
export async function inflateExactly(
  data: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer>,
  length: number,
): Promise<Uint8Array | null> {
  const whole = new Blob([storedBlock(dictionary), dictionary, data])
  const reader = whole.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
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
