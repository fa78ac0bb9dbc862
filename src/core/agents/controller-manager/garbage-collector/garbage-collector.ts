import { objectRef } from '../../../base/ref.ts'
import type { ApiObject, OwnerReference } from '../../../api/kinds/types.ts'
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../../../api/store/delete.ts'
import { refOf } from '../../../api/kinds/ref-of.ts'
import type { Propagation, WatchNotice } from '../../../api/store/types.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import type { Outcome } from '../../contracts/work-queue.ts'

const ACTOR = 'generic-garbage-collector'
/** Objects whose owners may be gone. */
const DELETE_QUEUE = 'garbage'
/** Owners that wait for their dependents, or shall let go of them. */
const OWNER_QUEUE = 'garbage-owner'

/** Deletes what no owner holds any more (k8s pkg/controller/garbagecollector). The graph is the store's index of owners. */
export function garbageCollector(ctx: ControllerContext, kinds: readonly string[]): void {
  ctx.queues.register(DELETE_QUEUE, (ref) => collect(ctx, ref))
  ctx.queues.register(OWNER_QUEUE, (ref) => attendOwner(ctx, ref))
  ctx.informers.on(kinds, (notice) => onChange(ctx, notice))
}

function onChange(ctx: ControllerContext, { type, ref, object, previous }: WatchNotice): void {
  if (type === 'DELETED') return onDeleted(ctx, object)
  const { ownerReferences, finalizers, deletionTimestamp } = object.metadata
  const changed = previous === undefined || previous.metadata.ownerReferences !== ownerReferences
  if (changed && ownerReferences?.some((owner) => !find(ctx, object, owner))) ctx.queues.add(DELETE_QUEUE, ref)
  const waits = deletionTimestamp && finalizers?.some((f) => f === FOREGROUND_FINALIZER || f === ORPHAN_FINALIZER)
  if (waits) ctx.queues.add(OWNER_QUEUE, ref)
}

/** Its dependents lose an owner; an owner that waited for it may go. */
function onDeleted(ctx: ControllerContext, object: ApiObject): void {
  for (const dependent of ctx.api.ownedBy(object.metadata.uid ?? '')) ctx.queues.add(DELETE_QUEUE, refOf(dependent))
  for (const reference of object.metadata.ownerReferences ?? []) {
    const owner = find(ctx, object, reference)
    if (owner && isWaiting(owner)) ctx.queues.add(OWNER_QUEUE, refOf(owner))
  }
}

/** The owner itself; an object of the same name with another uid is not it. */
function find({ api }: ControllerContext, dependent: ApiObject, owner: OwnerReference): ApiObject | undefined {
  const { kind, name, uid } = owner
  const found =
    api.peek(objectRef(kind, dependent.metadata.namespace, name)) ?? api.peek(objectRef(kind, undefined, name))
  return found?.metadata.uid === uid ? found : undefined
}

const isWaiting = (owner: ApiObject): boolean =>
  owner.metadata.deletionTimestamp !== undefined && (owner.metadata.finalizers ?? []).includes(FOREGROUND_FINALIZER)

/** Deletes an object when nothing owns it any more, or frees it of owners that are gone (attemptToDeleteItem). */
function collect(ctx: ControllerContext, ref: string): Outcome {
  const object = ctx.api.peek(ref)
  const owners = object?.metadata.ownerReferences ?? []
  if (!object || owners.length === 0) return 'done'
  if (object.metadata.deletionTimestamp && !isWaiting(object)) return 'done'
  const found = owners.map((owner) => find(ctx, object, owner))
  const solid = owners.filter((_, i) => found[i] !== undefined && !isWaiting(found[i]))
  if (solid.length === owners.length) return 'done'
  if (solid.length > 0) {
    const freed = ctx.api.update({ ...object, metadata: { ...object.metadata, ownerReferences: solid } }, ACTOR)
    return freed.ok ? 'done' : 'retry'
  }
  const blocking =
    found.some((owner) => owner && isWaiting(owner)) && ctx.api.ownedBy(object.metadata.uid ?? '').length > 0
  ctx.api.delete(ref, ACTOR, {
    propagation: blocking ? 'Foreground' : policyOf(object),
    preconditions: { uid: object.metadata.uid },
  })
  return 'done'
}

function policyOf(object: ApiObject): Propagation {
  const finalizers = object.metadata.finalizers ?? []
  if (finalizers.includes(ORPHAN_FINALIZER)) return 'Orphan'
  return finalizers.includes(FOREGROUND_FINALIZER) ? 'Foreground' : 'Background'
}

function attendOwner(ctx: ControllerContext, ref: string): Outcome {
  const owner = ctx.api.peek(ref)
  if (!owner?.metadata.deletionTimestamp) return 'done'
  const finalizers = owner.metadata.finalizers ?? []
  const dependents = ctx.api.ownedBy(owner.metadata.uid ?? '')
  if (finalizers.includes(ORPHAN_FINALIZER)) {
    for (const dependent of dependents) disown(ctx, dependent, owner)
    return dropFinalizer(ctx, owner, ORPHAN_FINALIZER)
  }
  if (!finalizers.includes(FOREGROUND_FINALIZER)) return 'done'
  const blocking = dependents.filter((d) =>
    d.metadata.ownerReferences?.some((o) => o.uid === owner.metadata.uid && o.blockOwnerDeletion),
  )
  if (blocking.length === 0) return dropFinalizer(ctx, owner, FOREGROUND_FINALIZER)
  for (const dependent of dependents) ctx.queues.add(DELETE_QUEUE, refOf(dependent))
  return 'done'
}

function disown({ api }: ControllerContext, dependent: ApiObject, owner: ApiObject): void {
  const ownerReferences = dependent.metadata.ownerReferences?.filter((o) => o.uid !== owner.metadata.uid)
  api.update({ ...dependent, metadata: { ...dependent.metadata, ownerReferences } }, ACTOR)
}

function dropFinalizer({ api }: ControllerContext, owner: ApiObject, name: string): Outcome {
  const finalizers = owner.metadata.finalizers?.filter((f) => f !== name)
  const updated = api.update({ ...owner, metadata: { ...owner.metadata, finalizers } }, ACTOR)
  return updated.ok ? 'done' : 'retry'
}
