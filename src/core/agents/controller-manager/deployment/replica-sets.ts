import { equal } from '../../../base/equal.ts'
import { compareKeys } from '../../../base/order.ts'
import type { Deployment, LabelSelector, PodTemplateSpec, ReplicaSet, StringMap } from '../../../api/kinds/types.ts'
import { controllerRef } from '../../contracts/pod-status.ts'
import { templateHash } from '../template-hash.ts'
import { DESIRED_REPLICAS, HASH_LABEL, MAX_REPLICAS, NOT_COPIED, REVISION } from './annotations.ts'
import { boundsOf } from './rolling.ts'

/** The template as the person wrote it: without the label that the controller added. */
function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec | undefined {
  if (!template?.metadata?.labels?.[HASH_LABEL]) return template
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata.labels
  return { ...template, metadata: { ...template.metadata, labels } }
}

export const olderFirst = (a: ReplicaSet, b: ReplicaSet): number =>
  compareKeys(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') ||
  revisionOf(a) - revisionOf(b) ||
  compareKeys(a.metadata.name, b.metadata.name)

export const revisionOf = (object: ReplicaSet | Deployment): number =>
  Number(object.metadata.annotations?.[REVISION] ?? 0) || 0

/** The ReplicaSet of the present template; of several, the oldest (FindNewReplicaSet). */
export const findNew = (deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  [...sets].sort(olderFirst).find((set) => equal(withoutHash(set.spec.template), withoutHash(deployment.spec.template)))

/** The ReplicaSet to make for the present template. */
export function buildReplicaSet(deployment: Deployment, replicas: number, revision: number): ReplicaSet {
  const { template } = deployment.spec
  const hash = templateHash(template, deployment.status?.collisionCount ?? 0)
  const labels: StringMap = { ...template.metadata?.labels, [HASH_LABEL]: hash }
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      ...(deployment.metadata.namespace !== undefined && { namespace: deployment.metadata.namespace }),
      labels,
      annotations: { ...copied(deployment), ...sizeAnnotations(deployment), [REVISION]: String(revision) },
      ownerReferences: [controllerRef(deployment)],
    },
    spec: {
      replicas,
      ...(deployment.spec.minReadySeconds && { minReadySeconds: deployment.spec.minReadySeconds }),
      selector: withHash(deployment.spec.selector, hash),
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
}

const withHash = (selector: LabelSelector, hash: string): LabelSelector => ({
  ...selector,
  matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash },
})

/** The annotations of the Deployment that its ReplicaSets take over. */
export function copied(deployment: Deployment): StringMap {
  const annotations = Object.entries(deployment.metadata.annotations ?? {})
  return Object.fromEntries(annotations.filter(([key]) => !NOT_COPIED.includes(key)))
}

/** How large the Deployment was when the ReplicaSet was last scaled: that is how a scaling is told from a rollout. */
export function sizeAnnotations(deployment: Deployment): StringMap {
  const desired = deployment.spec.replicas ?? 1
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + boundsOf(deployment.spec).surge) }
}
