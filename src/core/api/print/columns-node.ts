import type { Node } from '../kinds/types.ts'
import { ageOf } from './age.ts'
import type { KindColumns } from './columns.ts'

function nodeStatus(node: Node): string {
  const ready = (node.status?.conditions ?? []).find((condition) => condition.type === 'Ready')
  const status = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status
}

const ROLE = 'node-role.kubernetes.io/'

function nodeRoles(node: Node): string {
  const labels = node.metadata.labels ?? {}
  const roles = Object.keys(labels).flatMap((key) => {
    if (key.startsWith(ROLE) && key.length > ROLE.length) return [key.slice(ROLE.length)]
    return key === 'kubernetes.io/role' && labels[key] ? [labels[key]] : []
  })
  return [...new Set(roles)].sort().join(',') || '<none>'
}

const nodeAddress = (node: Node, type: string): string =>
  (node.status?.addresses ?? []).find((address) => address.type === type)?.address ?? '<none>'

const nodeInfo = (
  node: Node,
  field: 'kubeletVersion' | 'osImage' | 'kernelVersion' | 'containerRuntimeVersion',
): string => node.status?.nodeInfo?.[field] || '<unknown>'

const WIDE = ['Internal-IP', 'External-IP', 'OS-Image', 'Kernel-Version', 'Container-Runtime']

export const nodeColumns: KindColumns = {
  columns: [
    ...['Name', 'Status', 'Roles', 'Age', 'Version'].map((name) => ({ name })),
    ...WIDE.map((name) => ({ name, wide: true })),
  ],
  cells(object, now) {
    const n = object as Node
    const age = ageOf(n.metadata.creationTimestamp, now)
    return [
      n.metadata.name,
      nodeStatus(n),
      nodeRoles(n),
      age,
      n.status?.nodeInfo?.kubeletVersion ?? '',
      nodeAddress(n, 'InternalIP'),
      nodeAddress(n, 'ExternalIP'),
      nodeInfo(n, 'osImage'),
      nodeInfo(n, 'kernelVersion'),
      nodeInfo(n, 'containerRuntimeVersion'),
    ]
  },
}
