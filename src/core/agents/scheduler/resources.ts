import { milliValue, unitValue } from '../../api/kinds/quantity.ts'
import type { Container, IntOrString, Pod, PodSpec, ResourceList } from '../../api/kinds/types.ts'

/** CPU in thousandths, everything else in whole units. */
export interface Resources {
  readonly milliCpu: number
  readonly memory: number
  readonly pods: number
  /** Extended resources and hugepages by name. */
  readonly other: Readonly<Record<string, number>>
}

const NONE: Resources = { milliCpu: 0, memory: 0, pods: 0, other: {} }

/** What scoring takes for a container that asks for nothing (schedutil DefaultMilliCPURequest, DefaultMemoryRequest). */
export const DEFAULT_MILLI_CPU = 100
export const DEFAULT_MEMORY = 200 * 1024 * 1024

/** Parsed quantities by text: a cache of constants. */
const milli = new Map<IntOrString, number>()
const units = new Map<IntOrString, number>()

function cached(cache: Map<IntOrString, number>, text: IntOrString, parse: (text: IntOrString) => number): number {
  const known = cache.get(text)
  if (known !== undefined) return known
  const value = parse(text)
  cache.set(text, value)
  return value
}

export function parseResources(list: ResourceList | undefined): Resources {
  if (!list) return NONE
  const other: Record<string, number> = {}
  for (const name of Object.keys(list)) {
    if (name !== 'cpu' && name !== 'memory' && name !== 'pods') other[name] = cached(units, list[name]!, unitValue)
  }
  return {
    milliCpu: list['cpu'] === undefined ? 0 : cached(milli, list['cpu'], milliValue),
    memory: list['memory'] === undefined ? 0 : cached(units, list['memory'], unitValue),
    pods: list['pods'] === undefined ? 0 : cached(units, list['pods'], unitValue),
    other,
  }
}

function combine(a: Resources, b: Resources, of: (x: number, y: number) => number): Resources {
  const other: Record<string, number> = { ...a.other }
  for (const name of Object.keys(b.other)) other[name] = of(other[name] ?? 0, b.other[name]!)
  return { milliCpu: of(a.milliCpu, b.milliCpu), memory: of(a.memory, b.memory), pods: of(a.pods, b.pods), other }
}

const plus = (x: number, y: number): number => x + y

/** Sum of the containers, or the largest init container where that is more; sidecars count with both (resourcehelper PodRequests). */
function total(spec: PodSpec, of: (container: Container) => Resources): Resources {
  let sum = spec.containers.map(of).reduce((a, b) => combine(a, b, plus), NONE)
  let sidecars = NONE
  let peak = NONE
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      sidecars = combine(sidecars, of(container), plus)
      peak = combine(peak, sidecars, Math.max)
    } else peak = combine(peak, combine(sidecars, of(container), plus), Math.max)
  }
  sum = combine(sum, sidecars, plus)
  return combine(sum, peak, Math.max)
}

/** What filters count: the requests as written. */
export const requestsOf = (pod: Pod): Resources => total(pod.spec, (c) => parseResources(c.resources?.requests))

/** What scores count: as if a container that asks for nothing needed a little. */
export const nonZeroRequestsOf = (pod: Pod): Resources =>
  total(pod.spec, (c) => {
    const requests = parseResources(c.resources?.requests)
    return {
      ...requests,
      milliCpu: c.resources?.requests?.['cpu'] === undefined ? DEFAULT_MILLI_CPU : requests.milliCpu,
      memory: c.resources?.requests?.['memory'] === undefined ? DEFAULT_MEMORY : requests.memory,
    }
  })

export const addResources = (a: Resources, b: Resources): Resources => combine(a, b, plus)
export const NO_RESOURCES = NONE
