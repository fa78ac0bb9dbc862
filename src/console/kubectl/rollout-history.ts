import { refOf } from '../../core/api/kinds/ref-of.ts'
import type { ApiObject, Deployment, ReplicaSet } from '../../core/api/kinds/types.ts'
import { resourceName } from '../../core/api/print/serialize.ts'
import { dryRunWord, said } from './apply.ts'
import { type Kubectl, type Output, complain } from './context.ts'
import { template } from './describe/pod.ts'
import { Description } from './describe/writer.ts'
import { alignCells } from './tabwriter.ts'

const REVISION = 'deployment.kubernetes.io/revision'
const CHANGE_CAUSE = 'kubernetes.io/change-cause'

interface Revision {
  readonly number: number
  readonly set: ReplicaSet
}

/** The ReplicaSets of a Deployment by revision. */
function revisionsOf(k: Kubectl, object: ApiObject): readonly Revision[] {
  return k.api
    .ownedBy(object.metadata.uid ?? '')
    .filter((owned) => owned.kind === 'ReplicaSet')
    .map((owned) => ({ number: Number(owned.metadata.annotations?.[REVISION] ?? 0), set: owned as ReplicaSet }))
    .sort((a, b) => a.number - b.number)
}

/** `kubectl rollout history`: all revisions, or the template of one. */
export function history(k: Kubectl, object: ApiObject, out: Output): void {
  if (object.kind !== 'Deployment')
    return complain(`no history viewer has been implemented for ${JSON.stringify(object.kind)}`)
  const revisions = revisionsOf(k, object)
  const asked = k.flags.number('revision') ?? 0
  if (asked < 0) return complain(`revision must be a positive integer: ${asked}`)
  if (asked > 0) {
    const found = revisions.find(({ number }) => number === asked) ?? complain('unable to find the specified revision')
    out.stdout += `${resourceName(object)} with revision #${asked}\n${templateText(found.set)}\n`
    return
  }
  const rows = revisions.map(({ number, set }) => [
    String(number),
    set.metadata.annotations?.[CHANGE_CAUSE] ?? '<none>',
  ])
  out.stdout += `${resourceName(object)} \n${alignCells([['REVISION', 'CHANGE-CAUSE'], ...rows], 0, 2)}\n`
}

/** kubectl prints it without aligning the columns: the tabs stay. */
function templateText({ metadata, spec }: ReplicaSet): string {
  const cause = metadata.annotations?.[CHANGE_CAUSE]
  const { metadata: meta, spec: pod } = spec.template!
  const annotations = { ...meta?.annotations, ...(cause !== undefined && { [CHANGE_CAUSE]: cause }) }
  const d = new Description()
  template(d, pod, { ...meta, annotations })
  return d.raw()
}

/** `kubectl rollout undo`: back to the template of an earlier ReplicaSet: the one before the last, or `--to-revision`. */
export function undo(k: Kubectl, object: ApiObject, out: Output): void {
  if (object.kind !== 'Deployment')
    return complain(`no rollbacker has been implemented for ${JSON.stringify(object.kind)}`)
  const wanted = k.flags.number('to-revision') ?? 0
  const target = targetOf(k, object, wanted)
  const dryRun = dryRunWord(k)
  if (dryRun === ' (dry run)') return out.say(`${resourceName(object)} ${templateText(target.set)}${dryRun}`)
  const current = k.api.peek<Deployment>(refOf(object))!
  if (current.spec.paused)
    return complain(
      "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
    )
  const { 'pod-template-hash': _hash, ...labels } = target.set.spec.template!.metadata?.labels ?? {}
  const { metadata, spec } = target.set.spec.template!
  const next: Deployment = {
    ...current,
    spec: { ...current.spec, template: { metadata: { ...metadata, labels }, spec } },
  }
  const result = k.api.update(next, k.actor, { dryRun: true })
  if (!result.ok) return out.problem(result.error)
  const same = result.value.metadata.generation === current.metadata.generation
  const verb = same ? `skipped rollback (current template already matches revision ${wanted})` : 'rolled back'
  if (!same && dryRun === '') k.api.update(next, k.actor)
  said(k, current, `${verb}${dryRun}`, out)
}

function targetOf(k: Kubectl, object: ApiObject, wanted: number): Revision {
  const revisions = revisionsOf(k, object)
  if (wanted === 0)
    return (
      revisions.at(-2) ?? complain(`no rollout history found for deployment ${JSON.stringify(object.metadata.name)}`)
    )
  const found = revisions.find(({ number }) => number === wanted)
  return found ?? complain(`unable to find specified revision ${wanted} in history`)
}
