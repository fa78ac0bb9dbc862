import { objectRef } from '../../../base/ref.ts'
import { SEC, timestamp } from '../../../base/time.ts'
import { matchesSelector } from '../../../api/kinds/selector.ts'
import type { Condition, Pod, ReplicaSet, ReplicaSetStatus } from '../../../api/kinds/types.ts'
import type { WatchNotice } from '../../../api/store/types.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import { controllerOf, isPodActive, isPodAvailable, isPodReady, withCondition } from '../../contracts/pod-status.ts'
import type { Outcome } from '../../contracts/work-queue.ts'
import { adoptersOf, claim } from '../claim.ts'
import { createPod, deletePod, isNamespaceTerminating, podFromTemplate } from '../create-pods.ts'
import { inDeletionOrder } from './deletion-order.ts'

const ACTOR = 'replicaset-controller'
const QUEUE = 'replicaset'
/** Pods that one sync creates or deletes at most (BurstReplicas). */
const BURST = 500

/** Keeps as many pods as each ReplicaSet wants (k8s pkg/controller/replicaset). */
export function replicaSetController(ctx: ControllerContext): void {
  ctx.queues.register(QUEUE, (ref) => sync(ctx, ref))
  ctx.informers.on('ReplicaSet', (notice) => ctx.queues.add(QUEUE, notice.ref))
  ctx.informers.on('Pod', (notice) => onPod(ctx, notice))
}

function onPod(ctx: ControllerContext, notice: WatchNotice): void {
  const { object } = notice
  const owner = controllerOf(object)
  const before = notice.previous && controllerOf(notice.previous)
  for (const ref of [owner, before]) {
    if (ref?.kind === 'ReplicaSet') ctx.queues.add(QUEUE, objectRef('ReplicaSet', object.metadata.namespace, ref.name))
  }
  if (!owner && notice.type !== 'DELETED')
    for (const ref of adoptersOf(ctx, object, 'ReplicaSet')) ctx.queues.add(QUEUE, ref)
}

function sync(ctx: ControllerContext, ref: string): Outcome {
  const set = ctx.api.peek<ReplicaSet>(ref)
  if (!set) return 'done'
  const failure = set.metadata.deletionTimestamp ? null : manage(ctx, set)
  const pods = claim<Pod>(ctx, set, 'Pod', set.spec.selector, ACTOR).filter(isPodActive)
  const status = newStatus(ctx, set, pods, failure)
  const current = ctx.api.peek<ReplicaSet>(ref)
  if (current) ctx.api.updateStatus({ ...current, status }, ACTOR)
  if (failure !== null) return 'retry'
  const waiting = (status.readyReplicas ?? 0) !== (status.availableReplicas ?? 0)
  return waiting ? { after: (set.spec.minReadySeconds ?? 0) * SEC } : 'done'
}

/** Creates what is missing or deletes what is too many. The answer is the reason why a pod could not be created. */
function manage(ctx: ControllerContext, set: ReplicaSet): string | null {
  const active = claim<Pod>(ctx, set, 'Pod', set.spec.selector, ACTOR).filter(isPodActive)
  const excess = active.length - (set.spec.replicas ?? 1)
  if (excess > 0) {
    const first = inDeletionOrder(active, relatedPods(ctx, set)).slice(0, Math.min(excess, BURST))
    for (const pod of first) deletePod(ctx, set, pod, ACTOR)
    return null
  }
  for (let i = 0; i < Math.min(-excess, BURST); i++) {
    const created = createPod(ctx, set, podFromTemplate(set, set.spec.template ?? { spec: { containers: [] } }), ACTOR)
    if (!created.ok) return isNamespaceTerminating(created.error) ? null : created.error.message
  }
  return null
}

/** The active pods of all ReplicaSets of the same Deployment: they count when a node is asked how many it has. */
function relatedPods({ api }: ControllerContext, set: ReplicaSet): readonly Pod[] {
  const owner = controllerOf(set)
  const sets = owner ? api.ownedBy<ReplicaSet>(owner.uid).filter((o) => o.kind === 'ReplicaSet') : [set]
  return sets.flatMap((s) => api.ownedBy<Pod>(s.metadata.uid ?? '').filter((p) => p.kind === 'Pod' && isPodActive(p)))
}

function newStatus(
  ctx: ControllerContext,
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: string | null,
): ReplicaSetStatus {
  const { now } = ctx.api.sim
  const labels = set.spec.template?.metadata?.labels
  const ready = pods.filter(isPodReady)
  const count = (name: keyof ReplicaSetStatus, value: number): object => (value > 0 ? { [name]: value } : {})
  const conditions = newConditions(set, failure, timestamp(now))
  return {
    replicas: pods.length,
    ...count(
      'fullyLabeledReplicas',
      pods.filter((p) => matchesSelector({ matchLabels: labels }, p.metadata.labels)).length,
    ),
    ...count('readyReplicas', ready.length),
    ...count('availableReplicas', ready.filter((p) => isPodAvailable(p, set.spec.minReadySeconds ?? 0, now)).length),
    observedGeneration: set.metadata.generation,
    ...(conditions.length > 0 && { conditions }),
  }
}

/** ReplicaFailure stands as long as pods cannot be created. */
function newConditions(set: ReplicaSet, failure: string | null, now: string): readonly Condition[] {
  const others = (set.status?.conditions ?? []).filter((c) => c.type !== 'ReplicaFailure')
  if (failure === null) return others
  const condition: Condition = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure }
  return withCondition(set.status?.conditions, condition, now)
}

/** The pods that a ReplicaSet has, ended ones included. */
export const podsOf = ({ api }: ControllerContext, set: ReplicaSet): readonly Pod[] =>
  api.ownedBy<Pod>(set.metadata.uid ?? '').filter((o) => o.kind === 'Pod')
