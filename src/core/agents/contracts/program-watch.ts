import type { SimTime } from '../../base/time.ts'
import type { ApiServer } from '../../api/store/store.ts'
import type { Actor, WatchNotice, WatchOptions } from '../../api/store/types.ts'
import { type ProcessLayer, wake } from '../../kernel/process/layer.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'

const WAKE: EventKind<{ readonly pid: number; readonly tag: string }> = eventKind('program.wake')

/** The watches of one program: as many as it has processes. */
export interface ProgramWatch {
  /** Lists and watches for a process. May be called several times, with other kinds. */
  begin(actor: Actor, pid: number, kinds: string | readonly string[], options?: WatchOptions): void
  end(actor: Actor, pid: number): void
}

/**
 * How programs in containers watch the API: a notice that means something to the program wakes the process with a timer event, whose tag
 * says what; the program then looks at the objects itself. The cause of what it does is the write that it was told of. A process that
 * has ended is unsubscribed when it would next be told.
 */
export class ProgramWatches {
  readonly #api: ApiServer
  /** Wakes a process; false when it has ended. */
  #deliver: (pid: number, tag: string) => boolean = () => false

  constructor(api: ApiServer) {
    this.#api = api
    api.sim.on(WAKE, ({ pid, tag }) => void this.#deliver(pid, tag))
  }

  /** Programs are known before there are processes: to be called once there are. */
  connect(processes: ProcessLayer): void {
    this.#deliver = (pid, tag) => {
      if (processes.t.process.get(pid)?.exit !== null) return false
      wake(processes, pid, { type: 'timer', tag })
      return true
    }
  }

  /** Declares a program, once per lab. `tagOf`: the tag of the timer event that tells of a change, `null` if it is of no interest. */
  program(name: string, tagOf: (notice: WatchNotice) => string | null): ProgramWatch {
    const api = this.#api
    const event: EventKind<WatchNotice> = eventKind(`watch ${name}`)
    api.sim.on(event, (notice) => {
      const tag = tagOf(notice)
      if (tag !== null && !this.#deliver(pidOf(notice.actor), tag)) api.unwatch(notice.actor)
    })
    return {
      begin: (actor, pid, kinds, options = {}) => api.watch(kinds, { actor: subscriber(actor, pid), event }, options),
      end: (actor, pid) => api.unwatch(subscriber(actor, pid)),
    }
  }

  /** A timer that the lab waits for before it is settled, unlike those of `Ctx.setTimer` in a container. */
  wakeAfter(pid: number, delay: SimTime, tag: string): void {
    this.#api.sim.after(delay, WAKE, { pid, tag })
  }
}

/** The subscriber's name says which process to wake: `kube-proxy@node1[12]`, as syslog writes programs. */
const subscriber = (actor: Actor, pid: number): Actor => `${actor}[${pid}]`
const pidOf = (name: Actor): number => Number(/\[(\d+)\]$/.exec(name)?.[1] ?? 0)
