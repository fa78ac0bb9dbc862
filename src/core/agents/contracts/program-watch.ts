import type { SimTime } from '../../base/time.ts'
import type { ApiServer } from '../../api/store/store.ts'
import type { Actor, WatchNotice, WatchOptions } from '../../api/store/types.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import { type ProcessLayer, wake } from '../../kernel/process/layer.ts'
import type { Table } from '../../world/table.ts'

/** The tag of the timer event by which a program hears that something it watches has changed. */
export const CHANGED = 'changed'

interface ProgramWatchRow {
  readonly pid: number
  /** A wake-up is on its way: what changes meanwhile is seen by it, too. */
  readonly pending: boolean
}

const NOTICE: EventKind<WatchNotice> = eventKind('watch program')
const WAKE: EventKind<{ readonly pid: number; readonly tag: string }> = eventKind('program.wake')

/**
 * How programs in containers watch the API: a notice wakes the process with a timer event tagged `changed`, and the program looks at the
 * objects itself (level-triggered, as a client-go work queue makes it). A program that has ended is unsubscribed when it is next told.
 */
export class ProgramWatches {
  /** Wakes a process; false when it has ended. See `connect`. */
  deliver: (pid: number, tag: string) => boolean = () => false
  readonly #api: ApiServer
  readonly #rows: Table<ProgramWatchRow, string>

  constructor(api: ApiServer) {
    this.#api = api
    this.#rows = api.world.define<ProgramWatchRow, string>('programWatch')
    api.sim.on(NOTICE, ({ actor }) => this.#notice(actor))
    api.sim.on(WAKE, ({ pid, tag }) => void this.deliver(pid, tag))
  }

  /** Programs are known before there are processes: to be called once there are. */
  connect(processes: ProcessLayer): void {
    this.deliver = (pid, tag) => {
      if (processes.t.process.get(pid)?.exit !== null) return false
      wake(processes, pid, { type: 'timer', tag })
      return true
    }
  }

  watch(actor: Actor, pid: number, kinds: readonly string[], options: WatchOptions = {}): void {
    this.#api.unwatch(actor)
    this.#api.world.put(this.#rows, actor, { pid, pending: false })
    this.#api.watch(kinds, { actor, event: NOTICE }, options)
  }

  /** To be called when the program looks: later changes wake it again. */
  seen(actor: Actor): void {
    if (this.#rows.get(actor)?.pending) this.#api.world.patch(this.#rows, actor, { pending: false })
  }

  /** A timer that the lab waits for before it is settled, unlike those of `Ctx.setTimer` in a container. */
  wakeAfter(pid: number, delay: SimTime, tag: string): void {
    this.#api.sim.after(delay, WAKE, { pid, tag })
  }

  #notice(actor: Actor): void {
    const row = this.#rows.get(actor)
    if (row?.pending) return
    if (row && this.deliver(row.pid, CHANGED)) return this.#api.world.put(this.#rows, actor, { ...row, pending: true })
    this.#api.world.delete(this.#rows, actor)
    this.#api.unwatch(actor)
  }
}
