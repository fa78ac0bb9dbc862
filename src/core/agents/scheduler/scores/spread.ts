import type { LabelSelector, Pod } from '../../../api/kinds/types.ts'
import { MAX_SCORE, type Score } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import {
  type SpreadConstraint,
  constraintsOf,
  countMatching,
  counts,
  domainOf,
  hasConstraints,
  selectorOf,
} from '../spread.ts'

const HOSTNAME = 'kubernetes.io/hostname'
const ZONE = 'topology.kubernetes.io/zone'

/** The selector that says which pods are the pod's siblings: of its Services, or of the workload that made it. */
export type SiblingSelector = (pod: Pod) => LabelSelector | undefined

/** What applies to a pod that says nothing itself: across hosts with skew 3, across zones with skew 5. */
function defaults(pod: Pod, siblings: SiblingSelector): readonly SpreadConstraint[] {
  const labelSelector = siblings(pod)
  if (!labelSelector) return []
  return [
    { topologyKey: HOSTNAME, maxSkew: 3, whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
    { topologyKey: ZONE, maxSkew: 5, whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
  ]
}

/** Prefers domains with fewer siblings (podtopologyspread/scoring.go). */
export const podTopologySpread = (siblings: SiblingSelector): Score => ({
  plugin: 'PodTopologySpread',
  weight: 2,
  score: (pod, feasible, all) => {
    const own = hasConstraints(pod)
    const constraints = own ? constraintsOf(pod, 'ScheduleAnyway') : defaults(pod, siblings)
    if (constraints.length === 0) return feasible.map(() => 0)
    // With the defaults a node need not carry every key; what it does not carry does not count.
    const raw = feasible.map((info) =>
      own && constraints.some((c) => domainOf(info, c.topologyKey) === undefined) ? null : 0,
    )
    for (const constraint of constraints) addTo(raw, constraint, pod, feasible, all)
    return fewestFirst(raw)
  },
})

/** Each matching pod counts log(domains + 2), so that hosts and zones weigh alike, and `maxSkew - 1` on top. */
function addTo(
  raw: (number | null)[],
  constraint: SpreadConstraint,
  pod: Pod,
  feasible: readonly NodeInfo[],
  all: readonly NodeInfo[],
): void {
  const selector = selectorOf(constraint, pod)
  const domains = new Set(feasible.map((info) => domainOf(info, constraint.topologyKey)).filter((d) => d !== undefined))
  const size = constraint.topologyKey === HOSTNAME ? feasible.length : domains.size
  const weight = Math.log(size + 2)
  const count = (info: NodeInfo): number => countMatching(info, selector, pod.metadata.namespace)
  const totals = new Map<string, number>()
  if (constraint.topologyKey !== HOSTNAME) {
    for (const info of all) {
      const domain = domainOf(info, constraint.topologyKey)
      if (domain !== undefined && counts(constraint, pod, info))
        totals.set(domain, (totals.get(domain) ?? 0) + count(info))
    }
  }
  feasible.forEach((info, i) => {
    const domain = domainOf(info, constraint.topologyKey)
    if (raw[i] === null || domain === undefined) return
    const matching = constraint.topologyKey === HOSTNAME ? count(info) : (totals.get(domain) ?? 0)
    raw[i] = raw[i]! + matching * weight + (constraint.maxSkew - 1)
  })
}

/** 100 for the emptiest, less for the others: 100 × (max + min − score) / max. Ignored nodes get 0. */
function fewestFirst(raw: readonly (number | null)[]): readonly number[] {
  const rounded = raw.map((score) => (score === null ? null : Math.round(score)))
  const known = rounded.filter((score) => score !== null)
  const max = Math.max(0, ...known)
  const min = known.length > 0 ? Math.min(...known) : 0
  return rounded.map((score) => {
    if (score === null) return 0
    return max === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (max + min - score)) / max)
  })
}
