import { matchesSelector } from '../../../api/kinds/selector.ts'
import type { Filter } from '../framework.ts'
import { constraintsOf, domainCounts, domainOf, selectorOf } from '../spread.ts'

const REASON = "node(s) didn't match pod topology spread constraints"
const PLUGIN = 'PodTopologySpread'

/** Constraints with DoNotSchedule: the domain may not get more than `maxSkew` ahead of the emptiest one. */
export const podTopologySpread: Filter = (pod, info, all) => {
  const constraints = constraintsOf(pod, 'DoNotSchedule')
  const keys = constraints.map((c) => c.topologyKey)
  for (const constraint of constraints) {
    const domain = domainOf(info, constraint.topologyKey)
    if (domain === undefined) return { plugin: PLUGIN, reasons: [`${REASON} (missing required label)`], final: true }
    const totals = domainCounts(constraint, keys, pod, all)
    const enough = totals.size >= (constraint.minDomains ?? 1)
    const least = enough ? Math.min(...totals.values()) : 0
    const self = matchesSelector(selectorOf(constraint, pod), pod.metadata.labels) ? 1 : 0
    if ((totals.get(domain) ?? 0) + self - least > constraint.maxSkew)
      return { plugin: PLUGIN, reasons: [REASON], final: false }
  }
  return null
}
