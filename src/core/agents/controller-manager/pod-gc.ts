import { objectRef } from '../../base/ref.ts'
import { SEC, type SimTime } from '../../base/time.ts'
import type { Pod } from '../../api/kinds/types.ts'
import { refOf } from '../../api/kinds/ref-of.ts'
import type { ControllerContext } from '../contracts/informer.ts'
import type { Outcome } from '../contracts/work-queue.ts'

const ACTOR = 'pod-garbage-collector'
const QUEUE = 'pod-gc'
/** How long a node has to be gone before its pods are (podgc quarantineTime). */
const QUARANTINE: SimTime = 40 * SEC

/** Removes pods whose node does not exist, any more or at all: no kubelet will ever finish their deletion (k8s pkg/controller/podgc). */
export function podGarbageCollector(ctx: ControllerContext): void {
  ctx.queues.register(QUEUE, (node) => sync(ctx, node))
  ctx.informers.on('Node', ({ type, object }) => {
    if (type === 'DELETED') ctx.queues.add(QUEUE, object.metadata.name, QUARANTINE, true)
  })
  ctx.informers.on('Pod', ({ type, object }) => {
    const node = (object as Pod).spec.nodeName
    if (type !== 'ADDED' || !node || ctx.api.peek(objectRef('Node', undefined, node))) return
    ctx.queues.add(QUEUE, node, QUARANTINE, true)
  })
}

function sync({ api }: ControllerContext, name: string): Outcome {
  if (api.peek(objectRef('Node', undefined, name))) return 'done'
  for (const pod of api.podsOnNode(name)) failAndRemove(api, pod)
  return 'done'
}

function failAndRemove(api: ControllerContext['api'], pod: Pod): void {
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (!over) api.updateStatus<Pod>({ ...pod, status: { ...pod.status, phase: 'Failed' } }, ACTOR)
  api.delete(refOf(pod), ACTOR, { gracePeriodSeconds: 0 })
}
