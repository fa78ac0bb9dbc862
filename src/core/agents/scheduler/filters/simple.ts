import type { Pod } from '../../../api/kinds/types.ts'
import { fitsNodeAffinity } from '../../contracts/node-affinity.ts'
import { tolerates, untoleratedTaint } from '../../contracts/tolerations.ts'
import type { Filter, Refusal } from '../framework.ts'
import { hostPortsOf, portsConflict } from '../node-info.ts'

const refuse = (plugin: string, reason: string, final: boolean): Refusal => ({ plugin, reasons: [reason], final })

export const nodeUnschedulable: Filter = (pod, { node }) => {
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const
  if (!node.spec?.unschedulable || pod.spec.tolerations?.some((t) => tolerates(t, cordon))) return null
  return refuse('NodeUnschedulable', 'node(s) were unschedulable', true)
}

export const nodeName: Filter = (pod, { node }) =>
  !pod.spec.nodeName || pod.spec.nodeName === node.metadata.name
    ? null
    : refuse('NodeName', "node(s) didn't match the requested node name", true)

export const taintToleration: Filter = (pod, { node }) => {
  const taint = untoleratedTaint(node.spec?.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute'])
  return taint ? refuse('TaintToleration', 'node(s) had untolerated taint(s)', true) : null
}

/** A pod that is pinned to nodes by name is never tried elsewhere; the words for the others are those of the prefilter. */
export const nodeAffinity: Filter = (pod, { node }) => {
  const pinned = pinnedNodes(pod)
  if (pinned && !pinned.includes(node.metadata.name)) {
    return refuse('NodeAffinity', "node(s) didn't satisfy plugin(s) [NodeAffinity]", true)
  }
  if (fitsNodeAffinity(pod.spec, node)) return null
  return refuse('NodeAffinity', "node(s) didn't match Pod's node affinity/selector", true)
}

/** The nodes that every term names by `metadata.name`; `null` when some term names none. */
function pinnedNodes(pod: Pod): readonly string[] | null {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (!terms?.length) return null
  const names: string[] = []
  for (const term of terms) {
    const rule = term.matchFields?.find((r) => r.key === 'metadata.name' && r.operator === 'In')
    if (!rule) return null
    names.push(...(rule.values ?? []))
  }
  return names
}

export const nodePorts: Filter = (pod, info) => {
  const wanted = hostPortsOf(pod)
  const taken = wanted.some((port) => info.hostPorts.some((other) => portsConflict(port, other)))
  return taken ? refuse('NodePorts', "node(s) didn't have free ports for the requested pod ports", false) : null
}
