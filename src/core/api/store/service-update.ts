import { equal } from '../../base/equal.ts'
import type { Service, ServiceSpec } from '../kinds/types.ts'
import { mayHaveNodePorts, needsClusterIp, needsHealthCheckPort } from './service-allocation.ts'

type Draft = { -readonly [K in keyof ServiceSpec]: ServiceSpec[K] }

/**
 * What an update of a Service leaves behind that only its former type needed, and nobody has changed, goes
 * (k8s pkg/registry/core/service/strategy.go dropTypeDependentFields); `clusterIP` and `clusterIPs` are made to agree
 * (normalizeClusterIPs).
 */
export function adaptService(service: Service, existing: Service): Service {
  const old = existing.spec
  const spec: Draft = { ...service.spec }
  const same = (field: keyof ServiceSpec): boolean => equal(spec[field], old[field])
  const drop = (...fields: readonly (keyof ServiceSpec)[]): void => {
    for (const field of fields) if (same(field)) delete spec[field]
  }
  if (spec.type !== 'ExternalName' && spec.clusterIP && !same('clusterIP') && same('clusterIPs'))
    spec.clusterIPs = [spec.clusterIP, ...(spec.clusterIPs ?? []).slice(1)]
  if (needsClusterIp(old) && !needsClusterIp(spec)) drop('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy')
  if (mayHaveNodePorts(old) && !mayHaveNodePorts(spec) && equal(nodePorts(spec), nodePorts(old)))
    spec.ports = spec.ports?.map(({ nodePort: _gone, ...port }) => port)
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec)) drop('healthCheckNodePort')
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer')
    drop('allocateLoadBalancerNodePorts', 'loadBalancerClass')
  if (isExternal(old) && !isExternal(spec)) drop('externalTrafficPolicy')
  return { ...service, spec }
}

const isExternal = (spec: ServiceSpec): boolean =>
  mayHaveNodePorts(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0)

const nodePorts = ({ ports = [] }: ServiceSpec): readonly number[] =>
  ports.flatMap(({ nodePort }) => nodePort ?? []).sort((a, b) => a - b)
