import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodSpec,
  Probe,
  Toleration,
  Volume,
} from '../../../core/api/kinds/types.ts'
import { summarizePod } from '../../../core/api/print/columns-pod.ts'
import type { Kubectl } from '../context.ts'
import { Description, annotations, controlledBy, events, head, labels, none, rfc1123 } from './writer.ts'

export function describePod(k: Kubectl, pod: Pod): string {
  const d = new Description()
  const { spec, status } = pod
  head(d, pod)
  d.line(0, `Priority:\t${spec.priority ?? 0}`)
  if (spec.priorityClassName) d.line(0, `Priority Class Name:\t${spec.priorityClassName}`)
  d.line(0, `Service Account:\t${spec.serviceAccountName ?? 'default'}`)
  d.line(0, `Node:\t${spec.nodeName ? `${spec.nodeName}/${status?.hostIP ?? ''}` : '<none>'}`)
  if (status?.startTime) d.line(0, `Start Time:\t${rfc1123(status.startTime)}`)
  labels(d, 0, 'Labels', pod.metadata.labels)
  annotations(d, pod.metadata.annotations)
  statusLines(k, d, pod)
  d.line(0, `IP:\t${status?.podIP ?? ''}`)
  const ips = status?.podIPs ?? []
  if (ips.length === 0) d.line(0, 'IPs:\t<none>')
  else {
    d.line(0, 'IPs:')
    for (const { ip } of ips) d.line(1, `IP:\t${ip}`)
  }
  controlledBy(d, pod)
  if (spec.initContainers?.length)
    containers(d, 'Init Containers', spec.initContainers, status?.initContainerStatuses ?? [], false)
  containers(d, 'Containers', spec.containers, status?.containerStatuses ?? [], false)
  conditions(d, pod)
  volumes(d, 0, spec.volumes)
  if (status?.qosClass) d.line(0, `QoS Class:\t${status.qosClass}`)
  labels(d, 0, 'Node-Selectors', spec.nodeSelector)
  tolerations(d, 0, spec.tolerations)
  events(k, d, pod)
  return d.toString()
}

function statusLines(_k: Kubectl, d: Description, pod: Pod): void {
  const { status, metadata } = pod
  if (metadata.deletionTimestamp) {
    d.line(0, `Status:\tTerminating (lasts ${terminatingFor(pod)})`)
    d.line(0, `Termination Grace Period:\t${metadata.deletionGracePeriodSeconds ?? 0}s`)
  } else d.line(0, `Status:\t${status?.phase ?? ''}`)
  if (status?.reason) d.line(0, `Reason:\t${status.reason}`)
  if (status?.message) d.line(0, `Message:\t${status.message}`)
}

const terminatingFor = (pod: Pod): string => (summarizePod(pod).status === 'Terminating' ? '<invalid>' : '0s')

/** The containers of a pod or of a template: a template's are indented by one blank more and have no state. */
export function containers(
  d: Description,
  title: string,
  list: readonly Container[],
  statuses: readonly ContainerStatus[],
  template: boolean,
): void {
  const outer = template ? '  ' : ''
  d.line(0, `${outer}${title}:`)
  const name = template ? '   ' : '  '
  for (const container of list) {
    d.line(0, `${name}${container.name}:`)
    const say = (text: string, deeper = ''): void => d.line(0, `    ${deeper}${text}`)
    const status = statuses.find((known) => known.name === container.name)
    if (status) say(`Container ID:\t${status.containerID ?? ''}`)
    say(`Image:\t${container.image ?? ''}`)
    if (status) say(`Image ID:\t${status.imageID}`)
    const ports = container.ports ?? []
    say(
      ports.length > 1
        ? `Ports:\t${ports.map((p) => `${p.containerPort}/${p.protocol ?? 'TCP'}`).join(', ')}`
        : `Port:\t${ports[0] ? `${ports[0].containerPort}/${ports[0].protocol ?? 'TCP'}` : '<none>'}`,
    )
    say(
      ports.length > 1
        ? `Host Ports:\t${ports.map((p) => `${p.hostPort ?? 0}/${p.protocol ?? 'TCP'}`).join(', ')}`
        : `Host Port:\t${ports[0] ? `${ports[0].hostPort ?? 0}/${ports[0].protocol ?? 'TCP'}` : '<none>'}`,
    )
    words(say, 'Command', container.command)
    words(say, 'Args', container.args)
    if (status) {
      state(say, 'State', status.state ?? {})
      if (status.lastState && Object.keys(status.lastState).length > 0) state(say, 'Last State', status.lastState)
      say(`Ready:\t${status.ready ? 'True' : 'False'}`)
      say(`Restart Count:\t${status.restartCount}`)
    }
    resources(say, container)
    probe(say, 'Liveness', container.livenessProbe)
    probe(say, 'Readiness', container.readinessProbe)
    probe(say, 'Startup', container.startupProbe)
    environment(say, container)
    mounts(say, container)
  }
}

