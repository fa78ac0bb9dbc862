import { type ObjectRef } from '../../base/ref.ts'
import { type Result } from '../../base/result.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Trace } from '../../trace/trace.ts'
import type { World } from '../../world/world.ts'
import type { ApiObject } from '../kinds/types.ts'
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

type Answer<T extends ApiObject = ApiObject> = Result<T, ApiError>

/** Skeleton: signatures are final, bodies follow. */
export declare class ApiServer {
  constructor(world: World, sim: Sim, trace: Trace, config: ApiServerConfig)
  readonly world: World
  readonly sim: Sim
  /** Creates the system namespaces and the `kubernetes` Service, as the API server does when it starts. */
  start(): void
  create<T extends ApiObject>(object: T, by: Actor, options?: CreateOptions): Answer<T>
  update<T extends ApiObject>(object: T, by: Actor, options?: CreateOptions): Answer<T>
  /** Writes `status` only. */
  updateStatus<T extends ApiObject>(object: T, by: Actor): Answer<T>
  patch<T extends ApiObject>(ref: ObjectRef, patch: unknown, by: Actor, options?: PatchOptions): Answer<T>
  delete(ref: ObjectRef, by: Actor, options?: DeleteOptions): Answer
  /** The `binding` subresource: sets `spec.nodeName` and the condition PodScheduled. */
  bind(pod: ObjectRef, node: string, by: Actor): Answer
  get<T extends ApiObject>(ref: ObjectRef): Answer<T>
  /** As `get`, without an error value: for agents that read what their informer would have cached. */
  peek<T extends ApiObject>(ref: ObjectRef): T | undefined
  /** In order of the refs (namespace, name). */
  list<T extends ApiObject>(kind: string, options?: ListOptions): Result<readonly T[], ApiError>
  /** Indexed reads for agents, in order of refs. */
  ofKind<T extends ApiObject>(kind: string, namespace?: string): readonly T[]
  ownedBy<T extends ApiObject>(uid: string): readonly T[]
  podsOnNode<T extends ApiObject>(node: string): readonly T[]
  /** Subscribes as data: a row of the `watch` table. */
  watch(kinds: string | readonly string[], subscriber: Subscriber, options?: WatchOptions): void
  unwatch(actor: Actor): void
}
