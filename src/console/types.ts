import type { ApiServer } from '../core/api/store/store.ts'
import type { Kernel } from '../core/kernel/kernel.ts'
import type { ProcessLayer } from '../core/kernel/process/layer.ts'
import type { Follower } from './follow/follower.ts'

/** What commands work on. Nothing in it belongs to the console: it holds no state of its own. */
export interface ConsoleEnv {
  readonly kernel: Kernel
  /** `null` in a lab without a cluster. */
  readonly api: ApiServer | null
  /** Processes, sockets and files; `null` in bare networks of tests. */
  readonly processes: ProcessLayer | null
  /** Who writes, as cause chains name it. Default `you`. */
  readonly actor?: string
  /** Somebody types: a shell that the command starts can be handed over to them. */
  readonly interactive?: true
}

/** Where a command runs. */
export interface ConsolePlace {
  /** A node of the cluster, another machine, a router, or a container of a pod. */
  readonly kind: 'node' | 'host' | 'router' | 'pod'
  readonly netns: number
  /** Name of the machine. */
  readonly host: string
  /** What `hostname` prints. */
  readonly hostname: string
  /** File system that it sees: a name of kernel/files. */
  readonly fs: string
  /** Of a container: its image, which says which tools are there. */
  readonly image?: string
}

export interface Done {
  readonly kind: 'done'
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
  /** A shell for whoever types: what is typed next belongs in that place (`parsePlace`). Only where `ConsoleEnv.interactive` is set. */
  readonly enters?: string
}

/** The command goes on in virtual time: ask `pollFollower` after events, until it has an exit status. */
export interface Following {
  readonly kind: 'follow'
  /** What it printed at once. */
  readonly stdout: string
  readonly stderr: string
  readonly follower: Follower
}

/** The process becomes another program, in another namespace of its machine: setns(2), then execvp(3). */
export interface Exec {
  readonly kind: 'exec'
  readonly stdout: string
  readonly stderr: string
  readonly netns: number
  readonly argv: readonly string[]
}

export type CommandResult = Done | Following | Exec

export const done = (stdout: string, exit = 0, stderr = ''): Done => ({ kind: 'done', stdout, stderr, exit })
export const fail = (stderr: string, exit = 1): Done => ({ kind: 'done', stdout: '', stderr, exit })
export const follow = (follower: Follower, stdout = '', stderr = ''): Following => ({
  kind: 'follow',
  stdout,
  stderr,
  follower,
})

/** A tool of the lab, given what follows its name. */
export type Command = (env: ConsoleEnv, place: ConsolePlace, argv: readonly string[], stdin: string) => CommandResult

/** Lines with their line ends; no line, no text. */
export const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
