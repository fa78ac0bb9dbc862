import { objectRef, type ObjectRef } from '../../../base/ref.ts'
import type { IpFamily, Service, ServicePort } from '../../../api/kinds/types.ts'
import { familyOf } from './addresses.ts'
import { serviceChainName } from './chain-names.ts'

/** One port of one Service as kube-proxy sees it (BaseServicePortInfo of pkg/proxy/serviceport.go). */
export interface ServicePortInfo {
  /** `ns/name:port`, or `ns/name` for an unnamed port; in comments and in chain hashes. */
  readonly name: string
  /** `name` and protocol: two ports may share a name but not both. */
  readonly key: string
  readonly ref: ObjectRef
  /** `ns/name` of the Service. */
  readonly service: string
  readonly portName: string
  /** In lower case, as iptables takes it. */
  readonly protocol: string
  readonly clusterIp: string
  readonly port: number
  readonly nodePort: number
  readonly externalIps: readonly string[]
  readonly loadBalancerVips: readonly string[]
  readonly sourceRanges: readonly string[]
  /** 0 unless the Service is a LoadBalancer with external traffic policy Local. */
  readonly healthCheckNodePort: number
  /** Seconds of ClientIP affinity, or null. */
  readonly affinitySeconds: number | null
  readonly internalLocal: boolean
  readonly externalLocal: boolean
  /** It has an address outside the cluster: NodePort, external IP or load balancer. */
  readonly externallyAccessible: boolean
  readonly chains: {
    readonly cluster: string
    readonly local: string
    readonly firewall: string
    readonly external: string
  }
}

/** The ports of a Service in one family; none for headless and ExternalName Services. */
export function servicePorts(service: Service, family: IpFamily): readonly ServicePortInfo[] {
  const { spec } = service
  const clusterIp = clusterIpOf(service, family)
  if (spec.type === 'ExternalName' || clusterIp === null) return []
  return (spec.ports ?? []).map((port) => portInfo(service, port, clusterIp, family))
}

function clusterIpOf(service: Service, family: IpFamily): string | null {
  const { clusterIP, clusterIPs } = service.spec
  const ips = clusterIPs && clusterIPs.length > 0 ? clusterIPs : clusterIP ? [clusterIP] : []
  return ips.find((ip) => ip !== 'None' && familyOf(ip) === family) ?? null
}

function portInfo(service: Service, port: ServicePort, clusterIp: string, family: IpFamily): ServicePortInfo {
  const { spec, metadata } = service
  const own = `${metadata.namespace ?? 'default'}/${metadata.name}`
  const name = port.name ? `${own}:${port.name}` : own
  const protocol = (port.protocol ?? 'TCP').toLowerCase()
  const ours = (list: readonly string[] | undefined): readonly string[] =>
    (list ?? []).map((text) => text.trim()).filter((text) => text !== '' && familyOf(text) === family)
  const externalIps = ours(spec.externalIPs)
  const loadBalancerVips = ours(vips(service))
  const nodePort = port.nodePort ?? 0
  const externalLocal = spec.externalTrafficPolicy === 'Local' && reachableFromOutside(service)
  return {
    name,
    key: `${name}/${protocol}`,
    ref: objectRef('Service', metadata.namespace ?? 'default', metadata.name),
    service: own,
    portName: port.name ?? '',
    protocol,
    clusterIp,
    port: port.port,
    nodePort,
    externalIps,
    loadBalancerVips,
    sourceRanges: ours(spec.loadBalancerSourceRanges),
    healthCheckNodePort: spec.type === 'LoadBalancer' && externalLocal ? (spec.healthCheckNodePort ?? 0) : 0,
    affinitySeconds:
      spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800) : null,
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal,
    externallyAccessible: nodePort !== 0 || externalIps.length > 0 || loadBalancerVips.length > 0,
    chains: {
      cluster: serviceChainName('KUBE-SVC-', name, protocol),
      local: serviceChainName('KUBE-SVL-', name, protocol),
      firewall: serviceChainName('KUBE-FW-', name, protocol),
      external: serviceChainName('KUBE-EXT-', name, protocol),
    },
  }
}

/** Load balancer addresses that the node handles itself; `ipMode: Proxy` ones end at the load balancer. */
const vips = (service: Service): readonly string[] =>
  (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) => (ip && ipMode !== 'Proxy' ? [ip] : []))

function reachableFromOutside({ spec }: Service): boolean {
  return spec.type === 'LoadBalancer' || spec.type === 'NodePort' || (spec.externalIPs ?? []).length > 0
}
