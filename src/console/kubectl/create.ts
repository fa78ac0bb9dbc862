import { encodeSecret } from '../../core/api/kinds/defaults/plain.ts'
import type {
  ApiObject,
  Container,
  Deployment,
  Pod,
  PodSpec,
  Service,
  ServicePort,
} from '../../core/api/kinds/types.ts'
import { type CommandResult } from '../types.ts'
import { dryRunWord, said } from './apply.ts'
import { KubectlStop, type Kubectl, Output, complain } from './context.ts'
import { fileText, readFiles } from './files.ts'
import type { FlagTable } from './flags.ts'

export const CREATE_FLAGS: FlagTable = {
  'filename|f': 'list',
  image: 'list',
  'replicas|r': 'text',
  port: 'text',
  tcp: 'list',
  'node-port': 'text',
  clusterip: 'text',
  'external-name': 'text',
  'from-literal': 'list',
  'from-file': 'list',
  'output|o': 'text',
  'dry-run': { bare: 'unchanged' },
  'save-config': 'absent',
  validate: { bare: 'strict' },
}

export const flagRequired = (...names: readonly string[]): never => {
  throw new KubectlStop(`error: required flag(s) ${names.map((name) => JSON.stringify(name)).join(', ')} not set\n`)
}

const ABSENT: ReadonlySet<string> = new Set([
  'clusterrole',
  'clusterrolebinding',
  'cronjob',
  'ingress',
  'job',
  'poddisruptionbudget',
  'priorityclass',
  'quota',
  'role',
  'rolebinding',
  'token',
])

/** `kubectl create -f`, and its generators. */
export function create(k: Kubectl): CommandResult {
  const [what, ...rest] = k.flags.words
  if (what === undefined) return k.flags.has('filename') ? createFiles(k) : complain('must specify one of -f and -k')
  switch (what) {
    case 'deployment':
    case 'deploy':
      return make(k, deployment(k, nameOf(rest, what)), 'failed to create deployment: ')
    case 'service':
    case 'svc':
      return createService(k, rest)
    case 'namespace':
    case 'ns':
      return make(k, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: nameOf(rest, what) } })
    case 'configmap':
    case 'cm':
      return make(
        k,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: here(k, nameOf(rest, what)), data: literals(k) },
        'failed to create configmap: ',
      )
    case 'secret':
      if (rest[0] !== 'generic') return complain(`kubectl create secret ${rest[0] ?? ''} is not available in this lab`)
      return make(
        k,
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: here(k, nameOf(rest.slice(1), what)),
          data: inBase64(literals(k)),
        },
        'failed to create secret ',
      )
    case 'serviceaccount':
    case 'sa':
      return make(
        k,
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: here(k, nameOf(rest, what)) },
        'failed to create serviceaccount: ',
      )
    default:
      if (ABSENT.has(what)) return complain(`kubectl create ${what} is not available in this lab`)
      return complain(`Unexpected args: [${k.flags.words.join(' ')}]\nSee 'kubectl create -h' for help and examples`)
  }
}

export const here = (k: Kubectl, name: string): { readonly name: string; readonly namespace: string } => ({
  name,
  namespace: k.namespace,
})

function nameOf(words: readonly string[], what: string): string {
  if (words.length !== 1)
    return complain(
      `exactly one NAME is required, got ${words.length}\nSee 'kubectl create ${what} -h' for help and examples`,
    )
  return words[0]!
}

function createFiles(k: Kubectl): CommandResult {
  const out = new Output()
  for (const { object, source } of readFiles(k, 'create', out)) {
    out.aboutKind(object.kind)
    const result = k.api.create(object, k.actor, { fieldValidation: 'Strict', dryRun: dryRunWord(k) !== '' })
    if (result.ok) said(k, result.value, `created${dryRunWord(k)}`, out)
    else out.problem(result.error, `creating ${JSON.stringify(source)}`)
  }
  return out.done()
}

/** Creates what a generator made. `prefix`: generators say what failed, and leave the server's reason out. */
export function make(k: Kubectl, object: ApiObject, prefix?: string): CommandResult {
  const out = new Output()
  const dryRun = dryRunWord(k)
  if (dryRun === ' (dry run)') {
    said(k, asGenerated(k, object), `created${dryRun}`, out)
    return out.done()
  }
  const result = k.api.create(object, k.actor, { fieldValidation: 'Strict', dryRun: dryRun !== '' })
  if (result.ok) said(k, result.value, `created${dryRun}`, out)
  else if (prefix !== undefined && result.error.reason !== 'Invalid') return complain(prefix + result.error.message)
  else out.problem(result.error)
  return out.done()
}

