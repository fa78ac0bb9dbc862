import { type EventKind, eventKind } from '../../sim/sim.ts'
import type { ApiServer } from '../../api/store/store.ts'
import type { Actor, WatchNotice, WatchOptions } from '../../api/store/types.ts'
import type { WorkQueues } from './work-queue.ts'

export type NoticeHandler = (notice: WatchNotice) => void

/**
 * The shared informers of one program (client-go's SharedInformerFactory): one watch per kind, however many of its
 * controllers listen. Listeners are code, declared before `start`; what they keep, they keep in rows, usually by adding
 * a key to a work queue. The objects themselves are read from the API server: a cache that is never behind.
 */
export class Informers {
  readonly #api: ApiServer
  readonly #actor: Actor
  readonly #event: EventKind<WatchNotice>
  readonly #handlers = new Map<string, NoticeHandler[]>()

  constructor(api: ApiServer, actor: Actor) {
    this.#api = api
    this.#actor = actor
    this.#event = eventKind<WatchNotice>(`watch ${actor}`)
    api.sim.on(this.#event, (notice) => this.#dispatch(notice))
  }

  /** Calls `handler` for every change of the kind, in the order in which handlers were declared. */
  on(kinds: string | readonly string[], handler: NoticeHandler): void {
    for (const kind of typeof kinds === 'string' ? [kinds] : kinds) {
      const list = this.#handlers.get(kind)
      if (list) list.push(handler)
      else this.#handlers.set(kind, [handler])
    }
  }

  /** Lists and watches every kind that has a listener. */
  start(options: WatchOptions = {}): void {
    const kinds = [...this.#handlers.keys()].sort()
    this.#api.watch(kinds, { actor: this.#actor, event: this.#event }, options)
  }

  #dispatch(notice: WatchNotice): void {
    for (const handler of this.#handlers.get(notice.object.kind) ?? []) handler(notice)
  }
}

/** What a controller is given. */
export interface ControllerContext {
  readonly api: ApiServer
  readonly informers: Informers
  readonly queues: WorkQueues
}
