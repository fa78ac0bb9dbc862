import type { ApiObject, Pod } from '../../core/api/kinds/types.ts'
import { simTimeOf } from '../../core/api/print/age.ts'
import { SEC, type SimTime } from '../../core/base/time.ts'
import type { Poll } from '../follow/follower.ts'
import { type CommandResult, type ConsoleEnv, done, follow } from '../types.ts'
import { type Kubectl, complain, refuse } from './context.ts'
import { initProcess } from './exec.ts'
import type { FlagTable } from './flags.ts'
import { type LogSource, logText, tailStart } from './log-text.ts'
import { byLogging, defaultContainer, hasContainer, notValidFor, podOrOwner, podsOf, statusOf } from './pods-for.ts'
import { durationOf } from './wait.ts'

export const LOGS_FLAGS: FlagTable = {
  'follow|f': 'bool',
  'container|c': 'text',
  tail: 'text',
  'previous|p': 'bool',
  'all-containers': 'bool',
  'all-pods': 'bool',
  timestamps: 'bool',
  since: 'text',
  'since-time': 'text',
  'limit-bytes': 'text',
  'selector|l': 'text',
  prefix: 'bool',
  'max-log-requests': 'text',
  'ignore-errors': 'bool',
  'pod-running-timeout': 'text',
}

/** What is left to print: what went to standard error stands before it on a terminal. */
export interface RestState {
  readonly f: 'rest'
  readonly stdout: string
  readonly exit: number
}

/** `kubectl logs -f`. */
export interface LogsState {
  readonly f: 'logs'
  /** `printed`: characters. */
  readonly sources: readonly (LogSource & { readonly printed: number })[]
}

interface Chosen {
  readonly pod: Pod
  readonly container: string
}

