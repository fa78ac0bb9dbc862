import { KINDS, type KindInfo } from '../../core/api/kinds/registry.ts'
import { type FieldSchema, type TypeNode, structSchema } from '../../core/api/schema/schema.ts'
import type { Node, Service } from '../../core/api/kinds/types.ts'
import { alignColumns } from '../../core/api/print/table.ts'
import { compareKeys } from '../../core/base/order.ts'
import { type CommandResult, done } from '../types.ts'
import { type Kubectl, complain } from './context.ts'
import type { FlagTable } from './flags.ts'
import { kindNamed } from './resources.ts'

export const API_RESOURCES_FLAGS: FlagTable = {
  namespaced: { bare: 'true' },
  'api-group': 'text',
  'no-headers': 'bool',
  'output|o': 'text',
  'sort-by': 'text',
  verbs: 'absent',
}
export const EXPLAIN_FLAGS: FlagTable = { recursive: 'bool', 'api-version': 'text', output: 'text' }
export const VERSION_FLAGS: FlagTable = { client: 'bool', 'output|o': 'text', short: 'bool' }
export const CONFIG_FLAGS: FlagTable = {
  current: 'bool',
  minify: 'bool',
  raw: 'absent',
  'output|o': 'text',
  'no-headers': 'bool',
}

/** `kubectl api-resources`. */
export function apiResources(k: Kubectl): CommandResult {
  const group = k.flags.text('api-group')
  const kinds = KINDS.filter(
    (info) =>
      (!k.flags.has('namespaced') || info.namespaced === k.flags.on('namespaced')) &&
      (group === undefined || info.group === group),
  )
  const sort = k.flags.text('sort-by') ?? 'group'
  if (!['group', 'name', 'kind'].includes(sort)) return complain('--sort-by accepts only name or kind')
  const first = (info: KindInfo): string => (sort === 'name' ? info.plural : sort === 'kind' ? info.kind : info.group)
  const ordered = [...kinds].sort((a, b) => compareKeys(first(a), first(b)) || compareKeys(a.plural, b.plural))
  const nameOf = (plural: string, api: string): string => (api === '' ? plural : `${plural}.${api}`)
  if (k.flags.text('output') === 'name')
    return done(ordered.map((info) => `${nameOf(info.plural, info.group)}\n`).join(''))
  const rows = ordered.map((info) => [
    info.plural,
    info.shortNames.join(','),
    info.apiVersion,
    String(info.namespaced),
    info.kind,
  ])
  const header = k.flags.on('no-headers') ? [] : [['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND']]
  return done(alignColumns([...header, ...rows]))
}

export const apiVersions = (): CommandResult =>
  done(
    [...new Set(KINDS.map((info) => info.apiVersion))]
      .sort()
      .map((version) => `${version}\n`)
      .join(''),
  )

/** The version that the nodes report; it is the server's, too. */
const serverVersion = (k: Kubectl): string =>
  k.api.ofKind<Node>('Node')[0]?.status?.nodeInfo?.kubeletVersion ?? 'v1.35.0'

export function version(k: Kubectl): CommandResult {
  const server = serverVersion(k)
  const lines = [`Client Version: ${server}`, 'Kustomize Version: v5.7.1']
  return done(`${[...lines, ...(k.flags.on('client') ? [] : [`Server Version: ${server}`])].join('\n')}\n`)
}

const serverUrl = (k: Kubectl): string => {
  const node = k.api
    .ofKind<Node>('Node')
    .find((each) => each.metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined)
  const address = node?.status?.addresses?.find((each) => each.type === 'InternalIP')?.address ?? '127.0.0.1'
  return `https://${address}:6443`
}

export function clusterInfo(k: Kubectl): CommandResult {
  const url = serverUrl(k)
  const dns = k.api.peek<Service>('Service/kube-system/kube-dns')
  const coredns = dns ? `CoreDNS is running at ${url}/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy\n` : ''
  return done(
    `Kubernetes control plane is running at ${url}\n${coredns}\n` +
      "To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n",
  )
}

export const NAMESPACE_FILE = '/root/.kube/namespace'

/** The only context that there is. */
export const CONTEXT = 'kubernetes-admin@kubernetes'

