import { equal } from '../../../base/equal.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '../../../api/kinds/types.ts'
import { portsKey } from './endpoint.ts'

/** --max-endpoints-per-slice. */
export const MAX_ENDPOINTS = 100

/** Endpoints that offer the same ports. */
export interface PortGroup {
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

/** What a slice without endpoints looks like: the group of a Service that selects nothing. */
export const PLACEHOLDER: PortGroup = { ports: [], endpoints: [] }

export interface SlicePlan {
  readonly create: readonly PortGroup[]
  readonly update: readonly EndpointSlice[]
  readonly remove: readonly EndpointSlice[]
}

/** Endpoints are the same one when they are of the same pod at the same address. */
const identity = (endpoint: Endpoint): string => `${endpoint.addresses.join(',')} ${endpoint.targetRef?.uid ?? ''}`

/**
 * How the slices of a Service become what is wanted with few writes (endpointslice/reconciler.go): endpoints stay in the
 * slice they are in, new ones fill the fullest slice that has room for all of them, what is left goes to new slices.
 */
export function planSlices(existing: readonly EndpointSlice[], groups: readonly PortGroup[]): SlicePlan {
  const plan = { create: [] as PortGroup[], update: [] as EndpointSlice[], remove: [] as EndpointSlice[] }
  const wanted = new Set(groups.map((group) => portsKey(group.ports)))
  for (const group of groups)
    planGroup(
      existing.filter((s) => portsKey(s.ports) === portsKey(group.ports)),
      group,
      plan,
    )
  for (const slice of existing) if (!wanted.has(portsKey(slice.ports))) plan.remove.push(slice)
  return reusing(withPlaceholder(existing, plan))
}

interface MutablePlan {
  readonly create: PortGroup[]
  readonly update: EndpointSlice[]
  readonly remove: EndpointSlice[]
}

function planGroup(slices: readonly EndpointSlice[], group: PortGroup, plan: MutablePlan): void {
  const left = new Map(group.endpoints.map((endpoint) => [identity(endpoint), endpoint]))
  const kept = slices.map((slice) => keep(slice, left))
  const missing = group.endpoints.filter((endpoint) => left.has(identity(endpoint)))
  place(kept, missing, group, plan)
  slices.forEach((slice, i) => {
    const endpoints = kept[i]!
    if (endpoints.length === 0) plan.remove.push(slice)
    else if (!equal(endpoints, slice.endpoints)) plan.update.push({ ...slice, endpoints })
  })
}

/** The endpoints of a slice that are still wanted, as they are wanted now; takes them out of `left`. */
function keep(slice: EndpointSlice, left: Map<string, Endpoint>): Endpoint[] {
  const endpoints: Endpoint[] = []
  for (const endpoint of slice.endpoints) {
    const now = left.get(identity(endpoint))
    if (!now) continue
    endpoints.push(now)
    left.delete(identity(endpoint))
  }
  return endpoints
}

function place(kept: Endpoint[][], missing: readonly Endpoint[], group: PortGroup, plan: MutablePlan): void {
  let rest = missing
  while (rest.length >= MAX_ENDPOINTS) {
    plan.create.push({ ports: group.ports, endpoints: rest.slice(0, MAX_ENDPOINTS) })
    rest = rest.slice(MAX_ENDPOINTS)
  }
  if (rest.length === 0) return
  const fits = kept.filter((endpoints) => endpoints.length > 0 && endpoints.length + rest.length <= MAX_ENDPOINTS)
  const fullest = fits.sort((a, b) => b.length - a.length)[0] ?? kept.find((endpoints) => endpoints.length === 0)
  if (fullest) fullest.push(...rest)
  else plan.create.push({ ports: group.ports, endpoints: rest })
}

/** A Service always has one slice, if an empty one without ports. */
function withPlaceholder(existing: readonly EndpointSlice[], plan: MutablePlan): SlicePlan {
  if (plan.create.length > 0 || plan.remove.length < existing.length) return plan
  const empty = plan.remove.find((slice) => slice.endpoints.length === 0 && (slice.ports ?? []).length === 0)
  if (empty) return { ...plan, remove: plan.remove.filter((slice) => slice !== empty) }
  return { ...plan, create: [PLACEHOLDER] }
}

/** Instead of one slice going and another one coming, the old one takes over the new contents (reconciler.go finalize). */
function reusing({ create, update, remove }: SlicePlan): SlicePlan {
  const reused = Math.min(create.length, remove.length)
  const taken = create.slice(create.length - reused).reverse()
  return {
    create: create.slice(0, create.length - reused),
    update: [...update, ...taken.map((group, i) => ({ ...remove[i]!, ...group }))],
    remove: remove.slice(reused),
  }
}
