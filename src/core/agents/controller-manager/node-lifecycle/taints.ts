import type { Node, Taint } from '../../../api/kinds/types.ts'
import { conditionStatus, findCondition } from '../../contracts/pod-status.ts'

export const NOT_READY = 'node.kubernetes.io/not-ready'
export const UNREACHABLE = 'node.kubernetes.io/unreachable'

/** Which status of which condition means which taint (nodeConditionToTaintKeyStatusMap). */
const BY_CONDITION: readonly (readonly [string, 'True' | 'False' | 'Unknown', string])[] = [
  ['Ready', 'False', NOT_READY],
  ['Ready', 'Unknown', UNREACHABLE],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
]
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable'
const MANAGED: readonly string[] = [...BY_CONDITION.map(([, , key]) => key), UNSCHEDULABLE]

/** The NoSchedule taints that follow from the node's conditions and from being cordoned. */
export function conditionTaints(node: Node): readonly string[] {
  const keys = BY_CONDITION.filter(
    ([type, status]) => findCondition(node.status?.conditions, type)?.status === status,
  ).map(([, , key]) => key)
  // A node that has not reported yet is not ready.
  if (!findCondition(node.status?.conditions, 'Ready')) keys.push(NOT_READY)
  return node.spec?.unschedulable ? [...keys, UNSCHEDULABLE] : keys
}

/** The taint that evicts pods: from a node that says it is not ready, or says nothing. */
export function evictionTaint(node: Node): string | null {
  if (!findCondition(node.status?.conditions, 'Ready')) return null
  const ready = conditionStatus(node.status?.conditions, 'Ready')
  return ready === 'True' ? null : ready === 'False' ? NOT_READY : UNREACHABLE
}

/** The taints with those of one effect that the controller manages replaced; the same array when nothing changes. */
export function withManaged(
  taints: readonly Taint[],
  effect: 'NoSchedule' | 'NoExecute',
  keys: readonly string[],
  now: string,
): readonly Taint[] {
  const mine = (taint: Taint): boolean => taint.effect === effect && MANAGED.includes(taint.key)
  const kept = taints.filter((taint) => !mine(taint) || keys.includes(taint.key))
  const missing = keys.filter((key) => !taints.some((taint) => taint.effect === effect && taint.key === key))
  if (kept.length === taints.length && missing.length === 0) return taints
  return [...kept, ...missing.map((key): Taint => ({ key, effect, timeAdded: now }))]
}