/** What a generator prints without asking the server: no namespace that was not given, and Go's empty structs. */
function asGenerated(k: Kubectl, object: ApiObject): ApiObject {
  const { namespace: _asked, ...metadata } = object.metadata
  const bare = k.flags.has('namespace') ? object : { ...object, metadata }
  switch (object.kind) {
    case 'Pod':
      return { ...bare, spec: withResources((object as Pod).spec), status: {} }
    case 'Deployment': {
      const { spec } = object as Deployment
      const template = { ...spec.template, spec: withResources(spec.template.spec) }
      return { ...bare, spec: { ...spec, strategy: {}, template }, status: {} }
    }
    case 'Service':
      return { ...bare, status: { loadBalancer: {} } }
    case 'Namespace':
      return { ...bare, spec: {}, status: {} }
    default:
      return bare
  }
}

const withResources = (spec: PodSpec): PodSpec => ({
  ...spec,
  containers: spec.containers.map((container) => ({ ...container, resources: container.resources ?? {} })),
})

/** The container's name that kubectl takes from an image: its last part. */
const baseName = (image: string): string => image.split('/').at(-1)!.split('@')[0]!.split(':')[0]!

function deployment(k: Kubectl, name: string): Deployment {
  const images = k.flags.list('image')
  if (images.length === 0) return flagRequired('image')
  const port = k.flags.number('port')
  const command = k.flags.rest
  const containers = images.map((image, i): Container => ({
    name: baseName(image),
    image,
    ...(port !== undefined && i === 0 && { ports: [{ containerPort: port }] }),
    ...(command && command.length > 0 && { command }),
  }))
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...here(k, name), labels },
    spec: {
      replicas: k.flags.number('replicas') ?? 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  }
}

function createService(k: Kubectl, words: readonly string[]): CommandResult {
  const [type = '', ...rest] = words
  const types: Readonly<Record<string, Service['spec']['type']>> = {
    clusterip: 'ClusterIP',
    nodeport: 'NodePort',
    loadbalancer: 'LoadBalancer',
    externalname: 'ExternalName',
  }
  if (!Object.hasOwn(types, type))
    return complain(
      `Unexpected args: [${k.flags.words.join(' ')}]\nSee 'kubectl create service -h' for help and examples`,
    )
  const name = nameOf(rest, `service ${type}`)
  const headless = k.flags.text('clusterip') === 'None'
  const ports = k.flags.list('tcp').map((spec): ServicePort => {
    const [port = '', target = port] = spec.split(':')
    const number = portNumber(port)
    const nodePort = k.flags.number('node-port')
    return {
      name: spec.replace(':', '-'),
      port: number,
      protocol: 'TCP',
      targetPort: /^\d+$/.test(target) ? Number(target) : target,
      ...(type === 'nodeport' && nodePort !== undefined && nodePort !== 0 && { nodePort }),
    }
  })
  if (ports.length === 0 && type !== 'externalname' && !headless)
    return complain('at least one tcp port specifier must be provided')
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...here(k, name), labels: { app: name } },
    spec: {
      type: types[type]!,
      selector: { app: name },
      ...(ports.length > 0 && { ports }),
      ...(k.flags.text('clusterip') !== undefined && { clusterIP: k.flags.text('clusterip')! }),
      ...(k.flags.text('external-name') !== undefined && { externalName: k.flags.text('external-name')! }),
    },
  }
  return make(k, service, `failed to create ${types[type]} service: `)
}

export function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) return complain(`invalid port: ${text}`)
  return Number(text)
}

const inBase64 = (data: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encodeSecret(text)]))

function literals(k: Kubectl): Record<string, string> {
  const data: Record<string, string> = {}
  for (const literal of k.flags.each('from-literal')) {
    const equals = literal.indexOf('=')
    if (equals < 1) return complain(`invalid literal source ${literal}, expected key=value`)
    data[literal.slice(0, equals)] = literal.slice(equals + 1)
  }
  for (const source of k.flags.each('from-file')) {
    const equals = source.indexOf('=')
    const path = source.slice(equals + 1)
    const found = fileText(k, path)
    if (found === null) return complain(`error reading ${path}: no such file or directory`)
    data[equals < 0 ? path.split('/').at(-1)! : source.slice(0, equals)] = found
  }
  return data
}
