import type { SimTime } from '../base/time.ts'
import { type EventKind, eventKind } from '../sim/sim.ts'
import type { Lab } from './lab.ts'
import type { PlaceError } from './place.ts'
import { sessionOutput, startSession } from './session.ts'
import type { ScriptEntry } from './spec.ts'

/** An entry of the script, and how far it has come. */
export interface ScriptRow {
  readonly index: number
  readonly entry: ScriptEntry
  /** 0 until it has started; -1 when its place could not be found. */
  readonly session: number
  /** Why it could not start: its place was not there, or nothing ran in it. */
  readonly problem: PlaceError | null
  /** Trace record at which it started. */
  readonly story: number
}

/** An entry with a time is due. */
export const SCRIPT_DUE: EventKind<{ readonly index: number }> = eventKind('lab.script')

/** Adds an entry at the end of the script. One with a time is put on the agenda; a time that has passed means now. */
export function addEntry(lab: Lab, entry: ScriptEntry): void {
  const index = lab.script.size
  lab.world.put(lab.script, index, { index, entry, session: 0, problem: null, story: 0 })
  if (entry.at !== 'settled') lab.sim.after(Math.max(0, entry.at - lab.sim.now), SCRIPT_DUE, { index }, true)
}

/** The next entry `at: settled`, if the one before it has finished. */
export function nextSettledEntry(lab: Lab): number | undefined {
  for (const row of lab.script.rows()) {
    if (row.entry.at !== 'settled') continue
    if (row.session === 0) return row.index
    if (row.session > 0 && sessionOutput(lab, row.session).exit === null) return undefined
  }
  return undefined
}

/** Time of the last timed entry that has not started, 0 without one: a run waits for it. */
export function lastDue(lab: Lab): SimTime {
  let last = 0
  for (const { entry, session } of lab.script.rows()) {
    if (session === 0 && entry.at !== 'settled') last = Math.max(last, entry.at)
  }
  return last
}

/** Runs one entry now. */
export function startEntry(lab: Lab, index: number): void {
  const row = lab.script.get(index)!
  const story = lab.trace.length
  const started = startSession(lab, row.entry.in, lab.placeText(row.entry.in), row.entry.run)
  const outcome = started.ok ? { session: started.value } : { session: -1, problem: started.error }
  lab.world.put(lab.script, index, { ...row, ...outcome, story })
}
