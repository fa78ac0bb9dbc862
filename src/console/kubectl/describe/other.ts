import { goJson, isJson, type Json } from '../../../core/api/kinds/json.ts'
import type { ApiObject, ConfigMap, Namespace, Secret, ServiceAccount } from '../../../core/api/kinds/types.ts'
import type { Kubectl } from '../context.ts'
import { Description, annotations, events, head, labels } from './writer.ts'

export function describeConfigMap(k: Kubectl, map: ConfigMap): string {
  const d = new Description()
  head(d, map)
  labels(d, 0, 'Labels', map.metadata.labels)
  annotations(d, map.metadata.annotations)
  d.flush()
  d.line(0, '')
  d.line(0, 'Data')
  d.line(0, '====')
  for (const [key, value] of Object.entries(map.data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    d.line(0, `${key}:`)
    d.line(0, '----')
    d.flush()
    for (const line of value.split('\n')) d.line(0, line.replaceAll('\t', '        '))
    d.line(0, '')
  }
  d.line(0, '')
  d.line(0, 'BinaryData')
  d.line(0, '====')
  for (const [key, value] of Object.entries(map.binaryData ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    d.line(0, `${key}: ${base64Length(value)} bytes`)
  }
  d.line(0, '')
  events(k, d, map)
  return d.toString()
}

const base64Length = (text: string): number =>
  Math.floor((text.length * 3) / 4) - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)

export function describeSecret(_k: Kubectl, secret: Secret): string {
  const d = new Description()
  head(d, secret)
  labels(d, 0, 'Labels', secret.metadata.labels)
  annotations(d, secret.metadata.annotations)
  d.line(0, '')
  d.line(0, `Type:\t${secret.type ?? 'Opaque'}`)
  d.line(0, '')
  d.line(0, 'Data')
  d.line(0, '====')
  for (const [key, value] of Object.entries(secret.data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    d.line(0, `${key}:\t${base64Length(value)} bytes`)
  }
  return d.toString()
}

export function describeNamespace(_k: Kubectl, namespace: Namespace): string {
  const d = new Description()
  d.line(0, `Name:\t${namespace.metadata.name}`)
  labels(d, 0, 'Labels', namespace.metadata.labels)
  annotations(d, namespace.metadata.annotations)
  d.line(0, `Status:\t${namespace.status?.phase ?? ''}`)
  d.line(0, '')
  d.line(0, 'No resource quota.')
  d.line(0, '')
  d.line(0, 'No LimitRange resource.')
  return d.toString()
}

export function describeServiceAccount(k: Kubectl, account: ServiceAccount): string {
  const d = new Description()
  head(d, account)
  labels(d, 0, 'Labels', account.metadata.labels)
  annotations(d, account.metadata.annotations)
  const names = (list: readonly { readonly name?: string }[] | undefined): string =>
    list?.length ? list.map((each) => each.name ?? '').join(', ') : '<none>'
  d.line(0, `Image pull secrets:\t${names(account.imagePullSecrets)}`)
  d.line(0, `Mountable secrets:\t${names(account.secrets)}`)
  d.line(0, 'Tokens:\t<none>')
  events(k, d, account)
  return d.toString()
}

/** Any other kind: its content, with field names made readable (describe.go genericDescriber). */
export function describeGeneric(k: Kubectl, object: ApiObject): string {
  const d = new Description()
  d.line(0, `Name:\t${object.metadata.name}`)
  d.line(0, `Namespace:\t${object.metadata.namespace ?? ''}`)
  labels(d, 0, 'Labels', object.metadata.labels)
  annotations(d, object.metadata.annotations)
  content(d, 0, without(object))
  events(k, d, object)
  return d.toString()
}

function without(object: Json): Json {
  const { metadata, ...rest } = object
  const { name: _n, namespace: _s, labels: _l, annotations: _a, ...kept } = isJson(metadata) ? metadata : {}
  return { ...rest, metadata: kept }
}

function content(d: Description, level: number, object: Json): void {
  for (const key of Object.keys(object).sort()) {
    const value = object[key]
    if (value === undefined) continue
    const title = titleOf(key)
    if (isJson(value)) {
      d.line(level, `${title}:`)
      content(d, level + 1, value)
    } else if (Array.isArray(value)) {
      d.line(level, `${title}:`)
      for (const item of value as readonly unknown[]) {
        if (isJson(item)) content(d, level + 1, item)
        else d.line(level + 1, plain(item))
      }
    } else d.line(level, `${title}:\t${plain(value)}`)
  }
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : goJson(value))

/** `apiVersion` → `API Version` (smartLabelFor). */
function titleOf(field: string): string {
  if (field.includes('.') || field.includes('/')) return field
  const acronyms = new Set([
    'API',
    'CIDR',
    'DNS',
    'FS',
    'HTTP',
    'ID',
    'IP',
    'JSON',
    'OS',
    'PID',
    'TCP',
    'UDP',
    'UID',
    'URL',
    'TTL',
  ])
  const parts = field.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').split(' ')
  return parts
    .map((part) =>
      acronyms.has(part.toUpperCase()) ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1),
    )
    .join(' ')
}
