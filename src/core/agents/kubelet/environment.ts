import { type Result, err, ok } from '../../base/result.ts'
import { objectRef } from '../../base/ref.ts'
import { milliValue } from '../../api/kinds/quantity.ts'
import type { ApiServer } from '../../api/store/store.ts'
import type { ConfigMap, Container, EnvVar, Node, Pod, Secret, Service } from '../../api/kinds/types.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { decodeBase64 } from './secret-data.ts'

/** What fieldRefs and resourceFieldRefs are answered from. */
export interface EnvironmentSource {
  readonly api: ApiServer
  readonly pod: Pod
  readonly hostIp: number
  readonly podIp: string
}

export type Environment = { readonly [name: string]: string }

/**
 * The environment of a container, in kubelet's order (makeEnvironmentVariables): Services, envFrom, env. The error is the message of
 * CreateContainerConfigError.
 */
export function makeEnvironment(source: EnvironmentSource, container: Container): Result<Environment, string> {
  const namespace = source.pod.metadata.namespace ?? 'default'
  const env: { [name: string]: string } = serviceEnvironment(source, namespace)
  for (const from of container.envFrom ?? []) {
    const reference = from.configMapRef ?? from.secretRef
    if (!reference) continue
    const kind = from.configMapRef ? 'ConfigMap' : 'Secret'
    const data = readData(source.api, kind, namespace, reference.name ?? '')
    if (!data) {
      if (reference.optional) continue
      return err(`${kind.toLowerCase()} "${reference.name}" not found`)
    }
    for (const key of Object.keys(data).sort()) env[`${from.prefix ?? ''}${key}`] = data[key]!
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(source, container, variable, env)
    if (!value.ok) return value
    if (value.value !== null) env[variable.name] = value.value
  }
  return ok(env)
}

/** The data of a ConfigMap or, decoded, of a Secret. */
export function readData(
  api: ApiServer,
  kind: 'ConfigMap' | 'Secret',
  namespace: string,
  name: string,
): { readonly [key: string]: string } | null {
  const object = api.peek<ConfigMap | Secret>(objectRef(kind, namespace, name))
  if (!object) return null
  const data = object.data ?? {}
  if (kind === 'ConfigMap') return data
  return Object.fromEntries(Object.keys(data).map((key) => [key, decodeBase64(data[key]!)]))
}

function valueOf(
  source: EnvironmentSource,
  container: Container,
  variable: EnvVar,
  env: Environment,
): Result<string | null, string> {
  const from = variable.valueFrom
  if (!from) return ok(expand(variable.value ?? '', env))
  if (from.fieldRef) return ok(fieldValue(source, from.fieldRef.fieldPath))
  if (from.resourceFieldRef) return ok(resourceValue(source, container, from.resourceFieldRef))
  const reference = from.configMapKeyRef ?? from.secretKeyRef
  if (!reference) return ok('')
  const kind = from.configMapKeyRef ? 'ConfigMap' : 'Secret'
  const namespace = source.pod.metadata.namespace ?? 'default'
  const data = readData(source.api, kind, namespace, reference.name ?? '')
  if (!data && !reference.optional) return err(`${kind.toLowerCase()} "${reference.name}" not found`)
  const value = data && Object.hasOwn(data, reference.key) ? data[reference.key]! : null
  if (value === null && data && !reference.optional) {
    return err(`couldn't find key ${reference.key} in ${kind} ${namespace}/${reference.name}`)
  }
  return ok(value)
}

/** The downward API (k8s pkg/fieldpath and pkg/kubelet podFieldSelectorRuntimeValue). */
export function fieldValue(source: EnvironmentSource, path: string): string {
  const { metadata, spec } = source.pod
  const keyed = /^metadata\.(labels|annotations)\['([^']*)'\]$/.exec(path)
  if (keyed) return (keyed[1] === 'labels' ? metadata.labels : metadata.annotations)?.[keyed[2]!] ?? ''
  switch (path) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid ?? ''
    case 'spec.nodeName':
      return spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return formatIpv4(source.hostIp)
    case 'status.podIP':
    case 'status.podIPs':
      return source.podIp
    case 'metadata.labels':
      return mapText(metadata.labels)
    case 'metadata.annotations':
      return mapText(metadata.annotations)
    default:
      return ''
  }
}

const mapText = (map: { readonly [key: string]: string } | undefined): string =>
  Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map![key])}`)
    .join('\n')

interface ResourceField {
  readonly containerName?: string
  readonly resource: string
  readonly divisor?: number | string
}

/** Limits that are not set are those of the node. */
function resourceValue(source: EnvironmentSource, container: Container, field: ResourceField): string {
  const [section = '', name = ''] = field.resource.split('.')
  const own = section === 'limits' ? container.resources?.limits : container.resources?.requests
  const node = source.api.peek<Node>(objectRef('Node', undefined, source.pod.spec.nodeName ?? ''))
  const quantity = own?.[name] ?? (section === 'limits' ? node?.status?.allocatable?.[name] : undefined) ?? 0
  return String(Math.ceil(milliValue(quantity) / (milliValue(field.divisor ?? 1) || 1000)))
}

/** `$(NAME)` is what NAME is, where it is known, and `$$` is a dollar (k8s third_party/forked/golang/expansion). */
export const expand = (text: string, env: Environment): string =>
  text.replace(/\$(\$|\(([^)]*)\))/g, (whole, what: string, name: string | undefined) =>
    what === '$' ? '$' : Object.hasOwn(env, name ?? '') ? env[name ?? '']! : whole,
  )

/** The variables by which Docker links once named other containers, for every Service of the namespace and for `kubernetes`. */
function serviceEnvironment(source: EnvironmentSource, namespace: string): { [name: string]: string } {
  const env: { [name: string]: string } = {}
  const links = source.pod.spec.enableServiceLinks ?? true
  const own = links ? source.api.ofKind<Service>('Service', namespace) : []
  const master = source.api.peek<Service>('Service/default/kubernetes')
  for (const service of master && !own.includes(master) ? [master, ...own] : own) {
    const ip = service.spec.clusterIP ?? ''
    if (ip === '' || ip === 'None') continue
    const prefix = service.metadata.name.toUpperCase().replaceAll('-', '_')
    const ports = service.spec.ports ?? []
    if (!ports[0]) continue
    env[`${prefix}_SERVICE_HOST`] = ip
    env[`${prefix}_SERVICE_PORT`] = String(ports[0].port)
    for (const port of ports) {
      if (port.name) env[`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`] = String(port.port)
    }
    ports.forEach((port, i) => {
      const protocol = (port.protocol ?? 'TCP').toLowerCase()
      const url = `${protocol}://${ip}:${port.port}`
      const link = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`
      if (i === 0) env[`${prefix}_PORT`] = url
      env[link] = url
      env[`${link}_PROTO`] = protocol
      env[`${link}_PORT`] = String(port.port)
      env[`${link}_ADDR`] = ip
    })
  }
  return env
}
