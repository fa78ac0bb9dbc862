import { SEC, type SimTime } from '../../../base/time.ts'
import type { Condition, Lease, Node } from '../../../api/kinds/types.ts'
import { findCondition, simTime } from '../../contracts/pod-status.ts'

/** --node-monitor-period. */
export const MONITOR_PERIOD: SimTime = 5 * SEC
/** --node-monitor-grace-period (since 1.32). */
export const GRACE_PERIOD: SimTime = 50 * SEC
/** --node-startup-grace-period, for a node that has never reported. */
export const STARTUP_GRACE_PERIOD: SimTime = 60 * SEC

/** The conditions that become Unknown with a silent kubelet (node_lifecycle_controller.go tryUpdateNodeHealth). */
const WATCHED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const

/** When the kubelet was heard of last: its lease, its heartbeat, or the birth of the node. */
export function lastHeard(node: Node, lease: Lease | undefined): SimTime {
  const times = [
    node.metadata.creationTimestamp,
    lease?.spec?.renewTime,
    findCondition(node.status?.conditions, 'Ready')?.lastHeartbeatTime,
  ]
  return Math.max(...times.map((time) => (time === undefined ? 0 : simTime(time))))
}

export function isSilent(node: Node, lease: Lease | undefined, now: SimTime): boolean {
  const reported = findCondition(node.status?.conditions, 'Ready') !== undefined
  return now > lastHeard(node, lease) + (reported ? GRACE_PERIOD : STARTUP_GRACE_PERIOD)
}

/** The conditions of a node whose kubelet is silent. Those that are Unknown already stay as they are. */
export function unknownConditions(node: Node, now: string): readonly Condition[] {
  const known = node.status?.conditions ?? []
  const updated = known.map((c) => (WATCHED.some((type) => type === c.type) ? toUnknown(c, now) : c))
  const missing = WATCHED.filter((type) => !known.some((c) => c.type === type)).map((type): Condition => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime: now,
  }))
  return [...updated, ...missing]
}

const toUnknown = (condition: Condition, now: string): Condition =>
  condition.status === 'Unknown'
    ? condition
    : {
        ...condition,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime: now,
      }
