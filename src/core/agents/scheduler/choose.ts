import type { Namespace, Pod, Service, LabelSelector } from '../../api/kinds/types.ts'
import { matchesLabels } from '../../api/kinds/selector.ts'
import type { ApiServer } from '../../api/store/store.ts'
import { controllerOf } from '../contracts/pod-status.ts'
import { namespaceLabels } from './affinity-terms.ts'
import { nodeResourcesFit } from './filters/fit.ts'
import { interPodAffinity as interPodAffinityFilter } from './filters/inter-pod-affinity.ts'
import {
  nodeAffinity as nodeAffinityFilter,
  nodeName,
  nodePorts,
  nodeUnschedulable,
  taintToleration as taintTolerationFilter,
} from './filters/simple.ts'
import { podTopologySpread as podTopologySpreadFilter } from './filters/spread.ts'
import type { Filter, Refusal, Score } from './framework.ts'
import { type NodeInfo, NodeInfos } from './node-info.ts'
import { interPodAffinity, nodeAffinity, taintToleration } from './scores/preferences.ts'
import { balancedAllocation, leastAllocated } from './scores/resources.ts'
import { podTopologySpread } from './scores/spread.ts'

/** Where a pod goes, or why it goes nowhere. `scores` are the weighted sums of the nodes that could take it. */
export type Choice =
  | { readonly node: string; readonly scores: readonly { readonly node: string; readonly score: number }[] }
  | { readonly node: null; readonly refusals: readonly Refusal[] }

/** The default profile (pkg/scheduler/apis/config/v1/default_plugins.go) without volumes, images and preemption. */
export class Profile {
  readonly #api: ApiServer
  readonly #infos: NodeInfos
  readonly #filters: readonly Filter[]
  readonly #scores: readonly Score[]

  constructor(api: ApiServer) {
    this.#api = api
    this.#infos = new NodeInfos(api)
    const labels = namespaceLabels((ref) => api.peek<Namespace>(ref))
    this.#filters = [
      nodeUnschedulable,
      nodeName,
      taintTolerationFilter,
      nodeAffinityFilter,
      nodePorts,
      nodeResourcesFit,
      podTopologySpreadFilter,
      interPodAffinityFilter(labels),
    ]
    const siblings = (pod: Pod): LabelSelector | undefined => siblingSelector(api, pod)
    this.#scores = [
      taintToleration,
      nodeAffinity,
      leastAllocated,
      podTopologySpread(siblings),
      interPodAffinity(labels),
      balancedAllocation,
    ]
  }

  choose(pod: Pod): Choice {
    const all = this.#infos.all()
    const feasible: NodeInfo[] = []
    const refusals: Refusal[] = []
    for (const info of all) {
      const refusal = this.#refusal(pod, info, all)
      if (refusal) refusals.push(refusal)
      else feasible.push(info)
    }
    if (feasible.length === 0) return { node: null, refusals }
    return this.#best(pod, feasible, all)
  }

  #refusal(pod: Pod, info: NodeInfo, all: readonly NodeInfo[]): Refusal | null {
    for (const filter of this.#filters) {
      const refusal = filter(pod, info, all)
      if (refusal) return refusal
    }
    return null
  }

  /** The highest sum; among equals one at random (schedule_one.go selectHost). A single node is not scored. */
  #best(pod: Pod, feasible: readonly NodeInfo[], all: readonly NodeInfo[]): Choice {
    const total = feasible.map(() => 0)
    if (feasible.length > 1) {
      for (const plugin of this.#scores) {
        plugin.score(pod, feasible, all).forEach((score, i) => {
          total[i] = total[i]! + score * plugin.weight
        })
      }
    }
    const top = Math.max(...total)
    const best = feasible.filter((_, i) => total[i] === top)
    const chosen = best.length === 1 ? best[0]! : best[this.#api.world.randomBelow('scheduler', best.length)]!
    const scores = feasible.map((info, i) => ({ node: info.node.metadata.name, score: total[i]! }))
    return { node: chosen.node.metadata.name, scores }
  }
}

/** helper.DefaultSelector: the selectors of the pod's Services, and that of its ReplicaSet. */
function siblingSelector(api: ApiServer, pod: Pod): LabelSelector | undefined {
  let matchLabels: Record<string, string> = {}
  for (const service of api.ofKind<Service>('Service', pod.metadata.namespace)) {
    const { selector } = service.spec
    const selects = selector && Object.keys(selector).length > 0 && matchesLabels(selector, pod.metadata.labels)
    if (selects) matchLabels = { ...matchLabels, ...selector }
  }
  const owner = controllerOf(pod)
  const set = owner?.kind === 'ReplicaSet' ? api.peek(`ReplicaSet/${pod.metadata.namespace}/${owner.name}`) : undefined
  const selector = (set?.['spec'] as { readonly selector?: LabelSelector } | undefined)?.selector
  const merged: LabelSelector = { ...selector, matchLabels: { ...selector?.matchLabels, ...matchLabels } }
  return Object.keys(merged.matchLabels ?? {}).length + (merged.matchExpressions?.length ?? 0) > 0 ? merged : undefined
}
