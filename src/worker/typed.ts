import type { Lab } from '../core/lab/lab.ts'
import { appendScript } from '../scenario/edit.ts'
import { parsePlace } from '../scenario/place.ts'

/**
 * The text of a lab with what was typed in its terminals written down as script entries, so that a link shows the same story: a
 * command is part of what influences the simulation, and all of that belongs in the text.
 */
export function withTyped(lab: Lab, text: string): string {
  const scripted = new Set(lab.script.rows().map((row) => row.session))
  let written = text
  for (const { id, line, place } of lab.sessions.rows()) {
    const where = parsePlace(place)
    const started = lab.processes.t.process.get(id)?.started
    if (scripted.has(id) || !where || started === undefined) continue
    written = appendScript(written, { at: started, in: where, run: line }) ?? written
  }
  return written
}
