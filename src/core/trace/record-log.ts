import { type TraceColumns, copy, makeColumns, resize } from './columns.ts'

/** Records to a chunk: half a megabyte, so that what is being written stays in the processor's cache. */
const CHUNK = 1 << 14

/**
 * The columns while they grow: records are written into chunks, which are laid end to end when somebody asks for whole columns. So
 * a run that nobody watches copies nothing, and one that is watched copies each record once.
 */
export class RecordLog {
  length = 0
  /** Where the next record is written, at the index that `next` answers. */
  chunk: TraceColumns = makeColumns(CHUNK)
  /** The record that `chunk` begins with. */
  #start = 0
  /** The full chunks before it that have not been laid out. */
  readonly #full: TraceColumns[] = []
  #columns: TraceColumns = makeColumns(0)
  /** How many records `#columns` holds. */
  #laidOut = 0

  /** Makes room for one more record and tells where in `chunk`. */
  next(): number {
    if (this.length - this.#start === CHUNK) this.#nextChunk()
    return this.length++ - this.#start
  }

  /** All records, at the front of columns that may have room for more. */
  columns(): TraceColumns {
    if (this.#laidOut < this.length) this.#layOut()
    return this.#columns
  }

  truncate(length: number): void {
    this.#layOut()
    this.length = length
    this.#laidOut = length
    this.#start = length
  }

  #nextChunk(): void {
    // One that has been laid out whole is written again.
    if (this.#laidOut < this.length) {
      this.#full.push(this.chunk)
      this.chunk = makeColumns(CHUNK)
    }
    this.#start = this.length
  }

  #layOut(): void {
    const room = this.#columns.t.length
    if (this.length > room) this.#columns = resize(this.#columns, Math.max(this.length, room * 2))
    let start = this.#start - this.#full.length * CHUNK
    for (const chunk of [...this.#full, this.chunk]) {
      const from = Math.max(start, this.#laidOut)
      const to = Math.min(start + CHUNK, this.length)
      copy(chunk, from - start, to - start, this.#columns, from)
      start += CHUNK
    }
    this.#full.length = 0
    this.#laidOut = this.length
  }
}
