import { matchesSelector } from '../../api/kinds/selector.ts'
import type { Namespace, Pod, PodAffinityTerm, StringMap } from '../../api/kinds/types.ts'
import type { NodeInfo } from './node-info.ts'

/** Labels of a namespace, for terms that select namespaces by label. */
export type NamespaceLabels = (name: string) => StringMap | undefined

export const namespaceLabels =
  (read: (ref: string) => Namespace | undefined): NamespaceLabels =>
  (name) =>
    read(`Namespace/${name}`)?.metadata.labels

/** Whether `other` is one of the pods that a term of `owner` speaks of. */
export function termMatches(term: PodAffinityTerm, owner: Pod, other: Pod, labels: NamespaceLabels): boolean {
  if (!matchesSelector(term.labelSelector, other.metadata.labels)) return false
  const namespace = other.metadata.namespace ?? ''
  if (term.namespaces?.includes(namespace)) return true
  if (term.namespaceSelector) return matchesSelector(term.namespaceSelector, labels(namespace))
  return !term.namespaces?.length && namespace === owner.metadata.namespace
}

export const topologyOf = (info: NodeInfo, term: PodAffinityTerm): string | undefined =>
  info.node.metadata.labels?.[term.topologyKey]

/** The nodes in the same domain as `info`. */
export const sameDomain = (info: NodeInfo, term: PodAffinityTerm, all: readonly NodeInfo[]): readonly NodeInfo[] => {
  const domain = topologyOf(info, term)
  return domain === undefined ? [] : all.filter((other) => topologyOf(other, term) === domain)
}

export const requiredAffinity = (pod: Pod): readonly PodAffinityTerm[] =>
  pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
export const requiredAntiAffinity = (pod: Pod): readonly PodAffinityTerm[] =>
  pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
