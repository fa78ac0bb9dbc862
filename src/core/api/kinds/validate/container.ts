import {
  type Field,
  type FieldCause,
  append,
  child,
  complain,
  duplicate,
  forbidden,
  inRange,
  index,
  invalid,
  key,
  notFound,
  notSupported,
  required,
} from '../field.ts'
import { parseQuantity } from '../quantity.ts'
import type { Container, ContainerPort, EnvFromSource, EnvVar, ResourceList, Volume, VolumeMount } from '../types.ts'
import { configMapKey, dns1123Label, dns1123Subdomain, envName, portName, qualifiedName } from './names.ts'
import { validateLifecycle, validateProbe } from './probe.ts'

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never']

/** The regular containers of a pod (core validation.go validateContainers). */
export function validateContainers(
  containers: readonly Container[],
  volumes: readonly Volume[],
  at: Field,
): FieldCause[] {
  if (containers.length === 0) return [required(at)]
  const names = new Set<string>()
  const out = containers.flatMap((container, i) => {
    const place = index(at, i)
    const causes = validateContainer(container, volumes, place)
    if (container.name && names.has(container.name)) causes.push(duplicate(child(place, 'name'), container.name))
    names.add(container.name)
    append(causes, validateLifecycle(container, place))
    append(causes, validateProbe(container.livenessProbe, child(place, 'livenessProbe'), true))
    append(causes, validateProbe(container.readinessProbe, child(place, 'readinessProbe'), false))
    append(causes, validateProbe(container.startupProbe, child(place, 'startupProbe'), true))
    return causes
  })
  return [...out, ...validateHostPorts(containers, at)]
}

/** Init containers: names unique over both lists, no probes but on sidecars (restartPolicy Always). */
export function validateInitContainers(
  inits: readonly Container[],
  regular: readonly Container[],
  volumes: readonly Volume[],
  at: Field,
): FieldCause[] {
  const names = new Set(regular.map((container) => container.name))
  return inits.flatMap((container, i) => {
    const place = index(at, i)
    const causes = validateContainer(container, volumes, place)
    if (names.has(container.name)) causes.push(duplicate(child(place, 'name'), container.name))
    names.add(container.name)
    if (container.restartPolicy === 'Always') {
      append(causes, validateLifecycle(container, place))
      append(causes, validateProbe(container.livenessProbe, child(place, 'livenessProbe'), true))
      append(causes, validateProbe(container.readinessProbe, child(place, 'readinessProbe'), false))
      append(causes, validateProbe(container.startupProbe, child(place, 'startupProbe'), true))
      return causes
    }
    if (container.restartPolicy !== undefined && !['OnFailure', 'Never'].includes(container.restartPolicy)) {
      causes.push(notSupported(child(place, 'restartPolicy'), container.restartPolicy, ['Always']))
    }
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[field])
        causes.push(forbidden(child(place, field), 'may not be set for init containers without restartPolicy=Always'))
    }
    return causes
  })
}

function validateContainer(container: Container, volumes: readonly Volume[], at: Field): FieldCause[] {
  const out: FieldCause[] = []
  if (!container.name) out.push(required(child(at, 'name')))
  else append(out, complain(child(at, 'name'), container.name, dns1123Label(container.name)))
  if (!container.image) out.push(required(child(at, 'image')))
  const policy = container.terminationMessagePolicy
  if (policy && !['File', 'FallbackToLogsOnError'].includes(policy)) {
    out.push(notSupported(child(at, 'terminationMessagePolicy'), policy, ['File', 'FallbackToLogsOnError']))
  }
  append(out, validatePorts(container.ports ?? [], child(at, 'ports')))
  append(
    out,
    (container.env ?? []).flatMap((variable, i) => validateEnv(variable, index(child(at, 'env'), i))),
  )
  append(
    out,
    (container.envFrom ?? []).flatMap((source, i) => validateEnvFrom(source, index(child(at, 'envFrom'), i))),
  )
  append(out, validateMounts(container.volumeMounts ?? [], volumes, child(at, 'volumeMounts')))
  const pull = container.imagePullPolicy
  if (pull && !PULL_POLICIES.includes(pull)) out.push(notSupported(child(at, 'imagePullPolicy'), pull, PULL_POLICIES))
  return [...out, ...validateResources(container, child(at, 'resources'))]
}

function validatePorts(ports: readonly ContainerPort[], at: Field): FieldCause[] {
  const names = new Set<string>()
  return ports.flatMap((port, i) => {
    const place = index(at, i)
    const out: FieldCause[] = []
    if (port.name) {
      const complaints = portName(port.name)
      if (complaints.length > 0) append(out, complain(child(place, 'name'), port.name, complaints))
      else if (names.has(port.name)) out.push(duplicate(child(place, 'name'), port.name))
      names.add(port.name)
    }
    if (!port.containerPort) out.push(required(child(place, 'containerPort')))
    else append(out, inRange(child(place, 'containerPort'), port.containerPort, 1, 65535))
    if (port.hostPort) append(out, inRange(child(place, 'hostPort'), port.hostPort, 1, 65535))
    if (port.protocol && !PROTOCOLS.includes(port.protocol))
      out.push(notSupported(child(place, 'protocol'), port.protocol, PROTOCOLS))
    return out
  })
}

