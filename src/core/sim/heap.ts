import type { PendingEvent } from './sim.ts'

const before = (a: PendingEvent, b: PendingEvent): boolean => a.at < b.at || (a.at === b.at && a.seq < b.seq)

/** A binary heap over the pending events: derived from the event table, and rebuilt from it after a rewind. */
export class EventHeap {
  #items: PendingEvent[] = []

  peek(): PendingEvent | undefined {
    return this.#items[0]
  }

  rebuild(events: readonly PendingEvent[]): void {
    this.#items = [...events].sort((a, b) => a.at - b.at || a.seq - b.seq)
  }

  push(event: PendingEvent): void {
    this.#items.push(event)
    this.#up(this.#items.length - 1, event)
  }

  pop(): PendingEvent | undefined {
    const top = this.#items[0]
    if (top) this.#removeAt(0)
    return top
  }

  /** Takes the event with this number out and returns it; a linear search, for the rare cancellation. */
  remove(seq: number): PendingEvent | undefined {
    const i = this.#items.findIndex((event) => event.seq === seq)
    const event = this.#items[i]
    if (event) this.#removeAt(i)
    return event
  }

  #removeAt(i: number): void {
    const last = this.#items.pop()!
    if (i < this.#items.length) this.#up(this.#down(i, last), last)
  }

  /** Puts `event` at index `i` or nearer to the root, where it belongs. */
  #up(i: number, event: PendingEvent): void {
    const items = this.#items
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(event, items[parent]!)) break
      items[i] = items[parent]!
      i = parent
    }
    items[i] = event
  }

  /** Makes room for `event` at index `i` or further from the root, and tells where. */
  #down(i: number, event: PendingEvent): number {
    const items = this.#items
    for (;;) {
      let child = 2 * i + 1
      if (child >= items.length) return i
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++
      if (!before(items[child]!, event)) return i
      items[i] = items[child]!
      i = child
    }
  }
}
