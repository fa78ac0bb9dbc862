import type { Affinity, DaemonSet, NodeSelectorTerm, Pod, PodSpec, Toleration } from '../../../api/kinds/types.ts'
import { templateHash } from '../template-hash.ts'
import { podFromTemplate } from '../create-pods.ts'

export const REVISION_LABEL = 'controller-revision-hash'
const GENERATION_LABEL = 'pod-template-generation'

/** The tolerations that every daemon pod gets (k8s pkg/controller/daemon/util AddOrUpdateDaemonPodTolerations). */
function daemonTolerations(spec: PodSpec): readonly Toleration[] {
  const exists = (name: string, effect: NonNullable<Toleration['effect']>): Toleration => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect,
  })
  return [
    exists('not-ready', 'NoExecute'),
    exists('unreachable', 'NoExecute'),
    exists('disk-pressure', 'NoSchedule'),
    exists('memory-pressure', 'NoSchedule'),
    exists('pid-pressure', 'NoSchedule'),
    exists('unschedulable', 'NoSchedule'),
    ...(spec.hostNetwork ? [exists('network-unavailable', 'NoSchedule')] : []),
  ]
}

function withDaemonTolerations(spec: PodSpec): PodSpec {
  const given = spec.tolerations ?? []
  const same = (a: Toleration, b: Toleration): boolean =>
    a.key === b.key && a.operator === b.operator && a.effect === b.effect && a.value === b.value
  const added = daemonTolerations(spec).filter((t) => !given.some((g) => same(g, t)))
  return { ...spec, tolerations: [...given, ...added] }
}

/** The only node that the scheduler may choose for the pod (ReplaceDaemonSetPodNodeNameNodeAffinity). */
function pinnedTo(affinity: Affinity | undefined, node: string): Affinity {
  const term: NodeSelectorTerm = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }
  const nodeAffinity = {
    ...affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
  }
  return { ...affinity, nodeAffinity }
}

/** The revision of the present template: the value of `controller-revision-hash`. */
export const revisionHash = (set: DaemonSet): string => templateHash(set.spec.template, set.status?.collisionCount ?? 0)

export function daemonPod(set: DaemonSet, node: string): Pod {
  const pod = podFromTemplate(set, set.spec.template)
  const labels = {
    ...pod.metadata.labels,
    [REVISION_LABEL]: revisionHash(set),
    [GENERATION_LABEL]: String(set.metadata.generation ?? 1),
  }
  const spec = withDaemonTolerations(pod.spec)
  return { ...pod, metadata: { ...pod.metadata, labels }, spec: { ...spec, affinity: pinnedTo(spec.affinity, node) } }
}

/** The pod spec against which a node is judged. */
export const simulatedSpec = (set: DaemonSet): PodSpec => withDaemonTolerations(set.spec.template.spec)

/** The node that a daemon pod is on, or waits for. */
export function nodeOf(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  for (const rule of terms?.flatMap((term) => term.matchFields ?? []) ?? []) {
    if (rule.key === 'metadata.name' && rule.operator === 'In') return rule.values?.[0]
  }
  return undefined
}
