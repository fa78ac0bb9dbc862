import { completeLine } from '../console/complete.ts'
import { consoleCommands } from '../console/external.ts'
import type { ConsoleEnv } from '../console/types.ts'
import type { ExternalCommands } from '../core/kernel/process/layer.ts'
import type { Lab } from '../core/lab/lab.ts'
import { resolvePlace } from '../core/lab/place.ts'
import { parsePlace } from '../scenario/place.ts'
import type { Requests } from './protocol.ts'

const consoleEnv = (lab: Lab): ConsoleEnv => ({
  kernel: lab.kernel,
  api: lab.spec.cluster ? lab.api : null,
  processes: lab.processes,
})

/** The console's tools as commands that a shell in the lab can run. */
export const labCommands = (lab: Lab): ExternalCommands => consoleCommands(() => consoleEnv(lab))

/** Tab: what could stand at the end of the line. */
export function completeShellLine(lab: Lab, place: string, line: string): Requests['completeLine']['answer'] {
  const where = parsePlace(place)
  const spot = where && resolvePlace(lab, where)
  if (!spot?.ok) return { candidates: [], from: line.length }
  const { host, netns, hostname, fs, container, image } = spot.value
  const kind = container !== null ? 'pod' : where?.kind === 'router' || where?.kind === 'host' ? where.kind : 'node'
  return completeLine(consoleEnv(lab), { kind, netns, host, hostname, fs, ...(image !== null && { image }) }, line)
}
