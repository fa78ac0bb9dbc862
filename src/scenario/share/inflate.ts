import { Inflate } from 'fflate'

/** Compressed bytes handed over at once: deflate expands at most 1032 times, so one piece cannot take much memory. */
const PIECE = 512

/**
 * Inflates raw deflate data that must give exactly `length` bytes, and stops as soon as it gives more, so that a bomb costs no more
 * than an honest text. `null`: it gives another length, or is no deflate data.
 */
export function inflateExactly(data: Uint8Array, dictionary: Uint8Array, length: number): Uint8Array | null {
  const output = new Uint8Array(length)
  let filled = 0
  let excess = false
  const stream = new Inflate({ dictionary }, (chunk) => {
    if (filled + chunk.length > length) excess = true
    else output.set(chunk, filled)
    filled += chunk.length
  })
  try {
    for (let at = 0; at < data.length && !excess; at += PIECE)
      stream.push(data.subarray(at, at + PIECE), at + PIECE >= data.length)
  } catch {
    return null
  }
  return excess || filled !== length ? null : output
}