/** `kubectl config …`: one context, whose namespace can be set. */
export function config(k: Kubectl): CommandResult {
  const [what, ...rest] = k.flags.words
  const context = CONTEXT
  const namespace = contextNamespace(k)
  switch (what) {
    case 'get-contexts':
      return getContexts(k, rest, namespace)
    case 'current-context':
      return done(`${context}\n`)
    case 'use-context':
      return rest[0] === context
        ? done(`Switched to context ${JSON.stringify(context)}.\n`)
        : complain(`no context exists with the name: ${JSON.stringify(rest[0] ?? '')}`)
    case 'set-context': {
      const files = k.env.processes?.files
      if (!k.flags.has('namespace')) return done(`Context ${JSON.stringify(context)} modified.\n`)
      files?.write(k.place.fs, NAMESPACE_FILE, k.flags.text('namespace') ?? '')
      return done(`Context ${JSON.stringify(context)} modified.\n`)
    }
    case 'view':
      if ((k.flags.text('output') ?? 'yaml') !== 'yaml') return complain('config view prints YAML only in this lab')
      return done(
        `apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: DATA+OMITTED\n    server: ${serverUrl(k)}\n  name: kubernetes\ncontexts:\n- context:\n    cluster: kubernetes\n` +
          `${namespace === 'default' ? '' : `    namespace: ${namespace}\n`}    user: kubernetes-admin\n  name: ${context}\ncurrent-context: ${context}\nkind: Config\npreferences: {}\nusers:\n- name: kubernetes-admin\n  user:\n    client-certificate-data: DATA+OMITTED\n    client-key-data: DATA+OMITTED\n`,
      )
    default:
      return complain(
        what === undefined
          ? 'a subcommand is required: current-context, get-contexts, set-context, use-context, view'
          : `unknown command ${JSON.stringify(what)}`,
      )
  }
}

function getContexts(k: Kubectl, asked: readonly string[], namespace: string): CommandResult {
  const other = asked.find((name) => name !== CONTEXT)
  if (other !== undefined) return complain(`context ${other} not found`)
  const output = k.flags.text('output') ?? ''
  if (output === 'name') return done(`${CONTEXT}\n`)
  if (output !== '') return complain(`output must be one of '' or 'name': ${output}`)
  const header = ['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE']
  const row = ['*', CONTEXT, 'kubernetes', 'kubernetes-admin', namespace === 'default' ? '' : namespace]
  return done(alignColumns(k.flags.on('no-headers') ? [row] : [header, row]))
}

const contextNamespace = (k: Kubectl): string =>
  (k.env.processes?.files.read(k.place.fs, NAMESPACE_FILE) ?? 'default').trim() || 'default'

/** `kubectl explain pod.spec.containers`: fields and types; the descriptions are in the editor of the lab. */
export function explain(k: Kubectl): CommandResult {
  const [word] = k.flags.words
  if (word === undefined) {
    return complain(
      'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
    )
  }
  const [resource = '', ...path] = word.split('.')
  const info = kindNamed(resource)
  let type: TypeNode = { kind: 'struct', name: info.schema }
  let field: FieldSchema | undefined
  for (const name of path) {
    const inside = structOf(type)
    field = inside === undefined ? undefined : structSchema(inside)?.fields.get(name)
    if (!field) return complain(`field ${JSON.stringify(name)} does not exist`)
    type = field.type
  }
  const head = [
    ...(info.group === '' ? [] : [`GROUP:      ${info.group}`]),
    `KIND:       ${info.kind}`,
    `VERSION:    ${info.version}`,
    '',
  ]
  const about = field ? [`FIELD: ${field.name} <${typeText(type)}>${field.required ? ' -required-' : ''}`, ''] : []
  const struct = structOf(type)
  const fields =
    struct === undefined ? [] : ['FIELDS:', ...fieldLines(struct, '  ', k.flags.on('recursive') ? 4 : 0), '']
  return done(`${[...head, ...about, ...fields].join('\n')}\n`)
}

function structOf(type: TypeNode): string | undefined {
  if (type.kind === 'struct') return type.name
  if (type.kind === 'list') return structOf(type.item)
  return type.kind === 'map' ? structOf(type.value) : undefined
}

function fieldLines(struct: string, indent: string, depth: number): readonly string[] {
  const fields = [...(structSchema(struct)?.fields.values() ?? [])].sort((a, b) => compareKeys(a.name, b.name))
  return fields.flatMap((field) => {
    const line = `${indent}${field.name}\t<${typeText(field.type)}>${field.required ? ' -required-' : ''}`
    const inner = depth > 0 ? structOf(field.type) : undefined
    return inner === undefined ? [line] : [line, ...fieldLines(inner, `${indent}  `, depth - 1)]
  })
}

const SCALARS: Readonly<Record<string, string>> = {
  int32: 'integer',
  int64: 'integer',
  double: 'number',
  quantity: 'Quantity',
  intOrString: 'IntOrString',
  time: 'string',
  microTime: 'string',
  bytes: 'string',
  any: 'Object',
}

function typeText(type: TypeNode): string {
  switch (type.kind) {
    case 'enum':
      return 'string'
    case 'struct':
      return type.name
    case 'list':
      return `[]${typeText(type.item)}`
    case 'map':
      return `map[string]${typeText(type.value)}`
    default:
      return SCALARS[type.kind] ?? type.kind
  }
}