/** `kubectl logs POD [-c C] [-p] [-f] [--tail=N]`, `-l`, `--all-containers`: what the containers' first processes wrote. */
export function logs(k: Kubectl): CommandResult {
  const said: string[] = []
  const settings = settingsOf(k)
  const chosen = podsAsked(k, said).flatMap((pod) => containersOf(k, pod, said))
  const most = k.flags.number('max-log-requests') ?? 5
  if (k.flags.on('follow') && chosen.length > Math.max(1, most)) {
    return complain(
      `you are attempting to follow ${chosen.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
    )
  }
  const sources: (LogSource & { readonly printed: number })[] = []
  let stdout = ''
  for (const each of chosen) {
    const pid = whoseOutput(k, each)
    if (typeof pid === 'string') {
      if (!k.flags.on('ignore-errors')) return ending(said, stdout, `Error from server (BadRequest): ${pid}\n`)
      stdout += `error: ${pid}\n`
      continue
    }
    if (pid === null) continue
    const source = sourceOf(k, each, pid, settings)
    const text = logText(k.env, source)
    stdout += text
    sources.push({ ...source, printed: text.length })
  }
  if (!k.flags.on('follow') || !sources.some(({ pid }) => writes(k.env, pid))) return ending(said, stdout)
  return follow({ f: 'logs', sources }, stdout, said.join(''))
}

/** All is known at once; errors on a terminal stand before what was printed. */
function ending(said: readonly string[], stdout: string, error = ''): CommandResult {
  const exit = error === '' ? 0 : 1
  if (said.length === 0) return done(stdout, exit, error)
  return stdout === ''
    ? done('', exit, said.join('') + error)
    : follow({ f: 'rest', stdout, exit }, '', said.join('') + error)
}

interface Settings {
  readonly tail: number
  readonly since: SimTime
  readonly limit: number | null
}

const USAGE = "\nSee 'kubectl logs -h' for help and examples"
const USAGE_WORDS = `expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command${USAGE}`

/** What the options say, with kubectl's objections to them. */
function settingsOf(k: Kubectl): Settings {
  const { words } = k.flags
  const byLabel = (k.flags.text('selector') ?? '') !== ''
  if ((words.length === 0 && !byLabel) || words.length > 2) return complain(USAGE_WORDS)
  if (words.length === 1 && byLabel) return complain(`only a selector (-l) or a POD name is allowed${USAGE}`)
  const since = k.flags.text('since')
  const back = since === undefined ? null : seconds(since)
  const after = k.flags.text('since-time')
  if (after !== undefined && back !== null)
    return complain('at most one of `sinceTime` or `sinceSeconds` may be specified')
  const named = k.flags.text('container') || words[1]
  if (k.flags.on('all-containers') && named)
    return complain(`--all-containers=true should not be specified with container name ${named}`)
  if (k.flags.has('container') && words.length === 2)
    return complain('only one of -c or an inline [CONTAINER] arg is allowed')
  const limit = k.flags.number('limit-bytes') ?? 0
  if (limit < 0) return complain('--limit-bytes must be greater than 0')
  if (back !== null && back < 0) return complain('--since must be greater than 0')
  const tail = k.flags.number('tail') ?? (byLabel ? 10 : -1)
  if (tail < -1) return complain('--tail must be greater than or equal to -1')
  const from = back === null ? 0 : k.now - back
  return { tail, limit: limit === 0 ? null : limit, since: after === undefined ? from : dateOf(after) }
}

/** `--since`, in whole seconds; none of them is no limit. */
function seconds(text: string): SimTime | null {
  const negative = text.startsWith('-')
  const length = /^[\d.]+$/.test(text) && text !== '0' ? null : durationOf(negative ? text.slice(1) : text)
  if (length === null) {
    const reason = /^-?[\d.]+$/.test(text) ? 'missing unit in' : 'invalid'
    return complain(
      `invalid argument ${JSON.stringify(text)} for "--since" flag: time: ${reason} duration ${JSON.stringify(text)}\nSee 'kubectl logs --help' for usage.`,
    )
  }
  const whole = Math.round(length / SEC) * SEC
  return whole === 0 ? null : negative ? -whole : whole
}

function dateOf(text: string): SimTime {
  const known = simTimeOf(text)
  if (known !== null) return known
  const quoted = JSON.stringify(text)
  return complain(
    `parsing time ${quoted} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted} as "2006-01-02T15:04:05Z07:00"`,
  )
}

function podsAsked(k: Kubectl, said: string[]): readonly Pod[] {
  const [word] = k.flags.words
  if (word === undefined) {
    const listed = k.api.list<Pod>('Pod', { namespace: k.namespace, labelSelector: k.flags.text('selector')! })
    if (!listed.ok) return refuse(listed.error)
    if (listed.value.length === 0) said.push(`No resources found in ${k.namespace} namespace.\n`)
    return listed.value
  }
  const found = podOrOwner(k, word)
  if (!found.ok) {
    if (found.error.reason !== 'NotFound') return refuse(found.error)
    return complain(`error from server (NotFound): ${found.error.message} in namespace ${JSON.stringify(k.namespace)}`)
  }
  return podsOfOwner(k, found.value, said)
}

function podsOfOwner(k: Kubectl, owner: ApiObject, said: string[]): readonly Pod[] {
  const pods = podsOf(k, owner, 'get the logs from', byLogging)
  if (k.flags.on('all-pods')) return pods
  const first = pods[0]!
  if (pods.length > 1) said.push(`Found ${pods.length} pods, using pod/${first.metadata.name}\n`)
  return [first]
}

function containersOf(k: Kubectl, pod: Pod, said: string[]): readonly Chosen[] {
  if (k.flags.on('all-containers'))
    return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ name }) => ({ pod, container: name }))
  const named = k.flags.text('container') || k.flags.words[1]
  const chosen = named ? { name: named, said: '' } : defaultContainer(pod)
  if (!hasContainer(pod, chosen.name)) return complain(notValidFor(pod, chosen.name))
  if (chosen.said !== '' && !k.flags.on('all-pods')) said.push(chosen.said)
  return [{ pod, container: chosen.name }]
}

function sourceOf(k: Kubectl, { pod, container }: Chosen, pid: number, settings: Settings): LogSource {
  const { tail, since, limit } = settings
  const prefixed = k.flags.on('prefix') || k.flags.on('all-pods')
  return {
    pid,
    from: tailStart(k.env, pid, tail),
    since,
    limit,
    timestamps: k.flags.on('timestamps'),
    prefix: prefixed ? `[pod/${pod.metadata.name}/${container}] ` : '',
  }
}

/** The first process whose output it is, or why there is none in the kubelet's words. `null`: nothing was ever started, and nobody complains. */
function whoseOutput(k: Kubectl, { pod, container }: Chosen): number | string | null {
  // The API server asks no kubelet about a pod without a machine, and answers with nothing.
  if (!pod.spec.nodeName) return null
  const id = containerId(pod, container, k.flags.on('previous'))
  return id.ok ? (initProcess(k.env, id.id)?.pid ?? null) : id.why
}

type ContainerId = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly why: string }

/** Which run of the container has logs: `validateContainerLogStatus` of the kubelet. */
function containerId(pod: Pod, container: string, previous: boolean): ContainerId {
  const subject = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)}`
  const no = (why: string): ContainerId => ({ ok: false, why })
  const status = statusOf(pod, container)
  if (!status) return no(`${subject} is not available`)
  const last = status.lastState?.terminated?.containerID
  const { waiting, running, terminated } = status.state ?? {}
  if (previous) return last ? { ok: true, id: last } : no(`previous terminated ${subject} not found`)
  const id = running ? status.containerID : terminated?.containerID || last
  if (id) return { ok: true, id }
  if (terminated) return no(`${subject} is terminated`)
  return no(`${subject} is waiting to start${waitingWords(waiting?.reason)}`)
}

const waitingWords = (reason: string | undefined): string => {
  if (reason === undefined) return ' - no logs yet'
  if (reason === 'ErrImagePull') return ": image can't be pulled"
  if (reason === 'ImagePullBackOff') return ': trying and failing to pull image'
  return `: ${reason}`
}

const writes = (env: ConsoleEnv, pid: number): boolean => env.processes?.t.process.get(pid)?.exit === null

export function followLogs(env: ConsoleEnv, state: LogsState): Poll {
  const texts = state.sources.map((source) => logText(env, source))
  const stdout = texts.map((text, i) => text.slice(state.sources[i]!.printed)).join('')
  if (!state.sources.some(({ pid }) => writes(env, pid))) return { stdout, stderr: '', follower: null, exit: 0 }
  const sources = state.sources.map((source, i) => ({ ...source, printed: texts[i]!.length }))
  return { stdout, stderr: '', follower: stdout === '' ? state : { ...state, sources }, exit: 0 }
}

export const followRest = ({ stdout, exit }: RestState): Poll => ({ stdout, stderr: '', follower: null, exit })
