import { type Ipv4, formatIpv4, parseIpv4 } from '../../base/ipv4.ts'
import type { Endpoint, EndpointSlice, Service } from '../../api/kinds/types.ts'
import type { ClusterReader } from '../contracts/cluster-reader.ts'

/** A ready address of a Service with one of its ports; port 0 where the slice names none. */
export interface ServiceEndpoint {
  readonly host: string
  readonly addr: Ipv4
  readonly port: number
  readonly portName: string
  readonly protocol: string
}

const SERVICE_NAME = 'kubernetes.io/service-name'

export const isHeadless = (service: Service): boolean => service.spec.clusterIP === 'None'

export const clusterIps = (service: Service): readonly Ipv4[] => {
  const { clusterIPs, clusterIP } = service.spec
  const all = clusterIPs?.length ? clusterIPs : clusterIP ? [clusterIP] : []
  return all.flatMap((text) => parseIpv4(text) ?? [])
}

/** The name of an endpoint below its Service: its hostname, or its address with dashes (kubernetes.go `endpointHostname`). */
export function endpointHost(endpoint: Endpoint, addr: Ipv4, podNames: boolean): string {
  if (endpoint.hostname) return endpoint.hostname
  const pod = endpoint.targetRef?.name
  return podNames && pod !== undefined && pod.length <= 63 ? pod : formatIpv4(addr).replaceAll('.', '-')
}

/** Every ready endpoint × port of a Service, out of its EndpointSlices. */
export function endpointsOf(
  reader: ClusterReader,
  namespace: string,
  name: string,
  podNames: boolean,
): readonly ServiceEndpoint[] {
  const slices = reader
    .endpointSlices()
    .filter((slice) => slice.metadata.namespace === namespace && slice.metadata.labels?.[SERVICE_NAME] === name)
  return slices.flatMap((slice) => sliceEndpoints(slice, podNames))
}

export function sliceEndpoints(slice: EndpointSlice, podNames: boolean): readonly ServiceEndpoint[] {
  if (slice.addressType !== 'IPv4') return []
  const ports = slice.ports?.length ? slice.ports : [{}]
  return slice.endpoints.flatMap((endpoint) => {
    if (endpoint.conditions?.ready === false) return []
    return endpoint.addresses.flatMap((text) => {
      const addr = parseIpv4(text)
      if (addr === null) return []
      const host = endpointHost(endpoint, addr, podNames)
      return ports.map((port) => ({
        host,
        addr,
        port: port.port ?? 0,
        portName: port.name ?? '',
        protocol: (port.protocol ?? 'TCP').toLowerCase(),
      }))
    })
  })
}

export const serviceOfSlice = (slice: EndpointSlice): string | undefined => slice.metadata.labels?.[SERVICE_NAME]
