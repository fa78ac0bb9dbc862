import { milliValue } from '../../../core/api/kinds/quantity.ts'
import type { Lease, Node, Pod, ResourceList } from '../../../core/api/kinds/types.ts'
import { ageOf } from '../../../core/api/print/age.ts'
import type { Kubectl } from '../context.ts'
import { Description, annotations, events, labels, rfc1123 } from './writer.ts'

const ROLE = 'node-role.kubernetes.io/'

export function describeNode(k: Kubectl, node: Node): string {
  const d = new Description()
  const { metadata, spec, status } = node
  const roles = Object.keys(metadata.labels ?? {})
    .filter((key) => key.startsWith(ROLE))
    .map((key) => key.slice(ROLE.length))
    .sort()
  d.line(0, `Name:\t${metadata.name}`)
  d.line(0, `Roles:\t${roles.join(',') || '<none>'}`)
  labels(d, 0, 'Labels', metadata.labels)
  annotations(d, metadata.annotations)
  d.line(0, `CreationTimestamp:\t${rfc1123(metadata.creationTimestamp)}`)
  const taints = (spec?.taints ?? [])
    .map((taint) => `${taint.key}${taint.value ? `=${taint.value}` : ''}:${taint.effect}`)
    .sort()
  if (taints.length === 0) d.line(0, 'Taints:\t<none>')
  taints.forEach((taint, i) => d.line(0, `${i === 0 ? 'Taints:' : ''}\t${taint}`))
  d.line(0, `Unschedulable:\t${spec?.unschedulable ?? false}`)
  lease(k, d, node)
  const conditions = status?.conditions ?? []
  if (conditions.length > 0) {
    d.line(0, 'Conditions:')
    d.line(1, 'Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage')
    d.line(1, '----\t------\t-----------------\t------------------\t------\t-------')
    for (const c of conditions) {
      d.line(
        1,
        `${c.type} \t${c.status} \t${rfc1123(c.lastHeartbeatTime)} \t${rfc1123(c.lastTransitionTime)} \t${c.reason ?? ''} \t${c.message ?? ''}`,
      )
    }
  }
  d.line(0, 'Addresses:')
  for (const address of status?.addresses ?? []) d.line(1, `${address.type}:\t${address.address}`)
  amounts(d, 'Capacity', status?.capacity)
  amounts(d, 'Allocatable', status?.allocatable)
  systemInfo(d, node)
  if (spec?.podCIDR) d.line(0, `PodCIDR:\t${spec.podCIDR}`)
  if (spec?.podCIDRs?.length) d.line(0, `PodCIDRs:\t${spec.podCIDRs.join(',')}`)
  const pods = k.api
    .podsOnNode(metadata.name)
    .filter((pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed')
  podTable(k, d, node, pods)
  events(k, d, node)
  return d.toString()
}

function lease(k: Kubectl, d: Description, node: Node): void {
  const found = k.api.peek<Lease>(`Lease/kube-node-lease/${node.metadata.name}`)
  d.line(0, 'Lease:')
  const { holderIdentity, acquireTime, renewTime } = found?.spec ?? {}
  d.line(1, `HolderIdentity:\t${holderIdentity ?? '<unset>'}`)
  d.line(1, `AcquireTime:\t${rfc1123(acquireTime)}`)
  d.line(1, `RenewTime:\t${rfc1123(renewTime)}`)
}

function amounts(d: Description, title: string, list: ResourceList | undefined): void {
  const entries = Object.entries(list ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length === 0) return
  d.line(0, `${title}:`)
  for (const [name, quantity] of entries) d.line(1, `${name}:\t${quantity}`)
}

function systemInfo(d: Description, node: Node): void {
  const info = node.status?.nodeInfo
  if (!info) return
  d.line(0, 'System Info:')
  d.line(1, `Machine ID:\t${info.machineID}`)
  d.line(1, `System UUID:\t${info.systemUUID}`)
  d.line(1, `Boot ID:\t${info.bootID}`)
  d.line(1, `Kernel Version:\t${info.kernelVersion}`)
  d.line(1, `OS Image:\t${info.osImage}`)
  d.line(1, `Operating System:\t${info.operatingSystem}`)
  d.line(1, `Architecture:\t${info.architecture}`)
  d.line(1, `Container Runtime Version:\t${info.containerRuntimeVersion}`)
  d.line(1, `Kubelet Version:\t${info.kubeletVersion}`)
  if (info.kubeProxyVersion) d.line(1, `Kube-Proxy Version:\t${info.kubeProxyVersion}`)
}

type Amount = 'requests' | 'limits'

/** Thousandths of a CPU, or bytes, that a pod's containers ask for. */
function sum(pod: Pod, which: Amount, resource: string): number {
  const of = (list: readonly { resources?: { [key in Amount]?: ResourceList } }[] | undefined): number[] =>
    (list ?? []).map((container) => value(container.resources?.[which]?.[resource]))
  return Math.max(
    of(pod.spec.containers).reduce((a, b) => a + b, 0),
    ...of(pod.spec.initContainers),
    0,
  )
}

/** In units of one: CPUs, bytes. */
const value = (quantity: string | number | undefined): number => milliValue(quantity) / 1000

const cpuText = (milli: number): string => (milli === 0 ? '0' : milli % 1000 === 0 ? `${milli / 1000}` : `${milli}m`)

function bytesText(bytes: number): string {
  for (const [unit, size] of [['Gi', 2 ** 30] as const, ['Mi', 2 ** 20] as const, ['Ki', 2 ** 10] as const]) {
    if (bytes !== 0 && bytes % size === 0) return `${bytes / size}${unit}`
  }
  return String(bytes)
}

const share = (part: number, whole: number): string => `${whole === 0 ? 0 : Math.trunc((part * 100) / whole)}%`

function podTable(k: Kubectl, d: Description, node: Node, pods: readonly Pod[]): void {
  const allocatable = node.status?.allocatable
  const cpu = value(allocatable?.['cpu'])
  const memory = value(allocatable?.['memory'])
  const scale = 1000
  const cpuCell = (amount: number): string => `${cpuText(Math.round(amount * scale))} (${share(amount, cpu)})`
  const memoryCell = (amount: number): string => `${bytesText(amount)} (${share(amount, memory)})`
  d.line(0, `Non-terminated Pods:\t(${pods.length} in total)`)
  d.line(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge')
  d.line(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---')
  for (const pod of pods) {
    const cells = [
      pod.metadata.namespace,
      pod.metadata.name,
      '',
      cpuCell(sum(pod, 'requests', 'cpu')),
      cpuCell(sum(pod, 'limits', 'cpu')),
      memoryCell(sum(pod, 'requests', 'memory')),
      memoryCell(sum(pod, 'limits', 'memory')),
      ageOf(pod.metadata.creationTimestamp, k.now),
    ]
    d.line(1, cells.join('\t'))
  }
  const total = (which: Amount, resource: string): number =>
    pods.reduce((all, pod) => all + sum(pod, which, resource), 0)
  d.line(0, 'Allocated resources:')
  d.line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)')
  d.line(1, 'Resource\tRequests\tLimits')
  d.line(1, '--------\t--------\t------')
  d.line(1, `cpu\t${cpuCell(total('requests', 'cpu'))}\t${cpuCell(total('limits', 'cpu'))}`)
  d.line(1, `memory\t${memoryCell(total('requests', 'memory'))}\t${memoryCell(total('limits', 'memory'))}`)
  d.line(1, 'ephemeral-storage\t0 (0%)\t0 (0%)')
}
