import type { Pod } from '../../api/kinds/types.ts'
import type { NodeInfo } from './node-info.ts'

/** Why a node cannot take a pod. `final`: removing pods from the node would not help (UnschedulableAndUnresolvable). */
export interface Refusal {
  readonly plugin: string
  readonly reasons: readonly string[]
  readonly final: boolean
}

/** A filter says `null` where the node can take the pod. `all` is what spreading and affinity look at. */
export type Filter = (pod: Pod, info: NodeInfo, all: readonly NodeInfo[]) => Refusal | null

/** A score plugin: 0 to 100 per node that passed the filters, in their order. */
export interface Score {
  readonly plugin: string
  readonly weight: number
  score(pod: Pod, feasible: readonly NodeInfo[], all: readonly NodeInfo[]): readonly number[]
}

export const MAX_SCORE = 100

/** Scales so that the largest becomes 100; `reverse`: the largest becomes 0 (helper.DefaultNormalizeScore). */
export function normalise(scores: readonly number[], reverse = false): readonly number[] {
  const max = Math.max(0, ...scores)
  if (max === 0) return scores.map(() => (reverse ? MAX_SCORE : 0))
  return scores.map((score) => {
    const scaled = Math.floor((MAX_SCORE * score) / max)
    return reverse ? MAX_SCORE - scaled : scaled
  })
}
