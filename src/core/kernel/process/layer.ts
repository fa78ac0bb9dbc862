import { MS, type SimTime, US } from '../../base/time.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import type { Verdict } from '../../trace/vocabulary.ts'
import type { Files } from '../files/files.ts'
import type { Kernel } from '../kernel.ts'
import type { SocketStack } from '../socket/stack.ts'
import type { ProcessDetail } from './details.ts'
import type { Program, ProgramEvent } from './program.ts'
import type { ProcessRow, ProcessTables } from './tables.ts'

/** From fork to the first instruction, and from a wake-up to running: a model, not a measurement. */
export const EXEC_DELAY: SimTime = MS / 2
export const WAKE_DELAY: SimTime = 10 * US

export const PROCESS_START: EventKind<{ readonly pid: number }> = eventKind('process.start')
export const PROCESS_EVENT: EventKind<{ readonly pid: number; readonly event: ProgramEvent }> =
  eventKind('process.event')
export const PROCESS_TIMER: EventKind<{ readonly pid: number; readonly tag: string }> = eventKind('process.timer')

export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

/** Where a command runs. */
export interface CommandPlace {
  readonly pid: number
  readonly host: string
  readonly netns: number
  readonly hostname: string
  readonly fs: string
  readonly stdin: string
}

/** A command that goes on (a capture, a wait): what it printed at once, and what is needed to ask it again, as plain data. */
export interface OngoingCommand {
  readonly stdout: string
  readonly stderr: string
  readonly ongoing: unknown
  /** It runs until it is stopped, and does not keep the lab from being settled. */
  readonly endless: boolean
}

/** A command that becomes another one, in another namespace (`ip netns exec`). */
export interface ExecCommand {
  readonly stdout: string
  readonly stderr: string
  readonly exec: { readonly netns: number; readonly argv: readonly string[] }
}

/** What a command that goes on has said since it was last asked; `exit` is its status once it has ended, else `null`. */
export interface CommandAnswer {
  readonly stdout: string
  readonly stderr: string
  readonly ongoing: unknown
  readonly exit: number | null
}

/** Commands that are no programs of ours: the lab answers for them (`ip`, `iptables`, `kubectl` …). */
export interface ExternalCommands {
  has(name: string): boolean
  run(place: CommandPlace, argv: readonly string[]): CommandResult | OngoingCommand | ExecCommand | null
  /** `interrupted`: Ctrl+C; the command ends. */
  poll(place: CommandPlace, ongoing: unknown, interrupted: boolean): CommandAnswer
}

/** What the functions of this folder work on. Nothing in it changes after the lab is wired. */
export interface ProcessLayer {
  readonly kernel: Kernel
  readonly sockets: SocketStack
  readonly files: Files
  readonly t: ProcessTables
  readonly programs: ReadonlyMap<string, Program>
  readonly external: ExternalCommands
  /** Told when a process without parent ends; set once by who starts such processes. */
  exited: (row: ProcessRow) => void
}

export const NO_COMMANDS: ExternalCommands = {
  has: () => false,
  run: () => null,
  poll: (_place, ongoing) => ({ stdout: '', stderr: '', ongoing, exit: 1 }),
}

/** `argv[0]` without its directory. */
export const programName = (argv: readonly string[]): string => (argv[0] ?? '').split('/').at(-1)!

export const isCommand = (layer: ProcessLayer, name: string): boolean =>
  layer.programs.has(programName([name])) || layer.external.has(programName([name]))

export function noteProcess(layer: ProcessLayer, netns: number, verdict: Verdict, detail: ProcessDetail): void {
  const { kernel } = layer
  kernel.trace.add(kernel.now, 0, 0, netns, 0, 'app', verdict, detail)
}

/** Wakes a process with an event, a moment from now. */
export function wake(layer: ProcessLayer, pid: number, event: ProgramEvent): void {
  layer.kernel.sim.after(WAKE_DELAY, PROCESS_EVENT, { pid, event })
}
