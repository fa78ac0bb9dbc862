import { matchesSelector } from '../../api/kinds/selector.ts'
import type { ApiObject, LabelSelector } from '../../api/kinds/types.ts'
import { refOf } from '../../api/kinds/ref-of.ts'
import type { ControllerContext } from '../contracts/informer.ts'
import { controllerOf, controllerRef } from '../contracts/pod-status.ts'

/**
 * The objects of a kind that `owner` manages: those it controls and whose labels still match. Orphans that match are adopted,
 * owned ones that no longer match are let go (controller_ref_manager.go).
 */
export function claim<T extends ApiObject>(
  { api }: ControllerContext,
  owner: ApiObject,
  kind: string,
  selector: LabelSelector,
  actor: string,
): readonly T[] {
  const uid = owner.metadata.uid ?? ''
  const terminating = owner.metadata.deletionTimestamp !== undefined
  const claimed: T[] = []
  for (const object of api.ownedBy<T>(uid)) {
    if (object.kind !== kind || controllerOf(object)?.uid !== uid) continue
    if (matchesSelector(selector, object.metadata.labels)) claimed.push(object)
    else if (!terminating) release(api, object, uid, actor)
  }
  if (terminating) return claimed
  const orphans = api.tables.orphans.at(`${kind}/${owner.metadata.namespace ?? ''}`)
  if (orphans.size === 0) return claimed
  for (const object of orphans.rows() as readonly T[]) {
    if (object.metadata.deletionTimestamp || !matchesSelector(selector, object.metadata.labels)) continue
    const adopted = adopt(api, object, owner, actor)
    if (adopted) claimed.push(adopted)
  }
  return claimed
}

function release(api: ControllerContext['api'], object: ApiObject, uid: string, actor: string): void {
  const ownerReferences = object.metadata.ownerReferences?.filter((owner) => owner.uid !== uid)
  api.update({ ...object, metadata: { ...object.metadata, ownerReferences } }, actor)
}

function adopt<T extends ApiObject>(
  api: ControllerContext['api'],
  object: T,
  owner: ApiObject,
  actor: string,
): T | undefined {
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), controllerRef(owner)]
  const adopted = api.update<T>({ ...object, metadata: { ...object.metadata, ownerReferences } }, actor)
  return adopted.ok ? adopted.value : undefined
}

/** The refs of the objects of `kind` in the orphan's namespace that would adopt it. */
export function adoptersOf({ api }: ControllerContext, orphan: ApiObject, kind: string): readonly string[] {
  const candidates = api.ofKind<ApiObject & { readonly spec?: { readonly selector?: LabelSelector } }>(
    kind,
    orphan.metadata.namespace,
  )
  return candidates.filter((o) => matchesSelector(o.spec?.selector, orphan.metadata.labels)).map(refOf)
}
