import type { ContainerStatus, Pod, LabelSelector } from '../../core/api/kinds/types.ts'
import { findResource } from '../../core/api/kinds/registry.ts'
import { matchesSelector } from '../../core/api/kinds/selector.ts'
import { signalSession, startProcess } from '../../core/kernel/process/lifecycle.ts'
import type { ProcessRow } from '../../core/kernel/process/tables.ts'
import { imageLacks } from '../availability.ts'
import type { Poll } from '../follow/follower.ts'
import { type CommandResult, type ConsoleEnv, done, follow } from '../types.ts'
import { type Kubectl, complain, refuse } from './context.ts'
import type { FlagTable } from './flags.ts'
import { kindNamed, refFor } from './resources.ts'

export const EXEC_FLAGS: FlagTable = {
  'stdin|i': 'bool',
  'tty|t': 'bool',
  'container|c': 'text',
  'quiet|q': 'bool',
  'pod-running-timeout': 'text',
  'filename|f': 'list',
}

/** A process in a container whose output is handed through. */
export interface ExecState {
  readonly f: 'exec'
  readonly pid: number
  /** Rows of its output that were printed. */
  readonly printed: number
}

export const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'zsh'])

/** The pod that `pod/x`, `x`, `deploy/web` or `svc/web` mean: of a workload, its first running one. */
export function podFor(k: Kubectl, word: string): Pod {
  const slash = word.indexOf('/')
  if (slash < 0 || findResource(word.slice(0, slash))?.kind === 'Pod') {
    const found = k.api.get<Pod>(refFor(k, kindNamed('pods'), slash < 0 ? word : word.slice(slash + 1)))
    return found.ok ? found.value : refuse(found.error)
  }
  const info = kindNamed(word.slice(0, slash))
  const owner = k.api.get(refFor(k, info, word.slice(slash + 1)))
  if (!owner.ok) return refuse(owner.error)
  const spec = owner.value['spec'] as { selector?: LabelSelector } | undefined
  const selector: LabelSelector | undefined =
    owner.value.kind === 'Service'
      ? { matchLabels: spec?.selector as Readonly<Record<string, string>> }
      : spec?.selector
  if (!selector) return complain(`cannot attach to ${info.kind}: selector is empty`)
  const pods = k.api.ofKind<Pod>('Pod', k.namespace).filter((pod) => matchesSelector(selector, pod.metadata.labels))
  const ready = (pod: Pod): number => (pod.status?.phase === 'Running' && !pod.metadata.deletionTimestamp ? 0 : 1)
  const best = [...pods].sort((a, b) => ready(a) - ready(b))[0]
  return best ?? complain('timed out waiting for the condition')
}

/** The container meant, and what kubectl says when it chose by itself. */
export function containerFor(k: Kubectl, pod: Pod): { readonly name: string; readonly said: string } {
  const names = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((container) => container.name)
  const asked = k.flags.text('container')
  if (asked !== undefined && asked !== '') {
    if (!names.includes(asked)) return complain(`container ${asked} is not valid for pod ${pod.metadata.name}`)
    return { name: asked, said: '' }
  }
  const preferred = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
  if (preferred !== undefined && names.includes(preferred)) return { name: preferred, said: '' }
  const first = pod.spec.containers[0]!.name
  if (names.length === 1) return { name: first, said: '' }
  const inits = (pod.spec.initContainers ?? []).map((container) => `${container.name} (init)`)
  return {
    name: first,
    said: `Defaulted container ${JSON.stringify(first)} out of: ${[...pod.spec.containers.map((c) => c.name), ...inits].join(', ')}\n`,
  }
}

export const statusOf = (pod: Pod, container: string): ContainerStatus | undefined =>
  [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (status) => status.name === container,
  )

/** PID 1 of a container, by the id that the pod's status reports. */
export function initProcess(env: ConsoleEnv, id: string | undefined): ProcessRow | undefined {
  const layer = env.processes
  if (!layer || id === undefined) return undefined
  const name = id.replace(/^[a-z]+:\/\//, '')
  const rows = [...layer.t.byContainer.at(name).rows(), ...layer.t.byContainer.at(id).rows()]
  return rows.find((row) => row.init) ?? rows[0]
}

/** `kubectl exec [-it] POD [-c C] -- CMD`: starts the command in the container; its output and status are the command's. */
export function exec(k: Kubectl): CommandResult {
  const [word, ...more] = k.flags.words
  if (word === undefined) return complain('pod, type/name or --filename must be specified')
  const argv = k.flags.rest ?? more
  if (argv.length === 0) return complain('you must specify at least one command for the container')
  const pod = podFor(k, word)
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') {
    return complain(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`)
  }
  const { name, said } = containerFor(k, pod)
  const id = statusOf(pod, name)?.containerID
  const init = initProcess(k.env, id)
  const layer = k.env.processes
  if (!layer || !init || init.exit !== null) {
    if (!pod.spec.nodeName) return complain(`pod ${pod.metadata.name} does not have a host assigned`)
    return complain(`unable to upgrade connection: container not found (${JSON.stringify(name)})`)
  }
  const { host, netns, hostname, fs, env, container } = init
  const image =
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((each) => each.name === name)?.image ?? ''
  if (imageLacks(image, argv[0]!.split('/').at(-1)!)) return notFound(argv[0]!, said)
  if (k.env.interactive && isShellAlone(k, argv)) {
    const { namespace = k.namespace, name: podName } = pod.metadata
    return { ...done('', 0, said), enters: `pod/${namespace}/${podName}/${name}` }
  }
  const started = startProcess(layer, {
    host,
    netns,
    argv,
    hostname,
    fs,
    env,
    container,
    stdin: k.flags.on('stdin') ? k.stdin : '',
  })
  if (!started.ok) return notFound(argv[0]!, said)
  return follow({ f: 'exec', pid: started.value, printed: 0 }, '', said)
}

/** `-it … -- sh`: nothing but a shell at a terminal. */
const isShellAlone = (k: Kubectl, argv: readonly string[]): boolean =>
  k.flags.on('stdin') && k.flags.on('tty') && argv.length === 1 && SHELLS.has(argv[0]!.split('/').at(-1)!)

function notFound(command: string, said: string): CommandResult {
  const where = command.includes('/')
    ? `stat ${command}: no such file or directory`
    : 'executable file not found in $PATH'
  const stderr =
    `${said}error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: ` +
    `failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: ${JSON.stringify(command)}: ${where}\n`
  return { kind: 'done', stdout: '', stderr, exit: 1 }
}

/** What the process printed since. Its rows are left to whoever reaps sessions. */
export function followExec(env: ConsoleEnv, state: ExecState): Poll {
  const layer = env.processes
  const row = layer?.t.process.get(state.pid)
  const rows = layer?.t.outputByRoot.at(state.pid).rows() ?? []
  const fresh = rows.slice(state.printed)
  const textOf = (fd: 1 | 2): string =>
    fresh
      .filter((each) => each.fd === fd)
      .map((each) => each.text)
      .join('')
  const stdout = textOf(1)
  const stderr = textOf(2)
  const exit = row ? row.exit : { code: 137 }
  if (!exit)
    return { stdout, stderr, follower: fresh.length === 0 ? state : { ...state, printed: rows.length }, exit: 0 }
  const status = exit.code === 0 ? '' : `command terminated with exit code ${exit.code}\n`
  return { stdout, stderr: stderr + status, follower: null, exit: exit.code }
}

/** Ctrl+C in the terminal reaches the command in the container. */
export function interruptExec(env: ConsoleEnv, state: ExecState): void {
  if (env.processes) signalSession(env.processes, state.pid, 'INT')
}