type Say = (text: string, deeper?: string) => void

function words(say: Say, title: string, list: readonly string[] | undefined): void {
  if (!list?.length) return
  say(`${title}:`)
  for (const word of list) for (const line of word.split('\n')) say(line, '  ')
}

function state(say: Say, title: string, { running, waiting, terminated }: ContainerState): void {
  if (running) {
    say(`${title}:\tRunning`)
    say(`Started:\t${rfc1123(running.startedAt)}`, '  ')
  } else if (terminated) {
    say(`${title}:\tTerminated`)
    if (terminated.reason) say(`Reason:\t${terminated.reason}`, '  ')
    if (terminated.message) say(`Message:\t${terminated.message}`, '  ')
    say(`Exit Code:\t${terminated.exitCode}`, '  ')
    if (terminated.signal) say(`Signal:\t${terminated.signal}`, '  ')
    say(`Started:\t${rfc1123(terminated.startedAt)}`, '  ')
    say(`Finished:\t${rfc1123(terminated.finishedAt)}`, '  ')
  } else {
    say(`${title}:\tWaiting`)
    if (waiting?.reason) say(`Reason:\t${waiting.reason}`, '  ')
  }
}

function resources(say: Say, { resources: wanted }: Container): void {
  for (const [title, list] of [['Limits', wanted?.limits] as const, ['Requests', wanted?.requests] as const]) {
    const entries = Object.entries(list ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
    if (entries.length === 0) continue
    say(`${title}:`)
    for (const [name, quantity] of entries) say(`${name}:\t${quantity}`, '  ')
  }
}

function probe(say: Say, title: string, p: Probe | undefined): void {
  if (!p) return
  const attributes = `delay=${p.initialDelaySeconds ?? 0}s timeout=${p.timeoutSeconds ?? 1}s period=${p.periodSeconds ?? 10}s #success=${p.successThreshold ?? 1} #failure=${p.failureThreshold ?? 3}`
  const how = p.exec
    ? `exec [${(p.exec.command ?? []).join(' ')}]`
    : p.httpGet
      ? `http-get ${(p.httpGet.scheme ?? 'HTTP').toLowerCase()}://${p.httpGet.host ?? ''}:${p.httpGet.port}${p.httpGet.path ?? '/'}`
      : p.tcpSocket
        ? `tcp-socket ${p.tcpSocket.host ?? ''}:${p.tcpSocket.port}`
        : p.grpc
          ? `grpc <pod>:${p.grpc.port} ${p.grpc.service ?? ''}`
          : 'unknown'
  say(`${title}:\t${how} ${attributes}`)
}

function environment(say: Say, container: Container): void {
  const from = container.envFrom ?? []
  if (from.length > 0) {
    say('Environment Variables from:')
    for (const source of from) {
      const [name, kind, ref] = source.configMapRef
        ? [source.configMapRef.name, 'ConfigMap', source.configMapRef]
        : [source.secretRef?.name, 'Secret', source.secretRef]
      const prefix = source.prefix ? ` with prefix '${source.prefix}'` : ''
      say(`${name ?? ''}\t${kind}${prefix}\tOptional: ${ref?.optional ?? false}`, '  ')
    }
  }
  const list = container.env ?? []
  if (list.length === 0) return say('Environment:\t<none>')
  say('Environment:')
  for (const { name, value, valueFrom } of list) {
    if (!valueFrom) {
      const [first = '', ...rest] = (value ?? '').split('\n')
      say(`${name}:\t${first}`, '  ')
      for (const line of rest) say(`\t${line}`, '  ')
    } else if (valueFrom.fieldRef)
      say(`${name}:\t (${valueFrom.fieldRef.apiVersion ?? 'v1'}:${valueFrom.fieldRef.fieldPath})`, '  ')
    else if (valueFrom.resourceFieldRef) say(`${name}:\t (${valueFrom.resourceFieldRef.resource})`, '  ')
    else if (valueFrom.secretKeyRef)
      say(
        `${name}:\t<set to the key '${valueFrom.secretKeyRef.key}' in secret '${valueFrom.secretKeyRef.name ?? ''}'>\tOptional: ${valueFrom.secretKeyRef.optional ?? false}`,
        '  ',
      )
    else if (valueFrom.configMapKeyRef)
      say(
        `${name}:\t<set to the key '${valueFrom.configMapKeyRef.key}' of config map '${valueFrom.configMapKeyRef.name ?? ''}'>\tOptional: ${valueFrom.configMapKeyRef.optional ?? false}`,
        '  ',
      )
  }
}

function mounts(say: Say, container: Container): void {
  const list = [...(container.volumeMounts ?? [])].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1))
  if (list.length === 0) return say('Mounts:\t<none>')
  say('Mounts:')
  for (const mount of list) {
    const flags = [mount.readOnly ? 'ro' : 'rw', ...(mount.subPath ? [`path=${JSON.stringify(mount.subPath)}`] : [])]
    say(`${mount.mountPath} from ${mount.name} (${flags.join(',')})`, '  ')
  }
}

