import type { Pod } from '../core/api/kinds/types.ts'
import type { CommandPlace, ExternalCommands } from '../core/kernel/process/layer.ts'
import type { Follower } from './follow/follower.ts'
import { interruptFollower, isEndless, pollFollower } from './follow/poll.ts'
import { commandNames, runCommand } from './registry.ts'
import type { ConsoleEnv, ConsolePlace } from './types.ts'

/** Where a process is: on a node of the cluster, another machine, or in a container, whose image says which tools there are. */
export function placeOf(
  env: ConsoleEnv,
  where: Pick<CommandPlace, 'pid' | 'host' | 'netns' | 'hostname' | 'fs'>,
): ConsolePlace {
  const { host, netns, hostname, fs } = where
  const container = env.processes?.t.process.get(where.pid)?.container ?? null
  if (container !== null) return { kind: 'pod', netns, host, hostname, fs, image: imageOf(env, host, container) ?? '' }
  const node = env.api?.peek(`Node/${host}`) !== undefined
  return { kind: node ? 'node' : 'host', netns, host, hostname, fs }
}

/** The image of a container, by the id that its pod's status reports. */
function imageOf(env: ConsoleEnv, host: string, container: string): string | undefined {
  for (const pod of env.api?.podsOnNode(host) ?? []) {
    const image = imageIn(pod, container)
    if (image !== undefined) return image
  }
  return undefined
}

function imageIn(pod: Pod, container: string): string | undefined {
  const bare = container.replace(/^[a-z]+:\/\//, '')
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  const status = statuses.find((each) => each.containerID?.replace(/^[a-z]+:\/\//, '') === bare)
  if (!status) return undefined
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((each) => each.name === status.name)?.image
}

/** The console's tools for the shell and for processes of the lab (`createProcessLayer`, `buildLab`). */
export const consoleCommands = (env: () => ConsoleEnv): ExternalCommands => ({
  has: (name) => commandNames.includes(name),
  run(where, argv) {
    const result = runCommand(env(), placeOf(env(), where), argv, where.stdin)
    if (result?.kind === 'exec') return { stdout: '', stderr: '', exec: result }
    if (result?.kind !== 'follow') return result
    const { stdout, stderr, follower } = result
    return { stdout, stderr, ongoing: follower, endless: isEndless(follower) }
  },
  poll(_where, ongoing, interrupted) {
    const follower = ongoing as Follower
    const poll = interrupted ? interruptFollower(env(), follower) : pollFollower(env(), follower)
    const { stdout, stderr } = poll
    return { stdout, stderr, ongoing: poll.follower, exit: poll.follower === null ? poll.exit : null }
  },
})
