import { equal } from '../base/equal.ts'
import { hashText, canonical } from '../base/hash.ts'
import type { Key } from '../base/order.ts'
import type { ObjectRef } from '../base/ref.ts'
import { invariant } from '../base/result.ts'
import { type RngState, nextRandom, seedRng } from '../base/rng.ts'
import { Journal } from './journal.ts'
import { type CauseId, type Entry, type Index, IndexStore, type Table, TableStore } from './table.ts'

/** One link of a cause chain: who did what to which object, because of which earlier link (`parent`, 0 = the lab). */
export interface Cause {
  readonly parent: CauseId
  /** The program or person that acted, e.g. `kube-proxy@node1`, `flanneld@node2`, `you`. */
  readonly actor: string
  /** What it did, as a short verb: `sync`, `create`, `update`, `delete`, `CNI ADD`, `run`. */
  readonly verb: string
  /** The object or thing acted on, where there is one. */
  readonly ref: ObjectRef
}

const NO_SUBJECT: readonly ObjectRef[] = []

/**
 * All state of a lab as tables of frozen rows, behind one write gate. Every change is journaled with its cause and can be undone,
 * so the world can be put to any moment of its history. See README.md for the five rules.
 */
export class World {
  readonly journal = new Journal()
  /** Who writes now: stamped on every row written until it is changed. */
  cause: CauseId = 0
  /** False in bulk runs: nothing can be rewound, and nothing is kept to rewind with. */
  keepHistory = true

  readonly #tables: TableStore<object, Key>[] = []
  readonly #byName = new Map<string, TableStore<object, Key>>()
  readonly #counters: Table<{ value: number }, string>
  readonly #random: Table<{ state: RngState }, string>
  readonly causes: Table<Cause, number>
  readonly #causeByText: Index<Cause, number>
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
    this.#counters = this.define<{ value: number }, string>('counter')
    this.#random = this.define<{ state: RngState }, string>('random')
    this.causes = this.define<Cause, number>('cause')
    this.#causeByText = this.index(this.causes, causeText)
  }

  /** Declares a table. Tables are declared once, at the start, always in the same order. */
  define<R extends object, K extends Key>(name: string): Table<R, K> {
    invariant(!this.#byName.has(name), `table ${name} is declared twice`)
    const table = new TableStore<R, K>(name, this.#tables.length)
    this.#tables.push(table as unknown as TableStore<object, Key>)
    this.#byName.set(name, table as unknown as TableStore<object, Key>)
    return table
  }

  /** Declares an index; a row may have no value (`undefined`), one, or several. */
  index<R extends object, K extends Key>(
    table: Table<R, K>,
    value: (row: R, key: K) => Key | readonly Key[] | undefined,
  ): Index<R, K> {
    invariant(table.size === 0, `index on ${table.name} declared too late`)
    const index = new IndexStore<R, K>(value)
    ;(table as TableStore<R, K>).indexes.push(index)
    return index
  }

  /** Writes a row. Equal to what is there: nothing happens, and nobody is stamped as its writer. A new row without a subject has none; a rewritten one keeps its own. */
  put<R extends object, K extends Key>(table: Table<R, K>, key: K, row: R, subject?: readonly ObjectRef[]): void {
    const before = table.entry(key)
    if (before) {
      const sameSubject = subject === undefined || equal(subject, before.subject)
      if (sameSubject && (before.row === row || equal(before.row, row))) return
    }
    const after: Entry<R> = { row, cause: this.cause, subject: subject ?? before?.subject ?? NO_SUBJECT }
    this.#write(table as TableStore<R, K>, key, before, after)
  }

  /** Changes some fields of a row that exists. */
  patch<R extends object, K extends Key>(table: Table<R, K>, key: K, fields: Partial<R>): void {
    const row = table.get(key)
    invariant(row, `no row ${String(key)} in ${table.name}`)
    this.put(table, key, { ...row, ...fields })
  }

  /** Removes a row; removing what is not there is no write. */
  delete<R extends object, K extends Key>(table: Table<R, K>, key: K): void {
    const before = table.entry(key)
    if (before) this.#write(table as TableStore<R, K>, key, before, undefined)
  }

  #write<R extends object, K extends Key>(
    table: TableStore<R, K>,
    key: K,
    before: Entry<R> | undefined,
    after: Entry<R> | undefined,
  ): void {
    invariant(this.journal.atEnd, 'the past is read-only: fork first')
    table.change(key, before, after)
    if (this.keepHistory) this.journal.append(table.id, key, before, after)
  }

  /** The next value of a named counter: 1, 2, 3 … Counters are rows. */
  next(counter: string): number {
    const before = this.#counters.entry(counter)
    const value = (before?.row.value ?? 0) + 1
    const after = { row: { value }, cause: this.cause, subject: NO_SUBJECT }
    this.#write(this.#counters as TableStore<{ value: number }, string>, counter, before, after)
    return value
  }

  /** One draw of the named random stream: an unsigned 32-bit integer. Streams are independent of one another. */
  random(stream: string): number {
    const state = this.#random.get(stream)?.state ?? seedRng(this.#seed, stream)
    const draw = nextRandom(state)
    this.put(this.#random, stream, { state: draw.state })
    return draw.value
  }

  /** An integer of [0, bound), out of the named stream. */
  randomBelow(stream: string, bound: number): number {
    return Math.floor((this.random(stream) / 4294967296) * bound)
  }

  /** Interns a link of a cause chain and returns its id. */
  causeId(cause: Cause): CauseId {
    const known = this.#causeByText.at(causeText(cause)).firstKey()
    if (known !== undefined) return known
    const id = this.next('cause')
    this.put(this.causes, id, cause)
    return id
  }

  /** Runs `act` with `cause` as the writer, then gives the pen back. */
  because<T>(cause: CauseId, act: () => T): T {
    const outer = this.cause
    this.cause = cause
    try {
      return act()
    } finally {
      this.cause = outer
    }
  }

  table(name: string): Table<object, Key> | undefined {
    return this.#byName.get(name)
  }

  tables(): readonly Table<object, Key>[] {
    return this.#tables
  }

  /** Puts every table to the state it had when the journal was `position` entries long. Costs one map write per entry passed. */
  seek(position: number): void {
    this.journal.seek(position, (table, key, from, to) => this.#tables[table]!.change(key, from, to))
  }

  /** Forgets everything after the present position: the future will be another one. */
  fork(): void {
    this.journal.truncate()
  }

  /** Hash of all rows, provenance included: equal worlds, equal hashes, in any engine. */
  hash(): number {
    let hash = 0
    for (const table of this.#tables) {
      for (const key of table.keys()) {
        hash = hashText(`${table.name}\n${key}\n${canonical(table.entry(key))}`, hash | 0)
      }
    }
    return hash
  }
}

const causeText = (cause: Cause): string => `${cause.parent}|${cause.actor}|${cause.verb}|${cause.ref}`
