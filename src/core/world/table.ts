import { type Key, compareKeys } from '../base/order.ts'
import type { ObjectRef } from '../base/ref.ts'

/** Identifies a row of the `cause` table; 0 is "the lab itself". */
export type CauseId = number

/** A row with its provenance: how it was written (`cause`) and what it is for (`subject`). */
export interface Entry<R> {
  readonly row: R
  readonly cause: CauseId
  readonly subject: readonly ObjectRef[]
}

/** What readers see of a table: rows by key, always in key order. Only `World` writes. */
export interface Table<R extends object, K extends Key = Key> {
  readonly name: string
  readonly id: number
  readonly size: number
  /** Changes with every write to the table, rewinding included: derived structures compare it to know they are stale. */
  readonly version: number
  get(key: K): R | undefined
  entry(key: K): Entry<R> | undefined
  has(key: K): boolean
  /** All keys in key order. The array is shared: do not change it. */
  keys(): readonly K[]
  /** All rows in key order. The array is shared: do not change it. */
  rows(): readonly R[]
}

/** The rows of a table that share one value of an index, in key order. */
export interface Bucket<R extends object, K extends Key = Key> {
  readonly size: number
  readonly version: number
  keys(): readonly K[]
  rows(): readonly R[]
  /** The only row, or the first in key order; `undefined` when the bucket is empty. */
  first(): R | undefined
  firstKey(): K | undefined
}

/** Groups the rows of a table by a value computed from each row. Rebuilt by the write gate, rewinding included. */
export interface Index<R extends object, K extends Key = Key> {
  /** Never `undefined`: an empty bucket stands for a value that no row has, and fills when one gets it. */
  at(value: Key): Bucket<R, K>
}

export class BucketStore<R extends object, K extends Key> implements Bucket<R, K> {
  version = 0
  readonly #members = new Map<K, R>()
  #keys: readonly K[] | null = null
  #rows: readonly R[] | null = null

  get size(): number {
    return this.#members.size
  }

  set(key: K, row: R): void {
    if (!this.#members.has(key)) this.#keys = null
    this.#members.set(key, row)
    this.#rows = null
    this.version++
  }

  delete(key: K): void {
    this.#members.delete(key)
    this.#keys = null
    this.#rows = null
    this.version++
  }

  keys(): readonly K[] {
    return (this.#keys ??= [...this.#members.keys()].sort(compareKeys))
  }

  rows(): readonly R[] {
    return (this.#rows ??= this.keys().map((key) => this.#members.get(key)!))
  }

  first(): R | undefined {
    if (this.#members.size === 1) for (const row of this.#members.values()) return row
    return this.rows()[0]
  }

  firstKey(): K | undefined {
    if (this.#members.size === 1) for (const key of this.#members.keys()) return key
    return this.keys()[0]
  }
}

type IndexValue<R, K> = (row: R, key: K) => Key | readonly Key[] | undefined

export class IndexStore<R extends object, K extends Key> implements Index<R, K> {
  readonly #buckets = new Map<Key, BucketStore<R, K>>()
  readonly #value: IndexValue<R, K>

  constructor(value: IndexValue<R, K>) {
    this.#value = value
  }

  at(value: Key): BucketStore<R, K> {
    let bucket = this.#buckets.get(value)
    if (!bucket) this.#buckets.set(value, (bucket = new BucketStore()))
    return bucket
  }

  change(key: K, before: R | undefined, after: R | undefined): void {
    const from = before === undefined ? undefined : this.#value(before, key)
    const to = after === undefined ? undefined : this.#value(after, key)
    if (from !== undefined && from !== to) {
      if (typeof from === 'object') for (const value of from) this.at(value).delete(key)
      else this.at(from).delete(key)
    }
    if (to === undefined) return
    if (typeof to === 'object') for (const value of to) this.at(value).set(key, after!)
    else this.at(to).set(key, after!)
  }
}

/** Ids of devices and namespaces are small integers, and the packet path asks for them all the time: an array finds those faster. */
const SMALL = 4096
const isSmall = (key: Key): key is number => typeof key === 'number' && key < SMALL && key >>> 0 === key

export class TableStore<R extends object, K extends Key> implements Table<R, K> {
  readonly name: string
  readonly id: number
  version = 0
  readonly indexes: IndexStore<R, K>[] = []
  readonly #entries = new Map<K, Entry<R>>()
  /** The entries with small keys once more. */
  readonly #small: (Entry<R> | undefined)[] = []
  #keys: readonly K[] | null = null
  #rows: readonly R[] | null = null

  constructor(name: string, id: number) {
    this.name = name
    this.id = id
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): R | undefined {
    return this.entry(key)?.row
  }

  entry(key: K): Entry<R> | undefined {
    return isSmall(key) ? this.#small[key] : this.#entries.get(key)
  }

  has(key: K): boolean {
    return this.entry(key) !== undefined
  }

  keys(): readonly K[] {
    return (this.#keys ??= [...this.#entries.keys()].sort(compareKeys))
  }

  rows(): readonly R[] {
    return (this.#rows ??= this.keys().map((key) => this.#entries.get(key)!.row))
  }

  /** The mutation itself; called by the world's write gate and by its rewinding, by nobody else. */
  change(key: K, before: Entry<R> | undefined, after: Entry<R> | undefined): void {
    if (after) this.#entries.set(key, after)
    else this.#entries.delete(key)
    if (isSmall(key)) this.#setSmall(key, after)
    if (!before || !after) this.#keys = null
    this.#rows = null
    this.version++
    for (const index of this.indexes) index.change(key, before?.row, after?.row)
  }

  #setSmall(key: number, entry: Entry<R> | undefined): void {
    // Filled up, never written past its end: an array with holes is a slow one.
    while (this.#small.length <= key) this.#small.push(undefined)
    this.#small[key] = entry
  }
}
