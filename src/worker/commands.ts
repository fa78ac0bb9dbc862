import { completeLine } from '../console/complete.ts'
import { consoleCommands } from '../console/external.ts'
import { SHELLS } from '../console/kubectl/exec.ts'
import { commandNames, runCommand } from '../console/registry.ts'
import type { ConsoleEnv, ConsolePlace } from '../console/types.ts'
import { InvariantError } from '../core/base/result.ts'
import type { ExternalCommands } from '../core/kernel/process/layer.ts'
import type { Lab } from '../core/lab/lab.ts'
import { type Spot, resolvePlace } from '../core/lab/place.ts'
import { parsePlace } from '../scenario/place.ts'
import type { Requests } from './protocol.ts'

const consoleEnv = (lab: Lab): ConsoleEnv => ({
  kernel: lab.kernel,
  api: lab.spec.cluster ? lab.api : null,
  processes: lab.processes,
})

/** The console's tools as commands that a shell in the lab can run. */
export const labCommands = (lab: Lab): ExternalCommands => consoleCommands(() => consoleEnv(lab))

/** Words without anything that a shell would do something about. */
const PLAIN_LINE = /^[\w@%+=:,./ -]+$/

/**
 * A tool that only reads, asked about the moment that the world shows, in the past too: what it prints is as of then, and nothing is
 * forked. `null`: the line is none of the console's tools alone, goes on for a while, or would change something.
 */
export function readInPast(
  lab: Lab,
  spot: Spot,
  line: string,
): { readonly text: string; readonly exit: number } | null {
  const argv = line.trim().split(/ +/)
  if (!PLAIN_LINE.test(line) || !commandNames.includes(argv[0]!)) return null
  const env = consoleEnv(lab)
  const { length } = lab.trace
  try {
    const result = runCommand(env, placeOfSpot(lab, spot), argv)
    return result?.kind === 'done' ? { text: result.stderr + result.stdout, exit: result.exit } : null
  } catch (problem) {
    // The past is read-only: the first thing that a writing command wanted to change has stopped it.
    if (!(problem instanceof InvariantError)) throw problem
    lab.trace.truncate(length)
    return null
  }
}

/**
 * A line that does nothing but start a shell for whoever types (`sh`, `kubectl exec -it client -- sh`): where they are then, and what was
 * said on the way. `null`: it is another line, or there is no such shell, which running it will say.
 */
export function enterShell(
  lab: Lab,
  spot: Spot,
  place: string,
  line: string,
): { readonly place: string; readonly text: string } | null {
  const argv = line.trim().split(/ +/)
  const last = argv.at(-1)!.split('/').at(-1)!
  if (!PLAIN_LINE.test(line) || !SHELLS.has(last)) return null
  if (argv.length === 1) return { place, text: '' }
  if (argv[0] !== 'kubectl' || !argv.includes('exec')) return null
  if (!argv.includes('--') || !argv.some((word) => /^-[a-z]*t/.test(word) || word === '--tty')) return null
  const result = runCommand({ ...consoleEnv(lab), interactive: true }, placeOfSpot(lab, spot), argv)
  return result?.kind === 'done' && result.enters ? { place: result.enters, text: result.stderr } : null
}

function placeOfSpot(lab: Lab, { host, netns, hostname, fs, container, image }: Spot): ConsolePlace {
  const machine = { netns, host, hostname, fs }
  if (container !== null) return { kind: 'pod', ...machine, image: image ?? '' }
  if (lab.spec.fabric.routers.some((router) => router.name === host)) return { kind: 'router', ...machine }
  const role = lab.spec.fabric.hosts.find((each) => each.name === host)?.role
  return { kind: role === 'host' ? 'host' : 'node', ...machine }
}

/** Tab: what could stand at the end of the line. */
export function completeShellLine(lab: Lab, place: string, line: string): Requests['completeLine']['answer'] {
  const where = parsePlace(place)
  const spot = where && resolvePlace(lab, where)
  if (!spot?.ok) return { candidates: [], from: line.length }
  return completeLine(consoleEnv(lab), placeOfSpot(lab, spot.value), line)
}