/** One host port can be had once per pod, protocol and host address. */
function validateHostPorts(containers: readonly Container[], at: Field): FieldCause[] {
  const taken = new Set<string>()
  return containers.flatMap((container, c) =>
    (container.ports ?? []).flatMap((port, p) => {
      if (!port.hostPort) return []
      const claim = `${port.protocol ?? 'TCP'}/${port.hostIP ?? ''}/${port.hostPort}`
      if (taken.has(claim)) return [duplicate(child(index(child(index(at, c), 'ports'), p), 'hostPort'), claim)]
      taken.add(claim)
      return []
    }),
  )
}

function validateEnv(variable: EnvVar, at: Field): FieldCause[] {
  const out: FieldCause[] = []
  if (!variable.name) out.push(required(child(at, 'name')))
  else append(out, complain(child(at, 'name'), variable.name, envName(variable.name)))
  const from = variable.valueFrom
  if (!from) return out
  const place = child(at, 'valueFrom')
  append(out, validateFieldRef(from.fieldRef, child(place, 'fieldRef')))
  for (const source of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const ref = from[source]
    if (!ref) continue
    if (!ref.name) out.push(required(child(place, source, 'name')))
    if (!ref.key) out.push(required(child(place, source, 'key')))
    else append(out, complain(child(place, source, 'key'), ref.key, configMapKey(ref.key)))
  }
  const count = Object.values(from).filter((source) => source !== undefined).length
  if (count === 0) {
    out.push(
      invalid(place, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'),
    )
  } else if (variable.value) out.push(invalid(place, '', 'may not be specified when `value` is not empty'))
  else if (count > 1) out.push(invalid(place, '', 'may not have more than one field specified at a time'))
  return out
}

const FIELD_PATHS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

function validateFieldRef(ref: { readonly fieldPath?: string } | undefined, at: Field): FieldCause[] {
  if (!ref) return []
  if (!ref.fieldPath) return [required(child(at, 'fieldPath'))]
  if (/^metadata\.(labels|annotations)\['[^']*'\]$/.test(ref.fieldPath) || FIELD_PATHS.includes(ref.fieldPath))
    return []
  if (!/^(metadata|spec|status)\./.test(ref.fieldPath)) {
    const detail = `error converting fieldPath: field label not supported: ${ref.fieldPath}`
    return [invalid(child(at, 'fieldPath'), ref.fieldPath, detail)]
  }
  return [notSupported(child(at, 'fieldPath'), ref.fieldPath, FIELD_PATHS)]
}

function validateEnvFrom(source: EnvFromSource, at: Field): FieldCause[] {
  const out = source.prefix ? complain(child(at, 'prefix'), source.prefix, envName(source.prefix)) : []
  for (const field of ['configMapRef', 'secretRef'] as const) {
    const ref = source[field]
    if (!ref) continue
    if (!ref.name) out.push(required(child(at, field, 'name')))
    else append(out, complain(child(at, field, 'name'), ref.name, dns1123Subdomain(ref.name)))
  }
  if (!source.configMapRef && !source.secretRef)
    out.push(invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'))
  if (source.configMapRef && source.secretRef)
    out.push(invalid(at, '', 'may not have more than one field specified at a time'))
  return out
}

function validateMounts(mounts: readonly VolumeMount[], volumes: readonly Volume[], at: Field): FieldCause[] {
  const paths = new Set<string>()
  return mounts.flatMap((mount, i) => {
    const place = index(at, i)
    const out: FieldCause[] = []
    if (!mount.name) out.push(required(child(place, 'name')))
    else if (!volumes.some((volume) => volume.name === mount.name)) out.push(notFound(child(place, 'name'), mount.name))
    if (!mount.mountPath) out.push(required(child(place, 'mountPath')))
    else if (paths.has(mount.mountPath)) out.push(invalid(child(place, 'mountPath'), mount.mountPath, 'must be unique'))
    paths.add(mount.mountPath)
    if (mount.subPath?.startsWith('/'))
      out.push(invalid(child(place, 'subPath'), mount.subPath, 'must be a relative path'))
    if (mount.subPath?.split('/').includes('..'))
      out.push(invalid(child(place, 'subPath'), mount.subPath, "must not contain '..'"))
    return out
  })
}

const STANDARD_RESOURCES = ['cpu', 'memory', 'ephemeral-storage']

function validateResources(container: Container, at: Field): FieldCause[] {
  const { limits = {}, requests = {} } = container.resources ?? {}
  const out = [
    ...validateResourceList(limits, child(at, 'limits')),
    ...validateResourceList(requests, child(at, 'requests')),
  ]
  for (const [name, value] of Object.entries(requests)) {
    const limit = Object.hasOwn(limits, name) ? parseQuantity(limits[name]!) : null
    const request = parseQuantity(value)
    if (limit && request && request.milli > limit.milli) {
      const detail = `must be less than or equal to ${name} limit of ${String(limits[name])}`
      out.push(invalid(child(at, 'requests'), String(value), detail))
    }
  }
  return out
}

function validateResourceList(list: ResourceList, at: Field): FieldCause[] {
  return Object.entries(list).flatMap(([name, value]) => {
    const place = key(at, name)
    const out = complain(place, name, qualifiedName(name))
    if (
      out.length === 0 &&
      !name.includes('/') &&
      !STANDARD_RESOURCES.includes(name) &&
      !name.startsWith('hugepages-')
    ) {
      out.push(invalid(place, name, 'must be a standard resource type or fully qualified'))
      out.push(invalid(place, name, 'must be a standard resource for containers'))
    }
    const quantity = parseQuantity(value)
    if (quantity && quantity.milli < 0n) out.push(invalid(place, String(value), 'must be greater than or equal to 0'))
    return out
  })
}
