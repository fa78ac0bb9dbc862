import type { SimTime } from '../base/time.ts'
import { invariant } from '../base/result.ts'
import type { CauseId, Table } from '../world/table.ts'
import type { World } from '../world/world.ts'
import { EventHeap } from './heap.ts'

/** A pending event: data, never a closure, so that it can be shown, rewound and replayed. */
export interface PendingEvent {
  readonly at: SimTime
  readonly seq: number
  readonly kind: string
  readonly args: unknown
  readonly cause: CauseId
  /** A timer that goes on for ever (lease renewal, resync): it does not keep the lab from being settled. */
  readonly background: boolean
}

/** Names an event kind and the type of its arguments; `Args` exists for the compiler only. */
export interface EventKind<Args> {
  readonly kind: string
  readonly args?: Args
}

export const eventKind = <Args>(kind: string): EventKind<Args> => ({ kind })

export type Handler<Args> = (args: Args) => void

/** A history that grows with the run and shrinks when the timeline forks (the packet trace). */
export interface History {
  readonly length: number
  truncate(length: number): void
}

/** One event that has run: where the journal and the histories stood when it ended. */
export interface EventMark {
  readonly at: SimTime
  readonly kind: string
  readonly cause: CauseId
  /** Journal length after the event. */
  readonly journal: number
  /** Length of the packet trace after the event. */
  readonly trace: number
}

/**
 * Virtual time and the event table. Events run in (time, seq) order, one transaction each.
 * Pending events are rows, so rewinding the world rewinds them too; the clock follows from the events that have run.
 */
export class Sim {
  readonly world: World
  readonly marks: EventMark[] = []
  readonly #events: Table<PendingEvent, number>
  readonly #handlers = new Map<string, Handler<never>>()
  readonly #heap = new EventHeap()
  readonly #trace: History
  #heapStale = false
  #now: SimTime = 0
  #bulkSeq = 0
  /** How many pending events keep the lab from being settled: derived from the event table. */
  #foreground = 0

  constructor(world: World, trace: History) {
    this.world = world
    this.#trace = trace
    this.#events = world.define<PendingEvent, number>('event')
  }

  get now(): SimTime {
    return this.#now
  }

  get events(): Table<PendingEvent, number> {
    return this.#events
  }

