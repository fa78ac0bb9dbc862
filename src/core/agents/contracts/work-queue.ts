import { invariant } from '../../base/result.ts'
import { MS, SEC, type SimTime } from '../../base/time.ts'
import { type EventKind, type Sim, eventKind } from '../../sim/sim.ts'
import type { Table } from '../../world/table.ts'
import type { World } from '../../world/world.ts'

/** First delay after a failure; doubles with each further one (client-go ItemExponentialFailureRateLimiter). */
export const BASE_DELAY: SimTime = 5 * MS
export const MAX_DELAY: SimTime = 1000 * SEC
/** Retries that wait this long or longer are timers: a thing that can never succeed must not keep the lab from settling. */
export const PATIENCE: SimTime = SEC

/** What a reconcile loop answers: done; failed, try again later; or look again after some time without that being a failure. */
export type Outcome = 'done' | 'retry' | { readonly after: SimTime; readonly background?: boolean }

/** A row of the `work` table: one item of one queue. */
export interface WorkRow {
  readonly queue: string
  readonly item: string
  /** The pending event; 0 while the item is being worked on or only its failures are remembered. */
  readonly event: number
  readonly due: SimTime
  readonly background: boolean
  /** Failures in a row. */
  readonly failures: number
}

/** The delay before attempt `failures + 1`. */
export const backoff = (failures: number): SimTime => Math.min(BASE_DELAY * 2 ** Math.max(0, failures - 1), MAX_DELAY)

/**
 * The work queues of all agents, as rows: an item is at most once in a queue, and being added again only brings it forward.
 * The cause of a reconcile run is that of the first `add` it answers.
 */
export class WorkQueues {
  readonly #world: World
  readonly #sim: Sim
  readonly #rows: Table<WorkRow, string>
  readonly #kinds = new Map<string, EventKind<string>>()

  constructor(world: World, sim: Sim) {
    this.#world = world
    this.#sim = sim
    this.#rows = world.define<WorkRow, string>('work')
  }

  /** Declares a queue and its reconcile function; the event kind is `reconcile <queue>`. */
  register(queue: string, reconcile: (item: string) => Outcome): void {
    invariant(!this.#kinds.has(queue), `work queue ${queue} is registered twice`)
    const kind = eventKind<string>(`reconcile ${queue}`)
    this.#kinds.set(queue, kind)
    this.#sim.on(kind, (item) => this.#work(queue, item, reconcile))
  }

  add(queue: string, item: string, delay: SimTime = 0, background = false): void {
    const key = `${queue}|${item}`
    const row = this.#rows.get(key)
    const due = this.#sim.now + delay
    const pending = row !== undefined && row.event !== 0
    if (pending && row.due <= due && (!row.background || background)) return
    if (pending) this.#sim.cancel(row.event)
    const kind = this.#kinds.get(queue)
    invariant(kind, `no work queue ${queue}`)
    // A timer that was pending stays no later than it was.
    const at = pending ? Math.min(row.due, due) : due
    const event = this.#sim.after(at - this.#sim.now, kind, item, background)
    this.#world.put(this.#rows, key, { queue, item, event, due: at, background, failures: row?.failures ?? 0 })
  }

  /** Takes the item out, its failures forgotten. */
  forget(queue: string, item: string): void {
    const key = `${queue}|${item}`
    const row = this.#rows.get(key)
    if (!row) return
    if (row.event !== 0) this.#sim.cancel(row.event)
    this.#world.delete(this.#rows, key)
  }

  #work(queue: string, item: string, reconcile: (item: string) => Outcome): void {
    const key = `${queue}|${item}`
    const failures = this.#rows.get(key)?.failures ?? 0
    if (failures === 0) this.#world.delete(this.#rows, key)
    else this.#world.patch(this.#rows, key, { event: 0 })
    const outcome = reconcile(item)
    if (outcome === 'retry') return this.#retry(queue, item, failures + 1)
    if (failures > 0) this.#succeeded(key)
    if (outcome !== 'done') this.add(queue, item, outcome.after, outcome.background ?? false)
  }

  #retry(queue: string, item: string, failures: number): void {
    const delay = backoff(failures)
    this.add(queue, item, delay, delay >= PATIENCE)
    this.#world.patch(this.#rows, `${queue}|${item}`, { failures })
  }

  #succeeded(key: string): void {
    const row = this.#rows.get(key)
    if (!row) return
    if (row.event === 0) this.#world.delete(this.#rows, key)
    else this.#world.patch(this.#rows, key, { failures: 0 })
  }
}
