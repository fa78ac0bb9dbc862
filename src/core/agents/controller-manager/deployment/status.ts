import { SEC, type SimTime, timestamp } from '../../../base/time.ts'
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from '../../../api/kinds/types.ts'
import { findCondition, simTime } from '../../contracts/pod-status.ts'
import { boundsOf } from './rolling.ts'

const sum = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((total, set) => total + (of(set) ?? 0), 0)

/** The counts of a Deployment's status (deployment/sync.go calculateStatus) and its conditions (progress.go). */
export function newStatus(
  deployment: Deployment,
  fresh: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  now: SimTime,
): DeploymentStatus {
  const available = sum(all, (s) => s.status?.availableReplicas)
  const counts = {
    observedGeneration: deployment.metadata.generation,
    replicas: sum(all, (s) => s.status?.replicas),
    updatedReplicas: fresh?.status?.replicas ?? 0,
    readyReplicas: sum(all, (s) => s.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(all, (s) => s.spec.replicas) - available),
    collisionCount: deployment.status?.collisionCount,
  }
  const conditions = withProgress(deployment, withAvailability(deployment, available, now), counts, fresh, now)
  return { ...withoutZeros(counts), conditions }
}

/** Counts of zero are absent in the object, as `omitempty` has it. */
function withoutZeros(counts: DeploymentStatus): DeploymentStatus {
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0 && value !== undefined))
}

/** `lastUpdateTime` moves with the reason as well, `lastTransitionTime` only with the status (SetDeploymentCondition). */
export function setCondition(conditions: readonly Condition[], next: Condition, now: SimTime): readonly Condition[] {
  const old = findCondition(conditions, next.type)
  if (old && old.status === next.status && old.reason === next.reason && old.message === next.message) return conditions
  const time = timestamp(now)
  const lastTransitionTime = old?.status === next.status ? old.lastTransitionTime : time
  return [...conditions.filter((c) => c !== old), { ...next, lastUpdateTime: time, lastTransitionTime }]
}

function withAvailability(deployment: Deployment, available: number, now: SimTime): readonly Condition[] {
  const enough = available >= (deployment.spec.replicas ?? 1) - boundsOf(deployment.spec).unavailable
  const next: Condition = enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }
  return setCondition(deployment.status?.conditions ?? [], next, now)
}

/** Everything that was wanted is there, and nothing old is left (DeploymentComplete). */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = deployment.spec.replicas ?? 1
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function isProgressing(before: DeploymentStatus | undefined, now: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus | undefined): number => (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0)
  return (
    (now.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    (now.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  )
}

const progressing = (status: Condition['status'], reason: string, message: string): Condition => ({
  type: 'Progressing',
  status,
  reason,
  message,
})

function withProgress(
  deployment: Deployment,
  conditions: readonly Condition[],
  counts: DeploymentStatus,
  fresh: ReplicaSet | undefined,
  now: SimTime,
): readonly Condition[] {
  const current = findCondition(conditions, 'Progressing')
  const name = fresh ? `ReplicaSet "${fresh.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
  const finished =
    current?.reason === 'NewReplicaSetAvailable' && (counts.replicas ?? 0) === (counts.updatedReplicas ?? 0)
  if (finished) return conditions
  if (isComplete(deployment, counts)) {
    return setCondition(
      conditions,
      progressing('True', 'NewReplicaSetAvailable', `${name} has successfully progressed.`),
      now,
    )
  }
  if (isProgressing(deployment.status, counts)) {
    return touch(conditions, progressing('True', 'ReplicaSetUpdated', `${name} is progressing.`), now)
  }
  if (timeLeft(deployment, conditions, now) <= 0) {
    return setCondition(
      conditions,
      progressing('False', 'ProgressDeadlineExceeded', `${name} has timed out progressing.`),
      now,
    )
  }
  return conditions
}

/** Progress moves `lastUpdateTime` although nothing else changes: the deadline counts from there. */
function touch(conditions: readonly Condition[], next: Condition, now: SimTime): readonly Condition[] {
  const old = findCondition(conditions, next.type)
  const others = conditions.filter((c) => c !== old)
  return setCondition(old ? [...others, { ...old, reason: '' }] : others, next, now)
}

/** Until the rollout counts as stuck, ns; Infinity when it is over or has no deadline. */
export function timeLeft(deployment: Deployment, conditions: readonly Condition[] | undefined, now: SimTime): SimTime {
  const current = findCondition(conditions, 'Progressing')
  const seconds = deployment.spec.progressDeadlineSeconds ?? 600
  const over = current?.reason === 'NewReplicaSetAvailable' || current?.reason === 'ProgressDeadlineExceeded'
  if (!current?.lastUpdateTime || over || deployment.spec.paused || seconds >= 2 ** 31 - 1)
    return Number.POSITIVE_INFINITY
  return simTime(current.lastUpdateTime) + seconds * SEC - now
}