function conditions(d: Description, pod: Pod): void {
  const list = pod.status?.conditions ?? []
  if (list.length === 0) return
  d.line(0, 'Conditions:')
  d.line(1, 'Type\tStatus')
  for (const condition of list) d.line(1, `${condition.type} \t${condition.status} `)
}

export function volumes(d: Description, level: number, list: readonly Volume[] | undefined): void {
  if (!list?.length) return d.line(level, 'Volumes:\t<none>')
  d.line(level, 'Volumes:')
  for (const volume of list) {
    d.line(level, ` ${level === 0 ? ' ' : ''}${volume.name}:`)
    for (const text of volumeLines(volume)) d.line(level, `  ${level === 0 ? '  ' : ' '}${text}`)
  }
}

function volumeLines(volume: Volume): readonly string[] {
  const { emptyDir, hostPath, configMap, secret } = volume
  if (emptyDir) {
    return [
      "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
      `Medium:\t${emptyDir.medium ?? ''}`,
      `SizeLimit:\t${emptyDir.sizeLimit ?? '<unset>'}`,
    ]
  }
  if (hostPath)
    return [
      'Type:\tHostPath (bare host directory volume)',
      `Path:\t${hostPath.path}`,
      `HostPathType:\t${hostPath.type ?? ''}`,
    ]
  if (configMap)
    return [
      'Type:\tConfigMap (a volume populated by a ConfigMap)',
      `Name:\t${configMap.name ?? ''}`,
      `Optional:\t${configMap.optional ?? false}`,
    ]
  if (secret)
    return [
      'Type:\tSecret (a volume populated by a Secret)',
      `SecretName:\t${secret.secretName ?? ''}`,
      `Optional:\t${secret.optional ?? false}`,
    ]
  if (volume.projected) {
    return [
      'Type:\tProjected (a volume that contains injected data from multiple sources)',
      ...projectedLines(volume.projected.sources ?? []),
    ]
  }
  return ['<unknown>']
}

interface Projected {
  readonly serviceAccountToken?: { readonly expirationSeconds?: number }
  readonly configMap?: { readonly name?: string; readonly optional?: boolean }
  readonly secret?: { readonly name?: string; readonly optional?: boolean }
  readonly downwardAPI?: unknown
}

const projectedLines = (sources: readonly unknown[]): readonly string[] =>
  (sources as readonly Projected[]).flatMap((source) => {
    if (source.serviceAccountToken)
      return [`TokenExpirationSeconds:\t${source.serviceAccountToken.expirationSeconds ?? 3600}`]
    if (source.configMap)
      return [`ConfigMapName:\t${source.configMap.name ?? ''}`, `Optional:\t${source.configMap.optional ?? false}`]
    if (source.secret)
      return [`SecretName:\t${source.secret.name ?? ''}`, `Optional:\t${source.secret.optional ?? false}`]
    return source.downwardAPI ? ['DownwardAPI:\ttrue'] : []
  })

export function tolerations(d: Description, level: number, list: readonly Toleration[] | undefined): void {
  if (!list?.length) return d.line(level, 'Tolerations:\t<none>')
  const texts = list.map(tolerationText).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  texts.forEach((text, i) => d.line(level, `${i === 0 ? 'Tolerations:' : ''}\t${text}`))
}

function tolerationText(t: Toleration): string {
  let text = t.key ?? ''
  if (t.value) text += `=${t.value}`
  if (t.effect) text += `:${t.effect}`
  if (t.operator === 'Exists' && !t.value) text += text === '' ? 'op=Exists' : ' op=Exists'
  return t.tolerationSeconds === undefined ? text : `${text} for ${t.tolerationSeconds}s`
}

/** The pod template of a workload. */
export function template(
  d: Description,
  spec: PodSpec,
  meta:
    | { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> }
    | undefined,
): void {
  d.line(0, 'Pod Template:')
  labels(d, 1, 'Labels', meta?.labels)
  const notes = Object.entries(meta?.annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  notes.forEach(([key, value], i) => d.line(1, `${i === 0 ? 'Annotations:' : ''}\t${key}: ${value}`))
  if (spec.serviceAccountName) d.line(1, `Service Account:\t${spec.serviceAccountName}`)
  if (spec.initContainers?.length) containers(d, 'Init Containers', spec.initContainers, [], true)
  containers(d, 'Containers', spec.containers, [], true)
  volumes(d, 1, spec.volumes)
  if (spec.priorityClassName) d.line(1, `Priority Class Name:\t${spec.priorityClassName}`)
  labels(d, 1, 'Node-Selectors', spec.nodeSelector)
  tolerations(d, 1, spec.tolerations)
}

export { none }
