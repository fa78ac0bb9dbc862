import { type ObjectRef, splitRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { SEC, timestamp } from '../../base/time.ts'
import { type ApiError, conflictError, forbiddenError, notFoundError } from '../kinds/errors.ts'
import type { ApiObject, Namespace, ObjectMeta, Pod, Service } from '../kinds/types.ts'
import type { ObjectStore } from './object-store.ts'
import { namesOf } from './rules.ts'
import { releaseService } from './service-allocation.ts'
import type { Actor, DeleteOptions, Propagation } from './types.ts'

/** The garbage collector's finalizers: dependents first; dependents are let go. */
export const FOREGROUND_FINALIZER = 'foregroundDeletion'
export const ORPHAN_FINALIZER = 'orphan'

/** DELETE. The answer is the object as it is afterwards: gone, or terminating with a `deletionTimestamp`. */
export function deleteObject(
  store: ObjectStore,
  ref: ObjectRef,
  by: Actor,
  options: DeleteOptions,
): Result<ApiObject, ApiError> {
  const existing = store.read(ref)
  if (!existing) return err(notFoundError(namesOf(splitRef(ref).kind), splitRef(ref).name))
  const problem = immortal(existing) ?? unmet(existing, options)
  if (problem) return err(problem)
  const terminating = markTerminating(store, withPropagation(existing, options.propagation), options)
  if (isFinal(terminating)) return ok(remove(store, terminating, by))
  if (terminating === existing) return ok(existing)
  return ok(store.write(terminating, { by, verb: 'delete' }))
}

/** Admission plugin NamespaceLifecycle. */
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])

const immortal = ({ kind, metadata }: ApiObject): ApiError | null =>
  kind === 'Namespace' && IMMORTAL.has(metadata.name)
    ? forbiddenError(namesOf(kind), metadata.name, 'this namespace may not be deleted')
    : null

function unmet(existing: ApiObject, { preconditions }: DeleteOptions): ApiError | null {
  const { uid, resourceVersion, name } = existing.metadata
  const names = namesOf(existing.kind)
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`
    return conflictError(names, name, why)
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`
    return conflictError(names, name, why)
  }
  return null
}

/** Who asks for foreground or orphan deletion leaves a finalizer for the garbage collector. */
function withPropagation(object: ApiObject, propagation: Propagation = 'Background'): ApiObject {
  const mine = [FOREGROUND_FINALIZER, ORPHAN_FINALIZER]
  const before = object.metadata.finalizers ?? []
  const others = before.filter((name) => !mine.includes(name))
  const added =
    propagation === 'Foreground' ? [FOREGROUND_FINALIZER] : propagation === 'Orphan' ? [ORPHAN_FINALIZER] : []
  if (added.length + others.length === before.length && added.every((name) => before.includes(name))) return object
  return { ...object, metadata: withFinalizers(object.metadata, [...others, ...added]) }
}

export function withFinalizers(meta: ObjectMeta, finalizers: readonly string[]): ObjectMeta {
  const { finalizers: _before, ...rest } = meta
  return finalizers.length > 0 ? { ...rest, finalizers } : rest
}

function markTerminating(store: ObjectStore, object: ApiObject, options: DeleteOptions): ApiObject {
  const grace = graceSeconds(object, options)
  const before = object.metadata.deletionGracePeriodSeconds
  // A second request may shorten what is left, never lengthen it (rest.BeforeDelete).
  if (object.metadata.deletionTimestamp && (before ?? 0) <= grace) return object
  const { generation } = object.metadata
  const metadata: ObjectMeta = {
    ...object.metadata,
    ...(generation !== undefined && before === undefined && { generation: generation + 1 }),
    deletionTimestamp: timestamp(store.sim.now + grace * SEC),
    deletionGracePeriodSeconds: grace,
  }
  if (object.kind !== 'Namespace') return { ...object, metadata }
  return { ...object, metadata, status: { ...(object as Namespace).status, phase: 'Terminating' } }
}

/** Pods only: what was asked for, else their own; none when no kubelet has to be waited for (pod strategy CheckGracefulDelete). */
function graceSeconds(object: ApiObject, options: DeleteOptions): number {
  if (object.kind !== 'Pod') return 0
  const pod = object as Pod
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (!pod.spec.nodeName || over) return 0
  return Math.max(0, options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30)
}

/** Nothing keeps the object any more: it is terminating, its grace is over, and no finalizer is left. */
export function isFinal(object: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata
  if (deletionTimestamp === undefined || (deletionGracePeriodSeconds ?? 0) > 0 || finalizers?.length) return false
  return object.kind !== 'Namespace' || !(object as Namespace).spec?.finalizers?.length
}

function remove(store: ObjectStore, object: ApiObject, by: Actor): ApiObject {
  if (object.kind === 'Service') releaseService(store, object as Service)
  return store.remove(object, by)
}

/** The `finalize` subresource of a namespace: the namespace controller says that nothing is left inside. */
export function finalizeNamespace(store: ObjectStore, namespace: Namespace, by: Actor): ApiObject {
  const next: Namespace = { ...namespace, spec: { ...namespace.spec, finalizers: [] } }
  return isFinal(next) ? remove(store, next, by) : store.write(next, { by, verb: 'update' })
}
