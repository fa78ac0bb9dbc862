import { followAttach, interruptAttach } from '../kubectl/attach.ts'
import { followExec, interruptExec } from '../kubectl/exec.ts'
import { followLogs, followRest } from '../kubectl/logs.ts'
import { followRollout } from '../kubectl/rollout-status.ts'
import { followGone, followWait } from '../kubectl/wait.ts'
import { followWatch } from '../kubectl/watch.ts'
import { followTcpdump, tcpdumpSummary } from '../tcpdump/tcpdump.ts'
import type { ConsoleEnv } from '../types.ts'
import type { Follower, Poll } from './follower.ts'

/** Asks a running command what it has to say by now. Call it after events; it looks at the world, and changes it only where `kubectl run --rm` deletes its pod. */
export function pollFollower(env: ConsoleEnv, follower: Follower): Poll {
  switch (follower.f) {
    case 'tcpdump':
      return followTcpdump(env, follower)
    case 'exec':
      return followExec(env, follower)
    case 'rest':
      return followRest(follower)
    case 'logs':
      return followLogs(env, follower)
    case 'watch':
      return followWatch(env, follower)
    case 'rollout':
      return followRollout(env, follower)
    case 'wait':
      return followWait(env, follower)
    case 'gone':
      return followGone(env, follower)
    case 'attach':
      return followAttach(env, follower)
  }
}

/** Ctrl+C: the last lines, what the command says when it is stopped, and its exit status. */
export function interruptFollower(env: ConsoleEnv, follower: Follower): Poll {
  const last = pollFollower(env, follower)
  if (last.follower === null) return last
  if (last.follower.f === 'tcpdump') {
    return {
      stdout: last.stdout,
      stderr: `${last.stderr}\n${tcpdumpSummary(last.follower.seen)}`,
      follower: null,
      exit: 0,
    }
  }
  if (last.follower.f === 'exec') interruptExec(env, last.follower)
  if (last.follower.f === 'attach') {
    return { ...last, stdout: last.stdout + interruptAttach(env, last.follower), follower: null, exit: 130 }
  }
  return { ...last, follower: null, exit: 130 }
}

/** Whether it runs until somebody stops it: such a command does not keep the lab from being settled. */
export const isEndless = (follower: Follower): boolean =>
  (follower.f === 'tcpdump' && follower.count === 0) || follower.f === 'watch' || follower.f === 'logs'
