import type { SimTime } from '../../../base/time.ts'
import { scaledValue } from '../../../api/kinds/int-or-string.ts'
import type { DaemonSet, Pod } from '../../../api/kinds/types.ts'
import { isPodActive, isPodAvailable } from '../../contracts/pod-status.ts'
import { REVISION_LABEL, revisionHash } from './template.ts'

/**
 * Which pods of an earlier template to delete now (daemon/update.go rollingUpdate without surge): those that are not available
 * cost nothing; of the others as many as `maxUnavailable` (rounded up) still allows. `desired` is the number of nodes with a pod.
 */
export function outdatedToDelete(set: DaemonSet, pods: readonly Pod[], desired: number, now: SimTime): readonly Pod[] {
  const hash = revisionHash(set)
  const limit = Math.max(1, scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, desired, 'up'))
  const available = (pod: Pod): boolean => isPodActive(pod) && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)
  const old = pods.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] !== hash && !pod.metadata.deletionTimestamp)
  const broken = old.filter((pod) => !available(pod))
  const working = old.filter(available)
  const unavailable = desired - pods.filter(available).length
  return [...broken, ...working.slice(0, Math.max(0, limit - unavailable))]
}
