import type { EndpointSlice, EndpointSubset, Endpoints, Service } from '../kinds/types.ts'
import { formatSelector } from '../kinds/selector.ts'
import { ageOf } from './age.ts'
import type { KindColumns } from './columns.ts'

const LOAD_BALANCER_WIDTH = 16
const SHOWN = 3

/** EXTERNAL-IP (printers.go getServiceExternalIP). */
export function serviceExternalIp(service: Service, wide: boolean): string {
  const { type, externalIPs = [], externalName } = service.spec
  if (type === 'ExternalName') return externalName ?? ''
  if (type !== 'LoadBalancer') return externalIPs.length > 0 ? externalIPs.join(',') : '<none>'
  const ingress = service.status?.loadBalancer?.ingress ?? []
  const addresses = [...new Set(ingress.map((entry) => entry.ip || entry.hostname || '').filter(Boolean))].sort()
  const balancer = addresses.join(',')
  const short =
    !wide && balancer.length > LOAD_BALANCER_WIDTH ? `${balancer.slice(0, LOAD_BALANCER_WIDTH - 3)}...` : balancer
  const all = [...(short ? [short] : []), ...externalIPs]
  return all.length > 0 ? all.join(',') : '<pending>'
}

/** PORT(S): `80/TCP`, `80:30080/TCP`. */
export function servicePorts(service: Service): string {
  const ports = service.spec.ports ?? []
  if (ports.length === 0) return '<none>'
  return ports
    .map((p) => (p.nodePort ? `${p.port}:${p.nodePort}/${p.protocol ?? 'TCP'}` : `${p.port}/${p.protocol ?? 'TCP'}`))
    .join(',')
}

export const serviceColumns: KindColumns = {
  columns: [
    ...['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age'].map((name) => ({ name })),
    { name: 'Selector', wide: true },
  ],
  cells(object, now, wide) {
    const service = object as Service
    const { spec, metadata } = service
    return [
      metadata.name,
      spec.type ?? 'ClusterIP',
      spec.clusterIPs?.[0] ?? (spec.clusterIP || '<none>'),
      serviceExternalIp(service, wide),
      servicePorts(service),
      ageOf(metadata.creationTimestamp, now),
      formatSelector({ matchLabels: spec.selector ?? {} }),
    ]
  },
}

const firstOf = (items: readonly string[], empty: string): string => {
  if (items.length === 0) return empty
  const shown = items.slice(0, SHOWN).join(',')
  return items.length > SHOWN ? `${shown} + ${items.length - SHOWN} more...` : shown
}

/** `10.244.1.2:80,…`: ready addresses only. */
export function endpointsText(subsets: readonly EndpointSubset[] | undefined): string {
  const all = (subsets ?? []).flatMap((subset) => {
    const addresses = (subset.addresses ?? []).map((address) => address.ip)
    const ports = subset.ports ?? []
    return ports.length === 0 ? addresses : ports.flatMap((port) => addresses.map((ip) => `${ip}:${port.port}`))
  })
  return firstOf(all, '<none>')
}

export const endpointsColumns: KindColumns = {
  columns: [{ name: 'Name' }, { name: 'Endpoints' }, { name: 'Age' }],
  cells: (object, now) => [
    object.metadata.name,
    endpointsText((object as Endpoints).subsets),
    ageOf(object.metadata.creationTimestamp, now),
  ],
}

export const endpointSliceColumns: KindColumns = {
  columns: [{ name: 'Name' }, { name: 'AddressType' }, { name: 'Ports' }, { name: 'Endpoints' }, { name: 'Age' }],
  cells(object, now) {
    const slice = object as EndpointSlice
    const ports = (slice.ports ?? []).map((port) => (port.port === undefined ? '*' : String(port.port)))
    const addresses = (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses)
    return [
      slice.metadata.name,
      slice.addressType,
      firstOf(ports, '<unset>'),
      firstOf(addresses, '<unset>'),
      ageOf(slice.metadata.creationTimestamp, now),
    ]
  },
}
