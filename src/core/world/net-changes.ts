import type { Key } from '../base/order.ts'

/** Block lengths, each a multiple of the one before. */
const SIZES = [128, 1024, 8192, 65536] as const

/** The columns of a journal: which row changed, and what stood there before and after. */
export interface Changes {
  readonly tables: readonly number[]
  readonly keys: readonly Key[]
  readonly before: readonly unknown[]
  readonly after: readonly unknown[]
}

/** A whole block, and what its changes come to: pairs of journal indices, the first and the last change of each row that differs. */
export interface Block {
  readonly size: number
  readonly net: Uint32Array
}

/**
 * What stretches of the journal come to. A row that changed a hundred times in a stretch need be written once to pass it, and an event
 * that came and went not at all: so a jump over a long history costs little. Made when a jump first passes a stretch.
 */
export class NetChanges {
  readonly #changes: Changes
  readonly #levels: (Block | undefined)[][] = SIZES.map(() => [])

  constructor(changes: Changes) {
    this.#changes = changes
  }

  /** The longest block that begins at `from` and ends at `to` or before it; `undefined` when there is none. */
  startingAt(from: number, to: number): Block | undefined {
    for (let level = SIZES.length - 1; level >= 0; level--) {
      const size = SIZES[level]!
      if (from % size === 0 && from + size <= to) return this.#block(level, from / size)
    }
    return undefined
  }

  /** The longest block that ends at `to` and begins at `from` or behind it; `undefined` when there is none. */
  endingAt(from: number, to: number): Block | undefined {
    for (let level = SIZES.length - 1; level >= 0; level--) {
      const size = SIZES[level]!
      if (to % size === 0 && to - size >= from) return this.#block(level, to / size - 1)
    }
    return undefined
  }

  /** Forgets the blocks that reach beyond `length` changes. */
  truncate(length: number): void {
    this.#levels.forEach((blocks, level) => {
      blocks.length = Math.min(blocks.length, Math.floor(length / SIZES[level]!))
    })
  }

  #block(level: number, index: number): Block {
    const known = this.#levels[level]![index]
    if (known) return known
    const size = SIZES[level]!
    const net = new Net(this.#changes)
    if (level === 0) for (let i = index * size; i < (index + 1) * size; i++) net.add(i, i)
    else {
      const parts = size / SIZES[level - 1]!
      for (let part = 0; part < parts; part++) net.addAll(this.#block(level - 1, index * parts + part).net)
    }
    const block = { size, net: net.pairs() }
    this.#levels[level]![index] = block
    return block
  }
}

/** Adds up changes, in journal order. */
class Net {
  readonly #changes: Changes
  /** Place of a row in `#first` and `#last`, by table and key. */
  readonly #places = new Map<number, Map<Key, number>>()
  readonly #first: number[] = []
  readonly #last: number[] = []

  constructor(changes: Changes) {
    this.#changes = changes
  }

  add(first: number, last: number): void {
    const table = this.#changes.tables[first]!
    const key = this.#changes.keys[first]!
    let places = this.#places.get(table)
    if (!places) this.#places.set(table, (places = new Map()))
    const place = places.get(key)
    if (place !== undefined) this.#last[place] = last
    else {
      places.set(key, this.#first.length)
      this.#first.push(first)
      this.#last.push(last)
    }
  }

  addAll(pairs: Uint32Array): void {
    for (let i = 0; i < pairs.length; i += 2) this.add(pairs[i]!, pairs[i + 1]!)
  }

  pairs(): Uint32Array {
    const { before, after } = this.#changes
    const pairs: number[] = []
    this.#first.forEach((first, i) => {
      const last = this.#last[i]!
      if (before[first] !== after[last]) pairs.push(first, last)
    })
    return Uint32Array.from(pairs)
  }
}
