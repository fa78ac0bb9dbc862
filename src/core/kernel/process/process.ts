import { invariant } from '../../base/result.ts'
import type { Files } from '../files/files.ts'
import type { Kernel } from '../kernel.ts'
import { acceptSocket } from '../socket/socket.ts'
import type { SocketStack } from '../socket/stack.ts'
import { connectOutcome } from '../socket/tcp/calls.ts'
import { ProcessCtx } from './ctx.ts'
import {
  type ExternalCommands,
  NO_COMMANDS,
  PROCESS_EVENT,
  PROCESS_START,
  PROCESS_TIMER,
  type ProcessLayer,
  wake,
} from './layer.ts'
import { onExternal, startExternal } from './external.ts'
import type { Program, ProgramEvent } from './program.ts'
import { type ProcessRow, defineProcessTables, timerKey } from './tables.ts'

/**
 * Declares the process tables and starts to serve processes. Call once per lab, after `createSocketLayer`. A program is found by its
 * name; two of one name are a bug.
 */
export function createProcessLayer(
  kernel: Kernel,
  sockets: SocketStack,
  files: Files,
  programs: readonly Program[],
  external: ExternalCommands = NO_COMMANDS,
): ProcessLayer {
  const byName = new Map<string, Program>()
  for (const program of programs) {
    invariant(!byName.has(program.name), `two programs are called ${program.name}`)
    byName.set(program.name, program)
  }
  const layer: ProcessLayer = {
    kernel,
    sockets,
    files,
    t: defineProcessTables(kernel.world),
    programs: byName,
    external,
    exited: () => {},
  }
  sockets.notify = (pid, event) => wake(layer, pid, event)
  kernel.sim.on(PROCESS_START, ({ pid }) => withProcess(layer, pid, (row) => start(layer, row)))
  kernel.sim.on(PROCESS_EVENT, ({ pid, event }) => withProcess(layer, pid, (row) => dispatch(layer, row, event)))
  kernel.sim.on(PROCESS_TIMER, ({ pid, tag }) => {
    kernel.world.delete(layer.t.timer, timerKey(pid, tag))
    withProcess(layer, pid, (row) => dispatch(layer, row, { type: 'timer', tag }))
  })
  return layer
}

function withProcess(layer: ProcessLayer, pid: number, act: (row: ProcessRow) => void): void {
  const row = layer.t.process.get(pid)
  if (row && row.exit === null) act(row)
}

function start(layer: ProcessLayer, row: ProcessRow): void {
  const program = layer.programs.get(row.program)
  if (program) return program.start(new ProcessCtx(layer, row))
  startExternal(layer, row)
}

function dispatch(layer: ProcessLayer, row: ProcessRow, event: ProgramEvent): void {
  if ('fd' in event && !stillConcerns(layer, row.pid, event)) return
  const program = layer.programs.get(row.program)
  if (program) program.on(new ProcessCtx(layer, row), 'fd' in event ? connectOutcome(layer.sockets, event) : event)
  else onExternal(layer, row, event)
}

/** Events of a socket that was closed in the meantime are void, but for those that tell of its end and why. */
function stillConcerns(layer: ProcessLayer, pid: number, event: Extract<ProgramEvent, { fd: number }>): boolean {
  if (event.type === 'connect-failed' || event.type === 'reset' || event.type === 'icmp-error') return true
  if (layer.sockets.t.socket.get(event.fd)?.owner !== pid) return false
  return event.type !== 'accepted' || acceptSocket(layer.sockets, event.fd, event.conn)
}

/** What a session has printed so far: standard output, standard error, and both as a terminal shows them. */
export function sessionText(
  layer: ProcessLayer,
  root: number,
): { readonly stdout: string; readonly stderr: string; readonly both: string } {
  const rows = layer.t.outputByRoot.at(root).rows()
  const join = (fd: 1 | 2 | 0): string =>
    rows
      .filter((row) => fd === 0 || row.fd === fd)
      .map((row) => row.text)
      .join('')
  return { stdout: join(1), stderr: join(2), both: join(0) }
}
