import type { AttachState } from '../kubectl/attach.ts'
import type { ExecState } from '../kubectl/exec.ts'
import type { LogsState, RestState } from '../kubectl/logs.ts'
import type { WatchState } from '../kubectl/watch.ts'
import type { RolloutState } from '../kubectl/rollout-status.ts'
import type { GoneState, WaitState } from '../kubectl/wait.ts'
import type { TcpdumpState } from '../tcpdump/tcpdump.ts'

/** A command that goes on, as plain data: it can be kept in a row, and rewound with the world. */
export type Follower =
  | TcpdumpState
  | ExecState
  | LogsState
  | RestState
  | WatchState
  | RolloutState
  | WaitState
  | GoneState
  | AttachState

/** What it printed since it was last asked. `follower` is `null` when it has ended, with `exit`. */
export interface Poll {
  readonly stdout: string
  readonly stderr: string
  readonly follower: Follower | null
  readonly exit: number
}
