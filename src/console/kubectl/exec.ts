import type { Pod } from '../../core/api/kinds/types.ts'
import { signalSession, startProcess } from '../../core/kernel/process/lifecycle.ts'
import type { ProcessRow } from '../../core/kernel/process/tables.ts'
import { imageLacks } from '../availability.ts'
import type { Poll } from '../follow/follower.ts'
import { type CommandResult, type ConsoleEnv, done, fail, follow } from '../types.ts'
import { type Kubectl, complain, refuse } from './context.ts'
import type { FlagTable } from './flags.ts'
import { byLiveliness, defaultContainer, hasContainer, notValidFor, podOrOwner, podsOf, statusOf } from './pods-for.ts'

export const EXEC_FLAGS: FlagTable = {
  'stdin|i': 'bool',
  'tty|t': 'bool',
  'container|c': 'text',
  'quiet|q': 'bool',
  'pod-running-timeout': 'text',
  'filename|f': 'absent',
}

/** A process in a container whose output is handed through. */
export interface ExecState {
  readonly f: 'exec'
  readonly pid: number
  /** Rows of its output that were printed. */
  readonly printed: number
}

export const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'zsh'])

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
  if (more.length > 0)
    return complain(
      "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples",
    )
  if (word === undefined) return complain('pod, type/name or --filename must be specified')
  const argv = k.flags.rest ?? []
  if (argv.length === 0) return complain('you must specify at least one command for the container')
  const found = podOrOwner(k, word)
  if (!found.ok) return refuse(found.error)
  const pod = podsOf(k, found.value, 'attach to', byLiveliness)[0]!
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') {
    return complain(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`)
  }
  const { name, said } = containerFor(k, pod)
  const id = statusOf(pod, name)?.containerID
  const init = initProcess(k.env, id)
  const layer = k.env.processes
  if (!pod.spec.nodeName) return refused(said, `pod ${pod.metadata.name} does not have a host assigned`)
  if (!hasContainer(pod, name)) return refused(said, `container ${name} is not valid for pod ${pod.metadata.name}`)
  if (!layer || !init || init.exit !== null) {
    return fail(`${said}error: unable to upgrade connection: container not found (${JSON.stringify(name)})\n`)
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

/** The container asked for, or kubectl's choice, and what it says about that. */
function containerFor(k: Kubectl, pod: Pod): { readonly name: string; readonly said: string } {
  const asked = k.flags.text('container')
  if (asked) return { name: asked, said: '' }
  const chosen = defaultContainer(pod)
  if (!hasContainer(pod, chosen.name)) return complain(notValidFor(pod, chosen.name))
  return k.flags.on('quiet') ? { name: chosen.name, said: '' } : chosen
}

/** What the API server says before anything reaches the kubelet. */
const refused = (said: string, why: string): CommandResult => fail(`${said}Error from server (BadRequest): ${why}\n`)

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
  return fail(stderr)
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
