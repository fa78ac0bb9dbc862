import { formatSelector, matchesSelector } from '../../../core/api/kinds/selector.ts'
import type { ApiObject, DaemonSet, Deployment, LabelSelector, Pod, ReplicaSet } from '../../../core/api/kinds/types.ts'
import type { Kubectl } from '../context.ts'
import { template } from './pod.ts'
import { Description, annotations, controlledBy, events, head, labels, rfc1123 } from './writer.ts'

const REVISION = 'deployment.kubernetes.io/revision'

export function describeDeployment(k: Kubectl, deployment: Deployment): string {
  const d = new Description()
  const { spec, status, metadata } = deployment
  head(d, deployment)
  d.line(0, `CreationTimestamp:\t${rfc1123(metadata.creationTimestamp)}`)
  labels(d, 0, 'Labels', metadata.labels)
  annotations(d, metadata.annotations)
  d.line(0, `Selector:\t${formatSelector(spec.selector)}`)
  const s = status ?? {}
  d.line(
    0,
    `Replicas:\t${spec.replicas ?? 1} desired | ${s.updatedReplicas ?? 0} updated | ${s.replicas ?? 0} total | ` +
      `${s.availableReplicas ?? 0} available | ${s.unavailableReplicas ?? 0} unavailable`,
  )
  d.line(0, `StrategyType:\t${spec.strategy?.type ?? 'RollingUpdate'}`)
  d.line(0, `MinReadySeconds:\t${spec.minReadySeconds ?? 0}`)
  const rolling = spec.strategy?.rollingUpdate
  if (rolling)
    d.line(
      0,
      `RollingUpdateStrategy:\t${rolling.maxUnavailable ?? 0} max unavailable, ${rolling.maxSurge ?? 0} max surge`,
    )
  template(d, spec.template.spec, spec.template.metadata)
  const conditions = s.conditions ?? []
  if (conditions.length > 0) {
    d.line(0, 'Conditions:')
    d.line(1, 'Type\tStatus\tReason')
    d.line(1, '----\t------\t------')
    for (const condition of conditions) d.line(1, `${condition.type} \t${condition.status}\t${condition.reason ?? ''}`)
  }
  replicaSets(k, d, deployment)
  events(k, d, deployment)
  return d.toString()
}

const replicaSetText = (set: ReplicaSet): string =>
  `${set.metadata.name} (${set.status?.replicas ?? 0}/${set.spec.replicas ?? 0} replicas created)`

function replicaSets(k: Kubectl, d: Description, deployment: Deployment): void {
  const owned = k.api.ownedBy<ReplicaSet>(deployment.metadata.uid ?? '').filter((each) => each.kind === 'ReplicaSet')
  const revision = deployment.metadata.annotations?.[REVISION]
  const current = owned.find((set) => set.metadata.annotations?.[REVISION] === revision)
  const old = owned.filter((set) => set !== current)
  d.line(0, `OldReplicaSets:\t${old.length === 0 ? '<none>' : old.map(replicaSetText).join(', ')}`)
  d.line(0, `NewReplicaSet:\t${current ? replicaSetText(current) : '<none>'}`)
}

function podCounts(k: Kubectl, owner: ApiObject, selector: LabelSelector): string {
  const pods = k.api
    .ofKind<Pod>('Pod', owner.metadata.namespace)
    .filter(
      (pod) =>
        matchesSelector(selector, pod.metadata.labels) &&
        pod.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid),
    )
  const count = (phase: string): number => pods.filter((pod) => (pod.status?.phase ?? 'Pending') === phase).length
  return `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`
}

export function describeReplicaSet(k: Kubectl, set: ReplicaSet): string {
  const d = new Description()
  head(d, set)
  d.line(0, `Selector:\t${formatSelector(set.spec.selector)}`)
  labels(d, 0, 'Labels', set.metadata.labels)
  annotations(d, set.metadata.annotations)
  controlledBy(d, set)
  d.line(0, `Replicas:\t${set.status?.replicas ?? 0} current / ${set.spec.replicas ?? 1} desired`)
  d.line(0, `Pods Status:\t${podCounts(k, set, set.spec.selector)}`)
  if (set.spec.template) template(d, set.spec.template.spec, set.spec.template.metadata)
  events(k, d, set)
  return d.toString()
}

export function describeDaemonSet(k: Kubectl, set: DaemonSet): string {
  const d = new Description()
  const s = set.status
  head(d, set)
  d.line(0, `Selector:\t${formatSelector(set.spec.selector)}`)
  d.line(0, `Node-Selector:\t${formatSelector({ matchLabels: set.spec.template.spec.nodeSelector ?? {} })}`)
  labels(d, 0, 'Labels', set.metadata.labels)
  annotations(d, set.metadata.annotations)
  d.line(0, `Desired Number of Nodes Scheduled: ${s?.desiredNumberScheduled ?? 0}`)
  d.line(0, `Current Number of Nodes Scheduled: ${s?.currentNumberScheduled ?? 0}`)
  d.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${s?.updatedNumberScheduled ?? 0}`)
  d.line(0, `Number of Nodes Scheduled with Available Pods: ${s?.numberAvailable ?? 0}`)
  d.line(0, `Number of Nodes Misscheduled: ${s?.numberMisscheduled ?? 0}`)
  d.line(0, `Pods Status:\t${podCounts(k, set, set.spec.selector)}`)
  template(d, set.spec.template.spec, set.spec.template.metadata)
  events(k, d, set)
  return d.toString()
}
