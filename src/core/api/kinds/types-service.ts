import type { ApiObject, Condition, IntOrString, ObjectReference, StringMap } from './types.ts'
import type { Protocol } from './types-pod.ts'

export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'
export type TrafficPolicy = 'Cluster' | 'Local'
export type IpFamily = 'IPv4' | 'IPv6'

export interface Service extends ApiObject {
  readonly apiVersion: 'v1'
  readonly kind: 'Service'
  readonly spec: ServiceSpec
  readonly status?: ServiceStatus
}

export interface ServiceSpec {
  /** Default ClusterIP. */
  readonly type?: ServiceType
  readonly ports?: readonly ServicePort[]
  readonly selector?: StringMap
  /** Allocated by the API server; `None` makes a headless Service. */
  readonly clusterIP?: string
  readonly clusterIPs?: readonly string[]
  readonly ipFamilies?: readonly IpFamily[]
  readonly ipFamilyPolicy?: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack'
  readonly externalIPs?: readonly string[]
  readonly externalName?: string
  readonly loadBalancerIP?: string
  readonly loadBalancerSourceRanges?: readonly string[]
  readonly loadBalancerClass?: string
  readonly allocateLoadBalancerNodePorts?: boolean
  /** Default None. */
  readonly sessionAffinity?: 'None' | 'ClientIP'
  readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } }
  /** Default Cluster where the Service is reachable from outside, else absent. */
  readonly externalTrafficPolicy?: TrafficPolicy
  /** Default Cluster; absent for ExternalName. */
  readonly internalTrafficPolicy?: TrafficPolicy
  readonly healthCheckNodePort?: number
  readonly publishNotReadyAddresses?: boolean
  readonly trafficDistribution?: string
}

export interface ServicePort {
  readonly port: number
  readonly name?: string
  /** Default TCP. */
  readonly protocol?: Protocol
  readonly appProtocol?: string
  /** Default: `port`. */
  readonly targetPort?: IntOrString
  readonly nodePort?: number
}

export interface LoadBalancerIngress {
  readonly ip?: string
  readonly hostname?: string
  readonly ipMode?: 'VIP' | 'Proxy'
}

export interface ServiceStatus {
  readonly loadBalancer?: { readonly ingress?: readonly LoadBalancerIngress[] }
  readonly conditions?: readonly Condition[]
}

/** discovery.k8s.io/v1. */
export interface EndpointSlice extends ApiObject {
  readonly apiVersion: 'discovery.k8s.io/v1'
  readonly kind: 'EndpointSlice'
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN'
  readonly endpoints: readonly Endpoint[]
  readonly ports?: readonly EndpointPort[]
}

export interface Endpoint {
  readonly addresses: readonly string[]
  /** Absent: ready means true, serving means the same as ready, terminating means false. */
  readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean }
  readonly hostname?: string
  readonly targetRef?: ObjectReference
  readonly nodeName?: string
  readonly zone?: string
  readonly hints?: {
    readonly forZones?: readonly { readonly name: string }[]
    readonly forNodes?: readonly { readonly name: string }[]
  }
}

export interface EndpointPort {
  /** Default ''. */
  readonly name?: string
  /** Default TCP. */
  readonly protocol?: Protocol
  /** Absent: any port. */
  readonly port?: number
  readonly appProtocol?: string
}

/** v1 Endpoints, the deprecated mirror. */
export interface Endpoints extends ApiObject {
  readonly apiVersion: 'v1'
  readonly kind: 'Endpoints'
  readonly subsets?: readonly EndpointSubset[]
}

export interface EndpointSubset {
  readonly addresses?: readonly EndpointAddress[]
  readonly notReadyAddresses?: readonly EndpointAddress[]
  readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: Protocol }[]
}

export interface EndpointAddress {
  readonly ip: string
  readonly hostname?: string
  readonly nodeName?: string
  readonly targetRef?: ObjectReference
}
