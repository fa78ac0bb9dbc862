import type { Pod } from '../../core/api/kinds/types.ts'
import type { Poll } from '../follow/follower.ts'
import { type CommandResult, type ConsoleEnv, done, follow } from '../types.ts'
import { type Kubectl, KubectlStop, complain } from './context.ts'
import { containerFor, initProcess, podFor, statusOf } from './exec.ts'
import type { FlagTable } from './flags.ts'

export const LOGS_FLAGS: FlagTable = {
  'follow|f': 'bool',
  'container|c': 'text',
  tail: 'text',
  'previous|p': 'bool',
  'all-containers': 'bool',
  timestamps: 'bool',
  since: 'text',
  'selector|l': 'text',
  prefix: 'bool',
  'limit-bytes': 'text',
}

/** What is left to print: what went to standard error stands before it on a terminal. */
export interface RestState {
  readonly f: 'rest'
  readonly stdout: string
}

/** `kubectl logs -f`. */
export interface LogsState {
  readonly f: 'logs'
  readonly pid: number
  /** Characters that were printed. */
  readonly printed: number
}

/** `kubectl logs POD [-c C] [-p] [-f] [--tail=N]`: what the container's first process wrote. */
export function logs(k: Kubectl): CommandResult {
  const [word, named] = k.flags.words
  if (k.flags.has('selector')) return bySelector(k)
  if (word === undefined) {
    return complain(
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples",
    )
  }
  const pod = podFor(k, word)
  if (k.flags.on('all-containers')) {
    const text = pod.spec.containers.map((container) => textOf(k, pod, container.name)).join('')
    return done(text)
  }
  const chosen = named === undefined ? containerFor(k, pod) : { name: named, said: '' }
  const text = textOf(k, pod, chosen.name)
  const shown = tailOf(text, k.flags.number('tail') ?? -1)
  if (!k.flags.on('follow'))
    return chosen.said === '' ? done(shown) : follow({ f: 'rest', stdout: shown }, '', chosen.said)
  const init = initProcess(k.env, statusOf(pod, chosen.name)?.containerID)
  if (!init) return done(shown, 0, chosen.said)
  return follow({ f: 'logs', pid: init.pid, printed: text.length }, shown, chosen.said)
}

function bySelector(k: Kubectl): CommandResult {
  const listed = k.api.list<Pod>('Pod', { namespace: k.namespace, labelSelector: k.flags.text('selector')! })
  if (!listed.ok) return complain(listed.error.message)
  if (listed.value.length === 0) return done('', 0, `No resources found in ${k.namespace} namespace.\n`)
  const tail = k.flags.number('tail') ?? 10
  return done(listed.value.map((pod) => tailOf(textOf(k, pod, pod.spec.containers[0]!.name), tail)).join(''))
}

function textOf(k: Kubectl, pod: Pod, container: string): string {
  const { name } = pod.metadata
  if (![...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some((known) => known.name === container)) {
    return complain(`container ${container} is not valid for pod ${name}`)
  }
  const status = statusOf(pod, container)
  const id = k.flags.on('previous')
    ? status?.lastState?.terminated?.containerID
    : (status?.containerID ?? status?.lastState?.terminated?.containerID)
  if (k.flags.on('previous') && id === undefined) {
    throw new KubectlStop(
      `Error from server (BadRequest): previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} not found\n`,
    )
  }
  if (id === undefined) {
    const reason = status?.state?.waiting?.reason ?? 'ContainerCreating'
    const what = pod.spec.nodeName ? `is waiting to start: ${reason}` : 'does not have a host assigned'
    const subject = pod.spec.nodeName
      ? `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)}`
      : `pod ${name}`
    throw new KubectlStop(`Error from server (BadRequest): ${subject} ${what}\n`)
  }
  const init = initProcess(k.env, id)
  return init ? outputOf(k.env, init.pid) : ''
}

const outputOf = (env: ConsoleEnv, pid: number): string =>
  (env.processes?.t.outputByRoot.at(pid).rows() ?? []).map((row) => row.text).join('')

function tailOf(text: string, lines: number): string {
  if (lines < 0) return text
  const all = text.split('\n')
  if (all.at(-1) === '') all.pop()
  return lines === 0
    ? ''
    : all
        .slice(-lines)
        .map((line) => `${line}\n`)
        .join('')
}

export function followLogs(env: ConsoleEnv, state: LogsState): Poll {
  const text = outputOf(env, state.pid)
  const row = env.processes?.t.process.get(state.pid)
  const stdout = text.slice(state.printed)
  if (!row || row.exit !== null) return { stdout, stderr: '', follower: null, exit: 0 }
  return { stdout, stderr: '', follower: stdout === '' ? state : { ...state, printed: text.length }, exit: 0 }
}
