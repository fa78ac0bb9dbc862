import type { ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { type FieldCause, ROOT, child, index, invalid } from '../kinds/field.ts'
import type { Service, ServicePort, ServiceSpec } from '../kinds/types.ts'
import { allocateClusterIp, claimClusterIp, releaseClusterIp } from './cluster-ip.ts'
import { allocateNodePort, claimNodePort, releaseNodePort } from './node-port.ts'
import type { ObjectStore } from './object-store.ts'
import { refOf } from '../kinds/ref-of.ts'

/** What a service request got, and how to give it back when the request fails after all. */
type Allocated<T> = Result<T, FieldCause>

const SPEC = child(ROOT, 'spec')

export const needsClusterIp = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName'
export const mayHaveNodePorts = ({ type }: ServiceSpec): boolean => type === 'NodePort' || type === 'LoadBalancer'
const needsNodePorts = (spec: ServiceSpec): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
export const needsHealthCheckPort = (spec: ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'

/**
 * Fills in clusterIP(s), node ports and the health check port (k8s pkg/registry/core/service/storage/alloc.go).
 * `existing` is the Service before an update: what it holds already is not claimed again, what it no longer needs is freed.
 */
export function allocateService(store: ObjectStore, service: Service, existing?: Service): Allocated<Service> {
  const ref = refOf(service)
  const before = existing && { ips: heldIp(existing.spec), ports: heldPorts(existing.spec) }
  const addressed = assignClusterIp(store, ref, service.spec, before?.ips)
  if (!addressed.ok) return addressed
  const ported = assignPorts(store, ref, addressed.value, before?.ports ?? [])
  if (!ported.ok) {
    const got = heldIp(addressed.value)
    if (got !== before?.ips) releaseClusterIp(store, got)
    return ported
  }
  if (before) releaseUnused(store, before, ported.value)
  return ok({ ...service, spec: ported.value })
}

export function releaseService(store: ObjectStore, service: Service): void {
  releaseClusterIp(store, heldIp(service.spec))
  for (const port of heldPorts(service.spec)) releaseNodePort(store, port)
}

const heldIp = (spec: ServiceSpec): string | undefined =>
  needsClusterIp(spec) && spec.clusterIP && spec.clusterIP !== 'None' ? spec.clusterIP : undefined

const heldPorts = (spec: ServiceSpec): number[] => [
  ...(spec.ports ?? []).flatMap((port) => (port.nodePort ? [port.nodePort] : [])),
  ...(spec.healthCheckNodePort ? [spec.healthCheckNodePort] : []),
]

function releaseUnused(
  store: ObjectStore,
  before: { ips: string | undefined; ports: readonly number[] },
  now: ServiceSpec,
): void {
  if (before.ips !== heldIp(now)) releaseClusterIp(store, before.ips)
  const kept = heldPorts(now)
  for (const port of before.ports) if (!kept.includes(port)) releaseNodePort(store, port)
}

/** An update that leaves allocated fields empty keeps them (patchAllocatedValues): a manifest applied again has none. */
export function withAllocatedValues(service: Service, existing: Service): Service {
  const next = service.spec
  const old = existing.spec
  const spec: { -readonly [K in keyof ServiceSpec]: ServiceSpec[K] } = { ...next }
  if (needsClusterIp(next) && needsClusterIp(old)) {
    if (!next.clusterIP && !next.clusterIPs?.length) spec.clusterIP = old.clusterIP
    if (spec.clusterIP === old.clusterIP && !next.clusterIPs?.length) spec.clusterIPs = old.clusterIPs
    spec.ipFamilies ??= old.ipFamilies
    spec.ipFamilyPolicy ??= old.ipFamilyPolicy
  }
  if (needsNodePorts(next) && needsNodePorts(old)) spec.ports = next.ports?.map((port) => keepNodePort(port, old))
  if (needsHealthCheckPort(next) && needsHealthCheckPort(old)) spec.healthCheckNodePort ??= old.healthCheckNodePort
  return { ...service, spec }
}

function keepNodePort(port: ServicePort, old: ServiceSpec): ServicePort {
  if (port.nodePort) return port
  const same = old.ports?.find((p) => p.port === port.port && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))
  return same?.nodePort ? { ...port, nodePort: same.nodePort } : port
}

function assignClusterIp(
  store: ObjectStore,
  ref: ObjectRef,
  spec: ServiceSpec,
  held: string | undefined,
): Allocated<ServiceSpec> {
  if (!needsClusterIp(spec)) {
    const { clusterIP: _ip, clusterIPs: _ips, ipFamilies: _f, ipFamilyPolicy: _p, ...rest } = spec
    return ok(rest)
  }
  const wanted = spec.clusterIP || spec.clusterIPs?.[0]
  const problem = isAnywhere(spec, wanted) ? null : familyProblem(spec)
  if (problem) return err(problem)
  if (wanted === 'None' || (wanted !== undefined && wanted === held)) return ok(withAddress(spec, wanted))
  if (wanted) {
    const claimed = claimClusterIp(store, wanted, ref)
    if (claimed.ok) return ok(withAddress(spec, wanted))
    return err(invalid(child(SPEC, 'clusterIPs'), [wanted], `failed to allocate IP ${wanted}: ${claimed.error}`))
  }
  const ip = allocateClusterIp(store, ref)
  if (ip === null) return err(invalid(child(SPEC, 'clusterIPs'), [], 'failed to allocate a serviceIP: range is full'))
  return ok(withAddress(spec, ip))
}

const withAddress = (spec: ServiceSpec, ip: string): ServiceSpec => ({
  ...spec,
  clusterIP: ip,
  clusterIPs: [ip],
  ...(isAnywhere(spec, ip) ? anyFamily(spec) : oneFamily(spec)),
})

/** Headless without a selector: its endpoints are somebody else's, and of any family. */
const isAnywhere = (spec: ServiceSpec, ip: string | undefined): boolean =>
  ip === 'None' && Object.keys(spec.selector ?? {}).length === 0

/** The lab's clusters have IPv4 only (initIPFamilyFields). */
function familyProblem({ ipFamilyPolicy, ipFamilies }: ServiceSpec): FieldCause | null {
  if (ipFamilyPolicy === 'RequireDualStack') {
    const detail = 'this cluster is not configured for dual-stack services'
    return invalid(child(SPEC, 'ipFamilyPolicy'), ipFamilyPolicy, detail)
  }
  const six = (ipFamilies ?? []).indexOf('IPv6')
  return six < 0 ? null : invalid(index(child(SPEC, 'ipFamilies'), six), 'IPv6', 'not configured on this cluster')
}

const oneFamily = (spec: ServiceSpec): Pick<ServiceSpec, 'ipFamilies' | 'ipFamilyPolicy'> => ({
  ipFamilies: spec.ipFamilies ?? ['IPv4'],
  ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack',
})

function anyFamily(spec: ServiceSpec): Pick<ServiceSpec, 'ipFamilies' | 'ipFamilyPolicy'> {
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? 'RequireDualStack'
  const first = spec.ipFamilies?.[0] ?? 'IPv4'
  const other = first === 'IPv4' ? 'IPv6' : 'IPv4'
  return { ipFamilies: ipFamilyPolicy === 'SingleStack' ? [first] : [first, other], ipFamilyPolicy }
}

function assignPorts(
  store: ObjectStore,
  ref: ObjectRef,
  spec: ServiceSpec,
  held: readonly number[],
): Allocated<ServiceSpec> {
  const got: number[] = []
  const undo = (problem: FieldCause): Allocated<ServiceSpec> => {
    for (const port of got) if (!held.includes(port)) releaseNodePort(store, port)
    return err(problem)
  }
  if (!mayHaveNodePorts(spec)) return ok(withoutNodePorts(spec))
  const ports: ServicePort[] = []
  for (const [i, port] of (spec.ports ?? []).entries()) {
    if (!port.nodePort && !needsNodePorts(spec)) {
      ports.push(port)
      continue
    }
    const twin = ports.find((p) => p.port === port.port && p.protocol !== port.protocol)
    const number = port.nodePort || twin?.nodePort || allocateNodePort(store, ref)
    const at = child(index(child(SPEC, 'ports'), i), 'nodePort')
    if (!number) return undo(invalid(at, 0, 'failed to allocate a nodePort: range is full'))
    const claimed = claimNodePort(store, number, ref)
    if (!claimed.ok) return undo(invalid(at, number, claimed.error))
    got.push(number)
    ports.push({ ...port, nodePort: number })
  }
  return ok(withHealthCheckPort(store, ref, { ...spec, ports }))
}

function withoutNodePorts(spec: ServiceSpec): ServiceSpec {
  const { healthCheckNodePort: _h, ...rest } = spec
  if (!spec.ports?.some((port) => port.nodePort !== undefined)) return rest
  return { ...rest, ports: spec.ports.map(({ nodePort: _p, ...port }) => port) }
}

function withHealthCheckPort(store: ObjectStore, ref: ObjectRef, spec: ServiceSpec): ServiceSpec {
  const { healthCheckNodePort, ...rest } = spec
  if (!needsHealthCheckPort(spec)) return rest
  const port = healthCheckNodePort || allocateNodePort(store, ref)
  return port ? { ...rest, healthCheckNodePort: port } : rest
}
