import { rollingBounds } from '../../../api/kinds/int-or-string.ts'
import type { DeploymentSpec } from '../../../api/kinds/types.ts'

/** What the arithmetic needs of a ReplicaSet: how many pods it shall have, and how many of those it has are available. */
export interface Scale {
  readonly replicas: number
  readonly available: number
}

/** Pods that may exist above, and be missing below, the wanted number. Recreate has no bounds. */
export function boundsOf(spec: DeploymentSpec): { readonly surge: number; readonly unavailable: number } {
  if (spec.strategy?.type === 'Recreate') return { surge: 0, unavailable: 0 }
  return rollingBounds(spec.strategy?.rollingUpdate, spec.replicas ?? 1)
}

const sum = (scales: readonly Scale[], field: keyof Scale): number => scales.reduce((total, s) => total + s[field], 0)

/** How many pods the new ReplicaSet gets (deployment_util.go NewRSNewReplicas): up to the surge, never down. */
export function newReplicas(spec: DeploymentSpec, fresh: Scale, old: readonly Scale[]): number {
  const desired = spec.replicas ?? 1
  if (spec.strategy?.type === 'Recreate') return desired
  const room = desired + boundsOf(spec).surge - sum([...old, fresh], 'replicas')
  if (room <= 0) return fresh.replicas
  return fresh.replicas + Math.max(0, Math.min(room, desired - fresh.replicas))
}

/**
 * How many pods each old ReplicaSet keeps (rolling.go reconcileOldReplicaSets), oldest first: unhealthy ones go first, as
 * many as can go without counting on the new ones that are not available yet; then available ones, above the minimum.
 */
export function oldReplicas(spec: DeploymentSpec, fresh: Scale, old: readonly Scale[]): number[] {
  const desired = spec.replicas ?? 1
  const minimum = desired - boundsOf(spec).unavailable
  const budget = sum([...old, fresh], 'replicas') - minimum - (fresh.replicas - fresh.available)
  const kept = old.map((s) => s.replicas)
  if (budget <= 0) return kept
  takeUnhealthy(old, kept, budget)
  takeAvailable(kept, sum([...old, fresh], 'available') - minimum)
  return kept
}

function takeUnhealthy(old: readonly Scale[], kept: number[], budget: number): void {
  let left = budget
  old.forEach((set, i) => {
    const gone = Math.max(0, Math.min(left, set.replicas - set.available))
    kept[i] = set.replicas - gone
    left -= gone
  })
}

function takeAvailable(kept: number[], excess: number): void {
  let left = Math.max(0, excess)
  kept.forEach((replicas, i) => {
    const gone = Math.min(left, replicas)
    kept[i] = replicas - gone
    left -= gone
  })
}

/**
 * Shares a change of `spec.replicas` in the middle of a rollout between the ReplicaSets, each according to its size
 * (deployment_util.go GetReplicaSetFraction). `sizes` comes largest first on the way up, as `scaleOrder` sorts it; what
 * rounding leaves over goes to the first.
 */
export function proportional(sizes: readonly number[], oldMaximum: number, allowed: number): number[] {
  const total = sizes.reduce((a, b) => a + b, 0)
  const change = allowed - total
  if (change === 0 || total === 0) return [...sizes]
  let added = 0
  const next = sizes.map((size) => {
    const fraction = Math.round((size * allowed) / (oldMaximum > 0 ? oldMaximum : total)) - size
    const left = change - added
    const share = change > 0 ? Math.min(Math.max(fraction, 0), left) : Math.max(Math.min(fraction, 0), left)
    added += share
    return size + share
  })
  if (next.length > 0) next[0] = Math.max(0, next[0]! + change - added)
  return next
}
