import { objectRef } from '../../../base/ref.ts'
import { SEC } from '../../../base/time.ts'
import type { DaemonSet, DaemonSetStatus, Node, Pod } from '../../../api/kinds/types.ts'
import type { WatchNotice } from '../../../api/store/types.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import { fitsNodeAffinity } from '../../contracts/node-affinity.ts'
import { controllerOf, isPodAvailable, isPodReady, isPodTerminal } from '../../contracts/pod-status.ts'
import { untoleratedTaint } from '../../contracts/tolerations.ts'
import { recordEvent } from '../../contracts/record-event.ts'
import type { Outcome } from '../../contracts/work-queue.ts'
import { adoptersOf, claim } from '../claim.ts'
import { createPod, deletePod, isNamespaceTerminating } from '../create-pods.ts'
import { outdatedToDelete } from './rolling-update.ts'
import { REVISION_LABEL, daemonPod, nodeOf, revisionHash, simulatedSpec } from './template.ts'

const ACTOR = 'daemonset-controller'
const QUEUE = 'daemonset'

/** One pod per node that may have one (k8s pkg/controller/daemon); the scheduler places them. */
export function daemonSetController(ctx: ControllerContext): void {
  ctx.queues.register(QUEUE, (ref) => sync(ctx, ref))
  ctx.informers.on('DaemonSet', (notice) => ctx.queues.add(QUEUE, notice.ref))
  ctx.informers.on('Pod', (notice) => onPod(ctx, notice))
  ctx.informers.on('Node', (notice) => onNode(ctx, notice))
}

function onPod(ctx: ControllerContext, { object, type }: WatchNotice): void {
  const owner = controllerOf(object)
  if (owner?.kind === 'DaemonSet') ctx.queues.add(QUEUE, objectRef('DaemonSet', object.metadata.namespace, owner.name))
  if (!owner && type !== 'DELETED') for (const ref of adoptersOf(ctx, object, 'DaemonSet')) ctx.queues.add(QUEUE, ref)
}

/** Labels and taints decide where daemons run; heartbeats do not. */
function onNode(ctx: ControllerContext, { object, previous }: WatchNotice): void {
  const node = object as Node
  const before = previous as Node | undefined
  if (before && before.metadata.labels === node.metadata.labels && before.spec === node.spec) return
  for (const set of ctx.api.ofKind<DaemonSet>('DaemonSet')) {
    ctx.queues.add(QUEUE, objectRef('DaemonSet', set.metadata.namespace, set.metadata.name))
  }
}

/** Whether the node gets a pod, and whether a pod that is there may stay (NodeShouldRunDaemonPod). */
function judge(set: DaemonSet, node: Node): { readonly run: boolean; readonly stay: boolean } {
  const spec = simulatedSpec(set)
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return { run: false, stay: false }
  if (!fitsNodeAffinity(spec, node)) return { run: false, stay: false }
  const taints = node.spec?.taints
  const stay = !untoleratedTaint(taints, spec.tolerations, ['NoExecute'])
  return { run: stay && !untoleratedTaint(taints, spec.tolerations, ['NoSchedule']), stay }
}

function sync(ctx: ControllerContext, ref: string): Outcome {
  const set = ctx.api.peek<DaemonSet>(ref)
  if (!set || set.metadata.deletionTimestamp) return 'done'
  const failed = manage(ctx, set)
  if (!failed) update(ctx, set)
  const status = newStatus(ctx, set)
  const current = ctx.api.peek<DaemonSet>(ref)
  if (current) ctx.api.updateStatus({ ...current, status }, ACTOR)
  if (failed) return 'retry'
  const waiting = status.numberReady !== (status.numberAvailable ?? 0)
  return waiting ? { after: (set.spec.minReadySeconds ?? 0) * SEC } : 'done'
}

const podsOf = (ctx: ControllerContext, set: DaemonSet): readonly Pod[] =>
  claim<Pod>(ctx, set, 'Pod', set.spec.selector, ACTOR)

