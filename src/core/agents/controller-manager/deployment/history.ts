import type { Deployment, ReplicaSet } from '../../../api/kinds/types.ts'
import { refOf } from '../../../api/kinds/ref-of.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import { findNew, revisionOf } from './replica-sets.ts'
import { ACTOR } from './scale.ts'

/** Deletes old, empty ReplicaSets beyond `revisionHistoryLimit`, lowest revision first (deployment/sync.go cleanupDeployment). */
export function cleanupHistory({ api }: ControllerContext, deployment: Deployment, sets: readonly ReplicaSet[]): void {
  const fresh = findNew(deployment, sets)
  const limit = deployment.spec.revisionHistoryLimit ?? 10
  const old = sets.filter((set) => set !== fresh && !set.metadata.deletionTimestamp)
  const excess = old.length - limit
  if (excess <= 0) return
  for (const set of [...old].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, excess)) {
    const empty = (set.spec.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0
    if (empty) api.delete(refOf(set), ACTOR)
  }
}
