import type { Pod } from '../../api/kinds/types.ts'
import type { Refusal } from './framework.ts'

/** `2 Insufficient cpu, 1 node(s) were unschedulable`: reasons with their counts, in the order of the texts. */
function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ')
}

/** What the plugin DynamicResources adds for every pod without resource claims, since 1.34 (dynamicresources.go PostFilter). */
const NO_CLAIMS = 'no new claims to deallocate'

/**
 * The message of FailedScheduling (framework/types.go FitError.Error, and what the PostFilter plugins add). Preemption itself
 * is not simulated: the words are those of a cluster where no pod of lower priority stands in the way.
 */
export function fitError(pod: Pod, refusals: readonly Refusal[]): string {
  if (refusals.length === 0) return 'no nodes available to schedule pods'
  const none = `0/${refusals.length} nodes are available`
  const filters = `${none}: ${histogram(refusals.flatMap((r) => r.reasons))}.`
  if (pod.spec.preemptionPolicy === 'Never')
    return `${filters} ${NO_CLAIMS}, preemption: not eligible due to preemptionPolicy=Never.`
  const victims = refusals.map((r) =>
    r.final ? 'Preemption is not helpful for scheduling' : 'No preemption victims found for incoming pod',
  )
  return `${filters} ${NO_CLAIMS}, preemption: ${none}: ${histogram(victims)}.`
}
