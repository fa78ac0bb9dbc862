import { refOf } from '../kinds/ref-of.ts'
import type { ObjectRef } from '../../base/ref.ts'
import { MS, type SimTime } from '../../base/time.ts'
import { type Sim, eventKind } from '../../sim/sim.ts'
import type { Trace } from '../../trace/trace.ts'
import type { World } from '../../world/world.ts'
import type { ApiObject } from '../kinds/types.ts'
import { matchesFields } from './field-selector.ts'
import { type ApiTables, defineTables } from './tables.ts'
import type { Actor, ApiServerConfig, ApiTraceDetail, WatchNotice, WatchRow, WatchType } from './types.ts'

/** From a write until a watcher hears of it. A figure of the model. */
export const WATCH_LATENCY: SimTime = MS

/** How a change is told: the verb of its cause and of its trace record. */
export interface Change {
  readonly by: Actor
  readonly verb: ApiTraceDetail['verb']
  readonly subresource?: 'status'
}

/**
 * The rows behind the API server: the one gate through which objects change. Every change gets a resourceVersion, a cause
 * link, a trace record and one notice per watcher.
 */
export class ObjectStore {
  readonly world: World
  readonly sim: Sim
  readonly tables: ApiTables
  readonly config: ApiServerConfig
  readonly #trace: Trace

  constructor(world: World, sim: Sim, trace: Trace, config: ApiServerConfig) {
    this.world = world
    this.sim = sim
    this.config = config
    this.#trace = trace
    this.tables = defineTables(world)
  }

  read<T extends ApiObject = ApiObject>(ref: ObjectRef): T | undefined {
    return this.tables.objects.get(ref) as T | undefined
  }

  /** Stores `object` with the next resourceVersion and tells the watchers. */
  write<T extends ApiObject>(object: T, change: Change): T {
    const ref = refOf(object)
    const previous = this.read(ref)
    const stored = this.#versioned(object)
    this.#asCause(ref, change, () => {
      this.world.put<ApiObject, ObjectRef>(this.tables.objects, ref, stored, [ref])
      this.#publish(previous ? 'MODIFIED' : 'ADDED', stored, previous)
    })
    this.#record(ref, change, stored)
    return stored
  }

  /** Removes the object; watchers get its last state with the resourceVersion of the deletion. */
  remove<T extends ApiObject>(object: T, by: Actor): T {
    const ref = refOf(object)
    const change: Change = { by, verb: 'delete' }
    const last = this.#versioned(object)
    this.#asCause(ref, change, () => {
      this.world.delete(this.tables.objects, ref)
      this.#publish('DELETED', last, object)
    })
    this.#record(ref, change, last)
    return last
  }

  #versioned<T extends ApiObject>(object: T): T {
    const resourceVersion = String(this.world.next('resourceVersion'))
    return { ...object, metadata: { ...object.metadata, resourceVersion } }
  }

  #asCause(ref: ObjectRef, change: Change, act: () => void): void {
    const verb = change.subresource ? `${change.verb} ${change.subresource}` : change.verb
    const cause = this.world.causeId({ parent: this.world.cause, actor: change.by, verb, ref })
    this.world.because(cause, act)
  }

  #record(ref: ObjectRef, change: Change, stored: ApiObject): void {
    const detail: ApiTraceDetail = {
      d: 'api',
      verb: change.verb,
      ref,
      actor: change.by,
      resourceVersion: stored.metadata.resourceVersion ?? '',
      ...(change.subresource && { subresource: change.subresource }),
    }
    this.#trace.add(this.sim.now, 0, 0, 0, 0, 'api', change.verb, detail)
  }

  #publish(type: WatchType, object: ApiObject, previous: ApiObject | undefined): void {
    for (const watch of this.tables.watchesByKind.at(object.kind).rows()) {
      const seen = noticeType(watch, type, object, previous)
      if (seen) this.notify(watch, seen, object, seen === 'MODIFIED' ? previous : undefined)
    }
  }

  /** Puts one notice on the agenda of a watcher. */
  notify(watch: WatchRow, type: WatchType, object: ApiObject, previous?: ApiObject): void {
    const notice: WatchNotice = { actor: watch.actor, type, ref: refOf(object), object, ...(previous && { previous }) }
    const latency = this.config.watchLatency ?? WATCH_LATENCY
    this.sim.after(latency, eventKind<WatchNotice>(watch.event), notice, watch.background)
  }
}

/** What a watch with a selector makes of a change: an object that starts or stops matching is added or deleted. */
function noticeType(
  watch: WatchRow,
  type: WatchType,
  object: ApiObject,
  previous: ApiObject | undefined,
): WatchType | null {
  if (watch.namespace !== undefined && watch.namespace !== object.metadata.namespace) return null
  if (!watch.fieldSelector) return type
  const is = type !== 'DELETED' && matchesFields(watch.fieldSelector, object)
  const was = previous !== undefined && matchesFields(watch.fieldSelector, previous)
  if (is) return was ? 'MODIFIED' : 'ADDED'
  return was ? 'DELETED' : null
}
