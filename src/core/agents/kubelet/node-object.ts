import { LINUX_RELEASE } from '../contracts/linux-release.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { timestamp, type SimTime } from '../../base/time.ts'
import type { Condition, Node, NodeStatus } from '../../api/kinds/types.ts'
import { hashText } from '../../base/hash.ts'
import type { ClusterFacts, MachineSpec } from '../contracts/node-env.ts'
import { withCondition } from '../contracts/pod-status.ts'
import { NETWORK_NOT_READY } from './pod-network.ts'
import type { NodeRow } from './tables.ts'

const KI = 1024
const DEFAULT_MEMORY = 8 * 2 ** 30
/** evictionHard memory.available: what is kept back from pods. */
const RESERVED_MEMORY = 100 * 2 ** 20

/** The Node object that a kubelet registers (kubelet_node_status.go initialNode). */
export function nodeObject(row: NodeRow, cluster: ClusterFacts, now: SimTime): Node {
  const { spec } = row
  const control = spec.role === 'control-plane'
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: row.node,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': row.node,
        'kubernetes.io/os': 'linux',
        ...(control && {
          'node-role.kubernetes.io/control-plane': '',
          'node.kubernetes.io/exclude-from-external-load-balancers': '',
        }),
        ...spec.labels,
      },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: { ...(spec.taints?.length && { taints: spec.taints }) },
    status: nodeStatus(row, cluster, now, undefined),
  }
}

/** The status as of now; conditions that the kubelet does not own are left as they are. */
export function nodeStatus(
  row: NodeRow,
  cluster: ClusterFacts,
  now: SimTime,
  before: NodeStatus | undefined,
): NodeStatus {
  const { spec } = row
  const memory = spec.memory ?? DEFAULT_MEMORY
  const cpu = (spec.milliCpu ?? 4000) % 1000 === 0 ? String((spec.milliCpu ?? 4000) / 1000) : `${spec.milliCpu}m`
  const capacity = { cpu, 'ephemeral-storage': '41152812Ki', memory: `${Math.floor(memory / KI)}Ki`, pods: '110' }
  return {
    ...before,
    addresses: [
      { type: 'InternalIP', address: formatIpv4(row.ip) },
      { type: 'Hostname', address: row.node },
    ],
    capacity,
    allocatable: { ...capacity, memory: `${Math.floor((memory - RESERVED_MEMORY) / KI)}Ki` },
    conditions: conditions(row, now, before?.conditions),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: systemInfo(spec, cluster),
  }
}

function conditions(row: NodeRow, now: SimTime, before: readonly Condition[] | undefined): readonly Condition[] {
  const time = timestamp(now)
  const healthy = (type: string, reason: string, message: string): Condition => ({
    type,
    status: 'False',
    reason,
    message,
    lastHeartbeatTime: time,
  })
  const ready: Condition =
    row.networkError === ''
      ? {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
          lastHeartbeatTime: time,
        }
      : {
          type: 'Ready',
          status: 'False',
          reason: 'KubeletNotReady',
          message: NETWORK_NOT_READY + row.networkError,
          lastHeartbeatTime: time,
        }
  const own = [
    healthy('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    healthy('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    healthy('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    ready,
  ]
  return own.reduce<readonly Condition[]>((list, condition) => withCondition(list, condition, time), before ?? [])
}

function systemInfo(spec: MachineSpec, cluster: ClusterFacts): NonNullable<NodeStatus['nodeInfo']> {
  const version = `v${cluster.version}.0`
  const id = hashText(spec.name).toString(16).padStart(14, '0')
  return {
    machineID: `${id}${id}0000`.slice(0, 32),
    systemUUID: uuid(hashText(spec.name, 1)),
    bootID: uuid(hashText(spec.name, 2)),
    kernelVersion: LINUX_RELEASE,
    osImage: 'Debian GNU/Linux 13 (trixie)',
    containerRuntimeVersion: 'containerd://2.2.0',
    kubeletVersion: version,
    // Deprecated, and empty since 1.33.
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: 'amd64',
  }
}

function uuid(value: number): string {
  const hex = value.toString(16).padStart(14, '0')
  const all = `${hex}${hex}${hex}`
  return `${all.slice(0, 8)}-${all.slice(8, 12)}-4${all.slice(13, 16)}-8${all.slice(17, 20)}-${all.slice(20, 32)}`
}
