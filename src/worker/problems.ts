import { splitRef } from '../core/base/ref.ts'
import type { Lab } from '../core/lab/lab.ts'
import type { PlaceError } from '../core/lab/place.ts'
import { locateInText } from '../scenario/locate.ts'
import type { Diagnostic, TextRange } from './protocol.ts'

/** What of the lab's script could not be run, one line each. */
export const scriptProblems = (lab: Lab): readonly string[] =>
  lab.script.rows().flatMap(({ entry, problem }) => {
    return problem ? [`spec.script: ${entry.run} in ${lab.placeText(entry.in)}: ${placeProblem(problem)}`] : []
  })

/** The same at their places in the lab's text. */
export const scriptDiagnostics = (lab: Lab, text: string): readonly Diagnostic[] =>
  lab.script.rows().flatMap(({ index, problem }) => {
    const range = problem && (locateInText(text, ['spec', 'script', index, 'in']) ?? START)
    return range ? [{ severity: 'warning', code: 'text', message: placeProblem(problem), range }] : []
  })

const START: TextRange = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } }

/** Why a command cannot run in a place, in kubectl's words where it has some. */
export function placeProblem(error: PlaceError): string {
  switch (error.code) {
    case 'no-machine':
      return `${error.name}: no such machine`
    case 'no-pod':
      return `Error from server (NotFound): pods "${splitRef(error.ref).name}" not found`
    case 'no-container':
      return `Error from server (BadRequest): container ${error.container} is not valid for pod ${splitRef(error.ref).name}`
    case 'not-running':
      return `error: cannot exec in ${splitRef(error.ref).name}: its container is not running`
  }
}
