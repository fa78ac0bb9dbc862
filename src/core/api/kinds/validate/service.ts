import {
  type Field,
  type FieldCause,
  ROOT,
  append,
  child,
  complain,
  duplicate,
  forbidden,
  inRange,
  index,
  invalid,
  notSupported,
  required,
} from '../field.ts'
import type { Service, ServicePort, ServiceSpec } from '../types.ts'
import { PROTOCOLS } from './container.ts'
import { validateLabels } from './meta.ts'
import { cidrText, dns1123Label, dns1123Subdomain, ipAddress, qualifiedName } from './names.ts'
import { nonSpecialIp } from './special-ip.ts'
import { validatePortNumOrName } from './probe.ts'

const SPEC = child(ROOT, 'spec')
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const AFFINITIES = ['ClientIP', 'None']
const POLICIES = ['Cluster', 'Local']
const DAY_SECONDS = 86400

/** core validation.go ValidateService, in its order. Allocated fields may be absent: the API server fills them afterwards. */
export function validateService(service: Service): FieldCause[] {
  const spec = service.spec ?? {}
  const ports = spec.ports ?? []
  const out: FieldCause[] = []
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') out.push(required(child(SPEC, 'ports')))
  append(out, validateType(spec))
  const names = new Set<string>()
  ports.forEach((port, i) => append(out, validatePort(port, ports.length > 1, names, index(child(SPEC, 'ports'), i))))
  append(out, validateLabels(spec.selector, child(SPEC, 'selector')))
  append(out, validateAffinity(spec))
  append(out, validateClusterIps(spec))
  ;(spec.externalIPs ?? []).forEach((ip, i) => append(out, nonSpecialIp(ip, index(child(SPEC, 'externalIPs'), i))))
  if (spec.type && !TYPES.includes(spec.type)) out.push(notSupported(child(SPEC, 'type'), spec.type, TYPES))
  append(out, validateNodePorts(spec), validateDuplicatePorts(ports), validateLoadBalancer(spec))
  return [...out, ...validateTraffic(spec)]
}

const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None'

function validateType(spec: ServiceSpec): FieldCause[] {
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    const place = { path: ['spec', 'clusterIP'], text: 'spec.clusterIPs[0]' }
    return [invalid(place, 'None', `may not be set to 'None' for ${spec.type} services`)]
  }
  if (spec.type !== 'ExternalName') return []
  const out: FieldCause[] = []
  if (spec.clusterIP || (spec.clusterIPs ?? []).length > 0) {
    out.push(
      forbidden({ path: ['spec', 'clusterIP'], text: 'spec.clusterIPs' }, 'may not be set for ExternalName services'),
    )
  }
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  if (name === '') out.push(required(child(SPEC, 'externalName')))
  else append(out, complain(child(SPEC, 'externalName'), name, dns1123Subdomain(name)))
  return out
}

function validatePort(port: ServicePort, nameRequired: boolean, names: Set<string>, at: Field): FieldCause[] {
  const out: FieldCause[] = []
  if (nameRequired && !port.name) out.push(required(child(at, 'name')))
  else if (port.name) {
    append(out, complain(child(at, 'name'), port.name, dns1123Label(port.name)))
    if (names.has(port.name)) out.push(duplicate(child(at, 'name'), port.name))
    names.add(port.name)
  }
  append(out, inRange(child(at, 'port'), port.port ?? 0, 1, 65535))
  if (port.protocol && !PROTOCOLS.includes(port.protocol))
    out.push(notSupported(child(at, 'protocol'), port.protocol, PROTOCOLS))
  append(out, validatePortNumOrName(port.targetPort, child(at, 'targetPort')))
  if (port.appProtocol)
    append(out, complain(child(at, 'appProtocol'), port.appProtocol, qualifiedName(port.appProtocol)))
  return out
}

function validateAffinity(spec: ServiceSpec): FieldCause[] {
  const affinity = spec.sessionAffinity ?? 'None'
  if (!AFFINITIES.includes(affinity)) return [notSupported(child(SPEC, 'sessionAffinity'), affinity, AFFINITIES)]
  if (affinity !== 'ClientIP') return []
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (seconds === undefined || (seconds > 0 && seconds <= DAY_SECONDS)) return []
  const place = child(SPEC, 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds')
  return [invalid(place, seconds, `must be greater than 0 and less than ${DAY_SECONDS}`)]
}

function validateClusterIps(spec: ServiceSpec): FieldCause[] {
  if (spec.type === 'ExternalName') return []
  const out: FieldCause[] = []
  const ips = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])
  if (spec.clusterIP && spec.clusterIPs?.[0] !== undefined && spec.clusterIPs[0] !== spec.clusterIP) {
    out.push(invalid(child(SPEC, 'clusterIPs'), spec.clusterIPs, 'first value must match `clusterIP`'))
  }
  ips.forEach((ip, i) => {
    const place: Field = {
      path: spec.clusterIPs ? ['spec', 'clusterIPs', i] : ['spec', 'clusterIP'],
      text: `spec.clusterIPs[${i}]`,
    }
    if (ip === 'None' && ips.length > 1)
      out.push(invalid(child(SPEC, 'clusterIPs'), ips, "'None' must be the first and only value"))
    else if (ip !== 'None') append(out, complain(place, ip, ipAddress(ip)))
  })
  const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
  if (spec.ipFamilyPolicy && !policies.includes(spec.ipFamilyPolicy)) {
    out.push(notSupported(child(SPEC, 'ipFamilyPolicy'), spec.ipFamilyPolicy, policies))
  }
  ;(spec.ipFamilies ?? []).forEach((family, i) => {
    if (!['IPv4', 'IPv6'].includes(family))
      out.push(notSupported(index(child(SPEC, 'ipFamilies'), i), family, ['IPv4', 'IPv6']))
  })
  return out
}

