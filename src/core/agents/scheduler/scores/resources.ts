import type { Pod } from '../../../api/kinds/types.ts'
import { MAX_SCORE, type Score } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import { nonZeroRequestsOf, requestsOf } from '../resources.ts'

const free = (requested: number, capacity: number): number =>
  capacity === 0 || requested > capacity ? 0 : Math.floor(((capacity - requested) * MAX_SCORE) / capacity)

/** NodeResourcesFit with LeastAllocated: the mean of the free shares of CPU and memory. */
export const leastAllocated: Score = {
  plugin: 'NodeResourcesFit',
  weight: 1,
  score: (pod, feasible) => {
    const want = nonZeroRequestsOf(pod)
    return feasible.map(({ allocatable, nonZeroRequested }) => {
      const cpu = free(nonZeroRequested.milliCpu + want.milliCpu, allocatable.milliCpu)
      const memory = free(nonZeroRequested.memory + want.memory, allocatable.memory)
      return Math.floor((cpu + memory) / 2)
    })
  },
}

/**
 * NodeResourcesBalancedAllocation: CPU and memory used in like proportion. A pod that asks for nothing is not scored
 * (the plugin skips best-effort pods since 1.32).
 */
export const balancedAllocation: Score = {
  plugin: 'NodeResourcesBalancedAllocation',
  weight: 1,
  score: (pod, feasible) => {
    const want = requestsOf(pod)
    if (want.milliCpu === 0 && want.memory === 0) return feasible.map(() => 0)
    return feasible.map((info) => balance(pod, info))
  },
}

function balance(pod: Pod, { allocatable, requested }: NodeInfo): number {
  const want = requestsOf(pod)
  if (allocatable.milliCpu === 0 || allocatable.memory === 0) return 0
  const cpu = Math.min(1, (requested.milliCpu + want.milliCpu) / allocatable.milliCpu)
  const memory = Math.min(1, (requested.memory + want.memory) / allocatable.memory)
  // The standard deviation of two numbers is half their distance.
  return Math.floor((1 - Math.abs(cpu - memory) / 2) * MAX_SCORE)
}
