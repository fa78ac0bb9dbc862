import { completeLine } from '../console/complete.ts'
import { interruptFollower, isEndless, pollFollower } from '../console/follow/poll.ts'
import type { Follower } from '../console/follow/follower.ts'
import { commandNames, runCommand } from '../console/registry.ts'
import type { ConsoleEnv, ConsolePlace } from '../console/types.ts'
import type { Pod } from '../core/api/kinds/types.ts'
import type { CommandPlace, ExternalCommands } from '../core/kernel/process/layer.ts'
import type { Lab } from '../core/lab/lab.ts'
import { resolvePlace } from '../core/lab/place.ts'
import { parsePlace } from '../scenario/place.ts'
import type { Requests } from './protocol.ts'

const NAMES: ReadonlySet<string> = new Set(commandNames)

const consoleEnv = (lab: Lab): ConsoleEnv => ({
  kernel: lab.kernel,
  api: lab.spec.cluster ? lab.api : null,
  processes: lab.processes,
})

/** The console's tools as commands that a shell in the lab can run. */
export function labCommands(lab: Lab): ExternalCommands {
  const env = consoleEnv(lab)
  return {
    has: (name) => NAMES.has(name),
    run(place, argv) {
      const result = runCommand(env, whereIs(lab, place), argv, place.stdin)
      if (result === null || result.kind === 'done') return result
      const { stdout, stderr, follower } = result
      return { stdout, stderr, ongoing: follower, endless: isEndless(follower) }
    },
    poll(_place, ongoing, interrupted) {
      const ask = interrupted ? interruptFollower : pollFollower
      const { stdout, stderr, follower, exit } = ask(env, ongoing as Follower)
      return { stdout, stderr, ongoing: follower, exit: follower === null ? exit : null }
    },
  }
}

/** The place of a process, as the console's tools see it. */
function whereIs(lab: Lab, { pid, host, netns, hostname, fs }: CommandPlace): ConsolePlace {
  const container = lab.processes.t.process.get(pid)?.container ?? null
  if (container !== null) return { kind: 'pod', netns, host, hostname, fs, image: imageOf(lab, host, container) }
  return { kind: machineKind(lab, host), netns, host, hostname, fs }
}

function machineKind(lab: Lab, name: string): 'node' | 'host' | 'router' {
  const { hosts, routers } = lab.spec.fabric
  if (routers.some((router) => router.name === name)) return 'router'
  return hosts.find((each) => each.name === name)?.role === 'host' ? 'host' : 'node'
}

function imageOf(lab: Lab, node: string, container: string): string {
  for (const pod of lab.api.podsOnNode(node)) {
    const status = pod.status?.containerStatuses?.find((each) => each.containerID?.endsWith(container))
    if (status) return specImage(pod, status.name)
  }
  return ''
}

const specImage = (pod: Pod, name: string): string => pod.spec.containers.find((each) => each.name === name)?.image ?? ''

/** Tab: what could stand at the end of the line. */
export function completeShellLine(lab: Lab, place: string, line: string): Requests['completeLine']['answer'] {
  const where = parsePlace(place)
  const spot = where && resolvePlace(lab, where)
  if (!spot?.ok) return { candidates: [], from: line.length }
  const { host, netns, hostname, fs, container, image } = spot.value
  const kind = container === null ? machineKind(lab, host) : 'pod'
  return completeLine(consoleEnv(lab), { kind, netns, host, hostname, fs, ...(image !== null && { image }) }, line)
}
