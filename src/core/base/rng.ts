/** The position of one random stream: four 32-bit words (sfc32). It is a row of the world, so rewinding rewinds it. */
export type RngState = readonly [number, number, number, number]

/** A stream of its own per (seed, name), so that one more draw in one agent does not shift another's. */
export function seedRng(seed: number, name: string): RngState {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0
  const word = (): number => {
    for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193) >>> 0
    h = (h + 0x6d2b79f5) >>> 0
    let z = Math.imul(h ^ (h >>> 15), h | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return (z ^ (z >>> 14)) >>> 0
  }
  let state: RngState = [word(), word(), word(), 1]
  for (let i = 0; i < 12; i++) state = nextRandom(state).state
  return state
}

/** One draw: an unsigned 32-bit integer and the state after it (sfc32, Chris Doty-Humphrey's PractRand). */
export function nextRandom([a, b, c, d]: RngState): { value: number; state: RngState } {
  const value = (((a + b) | 0) + d) | 0
  const next: RngState = [b ^ (b >>> 9), (c + (c << 3)) | 0, (((c << 21) | (c >>> 11)) + value) | 0, (d + 1) | 0]
  return { value: value >>> 0, state: next }
}
