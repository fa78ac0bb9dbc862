import type { ApiObject, ReplicaSet } from '../../core/api/kinds/types.ts'
import { resourceName } from '../../core/api/print/serialize.ts'
import { timestamp } from '../../core/base/time.ts'
import { alignCells } from './tabwriter.ts'
import { type CommandResult, done } from '../types.ts'
import { chosen, patchAndSay, refOf } from './change.ts'
import { type Kubectl, Output, complain } from './context.ts'
import type { FlagTable } from './flags.ts'
import { rolloutStatus } from './rollout-status.ts'

export const ROLLOUT_FLAGS: FlagTable = {
  'selector|l': 'text',
  'filename|f': 'list',
  'watch|w': 'bool',
  timeout: 'text',
  revision: 'text',
  'to-revision': 'text',
  'output|o': 'text',
  'dry-run': { bare: 'unchanged' },
}

const REVISION = 'deployment.kubernetes.io/revision'
const CHANGE_CAUSE = 'kubernetes.io/change-cause'

/** `kubectl rollout status|restart|undo|history|pause|resume`. */
export function rollout(k: Kubectl): CommandResult {
  const [what, ...words] = k.flags.words
  if (what === undefined)
    return complain(
      "a subcommand is required: history, pause, restart, resume, status, undo\nSee 'kubectl rollout -h' for help and examples",
    )
  if (!['status', 'restart', 'undo', 'history', 'pause', 'resume'].includes(what)) {
    return complain(`unknown command ${JSON.stringify(what)}\nSee 'kubectl rollout -h' for help and examples`)
  }
  if (words.length === 0 && !k.flags.has('filename')) return complain('required resource not specified')
  const out = new Output()
  const objects = chosen(k, 'rollout', out, words)
  if (what === 'status') return rolloutStatus(k, objects, out)
  for (const object of objects) {
    if (what === 'restart') restart(k, object, out)
    else if (what === 'history') history(k, object, out)
    else if (what === 'undo') undo(k, object, out)
    else pause(k, object, what === 'pause', out)
  }
  return objects.length === 0 && out.exit === 0 ? done('') : out.done()
}

function restart(k: Kubectl, object: ApiObject, out: Output): void {
  if (object.kind !== 'Deployment' && object.kind !== 'DaemonSet')
    return complain(`${resourceName(object)} restarting is not supported`)
  patchAndSay(k, object, restartPatch(k), 'restarted', out)
}

/** The annotation that `kubectl rollout restart` sets. */
const restartPatch = (k: Kubectl): object => ({
  spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': timestamp(k.now) } } } },
})

function pause(k: Kubectl, object: ApiObject, paused: boolean, out: Output): void {
  if (object.kind !== 'Deployment') return complain(`${resourceName(object)} pausing is not supported`)
  const is = (object['spec'] as { paused?: boolean }).paused === true
  if (is === paused) {
    out.warn(`error: ${resourceName(object)} ${paused ? 'is already paused' : 'is not paused'}`)
    out.exit = 1
    return
  }
  patchAndSay(k, object, { spec: { paused: paused ? true : null } }, paused ? 'paused' : 'resumed', out)
}

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

function history(k: Kubectl, object: ApiObject, out: Output): void {
  if (object.kind !== 'Deployment')
    return complain(`no history viewer has been implemented for ${JSON.stringify(object.kind)}`)
  const revisions = revisionsOf(k, object)
  const rows = revisions.map(({ number, set }) => [
    String(number),
    set.metadata.annotations?.[CHANGE_CAUSE] ?? '<none>',
  ])
  out.stdout += `${resourceName(object)} \n${alignCells([['REVISION', 'CHANGE-CAUSE'], ...rows], 0, 2)}\n`
}

/** Back to the template of an earlier ReplicaSet: the one before the last, or `--to-revision`. */
function undo(k: Kubectl, object: ApiObject, out: Output): void {
  if (object.kind !== 'Deployment')
    return complain(`no rollbacker has been implemented for ${JSON.stringify(object.kind)}`)
  const revisions = revisionsOf(k, object)
  const wanted = k.flags.number('to-revision') ?? 0
  const target = wanted > 0 ? revisions.find((revision) => revision.number === wanted) : revisions.at(-2)
  if (!target)
    return complain(
      wanted > 0
        ? `unable to find specified revision ${wanted} in history`
        : `no rollout history found for deployment ${JSON.stringify(object.metadata.name)}`,
    )
  const template = target.set.spec.template!
  const { 'pod-template-hash': _hash, ...labels } = template.metadata?.labels ?? {}
  const current = k.api.peek(refOf(object))!
  const next = {
    ...current,
    spec: { ...(current['spec'] as object), template: { ...template, metadata: { ...template.metadata, labels } } },
  }
  const result = k.api.update(next, k.actor)
  if (!result.ok) return out.problem(result.error)
  const same = result.value.metadata.resourceVersion === current.metadata.resourceVersion
  out.say(
    `${resourceName(object)} ${same ? `skipped rollback (current template already matches revision ${target.number})` : 'rolled back'}`,
  )
}
