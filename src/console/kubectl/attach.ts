import type { Pod } from '../../core/api/kinds/types.ts'
import { signalSession } from '../../core/kernel/process/lifecycle.ts'
import type { Poll } from '../follow/follower.ts'
import type { ConsoleEnv } from '../types.ts'
import { initProcess } from './exec.ts'
import { statusOf } from './pods-for.ts'

/** `kubectl run -i`: hands through what a new pod's container prints, until it ends. */
export interface AttachState {
  readonly f: 'attach'
  readonly ref: string
  readonly container: string
  /** `--rm`: the pod is deleted by whom in the end. */
  readonly removes: string | null
  /** Rows of output that were printed. */
  readonly printed: number
}

/** Waits for the container, prints, and takes over its exit status as kubectl does for pods that are not started again. */
export function followAttach(env: ConsoleEnv, state: AttachState): Poll {
  const pod = env.api?.peek(state.ref) as Pod | undefined
  if (!pod)
    return { stdout: '', stderr: `Error from server (NotFound): ${nameOf(state)} not found\n`, follower: null, exit: 1 }
  const status = statusOf(pod, state.container)
  const init = initProcess(env, status?.containerID)
  const rows = init ? (env.processes?.t.outputByRoot.at(init.pid).rows() ?? []) : []
  const fresh = rows.slice(state.printed)
  const written = (fd: 1 | 2): string => fresh.flatMap((row) => (row.fd === fd ? row.text : [])).join('')
  const [stdout, stderr] = [written(1), written(2)]
  const ended = status?.state?.terminated
  if (!ended) {
    const follower = fresh.length === 0 ? state : { ...state, printed: rows.length }
    return { stdout, stderr, follower, exit: 0 }
  }
  const { exitCode } = ended
  const said =
    exitCode === 0
      ? ''
      : `pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name} terminated (${ended.reason ?? 'Error'})\n`
  return { stdout: stdout + removed(env, pod, state), stderr: stderr + said, follower: null, exit: exitCode }
}

function removed(env: ConsoleEnv, pod: Pod, { ref, removes }: AttachState): string {
  if (removes === null || !env.api?.delete(ref, removes).ok) return ''
  return `pod ${JSON.stringify(pod.metadata.name)} deleted from ${pod.metadata.namespace ?? ''} namespace\n`
}

const nameOf = ({ ref }: AttachState): string => `pods ${JSON.stringify(ref.split('/').at(-1))}`

/** Ctrl+C reaches the container's first process. */
export function interruptAttach(env: ConsoleEnv, state: AttachState): string {
  const pod = env.api?.peek(state.ref) as Pod | undefined
  const init = pod && initProcess(env, statusOf(pod, state.container)?.containerID)
  if (env.processes && init) signalSession(env.processes, init.pid, 'INT')
  return pod ? removed(env, pod, state) : ''
}
