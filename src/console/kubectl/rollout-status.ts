import { refOf } from '../../core/api/kinds/ref-of.ts'
import type { ApiObject, DaemonSet, Deployment } from '../../core/api/kinds/types.ts'
import { splitRef } from '../../core/base/ref.ts'
import type { SimTime } from '../../core/base/time.ts'
import type { Poll } from '../follow/follower.ts'
import { type CommandResult, type ConsoleEnv, follow } from '../types.ts'
import { type Kubectl, Output, complain } from './context.ts'
import { durationOf } from './wait.ts'

/** `kubectl rollout status`: whose rollouts are waited for, and what was said last. */
export interface RolloutState {
  readonly f: 'rollout'
  readonly refs: readonly string[]
  readonly last: string
  readonly deadline: SimTime | null
}

export function rolloutStatus(k: Kubectl, objects: readonly ApiObject[], out: Output): CommandResult {
  if (objects.length === 0) return out.done()
  for (const object of objects) {
    if (object.kind !== 'Deployment' && object.kind !== 'DaemonSet') {
      return complain(`no status viewer has been implemented for ${object.kind}`)
    }
  }
  if (!k.flags.on('watch', true)) {
    for (const object of objects) out.say(statusOf(object).text)
    return out.done()
  }
  const timeout = durationOf(k.flags.text('timeout') ?? '0s') ?? 0
  const state: RolloutState = {
    f: 'rollout',
    refs: objects.map(refOf),
    last: '',
    deadline: timeout === 0 ? null : k.now + timeout,
  }
  const first = followRollout(k.env, state)
  if (first.follower === null)
    return { kind: 'done', stdout: first.stdout, stderr: out.stderr + first.stderr, exit: out.exit || first.exit }
  return follow(first.follower, first.stdout, out.stderr)
}

interface Status {
  readonly text: string
  readonly done: boolean
  readonly failed?: boolean
}

/** The sentence about one workload (k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go). */
function statusOf(object: ApiObject): Status {
  return object.kind === 'Deployment' ? deploymentStatus(object as Deployment) : daemonStatus(object as DaemonSet)
}

const going = (text: string): Status => ({ text, done: false })

function deploymentStatus(d: Deployment): Status {
  const { name, generation = 0 } = d.metadata
  const s = d.status ?? {}
  if (generation > (s.observedGeneration ?? 0)) return going('Waiting for deployment spec update to be observed...')
  const progressing = (s.conditions ?? []).find((condition) => condition.type === 'Progressing')
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return {
      text: `error: deployment ${JSON.stringify(name)} exceeded its progress deadline`,
      done: true,
      failed: true,
    }
  }
  const head = `Waiting for deployment ${JSON.stringify(name)} rollout to finish:`
  const wanted = d.spec.replicas ?? 1
  const updated = s.updatedReplicas ?? 0
  const total = s.replicas ?? 0
  const available = s.availableReplicas ?? 0
  if (updated < wanted) return going(`${head} ${updated} out of ${wanted} new replicas have been updated...`)
  if (total > updated) return going(`${head} ${total - updated} old replicas are pending termination...`)
  if (available < updated) return going(`${head} ${available} of ${updated} updated replicas are available...`)
  return { text: `deployment ${JSON.stringify(name)} successfully rolled out`, done: true }
}

function daemonStatus(d: DaemonSet): Status {
  const { name, generation = 0 } = d.metadata
  const s = d.status
  if (d.spec.updateStrategy?.type === 'OnDelete') {
    return { text: `error: rollout status is only available for RollingUpdate strategy type`, done: true, failed: true }
  }
  if (generation > (s?.observedGeneration ?? 0)) return going('Waiting for daemon set spec update to be observed...')
  const head = `Waiting for daemon set ${JSON.stringify(name)} rollout to finish:`
  const wanted = s?.desiredNumberScheduled ?? 0
  const updated = s?.updatedNumberScheduled ?? 0
  const available = s?.numberAvailable ?? 0
  if (updated < wanted) return going(`${head} ${updated} out of ${wanted} new pods have been updated...`)
  if (available < wanted) return going(`${head} ${available} of ${wanted} updated pods are available...`)
  return { text: `daemon set ${JSON.stringify(name)} successfully rolled out`, done: true }
}

/** One sentence per change of the state; the next workload begins where the one before is done. */
export function followRollout(env: ConsoleEnv, state: RolloutState): Poll {
  let { refs, last } = state
  let stdout = ''
  while (refs.length > 0) {
    const object = env.api?.peek(refs[0]!)
    if (!object) {
      const { name } = splitRef(refs[0]!)
      return { stdout, stderr: `error: object ${JSON.stringify(name)} has been deleted\n`, follower: null, exit: 1 }
    }
    const status = statusOf(object)
    if (status.failed) return { stdout, stderr: `${status.text}\n`, follower: null, exit: 1 }
    if (status.text !== last) stdout += `${status.text}\n`
    last = status.text
    if (!status.done) break
    refs = refs.slice(1)
  }
  if (refs.length === 0) return { stdout, stderr: '', follower: null, exit: 0 }
  if (state.deadline !== null && env.kernel.now >= state.deadline) {
    return { stdout, stderr: 'error: timed out waiting for the condition\n', follower: null, exit: 1 }
  }
  return {
    stdout,
    stderr: '',
    follower: last === state.last && refs === state.refs ? state : { ...state, refs, last },
    exit: 0,
  }
}
