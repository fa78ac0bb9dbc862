import { type ObjectRef, splitRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { type EventKind, type Sim, eventKind } from '../../sim/sim.ts'
import type { Trace } from '../../trace/trace.ts'
import type { World } from '../../world/world.ts'
import { notFoundError } from '../kinds/errors.ts'
import type { ApiObject, Namespace, Pod } from '../kinds/types.ts'
import { bindPod } from './binding.ts'
import { SELF_CHECK, bootstrap, isOwn, restoreOwn } from './bootstrap.ts'
import { createObject } from './create.ts'
import { deleteObject, finalizeNamespace } from './delete.ts'
import { listObjects } from './list.ts'
import { ObjectStore } from './object-store.ts'
import { patchObject } from './patch.ts'
import { namesOf } from './rules.ts'
import type { ApiTables } from './tables.ts'
import type {
  Actor,
  ApiError,
  ApiServerConfig,
  CreateOptions,
  DeleteOptions,
  ListOptions,
  PatchOptions,
  Subscriber,
  WatchOptions,
} from './types.ts'
import { updateObject, updateStatusOf } from './update.ts'
import { bucket, subscribe, unsubscribe } from './watch.ts'

const SELF_CHECK_DUE: EventKind<null> = eventKind('api.self-check')

type Answer<T extends ApiObject = ApiObject> = Result<T, ApiError>

/**
 * The Kubernetes API of a lab: synchronous calls on rows of the world. Every write is one link of the cause chain and one
 * trace record, and reaches the watchers a millisecond later. See README.md for what is simplified.
 */
export class ApiServer {
  readonly world: World
  readonly sim: Sim
  readonly config: ApiServerConfig
  readonly tables: ApiTables
  readonly #store: ObjectStore

  constructor(world: World, sim: Sim, trace: Trace, config: ApiServerConfig) {
    this.world = world
    this.sim = sim
    this.config = config
    this.#store = new ObjectStore(world, sim, trace, config)
    this.tables = this.#store.tables
    sim.on(SELF_CHECK_DUE, () => restoreOwn(this.#store))
  }

  /** Creates the system namespaces and the `kubernetes` Service, as the API server does when it starts. */
  start(): void {
    bootstrap(this.#store)
  }

  /** Errors: 400 shape, 403 admission, 404 namespace, 409 name taken, 422 validation and allocation. */
  create<T extends ApiObject>(object: T, by: Actor, options: CreateOptions = {}): Answer<T> {
    return createObject(this.#store, object, by, options) as Answer<T>
  }

  /** Replaces all but `status`. With a `resourceVersion` it must be the latest (409). Equal to what is stored: no write. */
  update<T extends ApiObject>(object: T, by: Actor, options: CreateOptions = {}): Answer<T> {
    return updateObject(this.#store, object, by, options) as Answer<T>
  }

  /** Replaces `status` only. */
  updateStatus<T extends ApiObject>(object: T, by: Actor): Answer<T> {
    return updateStatusOf(this.#store, object, by) as Answer<T>
  }

  patch<T extends ApiObject>(ref: ObjectRef, patch: unknown, by: Actor, options: PatchOptions = {}): Answer<T> {
    return patchObject(this.#store, ref, patch, by, options) as Answer<T>
  }

  /** The answer is the object as it was last seen: gone, or terminating (with `metadata.deletionTimestamp`). */
  delete(ref: ObjectRef, by: Actor, options: DeleteOptions = {}): Answer {
    const deleted = deleteObject(this.#store, ref, by, options)
    if (deleted.ok && isOwn(ref)) this.sim.after(SELF_CHECK, SELF_CHECK_DUE, null, true)
    return deleted
  }

  /** The `binding` subresource: sets `spec.nodeName` and the condition PodScheduled. */
  bind(pod: ObjectRef, node: string, by: Actor): Answer<Pod> {
    return bindPod(this.#store, pod, node, by)
  }

  /** The `finalize` subresource of a namespace. */
  finalize(namespace: Namespace, by: Actor): void {
    finalizeNamespace(this.#store, namespace, by)
  }

  get<T extends ApiObject>(ref: ObjectRef): Answer<T> {
    const object = this.#store.read<T>(ref)
    return object ? ok(object) : err(notFoundError(namesOf(splitRef(ref).kind), splitRef(ref).name))
  }

  /** As `get`, without an error value: for agents that read what their informer would have cached. */
  peek<T extends ApiObject>(ref: ObjectRef): T | undefined {
    return this.#store.read<T>(ref)
  }

  /** In order of the refs (namespace, name). */
  list<T extends ApiObject>(kind: string, options: ListOptions = {}): Result<readonly T[], ApiError> {
    return listObjects(this.#store, kind, options) as Result<readonly T[], ApiError>
  }

  /** Indexed read for agents, in order of the refs. The array is shared: do not change it. */
  ofKind<T extends ApiObject>(kind: string, namespace?: string): readonly T[] {
    return bucket(this.#store, kind, namespace).rows() as readonly T[]
  }

  /** The objects that name this uid as one of their owners. */
  ownedBy<T extends ApiObject>(uid: string): readonly T[] {
    return this.tables.byOwner.at(uid).rows() as readonly T[]
  }

  podsOnNode(node: string): readonly Pod[] {
    return this.tables.podsByNode.at(node).rows() as readonly Pod[]
  }

  /** Subscribes as data: a row of the `watch` table. What exists already is sent first. */
  watch(kinds: string | readonly string[], subscriber: Subscriber, options: WatchOptions = {}): void {
    subscribe(this.#store, typeof kinds === 'string' ? [kinds] : kinds, subscriber, options)
  }

  unwatch(actor: Actor): void {
    unsubscribe(this.#store, actor)
  }
}