function validateNodePorts(spec: ServiceSpec): FieldCause[] {
  const taken = new Set<string>()
  return (spec.ports ?? []).flatMap((port, i) => {
    if (!port.nodePort) return []
    const place = child(index(child(SPEC, 'ports'), i), 'nodePort')
    const out: FieldCause[] = []
    if (spec.type === 'ClusterIP') out.push(forbidden(place, "may not be used when `type` is 'ClusterIP'"))
    const identity = `${port.protocol}/${port.nodePort}`
    if (taken.has(identity)) out.push(duplicate(place, port.nodePort))
    taken.add(identity)
    return out
  })
}

function validateDuplicatePorts(ports: readonly ServicePort[]): FieldCause[] {
  const taken = new Set<string>()
  return ports.flatMap((port, i) => {
    const identity = `${port.protocol ?? 'TCP'}/${port.port}`
    const again = taken.has(identity)
    taken.add(identity)
    return again ? [duplicatePort(port, index(child(SPEC, 'ports'), i))] : []
  })
}

/** The server shows the port as its Go struct, in JSON without tags. */
function duplicatePort(port: ServicePort, at: Field): FieldCause {
  const shown = `{"Name":"","Protocol":${JSON.stringify(port.protocol ?? 'TCP')},"AppProtocol":null,"Port":${port.port},"TargetPort":0,"NodePort":0}`
  return { ...duplicate(at, port), message: `Duplicate value: ${shown}` }
}

function validateLoadBalancer(spec: ServiceSpec): FieldCause[] {
  const out: FieldCause[] = []
  const only = "may only be used when `type` is 'LoadBalancer'"
  const ranges = spec.loadBalancerSourceRanges ?? []
  const place: Field = { path: ['spec', 'loadBalancerSourceRanges'], text: 'spec.LoadBalancerSourceRanges' }
  if (ranges.length > 0 && spec.type !== 'LoadBalancer') out.push(forbidden(place, only))
  ranges.forEach((range, i) => append(out, complain(index(place, i), range.trim(), cidrText(range.trim()))))
  if (spec.type === 'LoadBalancer') return out
  if (spec.allocateLoadBalancerNodePorts !== undefined)
    out.push(forbidden(child(SPEC, 'allocateLoadBalancerNodePorts'), only))
  if (spec.loadBalancerClass !== undefined) out.push(forbidden(child(SPEC, 'loadBalancerClass'), only))
  return out
}

function validateTraffic(spec: ServiceSpec): FieldCause[] {
  const out: FieldCause[] = []
  const external =
    spec.type === 'NodePort' ||
    spec.type === 'LoadBalancer' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0)
  const policy = spec.externalTrafficPolicy
  if (policy && !external)
    out.push(
      invalid(child(SPEC, 'externalTrafficPolicy'), policy, 'may only be set for externally-accessible services'),
    )
  else if (policy && !POLICIES.includes(policy))
    out.push(notSupported(child(SPEC, 'externalTrafficPolicy'), policy, POLICIES))
  const health = spec.healthCheckNodePort ?? 0
  if (health !== 0) {
    if (spec.type !== 'LoadBalancer' || policy !== 'Local') {
      const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
      out.push(invalid(child(SPEC, 'healthCheckNodePort'), health, detail))
    } else append(out, inRange(child(SPEC, 'healthCheckNodePort'), health, 1, 65535))
  }
  const internal = spec.internalTrafficPolicy
  if (internal && !POLICIES.includes(internal))
    out.push(notSupported(child(SPEC, 'internalTrafficPolicy'), internal, POLICIES))
  const distribution = spec.trafficDistribution
  const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone']
  if (distribution && !distributions.includes(distribution)) {
    out.push(notSupported(child(SPEC, 'trafficDistribution'), distribution, distributions))
  }
  return out
}

/** The primary cluster address stays, unless the Service comes from or goes to ExternalName. */
export function validateServiceUpdate(service: Service, old: Service): FieldCause[] {
  if (service.spec.type === 'ExternalName' || old.spec.type === 'ExternalName') return []
  const before = old.spec.clusterIPs?.[0] ?? old.spec.clusterIP
  const after = service.spec.clusterIPs?.[0] ?? service.spec.clusterIP
  if (!before || !after || before === after) return []
  const place: Field = {
    path: ['spec', service.spec.clusterIP === undefined ? 'clusterIPs' : 'clusterIP'],
    text: 'spec.clusterIPs[0]',
  }
  return [invalid(place, [after], 'may not change once set')]
}
