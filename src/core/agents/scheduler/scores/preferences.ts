import type { Pod } from '../../../api/kinds/types.ts'
import { matchesTerm } from '../../contracts/node-affinity.ts'
import { tolerates } from '../../contracts/tolerations.ts'
import { type NamespaceLabels, sameDomain, termMatches } from '../affinity-terms.ts'
import { MAX_SCORE, type Score, normalise } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'

/** Fewest PreferNoSchedule taints that the pod does not tolerate. */
export const taintToleration: Score = {
  plugin: 'TaintToleration',
  weight: 3,
  score: (pod, feasible) =>
    normalise(
      feasible.map((info) => intolerable(pod, info)),
      true,
    ),
}

function intolerable(pod: Pod, { node }: NodeInfo): number {
  const tolerations = (pod.spec.tolerations ?? []).filter((t) => !t.effect || t.effect === 'PreferNoSchedule')
  return (node.spec?.taints ?? []).filter(
    (taint) => taint.effect === 'PreferNoSchedule' && !tolerations.some((t) => tolerates(t, taint)),
  ).length
}

/** The weights of the preferred terms that the node meets. */
export const nodeAffinity: Score = {
  plugin: 'NodeAffinity',
  weight: 2,
  score: (pod, feasible) => {
    const terms = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    return normalise(
      feasible.map(({ node }) => terms.reduce((sum, t) => sum + (matchesTerm(t.preference, node) ? t.weight : 0), 0)),
    )
  },
}

/** Preferred affinity and anti-affinity of the pod itself; what others prefer is not looked at. */
export const interPodAffinity = (labels: NamespaceLabels): Score => ({
  plugin: 'InterPodAffinity',
  weight: 2,
  score: (pod, feasible, all) => spreadOut(feasible.map((info) => preference(pod, info, all, labels))),
})

function preference(pod: Pod, info: NodeInfo, all: readonly NodeInfo[], labels: NamespaceLabels): number {
  const attract = pod.spec.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  const repel = pod.spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  const sum = (terms: typeof attract): number =>
    terms.reduce((total, { weight, podAffinityTerm: term }) => {
      const matching = sameDomain(info, term, all).flatMap((other) =>
        other.pods.filter((p) => termMatches(term, pod, p, labels)),
      )
      return total + weight * matching.length
    }, 0)
  return sum(attract) - sum(repel)
}

/** From the lowest, 0, to the highest, 100. */
function spreadOut(scores: readonly number[]): readonly number[] {
  const low = Math.min(...scores)
  const range = Math.max(...scores) - low
  return scores.map((score) => (range === 0 ? 0 : Math.floor((MAX_SCORE * (score - low)) / range)))
}
