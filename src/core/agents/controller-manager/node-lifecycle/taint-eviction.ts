import { objectRef } from '../../../base/ref.ts'
import { SEC, type SimTime } from '../../../base/time.ts'
import type { Node, Pod, Taint } from '../../../api/kinds/types.ts'
import { refOf } from '../../../api/kinds/ref-of.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import { simTime } from '../../contracts/pod-status.ts'
import { recordEvent } from '../../contracts/record-event.ts'
import { tolerates } from '../../contracts/tolerations.ts'
import type { Outcome } from '../../contracts/work-queue.ts'

const ACTOR = 'taint-eviction-controller'
const QUEUE = 'taint-eviction'

/** Deletes pods from nodes with NoExecute taints, when their tolerations run out (k8s pkg/controller/tainteviction). */
export function taintEvictionController(ctx: ControllerContext): void {
  ctx.queues.register(QUEUE, (ref) => sync(ctx, ref))
  ctx.informers.on('Node', ({ object, previous }) => {
    const before = previous as Node | undefined
    if (before && before.spec?.taints === (object as Node).spec?.taints) return
    const evicting = noExecute(object as Node).length > 0
    for (const pod of ctx.api.podsOnNode(object.metadata.name)) {
      if (evicting) ctx.queues.add(QUEUE, refOf(pod))
      else ctx.queues.forget(QUEUE, refOf(pod))
    }
  })
  ctx.informers.on('Pod', ({ type, ref, object, previous }) => {
    const { nodeName } = (object as Pod).spec
    if (type === 'DELETED') return ctx.queues.forget(QUEUE, ref)
    if (!nodeName || (previous as Pod | undefined)?.spec.nodeName === nodeName) return
    const node = ctx.api.peek<Node>(objectRef('Node', undefined, nodeName))
    if (node && noExecute(node).length > 0) ctx.queues.add(QUEUE, ref)
  })
}

const noExecute = (node: Node): readonly Taint[] => (node.spec?.taints ?? []).filter((t) => t.effect === 'NoExecute')

/** When the pod has to go, as virtual time; Infinity when it may stay for ever. */
export function evictionTime(pod: Pod, taints: readonly Taint[], now: SimTime): SimTime {
  let earliest = Number.POSITIVE_INFINITY
  for (const taint of taints) {
    const matching = (pod.spec.tolerations ?? []).filter((t) => tolerates(t, taint))
    if (matching.length === 0) return now
    const since = taint.timeAdded === undefined ? now : simTime(taint.timeAdded)
    for (const { tolerationSeconds } of matching) {
      if (tolerationSeconds !== undefined) earliest = Math.min(earliest, since + Math.max(0, tolerationSeconds) * SEC)
    }
  }
  return earliest
}

function sync(ctx: ControllerContext, ref: string): Outcome {
  const pod = ctx.api.peek<Pod>(ref)
  if (!pod?.spec.nodeName || pod.metadata.deletionTimestamp) return 'done'
  const node = ctx.api.peek<Node>(objectRef('Node', undefined, pod.spec.nodeName))
  const { now } = ctx.api.sim
  const time = node ? evictionTime(pod, noExecute(node), now) : Number.POSITIVE_INFINITY
  if (!Number.isFinite(time)) return 'done'
  if (time > now) return { after: time - now, background: true }
  const message = `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`
  recordEvent(ctx.api, { about: pod, type: 'Normal', reason: 'TaintManagerEviction', message, component: ACTOR })
  ctx.api.delete(ref, ACTOR)
  return 'done'
}
