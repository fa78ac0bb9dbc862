import { EPOCH_MS, MS, SEC, type SimTime } from '../../base/time.ts'
import type { ApiObject, Condition, ConditionStatus, OwnerReference, Pod } from '../../api/kinds/types.ts'

/** The virtual time of an RFC 3339 text. */
export const simTime = (text: string): SimTime => (Date.parse(text) - EPOCH_MS) * MS

export const findCondition = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((c) => c.type === type)

/** The condition's status; Unknown where it is absent. */
export const conditionStatus = (conditions: readonly Condition[] | undefined, type: string): ConditionStatus =>
  findCondition(conditions, type)?.status ?? 'Unknown'

/** The list with one condition set; `lastTransitionTime` is kept unless the status changes. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  now: string,
): readonly Condition[] {
  const list = conditions ?? []
  const old = findCondition(list, condition.type)
  const lastTransitionTime = old && old.status === condition.status ? old.lastTransitionTime : now
  const next: Condition = { ...condition, lastTransitionTime }
  return old ? list.map((c) => (c === old ? next : c)) : [...list, next]
}

/** The condition Ready is True (k8s pkg/api/v1/pod IsPodReady). */
export const isPodReady = (pod: Pod): boolean => conditionStatus(pod.status?.conditions, 'Ready') === 'True'

/** Ready for at least `minReadySeconds` (IsPodAvailable). */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: SimTime): boolean {
  const ready = findCondition(pod.status?.conditions, 'Ready')
  if (ready?.status !== 'True') return false
  if (minReadySeconds === 0) return true
  return ready.lastTransitionTime !== undefined && simTime(ready.lastTransitionTime) + minReadySeconds * SEC <= now
}

/** Its containers have ended for good. */
export const isPodTerminal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** Neither ended nor on its way out (controller_utils IsPodActive). */
export const isPodActive = (pod: Pod): boolean => !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined

/** The owner that manages the object (metav1.GetControllerOf). */
export const controllerOf = (object: ApiObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller)

/** The reference by which `owner` controls what it creates (metav1.NewControllerRef). */
export const controllerRef = (owner: ApiObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
})
