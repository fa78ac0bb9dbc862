import type { ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import { isOngoing } from './external.ts'
import { closeSocketsOf } from '../socket/socket.ts'
import { EXEC_DELAY, PROCESS_START, type ProcessLayer, isCommand, noteProcess, programName, wake } from './layer.ts'
import { SIGNAL_NUMBER, type Signal, type SpawnOptions } from './program.ts'
import type { ProcessRow } from './tables.ts'

/** How to start a process from outside: what the kubelet, a terminal or the script say. */
export interface StartOptions {
  readonly host: string
  readonly netns: number
  readonly argv: readonly string[]
  readonly hostname: string
  /** File system (`files/`): the machine's name, or the container's own. */
  readonly fs: string
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly stdin?: string | undefined
  readonly container?: string | null | undefined
  /** PID 1 of the container. */
  readonly init?: boolean | undefined
  /** Its timers do not keep the lab from being settled: everything but commands that a person or script waits for. */
  readonly daemon?: boolean | undefined
  readonly subject?: readonly ObjectRef[] | undefined
}

/** Starts a process without parent, with a session of its own. ENOENT: no such program. Its output is `outputByRoot.at(pid)`. */
export function startProcess(layer: ProcessLayer, options: StartOptions): Result<number, Errno> {
  const { host, netns, argv, hostname, fs } = options
  const pid = layer.kernel.world.next('pid')
  return launch(
    layer,
    {
      pid,
      host,
      netns,
      container: options.container ?? null,
      init: options.init ?? false,
      daemon: options.daemon ?? false,
      program: programName(argv),
      argv,
      env: options.env ?? {},
      hostname,
      fs,
      stdin: options.stdin ?? '',
      parent: 0,
      root: pid,
      out: 0,
      err: 0,
      errToOut: false,
      started: layer.kernel.now,
      exit: null,
    },
    options.subject,
  )
}

/** Processes that one terminal, script entry or container may have at a time, as pids.max of its cgroup bounds them on a machine. */
export const PIDS_MAX = 1000

/** fork(2) and execve(2). EAGAIN: the session has as many processes as it may. */
export function spawnChild(
  layer: ProcessLayer,
  parent: ProcessRow,
  argv: readonly string[],
  options: SpawnOptions,
): Result<number, Errno> {
  if (layer.t.byRoot.at(parent.root).size >= PIDS_MAX) return err('EAGAIN')
  const pid = layer.kernel.world.next('pid')
  const sink = (mode: 'session' | 'capture' | 'null' | undefined, inherited: number): number =>
    mode === 'capture' ? pid : mode === 'null' ? -1 : inherited
  return launch(layer, {
    ...parent,
    pid,
    init: false,
    program: programName(argv),
    argv,
    env: { ...parent.env, ...options.env },
    stdin: options.stdin ?? '',
    parent: parent.pid,
    out: sink(options.stdout, parent.out),
    err: options.stderr === 'stdout' ? 0 : sink(options.stderr, parent.err),
    errToOut: options.stderr === 'stdout' || ((options.stderr ?? 'session') === 'session' && parent.errToOut),
    started: layer.kernel.now,
    exit: null,
  })
}

function launch(layer: ProcessLayer, row: ProcessRow, subject?: readonly ObjectRef[]): Result<number, Errno> {
  if (!isCommand(layer, row.program)) return err('ENOENT')
  const { world, sim } = layer.kernel
  world.put(layer.t.process, row.pid, row, subject)
  if (row.out === row.pid || row.err === row.pid) world.put(layer.t.capture, row.pid, { out: '', err: '' })
  noteProcess(layer, row.netns, 'start', detailOf(row, -1))
  sim.after(EXEC_DELAY, PROCESS_START, { pid: row.pid })
  return ok(row.pid)
}

const detailOf = (row: ProcessRow, code: number) =>
  ({ d: 'process', pid: row.pid, root: row.root, program: row.program, argv: row.argv, code }) as const

/** Text on standard output or error: to the session, or where it was redirected. */
export function writeOutput(layer: ProcessLayer, row: ProcessRow, written: 1 | 2, text: string): void {
  const fd = row.errToOut ? 1 : written
  const sink = fd === 1 ? row.out : row.err
  const { world, now } = layer.kernel
  if (sink < 0 || text === '') return
  if (sink > 0) {
    const capture = layer.t.capture.get(sink)
    if (capture)
      world.patch(layer.t.capture, sink, fd === 1 ? { out: capture.out + text } : { err: capture.err + text })
    return
  }
  const seq = world.next('output')
  world.put(layer.t.output, seq, { seq, pid: row.pid, root: row.root, fd, text, at: now })
  noteProcess(layer, row.netns, 'continue', { d: 'output', pid: row.pid, root: row.root, fd, text })
}

/** exit(2), and what follows: sockets, timers, the parent, the container. */
export function exitProcess(layer: ProcessLayer, pid: number, code: number): void {
  const row = layer.t.process.get(pid)
  if (!row || row.exit !== null) return
  const { world, sim, now } = layer.kernel
  world.put(layer.t.process, pid, { ...row, exit: { code, at: now } })
  world.delete(layer.t.state, pid)
  for (const timer of [...layer.t.timerByPid.at(pid).rows()]) sim.cancel(timer.event)
  for (const key of [...layer.t.timerByPid.at(pid).keys()]) world.delete(layer.t.timer, key)
  closeSocketsOf(layer.sockets, pid)
  noteProcess(layer, row.netns, 'exit', detailOf(row, code))
  const capture = layer.t.capture.get(pid)
  const parent = layer.t.process.get(row.parent)
  if (parent && parent.exit === null) {
    wake(layer, row.parent, { type: 'child-exit', pid, code, stdout: capture?.out ?? '', stderr: capture?.err ?? '' })
  }
  world.delete(layer.t.capture, pid)
  if (row.parent !== 0) world.delete(layer.t.process, pid)
  if (row.init && row.container !== null) killContainer(layer, row.container)
  if (row.parent === 0) layer.exited({ ...row, exit: { code, at: now } })
}

/** Ends whatever runs in a container (its PID namespace dies with PID 1). */
export function killContainer(layer: ProcessLayer, container: string): void {
  for (const row of [...layer.t.byContainer.at(container).rows()]) {
    if (row.exit === null) exitProcess(layer, row.pid, 128 + SIGNAL_NUMBER.KILL)
  }
}

/** Forgets an ended process that was started from outside, with its output. */
export function reapProcess(layer: ProcessLayer, pid: number): void {
  const { world } = layer.kernel
  if (layer.t.process.get(pid)?.exit == null) return
  for (const key of [...layer.t.outputByRoot.at(pid).keys()]) world.delete(layer.t.output, key)
  world.delete(layer.t.process, pid)
}

/** kill(2). ESRCH: no such process. */
export function signalProcess(layer: ProcessLayer, pid: number, signal: Signal): Result<void, Errno> {
  const row = layer.t.process.get(pid)
  if (!row || row.exit !== null) return err('ESRCH')
  const catches = layer.programs.get(row.program)?.catches?.includes(signal) === true || isOngoing(layer, row)
  const caught = signal !== 'KILL' && catches
  const effect = caught ? 'caught' : row.init && signal !== 'KILL' ? 'ignored' : 'ended'
  noteProcess(layer, row.netns, 'receive', { d: 'signal', pid, signal, effect })
  if (caught) wake(layer, pid, { type: 'signal', signal })
  else if (effect === 'ended') exitProcess(layer, pid, 128 + SIGNAL_NUMBER[signal])
  return ok(undefined)
}

/** What Ctrl+C does: the signal goes to every process of the session, youngest first. */
export function signalSession(layer: ProcessLayer, root: number, signal: Signal): void {
  for (const row of [...layer.t.byRoot.at(root).rows()].reverse()) {
    if (layer.t.process.get(row.pid)?.exit === null) signalProcess(layer, row.pid, signal)
  }
}
