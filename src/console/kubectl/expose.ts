import type { ApiObject, Deployment, Pod, Service } from '../../core/api/kinds/types.ts'
import type { CommandResult } from '../types.ts'
import { dryRunWord, said } from './apply.ts'
import { chosen } from './change.ts'
import { type Kubectl, Output, complain } from './context.ts'
import { here, portNumber } from './create.ts'
import type { FlagTable } from './flags.ts'
import { pairs } from './run.ts'

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

/** `kubectl expose deployment web --port=80`: a Service with the object's selector. */
export function expose(k: Kubectl): CommandResult {
  const out = new Output()
  const { words } = k.flags
  if (words.length === 0 && !k.flags.has('filename')) {
    return complain(
      "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
    )
  }
  for (const object of chosen(k, 'expose', out)) exposeOne(k, object, out)
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
  const externalIP = k.flags.text('external-ip')
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
      ...(externalIP !== undefined && { externalIPs: [externalIP] }),
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
