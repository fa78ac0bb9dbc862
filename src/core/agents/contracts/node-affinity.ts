import { matchesLabels } from '../../api/kinds/selector.ts'
import type { Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, StringMap } from '../../api/kinds/types.ts'

function holds(rule: NodeSelectorRequirement, values: StringMap | undefined): boolean {
  const value = values && Object.hasOwn(values, rule.key) ? values[rule.key] : undefined
  switch (rule.operator) {
    case 'In':
      return value !== undefined && (rule.values ?? []).includes(value)
    case 'NotIn':
      return value === undefined || !(rule.values ?? []).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(rule.values?.[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(rule.values?.[0])
  }
}

/** All requirements of a term hold; the only field is `metadata.name`. An empty term matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const labels = term.matchExpressions ?? []
  const fields = term.matchFields ?? []
  if (labels.length + fields.length === 0) return false
  const name = { 'metadata.name': node.metadata.name }
  return labels.every((rule) => holds(rule, node.metadata.labels)) && fields.every((rule) => holds(rule, name))
}

/** nodeSelector and required node affinity (component-helpers nodeaffinity GetRequiredNodeAffinity). */
export function fitsNodeAffinity(spec: PodSpec, node: Node): boolean {
  if (!matchesLabels(spec.nodeSelector, node.metadata.labels)) return false
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node))
}
