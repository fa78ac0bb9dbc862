import type { StringMap } from '../../../api/kinds/types.ts'
import type { EndpointInfo } from './endpoints.ts'
import type { ServicePortInfo } from './service-port.ts'

/** Which endpoints a service port uses for which traffic. */
export interface Categories {
  /** For traffic policy Cluster. */
  readonly cluster: readonly EndpointInfo[]
  /** For traffic policy Local. */
  readonly local: readonly EndpointInfo[]
  /** Both together: those that need a KUBE-SEP chain on this node. */
  readonly reachable: readonly EndpointInfo[]
  /** Any endpoint anywhere could take traffic. */
  readonly hasAny: boolean
}

export type TopologyMode = 'PreferSameNode' | 'PreferSameZone' | null

const usesCluster = (port: ServicePortInfo): boolean => !port.internalLocal || port.externallyAccessible
const usesLocal = (port: ServicePortInfo): boolean =>
  port.internalLocal || (port.externalLocal && port.externallyAccessible)
const lastResort = (endpoint: EndpointInfo): boolean => endpoint.serving && endpoint.terminating

/**
 * Sorts out the endpoints of a service port (CategorizeEndpoints of pkg/proxy/topology.go): ready ones, by topology where
 * hints allow; where there is none, those that still serve while terminating.
 */
export function categorizeEndpoints(
  endpoints: readonly EndpointInfo[],
  port: ServicePortInfo,
  nodeName: string,
  nodeLabels: StringMap,
): Categories {
  const zone = nodeLabels['topology.kubernetes.io/zone'] ?? ''
  const mode = usesCluster(port) ? topologyMode(endpoints, nodeName, zone) : null
  const cluster = usesCluster(port) ? clusterEndpoints(endpoints, mode, nodeName, zone) : []
  const local = usesLocal(port) ? localEndpoints(endpoints) : []
  const reachable = [...cluster, ...local.filter((endpoint) => !cluster.includes(endpoint))]
  const hasAny = reachable.length > 0 || endpoints.some((endpoint) => endpoint.ready || lastResort(endpoint))
  return { cluster, local, reachable, hasAny }
}

function clusterEndpoints(
  endpoints: readonly EndpointInfo[],
  mode: TopologyMode,
  nodeName: string,
  zone: string,
): readonly EndpointInfo[] {
  const ready = endpoints.filter(
    (endpoint) =>
      endpoint.ready &&
      (mode === null ||
        (mode === 'PreferSameNode' ? endpoint.nodeHints.includes(nodeName) : endpoint.zoneHints.includes(zone))),
  )
  return ready.length > 0 ? ready : endpoints.filter(lastResort)
}

function localEndpoints(endpoints: readonly EndpointInfo[]): readonly EndpointInfo[] {
  const here = endpoints.filter((endpoint) => endpoint.isLocal)
  const ready = here.filter((endpoint) => endpoint.ready)
  return ready.length > 0 ? ready : here.filter(lastResort)
}

/** Hints count only if every ready endpoint has them and one of them is for this node (or its zone). */
export function topologyMode(endpoints: readonly EndpointInfo[], nodeName: string, zone: string): TopologyMode {
  const ready = endpoints.filter((endpoint) => endpoint.ready)
  if (ready.length === 0) return null
  if (ready.every((e) => e.nodeHints.length > 0) && ready.some((e) => e.nodeHints.includes(nodeName)))
    return 'PreferSameNode'
  const zoned = zone !== '' && ready.every((e) => e.zoneHints.length > 0)
  return zoned && ready.some((e) => e.zoneHints.includes(zone)) ? 'PreferSameZone' : null
}

export const usesClusterPolicy = (port: ServicePortInfo, found: Categories): boolean =>
  usesCluster(port) && found.cluster.length > 0
export const usesLocalPolicy = (port: ServicePortInfo, found: Categories): boolean =>
  usesLocal(port) && found.local.length > 0
