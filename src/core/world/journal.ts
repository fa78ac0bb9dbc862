import type { Key } from '../base/order.ts'
import { invariant } from '../base/result.ts'
import { type Block, NetChanges } from './net-changes.ts'
import type { Entry } from './table.ts'

type AnyEntry = Entry<object> | undefined
/**
 * Told what to write while the journal moves: the entry that is there now (`from`) and the one that shall be (`to`). On the way over a
 * long stretch each row is told of once, and rows in no particular order.
 */
export type Replay = (table: number, key: Key, from: AnyEntry, to: AnyEntry) => void

/** Every row change in order, each with what was there before and after, so that it runs backwards as well as forwards. */
export class Journal {
  readonly #tables: number[] = []
  readonly #keys: Key[] = []
  readonly #before: AnyEntry[] = []
  readonly #after: AnyEntry[] = []
  #position = 0
  readonly #net = new NetChanges({
    tables: this.#tables,
    keys: this.#keys,
    before: this.#before,
    after: this.#after,
  })

  /** All changes ever made on this timeline. */
  get length(): number {
    return this.#tables.length
  }

  /** How many of them the tables show. */
  get position(): number {
    return this.#position
  }

  get atEnd(): boolean {
    return this.#position === this.#tables.length
  }

  append(table: number, key: Key, before: AnyEntry, after: AnyEntry): void {
    this.#tables.push(table)
    this.#keys.push(key)
    this.#before.push(before)
    this.#after.push(after)
    this.#position++
  }

  seek(position: number, replay: Replay): void {
    invariant(position >= 0 && position <= this.length, `journal position ${position} of ${this.length}`)
    while (this.#position > position) {
      const block = this.#net.endingAt(position, this.#position)
      if (block) this.#undo(block, replay)
      else {
        const i = --this.#position
        replay(this.#tables[i]!, this.#keys[i]!, this.#after[i], this.#before[i])
      }
    }
    while (this.#position < position) {
      const block = this.#net.startingAt(this.#position, position)
      if (block) this.#redo(block, replay)
      else {
        const i = this.#position++
        replay(this.#tables[i]!, this.#keys[i]!, this.#before[i], this.#after[i])
      }
    }
  }

  #undo({ size, net }: Block, replay: Replay): void {
    for (let i = 0; i < net.length; i += 2) {
      const [first, last] = [net[i]!, net[i + 1]!]
      replay(this.#tables[first]!, this.#keys[first]!, this.#after[last], this.#before[first])
    }
    this.#position -= size
  }

  #redo({ size, net }: Block, replay: Replay): void {
    for (let i = 0; i < net.length; i += 2) {
      const [first, last] = [net[i]!, net[i + 1]!]
      replay(this.#tables[first]!, this.#keys[first]!, this.#before[first], this.#after[last])
    }
    this.#position += size
  }

  /** Drops everything after the present position. */
  truncate(): void {
    this.#tables.length = this.#position
    this.#keys.length = this.#position
    this.#before.length = this.#position
    this.#after.length = this.#position
    this.#net.truncate(this.#position)
  }

  /** The changes of [from, to), in order, for diffs ("rows changed by this step"). */
  *changes(from: number, to: number): Generator<JournalChange> {
    for (let i = from; i < Math.min(to, this.length); i++) {
      yield {
        position: i,
        table: this.#tables[i]!,
        key: this.#keys[i]!,
        before: this.#before[i],
        after: this.#after[i],
      }
    }
  }
}

export interface JournalChange {
  readonly position: number
  readonly table: number
  readonly key: Key
  readonly before: Entry<object> | undefined
  readonly after: Entry<object> | undefined
}
