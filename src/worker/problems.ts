import { splitRef } from '../core/base/ref.ts'
import type { PlaceError } from '../core/lab/place.ts'

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
