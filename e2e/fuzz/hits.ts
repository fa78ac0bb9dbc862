import { PLACES } from './places.ts'

/** Power-of-two classes of how often a place was passed: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more. */
const CLASS = Uint8Array.from({ length: 256 }, (_, n) =>
  n === 0 ? 0 : n < 4 ? 1 << (n - 1) : n < 8 ? 8 : n < 16 ? 16 : n < 32 ? 32 : n < 128 ? 64 : 128,
)

/** What the inputs so far went through. Knows nothing in a program without branch counters (tests, `attempt` alone). */
export class Hits {
  readonly #now = (globalThis as { hits?: Uint8Array }).hits ?? new Uint8Array(0)
  readonly #words = new BigUint64Array(this.#now.buffer)
  readonly #seen = new Uint8Array(PLACES)
  /** Places passed at least once. */
  places = 0

  /** Whether the program has branch counters. */
  get counted(): boolean {
    return this.#now.length > 0
  }

  clear(): void {
    this.#now.fill(0)
  }

  /** Whether the input that just ran passed a place never passed before, or one much more often than before. */
  isNew(): boolean {
    let fresh = false
    for (let word = 0; word < this.#words.length; word++) {
      if (this.#words[word] === 0n) continue
      for (let at = word * 8; at < word * 8 + 8; at++) {
        const bit = CLASS[this.#now[at]!]!
        const before = this.#seen[at]!
        if ((before & bit) === bit) continue
        if (before === 0) this.places++
        this.#seen[at] = before | bit
        fresh = true
      }
    }
    return fresh
  }
}
