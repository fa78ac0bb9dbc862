import type { ApiObject, Container, Deployment, Pod, Service, ServicePort } from '../../core/api/kinds/types.ts'
import { type CommandResult } from '../types.ts'
import { dryRunWord, said } from './apply.ts'
import { KubectlStop, type Kubectl, Output, complain } from './context.ts'
import { readFiles } from './files.ts'
import type { FlagTable } from './flags.ts'
import { readTargets, fetchTarget } from './resources.ts'

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
  'save-config': 'bool',
  validate: { bare: 'strict' },
}
export const RUN_FLAGS: FlagTable = {
  image: 'text',
  port: 'text',
  'labels|l': 'text',
  env: 'list',
  restart: 'text',
  command: 'bool',
  'stdin|i': 'bool',
  'tty|t': 'bool',
  rm: 'bool',
  expose: 'bool',
  overrides: 'text',
  'quiet|q': 'bool',
  'output|o': 'text',
  'dry-run': { bare: 'unchanged' },
  attach: 'bool',
  'image-pull-policy': 'text',
  'grace-period': 'text',
}
export const EXPOSE_FLAGS: FlagTable = {
  port: 'text',
  'target-port': 'text',
  name: 'text',
  type: 'text',
  protocol: 'text',
  selector: 'text',
  'labels|l': 'text',
  'cluster-ip': 'text',
  'external-ip': 'text',
  'session-affinity': 'text',
  'filename|f': 'list',
  'output|o': 'text',
  'dry-run': { bare: 'unchanged' },
}

const flagRequired = (...names: readonly string[]): never => {
  throw new KubectlStop(`error: required flag(s) ${names.map((name) => JSON.stringify(name)).join(', ')} not set\n`)
}

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
      if (rest[0] !== 'generic') return complain(`unknown command ${JSON.stringify(rest[0] ?? '')}`)
      return make(
        k,
        { apiVersion: 'v1', kind: 'Secret', metadata: here(k, nameOf(rest.slice(1), what)), stringData: literals(k) },
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
      return complain(`Unexpected args: [${k.flags.words.join(' ')}]\nSee 'kubectl create -h' for help and examples`)
  }
}

const here = (k: Kubectl, name: string): { readonly name: string; readonly namespace: string } => ({
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
    const result = k.api.create(object, k.actor, { fieldValidation: 'Strict', dryRun: dryRunWord(k) !== '' })
    if (result.ok) said(k, result.value, `created${dryRunWord(k)}`, out)
    else out.problem(result.error, `creating ${JSON.stringify(source)}`)
  }
  return out.done()
}

/** Creates what a generator made. `prefix`: generators say what failed, and leave the server's reason out. */
function make(k: Kubectl, object: ApiObject, prefix?: string): CommandResult {
  const out = new Output()
  const dryRun = dryRunWord(k)
  if (dryRun === ' (dry run)') {
    said(k, object, `created${dryRun}`, out)
    return out.done()
  }
  const result = k.api.create(object, k.actor, { fieldValidation: 'Strict', dryRun: dryRun !== '' })
  if (result.ok) said(k, result.value, `created${dryRun}`, out)
  else if (prefix !== undefined && result.error.reason !== 'Invalid') return complain(prefix + result.error.message)
  else out.problem(result.error)
  return out.done()
}

/** The container's name that kubectl takes from an image: its last part. */
const baseName = (image: string): string => image.split('/').at(-1)!.split('@')[0]!.split(':')[0]!

function deployment(k: Kubectl, name: string): Deployment {
  const images = k.flags.list('image')
  if (images.length === 0) return flagRequired('image')
  const port = k.flags.number('port')
  const command = k.flags.rest
  const containers = images.map((image, i): Container => ({
    name: images.length === 1 ? baseName(image) : `${baseName(image)}${i === 0 ? '' : `-${i}`}`,
    image,
    ...(port !== undefined && { ports: [{ containerPort: port }] }),
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

function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) return complain(`invalid port: ${text}`)
  return Number(text)
}

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
    const absolute = path.startsWith('/') ? path : `/root/${path}`
    const found = k.env.processes?.files.read(k.place.fs, absolute) ?? null
    if (found === null) return complain(`error reading ${path}: no such file or directory`)
    data[equals < 0 ? path.split('/').at(-1)! : source.slice(0, equals)] = found
  }
  return data
}

const pairs = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .filter((part) => part !== '')
      .map((part) => {
        const [key = '', value = ''] = part.split(/=(.*)/s)
        return [key, value] as const
      }),
  )

