/** Sequence numbers: unsigned 32-bit, compared modulo 2^32 (RFC 9293 section 3.4). */
export const seqAdd = (a: number, n: number): number => (a + n) >>> 0
/** How far `a` is ahead of `b`; negative when behind. */
export const seqDiff = (a: number, b: number): number => (a - b) | 0
export const seqBefore = (a: number, b: number): boolean => ((a - b) | 0) < 0
export const seqAfter = (a: number, b: number): boolean => ((a - b) | 0) > 0
export const seqMax = (a: number, b: number): number => (seqBefore(a, b) ? b : a)
