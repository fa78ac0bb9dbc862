import { readFileSync } from 'node:fs'
import { spaceNames } from '../../src/core/explain/export/names.ts'
import type { Lab } from '../../src/core/lab/lab.ts'
import { sessionOutput, startSession } from '../../src/core/lab/session.ts'
import { SEC } from '../../src/core/base/time.ts'
import { parsePlace } from '../../src/scenario/place.ts'
import { labCommands } from '../../src/worker/commands.ts'
import { readDocument } from '../../src/worker/document.ts'
import { createLab, forkAt } from '../../src/worker/engine.ts'
import { exportLab, exportScript, restCursor } from '../../src/worker/export.ts'
import { explainEnv } from '../../src/worker/views.ts'

export interface Scene {
  readonly lab: Lab
  readonly files: ReadonlyMap<string, string>
  /** Name of the real namespace by the lab's label of it: `pod/default/client` → `default.client`. */
  readonly spaces: ReadonlyMap<string, string>
  /** Exit statuses of the lab's script. */
  readonly exits: readonly number[]
}

/** A bundled lab at rest, before its script, and what it is exported as. */
export const bundled = (file: string): Scene =>
  exported(readFileSync(new URL(`../../public/labs/${file}`, import.meta.url), 'utf8'))

/** A lab at rest before its script; or, if something is `typed` there, after both. `single`: as one file. */
export function exported(
  text: string,
  options: { readonly typed?: readonly (readonly [string, string])[]; readonly single?: boolean } = {},
): Scene {
  const document = readDocument(text)
  if (!document.spec) throw new Error(document.diagnostics.map(({ message }) => message).join('\n'))
  const lab = createLab({ ...document, spec: document.spec })
  lab.run()
  for (const [place, line] of options.typed ?? []) {
    const { exit, stderr } = say(lab, place, line)
    if (exit !== 0) throw new Error(`${line}: ${stderr}`)
  }
  const exits = lab.script.rows().map(({ session }) => sessionOutput(lab, session).exit ?? -1)
  const cursor = options.typed ? lab.trace.length - 1 : restCursor(lab)
  const { name, text: script } = exportScript({ lab, document }, cursor)
  const files = options.single ? new Map([[name, script]]) : exportLab({ lab, document }, cursor)
  const names = spaceNames(explainEnv(lab))
  const spaces = new Map(lab.kernel.t.netns.rows().map((row) => [row.label, names.space(row.id)]))
  if (!options.typed) forkAt(lab, cursor - 1)
  return { lab, files, spaces, exits }
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

/** What a tool of the machine prints in a namespace, whether the image of its pod has that tool or not. */
export function tool(lab: Lab, label: string, line: string): string {
  const row = lab.kernel.t.netns.rows().find((each) => each.label === label)!
  const place = { pid: 0, host: row.host, netns: row.id, hostname: row.host, fs: row.host, stdin: '' }
  return labCommands(lab).run(place, line.split(' '))?.stdout ?? ''
}
