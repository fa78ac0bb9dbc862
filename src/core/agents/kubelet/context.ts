import { objectRef, type ObjectRef } from '../../base/ref.ts'
import type { SimTime } from '../../base/time.ts'
import type { Pod } from '../../api/kinds/types.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import type { NodeEnv } from '../contracts/node-env.ts'
import { recordEvent } from '../contracts/record-event.ts'
import { type ContainerRow, type KubeletTables, type NodeRow, type PodRow, containerKey } from './tables.ts'

/** All kubelets of a lab: one program, its state in rows. */
export interface Kubelets {
  readonly env: NodeEnv
  readonly t: KubeletTables
}

/** Something that takes time has come to its end, for one pod. */
export interface PodOp {
  readonly uid: string
  readonly op: string
}

export const OP_DONE: EventKind<PodOp> = eventKind('kubelet.op')
export const GRACE_OVER: EventKind<{ readonly uid: string }> = eventKind('kubelet.grace-over')

export const SYNC_QUEUE = 'kubelet'

export const actorOf = (node: string): string => `kubelet@${node}`

export const podRef = (pod: Pod): ObjectRef => objectRef('Pod', pod.metadata.namespace, pod.metadata.name)

/** The pod's line of work: looks at it again, now or after some time. */
export const wakePod = (kl: Kubelets, uid: string, delay: SimTime = 0, background = false): void =>
  kl.env.queues.add(SYNC_QUEUE, uid, delay, background)

/** Begins something that takes time; `finish` hears of it through OP_DONE. */
export function beginOp(kl: Kubelets, row: PodRow, op: string, delay: SimTime): void {
  const { world, sim } = kl.env.kernel
  world.put(kl.t.pod, row.uid, { ...row, op })
  sim.after(delay, OP_DONE, { uid: row.uid, op })
}

export function patchPod(kl: Kubelets, uid: string, fields: Partial<PodRow>): PodRow {
  kl.env.kernel.world.patch(kl.t.pod, uid, fields)
  return kl.t.pod.get(uid)!
}

export function patchContainer(kl: Kubelets, row: ContainerRow, fields: Partial<ContainerRow>): ContainerRow {
  const next = { ...row, ...fields }
  kl.env.kernel.world.put(kl.t.container, containerKey(row.uid, row.name), next)
  return next
}

/** In the order of the spec: init containers, then the others. */
export const containersOf = (kl: Kubelets, uid: string): readonly ContainerRow[] =>
  [...kl.t.containerByPod.at(uid).rows()].sort(
    (a, b) => Number(a.kind === 'app') - Number(b.kind === 'app') || a.index - b.index,
  )

export const nodeOf = (kl: Kubelets, row: PodRow): NodeRow => kl.t.node.get(row.node)!

/** The API object, if it is still the same pod. */
export function livePod(kl: Kubelets, row: Pick<PodRow, 'ref' | 'uid'>): Pod | undefined {
  const pod = kl.env.api.peek<Pod>(row.ref)
  return pod?.metadata.uid === row.uid ? pod : undefined
}

/** An Event about a pod, or one of its containers. */
export function tell(
  kl: Kubelets,
  row: PodRow,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  container?: Pick<ContainerRow, 'name' | 'kind'>,
): void {
  const path = container && `spec.${container.kind === 'app' ? 'containers' : 'initContainers'}{${container.name}}`
  recordEvent(
    kl.env.api,
    {
      about: row.pod,
      type,
      reason,
      message,
      component: 'kubelet',
      host: row.node,
      ...(path !== undefined && { fieldPath: path }),
    },
    actorOf(row.node),
  )
}

/** `web-1_default(uid)`: as kubelet names pods in its messages. */
export const podText = (row: PodRow): string => {
  const { namespace, name } = row.pod.metadata
  return `${name}_${namespace ?? 'default'}(${row.uid})`
}
