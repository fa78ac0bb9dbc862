import { compareKeys } from '../../../base/order.ts'
import { objectRef, type ObjectRef } from '../../../base/ref.ts'
import type { Endpoint, EndpointPort, EndpointSlice, IpFamily } from '../../../api/kinds/types.ts'
import { endpointText } from './addresses.ts'

/** One endpoint of one service port (BaseEndpointInfo of pkg/proxy/endpoint.go). */
export interface EndpointInfo {
  readonly ip: string
  readonly port: number
  /** `ip:port`. */
  readonly text: string
  readonly isLocal: boolean
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  readonly zoneHints: readonly string[]
  readonly nodeHints: readonly string[]
  /** The EndpointSlice it came from, and its Pod where the slice names one. */
  readonly subject: readonly ObjectRef[]
}

/** Endpoints by `ns/name[:port]/protocol` of the service port, each list sorted by `ip:port`. */
export type EndpointsMap = ReadonlyMap<string, readonly EndpointInfo[]>

const NONE: readonly EndpointInfo[] = []
export const endpointsOf = (map: EndpointsMap, key: string): readonly EndpointInfo[] => map.get(key) ?? NONE

/** Reads the slices of one family. An endpoint that two slices name is one endpoint, local if either says so. */
export function endpointsMap(slices: readonly EndpointSlice[], family: IpFamily, nodeName: string): EndpointsMap {
  const byPort = new Map<string, Map<string, EndpointInfo>>()
  const ordered = [...slices].sort((a, b) => compareKeys(sliceKey(a), sliceKey(b)))
  for (const slice of ordered) {
    const service = slice.metadata.labels?.['kubernetes.io/service-name']
    if (!service || slice.addressType !== family) continue
    for (const port of slice.ports ?? []) {
      if (port.port === undefined) continue
      const key = portKey(slice.metadata.namespace ?? 'default', service, port)
      let known = byPort.get(key)
      if (!known) byPort.set(key, (known = new Map()))
      for (const endpoint of slice.endpoints) addEndpoint(known, slice, endpoint, port.port, nodeName)
    }
  }
  const result = new Map<string, readonly EndpointInfo[]>()
  byPort.forEach((known, key) =>
    result.set(
      key,
      [...known.values()].sort((a, b) => compareKeys(a.text, b.text)),
    ),
  )
  return result
}

const sliceKey = (slice: EndpointSlice): string => `${slice.metadata.namespace}/${slice.metadata.name}`

const portKey = (namespace: string, service: string, port: EndpointPort): string =>
  `${namespace}/${service}${port.name ? `:${port.name}` : ''}/${(port.protocol ?? 'TCP').toLowerCase()}`

function addEndpoint(
  known: Map<string, EndpointInfo>,
  slice: EndpointSlice,
  endpoint: Endpoint,
  port: number,
  nodeName: string,
): void {
  const ip = endpoint.addresses[0]
  if (!ip) return
  const text = endpointText(ip, port)
  const isLocal = endpoint.nodeName !== undefined && endpoint.nodeName === nodeName
  if (known.has(text) && !isLocal) return
  const ready = endpoint.conditions?.ready ?? true
  known.set(text, {
    ip,
    port,
    text,
    isLocal,
    ready,
    serving: endpoint.conditions?.serving ?? ready,
    terminating: endpoint.conditions?.terminating ?? false,
    zoneHints: (endpoint.hints?.forZones ?? []).map((hint) => hint.name),
    nodeHints: (endpoint.hints?.forNodes ?? []).map((hint) => hint.name),
    subject: subjectOf(slice, endpoint),
  })
}

function subjectOf(slice: EndpointSlice, endpoint: Endpoint): readonly ObjectRef[] {
  const refs = [objectRef('EndpointSlice', slice.metadata.namespace ?? 'default', slice.metadata.name)]
  const target = endpoint.targetRef
  if (target?.kind && target.name)
    refs.push(objectRef(target.kind, target.namespace ?? slice.metadata.namespace, target.name))
  return refs
}