/** `kubectl run NAME --image=IMAGE [-- args]`. Attaching (`-it`, `--rm`) is left to `kubectl exec` and `logs`. */
export function run(k: Kubectl): CommandResult {
  const [name, ...more] = k.flags.words
  const image = k.flags.text('image')
  if (image === undefined || image === '') return flagRequired('image')
  if (name === undefined) return complain(`NAME is required for run\nSee 'kubectl run -h' for help and examples`)
  const restart = k.flags.text('restart') ?? 'Always'
  if (restart !== 'Always' && restart !== 'OnFailure' && restart !== 'Never')
    return complain(`invalid restart policy: ${restart}`)
  const args = k.flags.rest ?? more
  const port = k.flags.number('port')
  const env = k.flags.each('env').map((said) => {
    const [key = '', value = ''] = said.split(/=(.*)/s)
    return { name: key, value }
  })
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...here(k, name), labels: k.flags.has('labels') ? pairs(k.flags.text('labels')!) : { run: name } },
    spec: {
      containers: [
        {
          name,
          image,
          ...(port !== undefined && { ports: [{ containerPort: port }] }),
          ...(env.length > 0 && { env }),
          ...(args.length > 0 && (k.flags.on('command') ? { command: args } : { args })),
          ...(k.flags.on('stdin') && { stdin: true }),
          ...(k.flags.on('tty') && { tty: true }),
        },
      ],
      restartPolicy: restart,
    },
  }
  const made = make(k, pod)
  if (made.kind !== 'done' || made.exit !== 0 || !(k.flags.on('stdin') || k.flags.on('rm'))) return made
  return {
    ...made,
    stderr: `${made.stderr}The lab does not attach to a new pod; use: kubectl exec -it ${name} -- sh\n`,
  }
}

/** `kubectl expose deployment web --port=80`: a Service with the object's selector. */
export function expose(k: Kubectl): CommandResult {
  const out = new Output()
  const { words } = k.flags
  if (words.length === 0) {
    return complain(
      "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
    )
  }
  for (const target of readTargets(words).targets) {
    for (const object of fetchTarget(k, target, {}, out)) exposeOne(k, object, out)
  }
  return out.done()
}

function exposeOne(k: Kubectl, object: ApiObject, out: Output): void {
  const selector = k.flags.has('selector') ? pairs(k.flags.text('selector')!) : selectorOf(object)
  if (Object.keys(selector).length === 0) {
    return complain(`couldn't retrieve selectors via --selector flag or introspection: cannot expose a ${object.kind}`)
  }
  const ports = k.flags.has('port') ? k.flags.list('port').map(portNumber) : portsOf(object)
  if (ports.length === 0)
    return complain(
      `couldn't find port via --port flag or introspection\nSee 'kubectl expose -h' for help and examples`,
    )
  const target = k.flags.text('target-port')
  const type = k.flags.text('type')
  const clusterIP = k.flags.text('cluster-ip')
  const affinity = k.flags.text('session-affinity')
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...here(k, k.flags.text('name') ?? object.metadata.name),
      ...(object.metadata.labels && {
        labels: k.flags.has('labels') ? pairs(k.flags.text('labels')!) : object.metadata.labels,
      }),
    },
    spec: {
      selector,
      ports: ports.map((port, i) => ({
        ...(ports.length > 1 && { name: `port-${i + 1}` }),
        port,
        protocol: k.flags.text('protocol') === 'UDP' ? 'UDP' : 'TCP',
        targetPort: target === undefined ? port : /^\d+$/.test(target) ? Number(target) : target,
      })),
      ...(type !== undefined && { type: type as Service['spec']['type'] & string }),
      ...(clusterIP !== undefined && { clusterIP }),
      ...(affinity !== undefined && { sessionAffinity: affinity as 'None' | 'ClientIP' }),
    },
  }
  const dryRun = dryRunWord(k)
  const result = k.api.create(service, k.actor, { fieldValidation: 'Strict', dryRun: dryRun !== '' })
  if (result.ok) said(k, result.value, `exposed${dryRun}`, out)
  else out.problem(result.error)
}

function selectorOf(object: ApiObject): Readonly<Record<string, string>> {
  if (object.kind === 'Pod') return object.metadata.labels ?? {}
  if (object.kind === 'Service') return (object as Service).spec.selector ?? {}
  const spec = object['spec'] as { selector?: { matchLabels?: Readonly<Record<string, string>> } } | undefined
  return spec?.selector?.matchLabels ?? {}
}

function portsOf(object: ApiObject): readonly number[] {
  if (object.kind === 'Service') return ((object as Service).spec.ports ?? []).map((port) => port.port)
  const containers =
    object.kind === 'Pod'
      ? (object as Pod).spec.containers
      : ((object as Deployment).spec.template?.spec.containers ?? [])
  return containers.flatMap((container) => (container.ports ?? []).map((port) => port.containerPort))
}
