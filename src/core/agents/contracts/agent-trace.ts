import type { Key } from '../../base/order.ts'
import type { ObjectRef } from '../../base/ref.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Verdict } from '../../trace/vocabulary.ts'
import type { Table } from '../../world/table.ts'

/** `detail` of the trace record (point `agent`, packet 0) that a meaningful act of an agent leaves. */
export interface AgentTraceDetail {
  readonly d: 'agent'
  /** `kubelet@node1` */
  readonly actor: string
  /** `sync`, `CNI ADD`, `start` … */
  readonly verb: string
  /** The object or thing acted on. */
  readonly ref: ObjectRef
  /** What was done, in the words of a tool or log line: `ip link add flannel.1 type vxlan id 1 …`. Never a sentence of ours. */
  readonly text: string
}

/** One act of an agent: who, what, on which object, and where in the lab (network namespace id, 0 = nowhere). */
export interface Deed {
  readonly actor: string
  readonly verb: string
  readonly ref: ObjectRef
  readonly netns: number
  readonly text?: string
  /** Default `update`. */
  readonly verdict?: Verdict
}

/**
 * Does something as an agent: everything that `act` writes carries a cause of its own, whose parent is the present one. With a `text`
 * the deed is also one record of the trace, before its consequences.
 */
export function asAgent<T>(k: Kernel, deed: Deed, act: () => T): T {
  const { world } = k
  const { actor, verb, ref } = deed
  return world.because(world.causeId({ parent: world.cause, actor, verb, ref }), () => {
    if (deed.text !== undefined) recordDeed(k, deed, deed.text)
    return act()
  })
}

/** A record of the trace alone. */
export function recordDeed(k: Kernel, deed: Deed, text: string): void {
  const detail: AgentTraceDetail = { d: 'agent', actor: deed.actor, verb: deed.verb, ref: deed.ref, text }
  k.trace.add(k.now, 0, 0, deed.netns, 0, 'agent', deed.verdict ?? 'update', detail)
}

/** Says for which objects a row is that a kernel function has written. */
export function stamp<R extends object, K extends Key>(
  k: Kernel,
  table: Table<R, K>,
  key: K,
  subject: readonly ObjectRef[],
): void {
  const row = table.get(key)
  if (row) k.world.put(table, key, row, subject)
}
