import { MAC_BROADCAST } from '../../../src/core/base/mac.ts'
import { SEC } from '../../../src/core/base/time.ts'
import { listenersOf } from '../../../src/core/explain/export/listeners.ts'
import { spaceNames } from '../../../src/core/explain/export/names.ts'
import { isPlayed } from '../../../src/core/explain/export/stimuli.ts'
import type { Lab } from '../../../src/core/lab/lab.ts'
import { resolvePlace } from '../../../src/core/lab/place.ts'
import { sessionOutput, startSession } from '../../../src/core/lab/session.ts'
import { formatPlace, parsePlace } from '../../../src/scenario/place.ts'
import { labCommands } from '../../../src/worker/commands.ts'
import { type LabDocument, readDocument } from '../../../src/worker/document.ts'
import { createLab, forkAt } from '../../../src/worker/engine.ts'
import { exportLab, exportScript, restCursor } from '../../../src/worker/export.ts'
import { explainEnv } from '../../../src/worker/views.ts'
import type { Observation } from '../observation.ts'
import type { Notation } from '../sighting.ts'
import { type Space, seenIn } from '../simulated/observe.ts'
import { makeStill } from './still.ts'
import type { LabCase } from './lab.ts'
import { type Probe, probeLine, probesOf } from './probes.ts'
import { TABLES } from './tables.ts'

/** A lab that has been played in the simulator, and what it is exported as. */
export interface PlayedLab {
  readonly lab: Lab
  /** The exported script, first, and the files that go with it. */
  readonly files: ReadonlyMap<string, string>
  /** Machines and pods; the names are those of the real namespaces. */
  readonly spaces: readonly Space[]
  readonly notation: Notation
  readonly probes: readonly Probe[]
  readonly observation: Observation
}

/** Boots a lab and exports what it is before its script; then makes that still (still.ts), and plays the script. */
export function playLab(c: LabCase): PlayedLab {
  const { lab, document, start } = atRest(c)
  lab.run()
  const files = exported(c, lab, document, start)
  forkAt(lab, start - 1)
  skipWhatIsOnlyShown(lab)
  makeStill(lab)
  const tables = tablesOf(lab)
  const from = lab.trace.length
  lab.run()
  const spaces = spacesOf(lab)
  const notation = notationOf(lab, c.text)
  const observation = new Map([...tables, ...seenIn(lab.kernel, spaces, notation, from), ['outcomes', outcomesOf(lab)]])
  const probes = c.probed === true ? probesOf(lab) : []
  if (probes.length > 0)
    observation.set(
      'probes',
      probes.map((probe) => probed(lab, probe)),
    )
  return { lab, files, spaces, notation, probes, observation }
}

/** A lab that has come to rest, with what was typed in it. `start`: record with which its script begins. */
function atRest({ text, typed = [] }: LabCase): {
  readonly lab: Lab
  readonly document: LabDocument
  readonly start: number
} {
  const document = readDocument(text)
  if (!document.spec) throw new Error(document.diagnostics.map(({ message }) => message).join('\n'))
  const lab = createLab({ ...document, spec: document.spec })
  lab.run()
  forkAt(lab, restCursor(lab) - 1)
  for (const [place, line] of typed) {
    const { exit, stderr } = say(lab, place, line)
    if (exit !== 0) throw new Error(`${line}: ${stderr}`)
  }
  return { lab, document, start: lab.trace.length }
}

/** Lines of the script that an export shows, but does not run. */
function skipWhatIsOnlyShown(lab: Lab): void {
  lab.input('skip', `Lab/${lab.spec.name}`, () => {
    for (const row of lab.script.rows()) {
      const spot = resolvePlace(lab, row.entry.in)
      const netns = spot.ok ? spot.value.netns : 0
      if (!isPlayed({ netns, line: row.entry.run })) lab.world.put(lab.script, row.index, { ...row, session: -1 })
    }
  })
}

function exported(c: LabCase, lab: Lab, document: LabDocument, cursor: number): ReadonlyMap<string, string> {
  if (c.single !== true) return exportLab({ lab, document }, cursor)
  const { name, text } = exportScript({ lab, document }, cursor)
  return new Map([[name, text]])
}

function spacesOf(lab: Lab): readonly Space[] {
  const names = spaceNames(explainEnv(lab))
  const { netns, netfilterByNetns } = lab.kernel.t
  return netns.rows().map(({ id }) => {
    const firewall = netfilterByNetns
      .at(id)
      .rows()
      .some(({ hooked }) => hooked)
    return { name: names.space(id), id, firewall }
  })
}

/** Tables before the script, by what prints them. */
function tablesOf(lab: Lab): Observation {
  const sections = spacesOf(lab).flatMap(({ name, id }) =>
    Object.entries(TABLES).map(
      ([table, { command, normal }]) => [`built ${table} ${name}`, normal(printed(lab, id, command))] as const,
    ),
  )
  return new Map(sections.filter(([, lines]) => lines.length > 0))
}

/** What a tool of the machine prints in a namespace, whether the image of its pod has that tool or not. */
function printed(lab: Lab, netns: number, line: string): string {
  const { host } = lab.kernel.t.netns.get(netns)!
  const place = { pid: 0, host, netns, hostname: host, fs: host, stdin: '' }
  return labCommands(lab).run(place, line.split(' '))?.stdout ?? ''
}

/** MAC addresses by the devices that wear them; ports that somebody listens on, or that the lab names. */
function notationOf(lab: Lab, text: string): Notation {
  const env = explainEnv(lab)
  const names = spaceNames(env)
  const macs = new Map<number, string>([[MAC_BROADCAST, '*']])
  for (const { mac, netns, name } of lab.kernel.t.link.rows()) {
    if (mac !== 0) macs.set(mac, `${names.space(netns)}.${name}`)
  }
  const listening = lab.kernel.t.netns.rows().flatMap(({ id }) => listenersOf(env, id).map(({ port }) => port))
  const named = (text.match(/\d+/g) ?? []).map(Number).filter((n) => n < 65536)
  return { macs, ports: new Set([...listening, ...named, ...TUNNEL_PORTS]) }
}
const TUNNEL_PORTS = [4789, 8472]

function outcomesOf(lab: Lab): readonly string[] {
  return lab.script.rows().map(({ entry, session }) => {
    const did = session < 0 ? 'not run' : `exit status ${sessionOutput(lab, session).exit}`
    return `${formatPlace(entry.in)} $ ${entry.run}: ${did}`
  })
}

function probed(lab: Lab, probe: Probe): string {
  const { stdout, exit } = say(lab, probe.from, probe.line)
  return probeLine(probe, stdout, exit)
}

/** What a command prints in the lab, and its exit status. */
export function say(
  lab: Lab,
  place: string,
  line: string,
): { readonly stdout: string; readonly stderr: string; readonly exit: number } {
  const where = parsePlace(place)
  if (!where) throw new Error(`no place ${place}`)
  const started = lab.input('run', place, () => startSession(lab, where, place, line))
  if (!started.ok) throw new Error(`${place}: ${started.error.code}`)
  const limit = lab.now + 120 * SEC
  while (sessionOutput(lab, started.value).exit === null && lab.now < limit) if (!lab.sim.step()) break
  const { stdout, stderr, exit } = sessionOutput(lab, started.value)
  return { stdout, stderr, exit: exit ?? 124 }
}
