import { objectRef } from '../../../base/ref.ts'
import type { Namespace } from '../../../api/kinds/types.ts'
import type { ControllerContext } from '../../contracts/informer.ts'
import type { Outcome } from '../../contracts/work-queue.ts'

const ACTOR = 'namespace-controller'
const QUEUE = 'namespace'

/** Empties a namespace that is being deleted, then lets it go (k8s pkg/controller/namespace). */
export function namespaceController(ctx: ControllerContext, kinds: readonly string[]): void {
  ctx.queues.register(QUEUE, (ref) => sync(ctx, ref))
  ctx.informers.on('Namespace', (notice) => {
    if (notice.object.metadata.deletionTimestamp && notice.type !== 'DELETED') ctx.queues.add(QUEUE, notice.ref)
  })
  ctx.informers.on(kinds, ({ type, object }) => {
    const { namespace } = object.metadata
    if (type !== 'DELETED' || namespace === undefined) return
    const ref = objectRef('Namespace', undefined, namespace)
    if (ctx.api.peek(ref)?.metadata.deletionTimestamp) ctx.queues.add(QUEUE, ref)
  })
}

function sync({ api }: ControllerContext, ref: string): Outcome {
  const namespace = api.peek<Namespace>(ref)
  if (!namespace?.metadata.deletionTimestamp) return 'done'
  const { name } = namespace.metadata
  const content = api.tables.byNamespace.at(name)
  for (const key of content.keys()) {
    if (!api.peek(key)?.metadata.deletionTimestamp) api.delete(key, ACTOR)
  }
  if (content.size > 0) return 'done'
  for (const key of api.tables.byKindNamespace.at(`Event/${name}`).keys()) api.delete(key, ACTOR)
  api.finalize(namespace, ACTOR)
  return 'done'
}
