import { readFileSync } from 'node:fs'
import type { Lab } from '../core/lab/lab.ts'
import { formatDuration, parseDuration } from '../scenario/values.ts'
import { createLab } from '../worker/engine.ts'
import { openLink } from '../worker/link.ts'
import { type LabDocument, readDocument } from '../worker/document.ts'

/** A lab that does not load, or an argument that makes no sense: printed, exit status 2. */
export class Refusal extends Error {
  override name = 'Refusal'
}

export interface Opened {
  readonly document: LabDocument
  readonly lab: Lab
}

/** Events of a boot that does not come to rest: minutes of computing. */
export const MOST_EVENTS = 1_000_000

const isLink = (source: string): boolean => /^#?lab=/.test(source) || /^https?:\/\/[^#]*#lab=/.test(source)

/** The text of a lab out of a file, standard input (`-`) or a share link. */
async function readSource(source: string): Promise<string> {
  if (isLink(source)) {
    const shared = await openLink(source)
    if (shared.ok) return shared.value.text
    throw new Refusal(`the link cannot be opened: ${shared.error.code}`)
  }
  try {
    return readFileSync(source === '-' ? 0 : source, 'utf8')
  } catch (problem) {
    throw new Refusal(`${source}: ${problem instanceof Error ? problem.message : String(problem)}`)
  }
}

/** Reads a lab and wires it, not booted yet. Warnings go to standard error; errors are a refusal with file:line:column. */
export async function openLab(source: string): Promise<Opened> {
  const document = readDocument(await readSource(source))
  const name = source === '-' ? '<stdin>' : isLink(source) ? '<link>' : source
  const lines = document.diagnostics
    .filter(({ severity }) => severity !== 'info')
    .map(({ severity, range, message }) => `${name}:${range.start.line}:${range.start.column}: ${severity}: ${message}`)
  if (!document.spec) throw new Refusal(lines.join('\n'))
  for (const line of lines) console.error(line)
  return { document, lab: createLab({ ...document, spec: document.spec }) }
}

/** Boots to a moment: `settled` (the script included), or some virtual time after power on. */
export function bootTo(lab: Lab, at: string | null): void {
  if (at === null || at === 'settled') {
    const ended = lab.run({ events: MOST_EVENTS })
    if (ended !== 'settled')
      console.error(`the lab has not come to rest by ${formatDuration(lab.now)} of its time: it is taken as it is`)
    return
  }
  const time = parseDuration(at)
  if (time === null) throw new Refusal(`${at}: not a time; write it like 5s, 1.2s or 300ms`)
  lab.runUntil(time)
}
