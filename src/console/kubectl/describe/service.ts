import { formatSelector } from '../../../core/api/kinds/selector.ts'
import type { EndpointSlice, Endpoints, Service, ServicePort } from '../../../core/api/kinds/types.ts'
import type { Kubectl } from '../context.ts'
import { Description, annotations, events, head, labels, none } from './writer.ts'

export function describeService(k: Kubectl, service: Service): string {
  const d = new Description()
  const { spec, status } = service
  head(d, service)
  labels(d, 0, 'Labels', service.metadata.labels)
  annotations(d, service.metadata.annotations)
  d.line(0, `Selector:\t${formatSelector({ matchLabels: spec.selector ?? {} })}`)
  d.line(0, `Type:\t${spec.type ?? 'ClusterIP'}`)
  if (spec.ipFamilyPolicy) d.line(0, `IP Family Policy:\t${spec.ipFamilyPolicy}`)
  d.line(0, `IP Families:\t${none(spec.ipFamilies?.join(','))}`)
  d.line(0, `IP:\t${spec.clusterIP ?? ''}`)
  d.line(0, `IPs:\t${none(spec.clusterIPs?.join(','))}`)
  if (spec.externalIPs?.length) d.line(0, `External IPs:\t${spec.externalIPs.join(',')}`)
  if (spec.loadBalancerIP) d.line(0, `Desired LoadBalancer IP:\t${spec.loadBalancerIP}`)
  if (spec.externalName) d.line(0, `External Name:\t${spec.externalName}`)
  const ingress = status?.loadBalancer?.ingress ?? []
  if (ingress.length > 0)
    d.line(
      0,
      `LoadBalancer Ingress:\t${ingress.map((each) => `${each.ip ?? each.hostname ?? ''}${each.ipMode ? ` (${each.ipMode})` : ''}`).join(', ')}`,
    )
  for (const port of spec.ports ?? []) portLines(k, d, service, port)
  d.line(0, `Session Affinity:\t${spec.sessionAffinity ?? 'None'}`)
  if (spec.externalTrafficPolicy) d.line(0, `External Traffic Policy:\t${spec.externalTrafficPolicy}`)
  if (spec.internalTrafficPolicy) d.line(0, `Internal Traffic Policy:\t${spec.internalTrafficPolicy}`)
  if (spec.trafficDistribution) d.line(0, `Traffic Distribution:\t${spec.trafficDistribution}`)
  if (spec.healthCheckNodePort) d.line(0, `HealthCheck NodePort:\t${spec.healthCheckNodePort}`)
  if (spec.loadBalancerSourceRanges?.length)
    d.line(0, `LoadBalancer Source Ranges:\t${spec.loadBalancerSourceRanges.join(',')}`)
  events(k, d, service)
  return d.toString()
}

function portLines(k: Kubectl, d: Description, service: Service, port: ServicePort): void {
  const name = port.name ? port.name : '<unset>'
  const protocol = port.protocol ?? 'TCP'
  d.line(0, `Port:\t${name}\t${port.port}/${protocol}`)
  d.line(0, `TargetPort:\t${port.targetPort ?? port.port}/${protocol}`)
  if (port.nodePort) d.line(0, `NodePort:\t${name}\t${port.nodePort}/${protocol}`)
  d.line(0, `Endpoints:\t${endpointsOf(k, service, port)}`)
}

const SHOWN = 3

/** Ready endpoints of one port out of the Service's slices: three, and how many more. */
function endpointsOf(k: Kubectl, service: Service, port: ServicePort): string {
  const { name, namespace } = service.metadata
  const slices = k.api.tables.slicesByService.at(`${namespace}/${name}`).rows() as readonly EndpointSlice[]
  const all = slices.flatMap((slice) =>
    (slice.ports ?? [])
      .filter((each) => (each.name ?? '') === (port.name ?? ''))
      .flatMap((each) =>
        slice.endpoints
          .filter((endpoint) => endpoint.conditions?.ready !== false)
          .flatMap((endpoint) => endpoint.addresses.map((address) => `${address}:${each.port ?? '*'}`)),
      ),
  )
  if (all.length === 0) return slices.length === 0 ? '<none>' : ''
  const shown = all.slice(0, SHOWN).join(',')
  return all.length > SHOWN ? `${shown} + ${all.length - SHOWN} more...` : shown
}

export function describeEndpoints(k: Kubectl, object: Endpoints): string {
  const d = new Description()
  head(d, object)
  labels(d, 0, 'Labels', object.metadata.labels)
  annotations(d, object.metadata.annotations)
  d.line(0, 'Subsets:')
  for (const subset of object.subsets ?? []) {
    const list = (addresses: readonly { readonly ip: string }[] | undefined): string =>
      addresses?.length ? addresses.map((each) => each.ip).join(',') : '<none>'
    d.line(1, `Addresses:\t${list(subset.addresses)}`)
    d.line(1, `NotReadyAddresses:\t${list(subset.notReadyAddresses)}`)
    if (subset.ports?.length) {
      d.line(1, 'Ports:')
      d.line(2, 'Name\tPort\tProtocol')
      d.line(2, '----\t----\t--------')
      for (const port of subset.ports) d.line(2, `${port.name || '<unset>'}\t${port.port}\t${port.protocol ?? 'TCP'}`)
    }
    d.line(0, '')
  }
  events(k, d, object)
  return d.toString()
}

export function describeEndpointSlice(k: Kubectl, slice: EndpointSlice): string {
  const d = new Description()
  head(d, slice)
  labels(d, 0, 'Labels', slice.metadata.labels)
  annotations(d, slice.metadata.annotations)
  d.line(0, `AddressType:\t${slice.addressType}`)
  const ports = slice.ports ?? []
  if (ports.length === 0) d.line(0, 'Ports: <unset>')
  else {
    d.line(0, 'Ports:')
    d.line(1, 'Name\tPort\tProtocol')
    d.line(1, '----\t----\t--------')
    for (const port of ports)
      d.line(1, `${port.name || '<unset>'}\t${port.port ?? '<unset>'}\t${port.protocol ?? 'TCP'}`)
  }
  if (slice.endpoints.length === 0) d.line(0, 'Endpoints: <none>')
  else {
    d.line(0, 'Endpoints:')
    for (const endpoint of slice.endpoints) {
      d.line(1, `- Addresses:\t${endpoint.addresses.join(', ')}`)
      d.line(2, 'Conditions:')
      d.line(3, `Ready:\t${endpoint.conditions?.ready ?? '<unset>'}`)
      d.line(2, `Hostname:\t${endpoint.hostname ?? '<unset>'}`)
      if (endpoint.targetRef) d.line(2, `TargetRef:\t${endpoint.targetRef.kind}/${endpoint.targetRef.name}`)
      d.line(2, `NodeName:\t${endpoint.nodeName ?? '<unset>'}`)
      d.line(2, `Zone:\t${endpoint.zone ?? '<unset>'}`)
    }
  }
  events(k, d, slice)
  return d.toString()
}
