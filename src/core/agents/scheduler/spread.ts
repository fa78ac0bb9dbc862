import { matchesSelector } from '../../api/kinds/selector.ts'
import type { LabelSelector, Pod, PodSpec } from '../../api/kinds/types.ts'
import { fitsNodeAffinity } from '../contracts/node-affinity.ts'
import { untoleratedTaint } from '../contracts/tolerations.ts'
import type { NodeInfo } from './node-info.ts'

export interface SpreadConstraint {
  readonly maxSkew: number
  readonly topologyKey: string
  readonly whenUnsatisfiable?: 'DoNotSchedule' | 'ScheduleAnyway'
  readonly labelSelector?: LabelSelector
  readonly minDomains?: number
  readonly nodeAffinityPolicy?: 'Honor' | 'Ignore'
  readonly nodeTaintsPolicy?: 'Honor' | 'Ignore'
  readonly matchLabelKeys?: readonly string[]
}

type SpreadSpec = PodSpec & { readonly topologySpreadConstraints?: readonly SpreadConstraint[] }

export const constraintsOf = (pod: Pod, when: 'DoNotSchedule' | 'ScheduleAnyway'): readonly SpreadConstraint[] =>
  ((pod.spec as SpreadSpec).topologySpreadConstraints ?? []).filter(
    (c) => (c.whenUnsatisfiable ?? 'DoNotSchedule') === when,
  )

export const hasConstraints = (pod: Pod): boolean =>
  ((pod.spec as SpreadSpec).topologySpreadConstraints ?? []).length > 0

export const domainOf = (info: NodeInfo, key: string): string | undefined => info.node.metadata.labels?.[key]

/** The selector of a constraint, narrowed by the pod's own values of `matchLabelKeys`. */
export function selectorOf(constraint: SpreadConstraint, pod: Pod): LabelSelector | undefined {
  const { labelSelector, matchLabelKeys } = constraint
  if (!labelSelector || !matchLabelKeys?.length) return labelSelector
  const added = Object.fromEntries(
    matchLabelKeys.flatMap((key) => {
      const value = pod.metadata.labels?.[key]
      return value === undefined ? [] : [[key, value]]
    }),
  )
  return { ...labelSelector, matchLabels: { ...labelSelector.matchLabels, ...added } }
}

/** Pods of the namespace that the selector counts; pods on their way out do not. */
export const countMatching = (
  info: NodeInfo,
  selector: LabelSelector | undefined,
  namespace: string | undefined,
): number =>
  info.pods.filter(
    (p) =>
      p.metadata.namespace === namespace &&
      !p.metadata.deletionTimestamp &&
      matchesSelector(selector, p.metadata.labels),
  ).length

/** Whether a node counts as a place at all (podtopologyspread common.go matchNodeInclusionPolicies). */
export const counts = (constraint: SpreadConstraint, pod: Pod, info: NodeInfo): boolean =>
  ((constraint.nodeAffinityPolicy ?? 'Honor') === 'Ignore' || fitsNodeAffinity(pod.spec, info.node)) &&
  ((constraint.nodeTaintsPolicy ?? 'Ignore') === 'Ignore' ||
    !untoleratedTaint(info.node.spec?.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']))

/** Matching pods per domain, over the nodes that count and carry every topology key. */
export function domainCounts(
  constraint: SpreadConstraint,
  keys: readonly string[],
  pod: Pod,
  all: readonly NodeInfo[],
): ReadonlyMap<string, number> {
  const selector = selectorOf(constraint, pod)
  const totals = new Map<string, number>()
  for (const info of all) {
    if (!keys.every((key) => domainOf(info, key) !== undefined) || !counts(constraint, pod, info)) continue
    const domain = domainOf(info, constraint.topologyKey)!
    totals.set(domain, (totals.get(domain) ?? 0) + countMatching(info, selector, pod.metadata.namespace))
  }
  return totals
}
