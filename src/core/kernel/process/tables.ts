import type { SimTime } from '../../base/time.ts'
import type { Index, Table } from '../../world/table.ts'
import type { World } from '../../world/world.ts'

/** A process. `pid` is unique in the lab, not only in its machine. */
export interface ProcessRow {
  readonly pid: number
  readonly host: string
  readonly netns: number
  /** Container it runs in, as the runtime names it; `null` on the machine itself. */
  readonly container: string | null
  /** PID 1 of its container: signals that it does not catch do not touch it, and when it ends, the container's processes do. */
  readonly init: boolean
  readonly daemon: boolean
  readonly program: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly hostname: string
  /** File system it sees: a name of `files/`. */
  readonly fs: string
  readonly stdin: string
  /** 0: started from outside (terminal, kubelet). */
  readonly parent: number
  /** First process of its session: whose output it adds to. */
  readonly root: number
  /** Where standard output and error go: 0 the session, -1 nowhere, else the capture of that process. */
  readonly out: number
  readonly err: number
  /** `2>&1`: standard error joins standard output, wherever that goes. */
  readonly errToOut: boolean
  readonly started: SimTime
  /** `null` while it runs; else its exit status, and when it ended. */
  readonly exit: { readonly code: number; readonly at: SimTime } | null
}

/** What a program remembers. */
export interface ProcessStateRow {
  readonly state: unknown
}

/** What a process with captured output has written. */
export interface CaptureRow {
  readonly out: string
  readonly err: string
}

export interface OutputRow {
  readonly seq: number
  readonly pid: number
  readonly root: number
  readonly fd: 1 | 2
  readonly text: string
  readonly at: SimTime
}

export interface ProcessTimerRow {
  readonly pid: number
  readonly tag: string
  /** Event id. */
  readonly event: number
}

export interface ProcessTables {
  readonly process: Table<ProcessRow, number>
  readonly byRoot: Index<ProcessRow, number>
  readonly byNetns: Index<ProcessRow, number>
  readonly byContainer: Index<ProcessRow, number>
  readonly state: Table<ProcessStateRow, number>
  readonly capture: Table<CaptureRow, number>
  /** Everything printed, in order; by session through `outputByRoot`. */
  readonly output: Table<OutputRow, number>
  readonly outputByRoot: Index<OutputRow, number>
  readonly timer: Table<ProcessTimerRow, string>
  readonly timerByPid: Index<ProcessTimerRow, string>
}

export const timerKey = (pid: number, tag: string): string => `${pid}\n${tag}`

export function defineProcessTables(world: World): ProcessTables {
  const process = world.define<ProcessRow, number>('process')
  const output = world.define<OutputRow, number>('output')
  const timer = world.define<ProcessTimerRow, string>('processTimer')
  return {
    process,
    byRoot: world.index(process, (row) => row.root),
    byNetns: world.index(process, (row) => row.netns),
    byContainer: world.index(process, (row) => row.container ?? undefined),
    state: world.define<ProcessStateRow, number>('processState'),
    capture: world.define<CaptureRow, number>('capture'),
    output,
    outputByRoot: world.index(output, (row) => row.root),
    timer,
    timerByPid: world.index(timer, (row) => row.pid),
  }
}