  /** Registers the code for an event kind; once per kind. */
  on<Args>(kind: EventKind<Args>, handler: Handler<Args>): void {
    invariant(!this.#handlers.has(kind.kind), `event kind ${kind.kind} has two handlers`)
    this.#handlers.set(kind.kind, handler)
  }

  /** Puts an event on the agenda, `delay` ns from now (0 = after everything already due now). Returns its id, for `cancel`. */
  after<Args>(delay: SimTime, kind: EventKind<Args>, args: Args, background = false): number {
    if (!this.world.keepHistory) return this.#afterInBulk(delay, kind.kind, args, background)
    const seq = this.world.next('event')
    const event: PendingEvent = {
      at: this.#now + delay,
      seq,
      kind: kind.kind,
      args,
      cause: this.world.cause,
      background,
    }
    this.world.put(this.#events, seq, event)
    if (!this.#heapStale) this.#heap.push(event)
    if (!background) this.#foreground++
    return seq
  }

  /** Without history an event is in the heap alone: a row would serve nobody. */
  #afterInBulk(delay: SimTime, kind: string, args: unknown, background: boolean): number {
    const seq = ++this.#bulkSeq
    this.#heap.push({ at: this.#now + delay, seq, kind, args, cause: this.world.cause, background })
    if (!background) this.#foreground++
    return seq
  }

  cancel(id: number): void {
    if (!this.world.keepHistory) {
      if (this.#heap.remove(id)?.background === false) this.#foreground--
      return
    }
    const event = this.#events.get(id)
    if (!event) return
    this.world.delete(this.#events, id)
    if (!event.background) this.#foreground--
  }

  /** Nothing left but timers. */
  get settled(): boolean {
    return this.#foreground === 0
  }

  /** The next event, or `undefined` when nothing is pending at all. */
  peek(): PendingEvent | undefined {
    if (this.#heapStale) {
      this.#heap.rebuild(this.#events.rows())
      this.#heapStale = false
    }
    for (;;) {
      const event = this.#heap.peek()
      if (!event || this.#isPending(event)) return event
      this.#heap.pop()
    }
  }

  #isPending(event: PendingEvent): boolean {
    return !this.world.keepHistory || this.#events.get(event.seq) === event
  }

  /** Runs the next event. Returns false when there is none. */
  step(): boolean {
    const event = this.peek()
    if (!event) return false
    this.#run(event)
    return true
  }

  /** Runs the event that `peek` has just answered. */
  #run(event: PendingEvent): void {
    this.#heap.pop()
    const { world } = this
    const handler = this.#handlers.get(event.kind)
    // The text is made for the bug alone, not for each event.
    if (!handler) return invariant(false, `no handler for event kind ${event.kind}`)
    const begin = world.journal.position
    const beginTrace = this.#trace.length
    world.cause = event.cause
    if (world.keepHistory) world.delete(this.#events, event.seq)
    this.#now = event.at
    if (!event.background) this.#foreground--
    try {
      ;(handler as Handler<unknown>)(event.args)
    } catch (problem) {
      if (world.keepHistory) {
        this.#rollBack(begin, beginTrace)
        // The event goes all the same, or it would fail again for ever; whoever runs the lab tells of the bug.
        this.cancel(event.seq)
        this.#mark('failed', event.cause)
      }
      throw problem
    } finally {
      world.cause = 0
    }
    this.#mark(event.kind, event.cause)
  }

  #mark(kind: string, cause: CauseId): void {
    if (!this.world.keepHistory) return
    this.marks.push({ at: this.#now, kind, cause, journal: this.world.journal.position, trace: this.#trace.length })
  }

  /**
   * An input from outside (a person, the script), run now as a transaction of its own. The timeline must be at its live edge. If `act`
   * throws (a bug of ours), nothing of it stays.
   */
  transact<T>(kind: string, cause: CauseId, act: () => T): T {
    const begin = this.world.journal.position
    const beginTrace = this.#trace.length
    try {
      const result = this.world.because(cause, act)
      this.#mark(kind, cause)
      return result
    } catch (problem) {
      if (this.world.keepHistory) this.#rollBack(begin, beginTrace)
      throw problem
    }
  }

  #rollBack(journal: number, trace: number): void {
    this.world.seek(journal)
    this.world.fork()
    this.#trace.truncate(trace)
    this.#afterSeek()
  }

  /** Runs until only timers are left, or virtual time passes `limit`, or `maxEvents` events have run. */
  runUntilSettled(limit: SimTime, maxEvents = Number.POSITIVE_INFINITY): 'settled' | 'limit' | 'events' {
    for (let n = 0; n < maxEvents; n++) {
      if (this.settled) return 'settled'
      const next = this.peek()
      if (!next || next.at > limit) return 'limit'
      this.#run(next)
    }
    return 'events'
  }

  /** Runs every event due up to and including `time`, then sets the clock there. */
  runUntil(time: SimTime, maxEvents = Number.POSITIVE_INFINITY): 'reached' | 'events' {
    for (let n = 0; n < maxEvents; n++) {
      const next = this.peek()
      if (!next || next.at > time) {
        if (time > this.#now) this.#setNow(time)
        return 'reached'
      }
      this.#run(next)
    }
    return 'events'
  }

  #setNow(time: SimTime): void {
    this.#now = time
    this.#mark('clock', 0)
  }

  /** Shows the world as it was when the journal was `position` long. Reading only, until `fork` or a return to the end. */
  seek(position: number): void {
    this.world.seek(position)
    this.#afterSeek()
  }

  #afterSeek(): void {
    this.#heapStale = true
    this.#foreground = 0
    for (const event of this.#events.rows()) if (!event.background) this.#foreground++
    this.#now = this.#timeAt(this.world.journal.position)
  }

  /** The clock when the journal was `position` long: inside an event, that event's time. */
  #timeAt(position: number): SimTime {
    const index = this.markAt(position)
    const mark = this.marks[index]
    if (mark && mark.journal === position) return mark.at
    return (this.marks[index + 1] ?? mark)?.at ?? 0
  }

  /**
   * Makes the present position the live edge: the recorded future is dropped, the events that were pending then are pending again.
   * Only between events: the position must be 0 or one of `marks`.
   */
  fork(): void {
    const position = this.world.journal.position
    const index = this.markAt(position)
    const mark = this.marks[index]
    invariant(position === (mark?.journal ?? 0), 'a timeline forks between events, not inside one')
    this.marks.length = index + 1
    this.world.fork()
    this.#trace.truncate(mark?.trace ?? 0)
    this.#heapStale = true
  }

  /** Index of the last mark whose event had ended when the journal was `position` long; -1 before the first. */
  markAt(position: number): number {
    let low = 0
    let high = this.marks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.marks[middle]!.journal <= position) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
