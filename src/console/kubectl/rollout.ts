import type { ApiObject, Deployment } from '../../core/api/kinds/types.ts'
import { findKind } from '../../core/api/kinds/registry.ts'
import { timestamp } from '../../core/base/time.ts'
import { type CommandResult, done } from '../types.ts'
import { chosen, patchAndSay } from './change.ts'
import { type Kubectl, Output, complain } from './context.ts'
import type { FlagTable } from './flags.ts'
import { history, undo } from './rollout-history.ts'
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
    return refuse(object, 'restarting is not supported', out)
  if ((object as Deployment).spec.paused)
    return refuse(object, "can't restart paused deployment (run rollout resume first)", out)
  patchAndSay(k, object, restartPatch(k), 'restarted', out)
}

/** The annotation that `kubectl rollout restart` sets. */
const restartPatch = (k: Kubectl): object => ({
  spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': timestamp(k.now) } } } },
})

function pause(k: Kubectl, object: ApiObject, paused: boolean, out: Output): void {
  if (object.kind !== 'Deployment') return refuse(object, 'pausing is not supported', out)
  const is = (object['spec'] as { paused?: boolean }).paused === true
  if (is === paused) {
    return refuse(object, paused ? 'is already paused' : 'is not paused', out)
  }
  patchAndSay(k, object, { spec: { paused: paused ? true : null } }, paused ? 'paused' : 'resumed', out)
}

/** `error: deployments.apps "web" is already paused`. */
function refuse(object: ApiObject, why: string, out: Output): void {
  const info = findKind(object.apiVersion, object.kind)
  const resource = info ? `${info.plural}${info.group ? `.${info.group}` : ''}` : object.kind.toLowerCase()
  out.warn(`error: ${resource} ${JSON.stringify(object.metadata.name)} ${why}`)
  out.exit = 1
}
