import { type ObjectRef, splitRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { timestamp } from '../../base/time.ts'
import { type ApiError, conflictError, notFoundError } from '../kinds/errors.ts'
import type { Condition, Pod } from '../kinds/types.ts'
import type { ObjectStore } from './object-store.ts'
import type { Actor } from './types.ts'

const BINDING = { kind: 'Binding', group: '', plural: 'pods/binding' }

/** POST of the `binding` subresource: the pod belongs to a node from now on (registry/core/pod/storage assignPod). */
export function bindPod(store: ObjectStore, ref: ObjectRef, node: string, by: Actor): Result<Pod, ApiError> {
  const pod = store.read<Pod>(ref)
  const { name } = splitRef(ref)
  if (!pod) return err(notFoundError({ ...BINDING, plural: 'pods' }, name))
  if (pod.metadata.deletionTimestamp) {
    return err(conflictError(BINDING, name, `pod ${name} is being deleted, cannot be assigned to a host`))
  }
  if (pod.spec.nodeName) {
    return err(
      conflictError(BINDING, name, `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`),
    )
  }
  const scheduled: Condition = { type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(store.sim.now) }
  const others = (pod.status?.conditions ?? []).filter((c) => c.type !== 'PodScheduled')
  const status = { ...pod.status, conditions: [...others, scheduled] }
  return ok(store.write({ ...pod, spec: { ...pod.spec, nodeName: node }, status }, { by, verb: 'update' }))
}
