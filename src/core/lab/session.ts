import type { ObjectRef } from '../base/ref.ts'
import { type Result, err, ok } from '../base/result.ts'
import { isUnfinished } from '../agents/toolbox/index.ts'
import { sessionText } from '../kernel/process/process.ts'
import { signalSession, startProcess } from '../kernel/process/lifecycle.ts'
import type { Lab } from './lab.ts'
import { type PlaceError, resolvePlace } from './place.ts'
import type { Place } from './spec.ts'

/** A command line that a person or the script runs in a place. The id is the pid of its shell. */
export interface SessionRow {
  readonly id: number
  readonly line: string
  readonly place: string
  /** First trace record of what it set off. */
  readonly story: number
}

export interface SessionOutput {
  readonly stdout: string
  readonly stderr: string
  /** Both, as a terminal shows them. */
  readonly both: string
  /** `null` while it runs. */
  readonly exit: number | null
}

/** Starts `sh -c LINE` in a place, now. Its output and exit status are rows; see `sessionOutput`. */
export function startSession(lab: Lab, place: Place, placeText: string, line: string): Result<number, PlaceError> {
  const spot = resolvePlace(lab, place)
  if (!spot.ok) return spot
  const { world } = lab
  const actor = `you@${placeText}`
  const ref: ObjectRef = placeText
  const story = lab.trace.length
  const started = world.because(world.causeId({ parent: world.cause, actor, verb: 'run', ref: `${ref} ${line}` }), () =>
    startProcess(lab.processes, { ...spot.value, argv: ['sh', '-c', line] }),
  )
  if (!started.ok) return err({ code: 'not-running', ref })
  world.put(lab.sessions, started.value, { id: started.value, line, place: placeText, story })
  return ok(started.value)
}

/** Would a shell ask for another line before it runs this: is a quote, a here-document or a compound command still open? */
export const isUnfinishedLine = (line: string): boolean => isUnfinished(line)

export function sessionOutput(lab: Lab, id: number): SessionOutput {
  const exit = lab.processes.t.process.get(id)?.exit?.code ?? null
  return { ...sessionText(lab.processes, id), exit }
}

/** Ctrl+C: the whole foreground process group. */
export function interruptSession(lab: Lab, id: number): void {
  signalSession(lab.processes, id, 'INT')
}
