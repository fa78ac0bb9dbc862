import { equal } from '../../../base/equal.ts'
import type { Condition, Deployment, ReplicaSet, StringMap } from '../../../api/kinds/types.ts'
import { refOf } from '../../../api/kinds/ref-of.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import { controllerOf, findCondition } from '../../contracts/pod-status.ts'
import { recordEvent } from '../../contracts/record-event.ts'
import { MAX_REPLICAS, REVISION, REVISION_HISTORY } from './annotations.ts'
import { buildReplicaSet, copied, findNew, olderFirst, revisionOf, sizeAnnotations } from './replica-sets.ts'
import { boundsOf, newReplicas, proportional } from './rolling.ts'
import { setCondition } from './status.ts'

export const ACTOR = 'deployment-controller'

/** Sets the size of a ReplicaSet, and notes on it how large the Deployment is. */
export function scaleTo(ctx: ControllerContext, deployment: Deployment, set: ReplicaSet, replicas: number): void {
  const before = set.spec.replicas ?? 0
  const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) }
  if (before === replicas && equal(annotations, set.metadata.annotations)) return
  const current = ctx.api.peek<ReplicaSet>(refOf(set)) ?? set
  const next = { ...current, metadata: { ...current.metadata, annotations }, spec: { ...current.spec, replicas } }
  const scaled = ctx.api.update<ReplicaSet>(next, ACTOR)
  if (scaled.ok && before !== replicas) tellScaled(ctx, deployment, set.metadata.name, before, replicas)
}

function tellScaled(ctx: ControllerContext, about: Deployment, name: string, from: number, to: number): void {
  const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`
  recordEvent(ctx.api, { about, type: 'Normal', reason: 'ScalingReplicaSet', message, component: ACTOR })
}

/** The ReplicaSet of the present template, made where there is none (sync.go getNewReplicaSet). `undefined`: try again. */
export function newReplicaSet(
  ctx: ControllerContext,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  const known = findNew(deployment, sets)
  const old = sets.filter((set) => set !== known)
  const revision = Math.max(0, ...old.map(revisionOf)) + 1
  if (!known) return create(ctx, deployment, old, revision)
  const annotations = revised(known, { ...known.metadata.annotations, ...copied(deployment) }, revision)
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0
  const changed = (known.spec.minReadySeconds ?? 0) !== minReadySeconds
  const spec = changed ? { ...known.spec, minReadySeconds } : known.spec
  const updated = ctx.api.update<ReplicaSet>({ ...known, metadata: { ...known.metadata, annotations }, spec }, ACTOR)
  const set = updated.ok ? updated.value : known
  const reason: Condition = {
    type: 'Progressing',
    status: 'True',
    reason: 'FoundNewReplicaSet',
    message: `Found new replica set "${set.metadata.name}"`,
  }
  const first = findCondition(deployment.status?.conditions, 'Progressing') === undefined
  noteRevision(ctx, deployment, set, first ? reason : null)
  return set
}

/** A template that comes back (a rollback) becomes the newest revision and remembers which one it was. */
function revised(set: ReplicaSet, annotations: StringMap, revision: number): StringMap {
  const before = revisionOf(set)
  if (before >= revision) return annotations
  const history = annotations[REVISION_HISTORY]
  return {
    ...annotations,
    [REVISION]: String(revision),
    ...(before > 0 && { [REVISION_HISTORY]: history ? `${history},${before}` : String(before) }),
  }
}

function create(
  ctx: ControllerContext,
  deployment: Deployment,
  old: readonly ReplicaSet[],
  revision: number,
): ReplicaSet | undefined {
  const scales = old.map((set) => ({ replicas: set.spec.replicas ?? 0, available: 0 }))
  const replicas = newReplicas(deployment.spec, { replicas: 0, available: 0 }, scales)
  const built = buildReplicaSet(deployment, replicas, revision)
  const created = ctx.api.create<ReplicaSet>(built, ACTOR)
  if (!created.ok) return collided(ctx, deployment, built, created.error.reason === 'AlreadyExists')
  if (replicas > 0) tellScaled(ctx, deployment, built.metadata.name, 0, replicas)
  noteRevision(ctx, deployment, created.value, {
    type: 'Progressing',
    status: 'True',
    reason: 'NewReplicaSetCreated',
    message: `Created new replica set "${built.metadata.name}"`,
  })
  return created.value
}

/** Another template has the same hash: the next attempt mixes a counter into it. Other refusals only wait. */
function collided(ctx: ControllerContext, deployment: Deployment, built: ReplicaSet, exists: boolean): undefined {
  const other = ctx.api.peek<ReplicaSet>(refOf(built))
  if (!exists || !other || controllerOf(other)?.uid === deployment.metadata.uid) return undefined
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
  ctx.api.updateStatus({ ...deployment, status: { ...deployment.status, collisionCount } }, ACTOR)
  return undefined
}

/** The Deployment carries the revision of its newest ReplicaSet, and a condition that tells how it came to be. */
function noteRevision(
  ctx: ControllerContext,
  deployment: Deployment,
  set: ReplicaSet,
  condition: Condition | null,
): void {
  const revision = set.metadata.annotations?.[REVISION] ?? '1'
  const annotations = { ...deployment.metadata.annotations, [REVISION]: revision }
  const updated = ctx.api.update<Deployment>(
    { ...deployment, metadata: { ...deployment.metadata, annotations } },
    ACTOR,
  )
  if (!condition || !updated.ok) return
  const conditions = setCondition(updated.value.status?.conditions ?? [], condition, ctx.api.sim.now)
  ctx.api.updateStatus({ ...updated.value, status: { ...updated.value.status, conditions } }, ACTOR)
}

/** A change of `spec.replicas` alone, or any while paused (sync.go scale). */
export function shareReplicas(ctx: ControllerContext, deployment: Deployment, sets: readonly ReplicaSet[]): void {
  const desired = deployment.spec.replicas ?? 1
  const active = sets.filter((set) => (set.spec.replicas ?? 0) > 0)
  const fresh = findNew(deployment, sets)
  if (active.length <= 1) {
    const only = active[0] ?? fresh ?? [...sets].sort(olderFirst).at(-1)
    if (only) scaleTo(ctx, deployment, only, desired)
    return
  }
  if (fresh && isSaturated(deployment, fresh)) {
    for (const set of active) if (set !== fresh) scaleTo(ctx, deployment, set, 0)
    return
  }
  if (deployment.spec.strategy?.type === 'Recreate') return
  const allowed = desired > 0 ? desired + boundsOf(deployment.spec).surge : 0
  const up = allowed > active.reduce((total, set) => total + (set.spec.replicas ?? 0), 0)
  const sorted = [...active].sort(
    (a, b) => (b.spec.replicas ?? 0) - (a.spec.replicas ?? 0) || (up ? olderFirst(b, a) : olderFirst(a, b)),
  )
  const before = Number(sorted[0]!.metadata.annotations?.[MAX_REPLICAS] ?? 0) || 0
  const sizes = proportional(
    sorted.map((set) => set.spec.replicas ?? 0),
    before,
    allowed,
  )
  sorted.forEach((set, i) => scaleTo(ctx, deployment, set, sizes[i]!))
}

const isSaturated = (deployment: Deployment, set: ReplicaSet): boolean => {
  const desired = deployment.spec.replicas ?? 1
  return set.spec.replicas === desired && (set.status?.availableReplicas ?? 0) === desired
}
