import type { Pod, PodAffinityTerm } from '../../../api/kinds/types.ts'
import {
  type NamespaceLabels,
  requiredAffinity,
  requiredAntiAffinity,
  sameDomain,
  termMatches,
  topologyOf,
} from '../affinity-terms.ts'
import type { Filter, Refusal } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'

const refusal = (reason: string, final: boolean): Refusal => ({ plugin: 'InterPodAffinity', reasons: [reason], final })

/** Required pod affinity and anti-affinity, in both directions (interpodaffinity/filtering.go). */
export const interPodAffinity =
  (labels: NamespaceLabels): Filter =>
  (pod, info, all) => {
    if (!requiredAffinity(pod).every((term) => satisfied(term, pod, info, all, labels))) {
      return refusal("node(s) didn't match pod affinity rules", true)
    }
    if (requiredAntiAffinity(pod).some((term) => present(term, pod, info, all, labels))) {
      return refusal("node(s) didn't match pod anti-affinity rules", false)
    }
    return offendsOthers(pod, info, all, labels)
      ? refusal("node(s) didn't satisfy existing pods anti-affinity rules", false)
      : null
  }

const present = (
  term: PodAffinityTerm,
  pod: Pod,
  info: NodeInfo,
  all: readonly NodeInfo[],
  labels: NamespaceLabels,
): boolean => sameDomain(info, term, all).some((other) => other.pods.some((p) => termMatches(term, pod, p, labels)))

/** The first pod of a group that wants to be with itself may go anywhere. */
function satisfied(
  term: PodAffinityTerm,
  pod: Pod,
  info: NodeInfo,
  all: readonly NodeInfo[],
  labels: NamespaceLabels,
): boolean {
  if (topologyOf(info, term) === undefined) return false
  if (present(term, pod, info, all, labels)) return true
  const anywhere = all.some((other) => other.pods.some((p) => termMatches(term, pod, p, labels)))
  return !anywhere && termMatches(term, pod, pod, labels)
}

function offendsOthers(pod: Pod, info: NodeInfo, all: readonly NodeInfo[], labels: NamespaceLabels): boolean {
  for (const other of all) {
    for (const existing of other.antiAffine) {
      for (const term of requiredAntiAffinity(existing)) {
        const domain = topologyOf(other, term)
        if (domain !== undefined && domain === topologyOf(info, term) && termMatches(term, existing, pod, labels))
          return true
      }
    }
  }
  return false
}
