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

  /** The event with this number; a linear search, for the rare cancellation. */
  find(seq: number): PendingEvent | undefined {
    return this.#items.find((event) => event.seq === seq)
  }

  push(event: PendingEvent): void {
    const items = this.#items
    let i = items.length
    items.push(event)
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(event, items[parent]!)) break
      items[i] = items[parent]!
      i = parent
    }
    items[i] = event
  }

  pop(): PendingEvent | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (!last || items.length === 0) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= items.length) break
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++
      if (!before(items[child]!, last)) break
      items[i] = items[child]!
      i = child
    }
    items[i] = last
    return top
  }
}
