import { objectRef } from '../../../base/ref.ts'
import { timestamp } from '../../../base/time.ts'
import { eventKind } from '../../../sim/sim.ts'
import type { Lease, Node, Pod, Taint } from '../../../api/kinds/types.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import { conditionStatus, findCondition, isPodReady } from '../../contracts/pod-status.ts'
import { recordEvent } from '../../contracts/record-event.ts'
import type { Outcome } from '../../contracts/work-queue.ts'
import { MONITOR_PERIOD, isSilent, unknownConditions } from './health.ts'
import { conditionTaints, evictionTaint, withManaged } from './taints.ts'

export const ACTOR = 'node-controller'
const QUEUE = 'node-taints'
const MONITOR = eventKind<null>('node-monitor')

/** Notices lost nodes, taints them, and takes their pods out of the endpoints (k8s pkg/controller/nodelifecycle). */
export function nodeLifecycleController(ctx: ControllerContext): { start(): void } {
  const { sim } = ctx.api
  ctx.queues.register(QUEUE, (ref) => syncNoSchedule(ctx, ref))
  ctx.informers.on('Node', (notice) => {
    if (notice.type === 'ADDED')
      tell(
        ctx,
        notice.object as Node,
        'RegisteredNode',
        `event: Registered Node ${notice.object.metadata.name} in Controller`,
      )
    if (notice.type !== 'DELETED') ctx.queues.add(QUEUE, notice.ref)
    else
      tell(
        ctx,
        notice.object as Node,
        'RemovingNode',
        `event: Removing Node ${notice.object.metadata.name} from Controller`,
      )
  })
  sim.on(MONITOR, () => {
    monitor(ctx)
    sim.after(MONITOR_PERIOD, MONITOR, null, true)
  })
  return { start: () => void sim.after(MONITOR_PERIOD, MONITOR, null, true) }
}

function tell(ctx: ControllerContext, about: Node, reason: string, what: string): void {
  recordEvent(ctx.api, {
    about,
    type: 'Normal',
    reason,
    message: `Node ${about.metadata.name} ${what}`,
    component: ACTOR,
  })
}

/** Conditions become NoSchedule taints as soon as they are seen (doNoScheduleTaintingPass). */
function syncNoSchedule({ api }: ControllerContext, ref: string): Outcome {
  const node = api.peek<Node>(ref)
  if (!node) return 'done'
  return setTaints(api, node, withManaged(taintsOf(node), 'NoSchedule', conditionTaints(node), timestamp(api.sim.now)))
}

const taintsOf = (node: Node): readonly Taint[] => node.spec?.taints ?? []

function setTaints(api: ControllerContext['api'], node: Node, taints: readonly Taint[]): Outcome {
  if (taints === taintsOf(node)) return 'done'
  const { taints: _before, ...spec } = node.spec ?? {}
  const next: Node = { ...node, spec: { ...spec, ...(taints.length > 0 && { taints }) } }
  return api.update(next, ACTOR).ok ? 'done' : 'retry'
}

/** Every monitor period: who has been silent for too long, and who is to be evicted (monitorNodeHealth). */
function monitor(ctx: ControllerContext): void {
  const { api } = ctx
  const { now } = api.sim
  for (const node of api.ofKind<Node>('Node')) {
    const lease = api.peek<Lease>(objectRef('Lease', 'kube-node-lease', node.metadata.name))
    if (isSilent(node, lease, now)) markSilent(ctx, node)
  }
  const nodes = api.ofKind<Node>('Node')
  // Where no node is ready, the fault is more likely on this side: nobody is evicted (full disruption).
  const anyReady = nodes.some((node) => conditionStatus(node.status?.conditions, 'Ready') === 'True')
  for (const node of nodes) {
    const key = anyReady ? evictionTaint(node) : null
    setTaints(api, node, withManaged(taintsOf(node), 'NoExecute', key === null ? [] : [key], timestamp(now)))
    if (hasBecomeNotReady(node)) markPodsNotReady(ctx, node)
  }
}

function markSilent(ctx: ControllerContext, node: Node): void {
  const before = conditionStatus(node.status?.conditions, 'Ready')
  const conditions = unknownConditions(node, timestamp(ctx.api.sim.now))
  const updated = ctx.api.updateStatus<Node>({ ...node, status: { ...node.status, conditions } }, ACTOR)
  if (updated.ok && before === 'True') tell(ctx, node, 'NodeNotReady', 'status is now: NodeNotReady')
}

/** Not ready, but it was once: a node that has only just registered takes nothing away from its pods. */
function hasBecomeNotReady(node: Node): boolean {
  const ready = findCondition(node.status?.conditions, 'Ready')
  if (!ready || ready.status === 'True') return false
  return ready.status === 'Unknown' || ready.lastTransitionTime !== node.metadata.creationTimestamp
}

/** Nobody on that node can say that its pods are ready (controller_utils MarkPodsNotReady). */
function markPodsNotReady(ctx: ControllerContext, node: Node): void {
  const now = timestamp(ctx.api.sim.now)
  for (const pod of ctx.api.podsOnNode(node.metadata.name)) {
    if (!isPodReady(pod)) continue
    const conditions = pod.status?.conditions?.map((c) =>
      c.type === 'Ready' ? { ...c, status: 'False' as const, lastTransitionTime: now } : c,
    )
    const updated = ctx.api.updateStatus<Pod>({ ...pod, status: { ...pod.status, conditions } }, ACTOR)
    if (updated.ok)
      recordEvent(ctx.api, {
        about: pod,
        type: 'Warning',
        reason: 'NodeNotReady',
        message: 'Node is not ready',
        component: ACTOR,
      })
  }
}
