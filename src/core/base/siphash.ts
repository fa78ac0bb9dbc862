const MASK = (1n << 64n) - 1n
const rotl = (x: bigint, bits: bigint): bigint => ((x << bits) | (x >> (64n - bits))) & MASK

/** One SipRound over the four words of state. */
function round(v: bigint[]): void {
  v[0] = (v[0]! + v[1]!) & MASK
  v[1] = rotl(v[1]!, 13n) ^ v[0]
  v[0] = rotl(v[0], 32n)
  v[2] = (v[2]! + v[3]!) & MASK
  v[3] = rotl(v[3]!, 16n) ^ v[2]
  v[0] = (v[0] + v[3]) & MASK
  v[3] = rotl(v[3], 21n) ^ v[0]
  v[2] = (v[2] + v[1]) & MASK
  v[1] = rotl(v[1], 17n) ^ v[2]
  v[2] = rotl(v[2], 32n)
}

/** SipHash-2-4 (Aumasson and Bernstein, 2012), 64 bits. `words`: whole little-endian 64-bit words of input. */
export function siphash(key: readonly [bigint, bigint], words: readonly bigint[]): bigint {
  const [k0, k1] = key
  const v = [0x736f6d6570736575n ^ k0, 0x646f72616e646f6dn ^ k1, 0x6c7967656e657261n ^ k0, 0x7465646279746573n ^ k1]
  const length = (BigInt(words.length * 8) & 0xffn) << 56n
  for (const word of [...words, length]) {
    v[3] = v[3]! ^ word
    round(v)
    round(v)
    v[0] = v[0]! ^ word
  }
  v[2] = v[2]! ^ 0xffn
  for (let i = 0; i < 4; i++) round(v)
  return v[0]! ^ v[1]! ^ v[2] ^ v[3]!
}
