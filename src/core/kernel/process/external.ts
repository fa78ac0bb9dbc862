import { MS, type SimTime } from '../../base/time.ts'
import {
  EXEC_DELAY,
  PROCESS_START,
  PROCESS_TIMER,
  type CommandPlace,
  type ProcessLayer,
  type ExecCommand,
  programName,
} from './layer.ts'
import { exitProcess, writeOutput } from './lifecycle.ts'
import type { ProgramEvent } from './program.ts'
import { type ProcessRow, timerKey } from './tables.ts'

/** How often a command that waits for something looks again: at once at first, then the longer it has waited, the less often. */
const WATCHFUL: SimTime = MS
const WATCHFUL_SHARE = 16
/** How often one that runs until it is stopped does; besides, it is asked whenever the lab has settled. */
const ENDLESS: SimTime = 100 * MS
const POLL = 'poll'

/** What is remembered of a command that goes on. */
interface ExternalState {
  readonly ongoing: unknown
  readonly endless: boolean
}

const placeOf = ({ pid, host, netns, hostname, fs, stdin }: ProcessRow): CommandPlace => ({
  pid,
  host,
  netns,
  hostname,
  fs,
  stdin,
})

/** A command of the lab starts: it answers at once, or goes on and is asked again. */
export function startExternal(layer: ProcessLayer, row: ProcessRow): void {
  const result = layer.external.run(placeOf(row), row.argv)
  if (!result) return exitProcess(layer, row.pid, 127)
  if ('exec' in result) return exec(layer, row, result.exec)
  writeOutput(layer, row, 1, result.stdout)
  writeOutput(layer, row, 2, result.stderr)
  if ('exit' in result) return exitProcess(layer, row.pid, result.exit)
  layer.kernel.world.put(layer.t.state, row.pid, { state: { ongoing: result.ongoing, endless: result.endless } })
  askLater(layer, row, result.endless)
}

/** setns(2) and execve(2): the same process goes on as another program. */
function exec(layer: ProcessLayer, { pid }: ProcessRow, { netns, argv }: ExecCommand['exec']): void {
  layer.kernel.world.patch(layer.t.process, pid, { netns, argv, program: programName(argv) })
  layer.kernel.sim.after(EXEC_DELAY, PROCESS_START, { pid })
}

function askLater(layer: ProcessLayer, { pid, started }: ProcessRow, endless: boolean): void {
  const { sim, world } = layer.kernel
  const waited = Math.floor((sim.now - started) / WATCHFUL_SHARE)
  const delay = endless ? ENDLESS : Math.min(ENDLESS, Math.max(WATCHFUL, waited))
  const event = sim.after(delay, PROCESS_TIMER, { pid, tag: POLL }, endless)
  world.put(layer.t.timer, timerKey(pid, POLL), { pid, tag: POLL, event })
}

const stateOf = (layer: ProcessLayer, pid: number): ExternalState | undefined =>
  layer.t.state.get(pid)?.state as ExternalState | undefined

/** Whether the process is a command of the lab that goes on: it can be interrupted. */
export const isOngoing = (layer: ProcessLayer, row: ProcessRow): boolean =>
  !layer.programs.has(row.program) && stateOf(layer, row.pid) !== undefined

/** A timer or a signal has come for a command that goes on. */
export function onExternal(layer: ProcessLayer, row: ProcessRow, event: ProgramEvent): void {
  const state = stateOf(layer, row.pid)
  if (!state || (event.type !== 'timer' && event.type !== 'signal')) return
  if (ask(layer, row, state, event.type === 'signal')) askLater(layer, row, state.endless)
}

/** Takes what the command has to say. False: it has ended. */
function ask(layer: ProcessLayer, row: ProcessRow, state: ExternalState, interrupted: boolean): boolean {
  const answer = layer.external.poll(placeOf(row), state.ongoing, interrupted)
  writeOutput(layer, row, 1, answer.stdout)
  writeOutput(layer, row, 2, answer.stderr)
  if (answer.exit !== null) {
    exitProcess(layer, row.pid, answer.exit)
    return false
  }
  layer.kernel.world.put(layer.t.state, row.pid, { state: { ...state, ongoing: answer.ongoing } })
  return true
}

/** The lab has settled: commands that run until they are stopped say what they have seen by now. */
export function pollEndless(layer: ProcessLayer): void {
  for (const pid of layer.t.state.keys()) {
    const row = layer.t.process.get(pid)
    const state = row && isOngoing(layer, row) ? stateOf(layer, pid) : undefined
    if (row && state?.endless) ask(layer, row, state, false)
  }
}

/** Whether there is such a command. */
export const hasEndless = (layer: ProcessLayer): boolean =>
  [...layer.t.state.keys()].some((pid) => {
    const row = layer.t.process.get(pid)
    return row !== undefined && isOngoing(layer, row) && stateOf(layer, pid)!.endless
  })
