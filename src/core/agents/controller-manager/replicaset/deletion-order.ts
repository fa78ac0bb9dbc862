import { compareKeys } from '../../../base/order.ts'
import type { Pod } from '../../../api/kinds/types.ts'
import { findCondition, isPodReady } from '../../contracts/pod-status.ts'

const COST = 'controller.kubernetes.io/pod-deletion-cost'
const PHASES: readonly string[] = ['Pending', 'Unknown', 'Running']

const cost = (pod: Pod): number => Number(pod.metadata.annotations?.[COST] ?? 0) || 0
const readySince = (pod: Pod): string => findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? ''
const restarts = (pod: Pod): number =>
  (pod.status?.containerStatuses ?? []).reduce((most, c) => Math.max(most, c.restartCount), 0)
const flag = (value: boolean): number => (value ? 1 : 0)

/**
 * Which pods a ReplicaSet gives up first (controller_utils.go ActivePodsWithRanks): without a node, Pending, not ready,
 * cheaper, on a node with more pods of the same Deployment, ready for a shorter time, restarted more often, younger. Ages are compared
 * in powers of two there, exactly here. Pods that are equal in all of it go by name, so that every run does the same.
 */
export function inDeletionOrder(pods: readonly Pod[], related: readonly Pod[]): Pod[] {
  const ranks = new Map<string, number>()
  for (const pod of related) {
    const node = pod.spec.nodeName
    if (node) ranks.set(node, (ranks.get(node) ?? 0) + 1)
  }
  const rank = (pod: Pod): number => ranks.get(pod.spec.nodeName ?? '') ?? 0
  const compare = (a: Pod, b: Pod): number =>
    flag(Boolean(a.spec.nodeName)) - flag(Boolean(b.spec.nodeName)) ||
    PHASES.indexOf(a.status?.phase ?? 'Pending') - PHASES.indexOf(b.status?.phase ?? 'Pending') ||
    flag(isPodReady(a)) - flag(isPodReady(b)) ||
    cost(a) - cost(b) ||
    rank(b) - rank(a) ||
    compareKeys(readySince(b), readySince(a)) ||
    restarts(b) - restarts(a) ||
    compareKeys(b.metadata.creationTimestamp ?? '', a.metadata.creationTimestamp ?? '') ||
    compareKeys(a.metadata.name, b.metadata.name)
  return [...pods].sort(compare)
}
