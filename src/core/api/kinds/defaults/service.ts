import { type Json, ensureObject, get, objectIn, objectsIn, put, setDefault } from '../json.ts'

const CLIENT_IP_SECONDS = 10800

/**
 * The defaults of a Service, in place (k8s pkg/apis/core/v1/defaults.go SetDefaults_Service, and the IPv4 single-stack part
 * of the REST layer). `clusterIP`, `clusterIPs`, `nodePort` and `healthCheckNodePort` are allocated later, by the API server.
 */
export function defaultService(service: Json): void {
  const spec = ensureObject(service, 'spec')
  setDefault(spec, 'type', 'ClusterIP')
  defaultAffinity(spec)
  for (const port of objectsIn(spec, 'ports')) {
    setDefault(port, 'protocol', 'TCP')
    const target = get(port, 'targetPort')
    if (target === undefined || target === 0 || target === '') put(port, 'targetPort', get(port, 'port'))
  }
  const type = get(spec, 'type')
  const external =
    type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && hasItems(spec, 'externalIPs'))
  if (external) setDefault(spec, 'externalTrafficPolicy', 'Cluster')
  if (type !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster')
  if (type === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true)
  const status = ensureObject(service, 'status')
  const balancer = ensureObject(status, 'loadBalancer')
  if (type === 'LoadBalancer')
    for (const ingress of objectsIn(balancer, 'ingress')) if (get(ingress, 'ip')) setDefault(ingress, 'ipMode', 'VIP')
}

const hasItems = (object: Json, field: string): boolean => {
  const value = get(object, field)
  return Array.isArray(value) && value.length > 0
}

function defaultAffinity(spec: Json): void {
  setDefault(spec, 'sessionAffinity', 'None')
  if (get(spec, 'sessionAffinity') === 'None') delete spec.sessionAffinityConfig
  if (get(spec, 'sessionAffinity') !== 'ClientIP') return
  const clientIp = ensureObject(ensureObject(spec, 'sessionAffinityConfig'), 'clientIP')
  setDefault(clientIp, 'timeoutSeconds', CLIENT_IP_SECONDS)
}

/** EndpointSlice ports (k8s pkg/apis/discovery/v1/defaults.go). */
export function defaultEndpointSlice(slice: Json): void {
  for (const port of objectsIn(slice, 'ports')) {
    if (get(port, 'name') === undefined) put(port, 'name', '')
    setDefault(port, 'protocol', 'TCP')
  }
}

export function defaultEndpoints(endpoints: Json): void {
  for (const subset of objectsIn(endpoints, 'subsets')) {
    for (const port of objectsIn(subset, 'ports')) setDefault(port, 'protocol', 'TCP')
  }
}

/** Every podSelector of a NetworkPolicy stays as written; its types follow from the rules that are present. */
export function defaultNetworkPolicy(policy: Json): void {
  const spec = ensureObject(policy, 'spec')
  for (const rule of [...objectsIn(spec, 'ingress'), ...objectsIn(spec, 'egress')]) {
    for (const port of objectsIn(rule, 'ports')) setDefault(port, 'protocol', 'TCP')
  }
  if (get(spec, 'policyTypes') === undefined) {
    put(spec, 'policyTypes', get(spec, 'egress') === undefined ? ['Ingress'] : ['Ingress', 'Egress'])
  }
  if (objectIn(spec, 'podSelector') === undefined) put(spec, 'podSelector', {})
}