function byNode(pods: readonly Pod[]): ReadonlyMap<string, Pod[]> {
  const map = new Map<string, Pod[]>()
  for (const pod of pods) {
    const node = nodeOf(pod) ?? ''
    const list = map.get(node)
    if (list) list.push(pod)
    else map.set(node, [pod])
  }
  return map
}

/** Creates where one is missing, deletes what is too many, failed or on a node that is gone. True: something was refused. */
function manage(ctx: ControllerContext, set: DaemonSet): boolean {
  const pods = byNode(podsOf(ctx, set))
  const nodes = ctx.api.ofKind<Node>('Node')
  let refused = false
  for (const node of nodes) {
    const mine = pods.get(node.metadata.name) ?? []
    const { run, stay } = judge(set, node)
    const staying = tidy(ctx, set, mine, stay)
    if (!run || staying > 0) continue
    const created = createPod(ctx, set, daemonPod(set, node.metadata.name), ACTOR)
    if (!created.ok && !isNamespaceTerminating(created.error)) refused = true
  }
  const names = new Set(nodes.map((node) => node.metadata.name))
  for (const node of [...pods.keys()].sort()) {
    if (!names.has(node)) for (const pod of pods.get(node)!) if (!pod.spec.nodeName) deletePod(ctx, set, pod, ACTOR)
  }
  return refused
}

/** Deletes pods of one node that may not stay; the answer is how many are left, those on their way out included. */
function tidy(ctx: ControllerContext, set: DaemonSet, pods: readonly Pod[], stay: boolean): number {
  let kept = 0
  let left = 0
  for (const pod of pods) {
    left++
    if (pod.metadata.deletionTimestamp) continue
    if (pod.status?.phase === 'Failed') tellFailed(ctx, set, pod)
    else if (isPodTerminal(pod) || (stay && kept++ === 0)) continue
    deletePod(ctx, set, pod, ACTOR)
  }
  return left
}

function tellFailed(ctx: ControllerContext, about: DaemonSet, pod: Pod): void {
  const message = `Found failed daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${pod.spec.nodeName}, will try to kill it`
  recordEvent(ctx.api, { about, type: 'Warning', reason: 'FailedDaemonPod', message, component: ACTOR })
}

/** RollingUpdate: pods of an earlier template make room, at most `maxUnavailable` at a time. */
function update(ctx: ControllerContext, set: DaemonSet): void {
  if (set.spec.updateStrategy?.type === 'OnDelete') return
  const desired = ctx.api.ofKind<Node>('Node').filter((node) => judge(set, node).run).length
  const pods = podsOf(ctx, set)
  for (const pod of outdatedToDelete(set, pods, desired, ctx.api.sim.now)) deletePod(ctx, set, pod, ACTOR)
}

function newStatus(ctx: ControllerContext, set: DaemonSet): DaemonSetStatus {
  const pods = byNode(podsOf(ctx, set))
  const hash = revisionHash(set)
  const { now } = ctx.api.sim
  const count = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 }
  for (const node of ctx.api.ofKind<Node>('Node')) {
    const pod = pods.get(node.metadata.name)?.[0]
    const { run } = judge(set, node)
    if (!run && pod) count.misscheduled++
    if (!run) continue
    count.desired++
    if (!pod) continue
    count.current++
    if (isPodReady(pod)) count.ready++
    if (isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)) count.available++
    if (pod.metadata.labels?.[REVISION_LABEL] === hash) count.updated++
  }
  return {
    currentNumberScheduled: count.current,
    numberMisscheduled: count.misscheduled,
    desiredNumberScheduled: count.desired,
    numberReady: count.ready,
    observedGeneration: set.metadata.generation,
    ...(count.updated > 0 && { updatedNumberScheduled: count.updated }),
    ...(count.available > 0 && { numberAvailable: count.available }),
    ...(count.desired > count.available && { numberUnavailable: count.desired - count.available }),
  }
}
