import { objectRef } from '../../../base/ref.ts'
import { SEC } from '../../../base/time.ts'
import type { Deployment, Pod, ReplicaSet } from '../../../api/kinds/types.ts'
import type { WatchNotice } from '../../../api/store/types.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import { controllerOf, isPodTerminal } from '../../contracts/pod-status.ts'
import type { Outcome } from '../../contracts/work-queue.ts'
import { adoptersOf, claim } from '../claim.ts'
import { DESIRED_REPLICAS } from './annotations.ts'
import { cleanupHistory } from './history.ts'
import { ACTOR, newReplicaSet, scaleTo, shareReplicas } from './scale.ts'
import { type Scale, newReplicas, oldReplicas } from './rolling.ts'
import { findNew, olderFirst } from './replica-sets.ts'
import { isComplete, newStatus, timeLeft } from './status.ts'

const QUEUE = 'deployment'

/** Rolls Deployments out through ReplicaSets (k8s pkg/controller/deployment). */
export function deploymentController(ctx: ControllerContext): void {
  ctx.queues.register(QUEUE, (ref) => sync(ctx, ref))
  ctx.informers.on('Deployment', (notice) => ctx.queues.add(QUEUE, notice.ref))
  ctx.informers.on('ReplicaSet', (notice) => onReplicaSet(ctx, notice))
  ctx.informers.on('Pod', (notice) => onPod(ctx, notice))
}

function onReplicaSet(ctx: ControllerContext, { object, type }: WatchNotice): void {
  const owner = controllerOf(object)
  if (owner?.kind === 'Deployment')
    ctx.queues.add(QUEUE, objectRef('Deployment', object.metadata.namespace, owner.name))
  if (!owner && type !== 'DELETED') for (const ref of adoptersOf(ctx, object, 'Deployment')) ctx.queues.add(QUEUE, ref)
}

/** A Deployment that recreates waits for the last of its old pods. */
function onPod(ctx: ControllerContext, { object, type }: WatchNotice): void {
  if (type !== 'DELETED' && !isPodTerminal(object as Pod)) return
  const owner = controllerOf(object)
  if (owner?.kind !== 'ReplicaSet') return
  const set = ctx.api.peek<ReplicaSet>(objectRef('ReplicaSet', object.metadata.namespace, owner.name))
  const deployment = set && controllerOf(set)
  if (deployment?.kind !== 'Deployment') return
  const ref = objectRef('Deployment', object.metadata.namespace, deployment.name)
  if (ctx.api.peek<Deployment>(ref)?.spec.strategy?.type === 'Recreate') ctx.queues.add(QUEUE, ref)
}

function sync(ctx: ControllerContext, ref: string): Outcome {
  const deployment = ctx.api.peek<Deployment>(ref)
  if (!deployment) return 'done'
  const sets = claim<ReplicaSet>(ctx, deployment, 'ReplicaSet', deployment.spec.selector, ACTOR)
  if (deployment.metadata.deletionTimestamp) return syncStatus(ctx, ref)
  if (deployment.spec.paused || isScaling(deployment, sets)) {
    if (deployment.spec.paused) annotatedFresh(ctx, deployment, sets)
    shareReplicas(ctx, deployment, sets)
    return syncStatus(ctx, ref)
  }
  const worked =
    deployment.spec.strategy?.type === 'Recreate' ? recreate(ctx, deployment, sets) : roll(ctx, deployment, sets)
  return worked ? syncStatus(ctx, ref) : 'retry'
}

/** While paused, no new ReplicaSet is made; a known one still gets its revision. */
const annotatedFresh = (ctx: ControllerContext, deployment: Deployment, sets: readonly ReplicaSet[]): void => {
  if (findNew(deployment, sets)) newReplicaSet(ctx, deployment, sets)
}

const isScaling = (deployment: Deployment, sets: readonly ReplicaSet[]): boolean =>
  sets.some((set) => {
    const desired = set.metadata.annotations?.[DESIRED_REPLICAS]
    return (set.spec.replicas ?? 0) > 0 && desired !== undefined && Number(desired) !== (deployment.spec.replicas ?? 1)
  })

const scaleOf = (set: ReplicaSet): Scale => ({
  replicas: set.spec.replicas ?? 0,
  available: set.status?.availableReplicas ?? 0,
})

/** One step of a rolling update: up first; where that changed nothing, down. False: try again. */
function roll(ctx: ControllerContext, deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  const fresh = newReplicaSet(ctx, deployment, sets)
  if (!fresh) return false
  const old = sets.filter((set) => set.metadata.uid !== fresh.metadata.uid).sort(olderFirst)
  const wanted = desiredOf(deployment, fresh, old)
  if (wanted !== (fresh.spec.replicas ?? 0)) {
    scaleTo(ctx, deployment, fresh, wanted)
    return true
  }
  const kept = oldReplicas(deployment.spec, scaleOf(fresh), old.map(scaleOf))
  old.forEach((set, i) => {
    if (kept[i] !== set.spec.replicas) scaleTo(ctx, deployment, set, kept[i]!)
  })
  return true
}

/** A new ReplicaSet that is too large comes down to size (reconcileNewReplicaSet). */
function desiredOf(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): number {
  const desired = deployment.spec.replicas ?? 1
  if ((fresh.spec.replicas ?? 0) > desired) return desired
  return newReplicas(deployment.spec, scaleOf(fresh), old.map(scaleOf))
}

/** All old pods down and gone, then the new ReplicaSet (recreate.go). */
function recreate(ctx: ControllerContext, deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  const known = findNew(deployment, sets)
  const old = sets.filter((set) => set !== known).sort(olderFirst)
  let scaled = false
  for (const set of old) {
    if ((set.spec.replicas ?? 0) === 0) continue
    scaleTo(ctx, deployment, set, 0)
    scaled = true
  }
  if (scaled || old.some((set) => hasRunningPods(ctx, set))) return true
  const fresh = newReplicaSet(ctx, deployment, sets)
  if (fresh) scaleTo(ctx, deployment, fresh, deployment.spec.replicas ?? 1)
  return fresh !== undefined
}

const hasRunningPods = (ctx: ControllerContext, set: ReplicaSet): boolean =>
  ctx.api.ownedBy<Pod>(set.metadata.uid ?? '').some((pod) => pod.kind === 'Pod' && !isPodTerminal(pod))

function syncStatus(ctx: ControllerContext, ref: string): Outcome {
  const { api } = ctx
  const deployment = api.peek<Deployment>(ref)
  if (!deployment) return 'done'
  const sets = api.ownedBy<ReplicaSet>(deployment.metadata.uid ?? '').filter((o) => o.kind === 'ReplicaSet')
  const status = newStatus(deployment, findNew(deployment, sets), sets, api.sim.now)
  api.updateStatus({ ...deployment, status }, ACTOR)
  if (isComplete(deployment, status)) cleanupHistory(ctx, deployment, sets)
  const left = timeLeft(deployment, status.conditions, api.sim.now)
  if (!Number.isFinite(left)) return 'done'
  return { after: Math.max(left, SEC), background: true }
}
