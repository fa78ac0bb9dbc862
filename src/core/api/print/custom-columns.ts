import { type Result, err, ok } from '../../base/result.ts'
import { goJson } from '../kinds/json.ts'
import type { ApiObject } from '../kinds/types.ts'
import type { JsonPathError } from './jsonpath-parse.ts'
import { findAll } from './jsonpath.ts'
import { alignColumns } from './table.ts'

/** `-o custom-columns=NAME:.metadata.name,IP:.status.podIP` (kubectl pkg/cmd/get/customcolumn.go). */
export function printCustomColumns(
  spec: string,
  objects: readonly ApiObject[],
  noHeaders = false,
): Result<string, JsonPathError> {
  if (spec === '') return err({ message: 'custom-columns format specified but no custom columns given' })
  const columns: { readonly header: string; readonly path: string }[] = []
  for (const part of spec.split(/,(?![^[\]]*\])/)) {
    const colon = part.indexOf(':')
    if (colon < 0)
      return err({ message: `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>` })
    columns.push({ header: part.slice(0, colon), path: relaxed(part.slice(colon + 1)) })
  }
  const lines: string[][] = noHeaders ? [] : [columns.map((column) => column.header)]
  for (const object of objects) {
    const cells: string[] = []
    for (const column of columns) {
      const found = findAll(column.path, object)
      if (!found.ok) return found
      cells.push(found.value.length === 0 ? '<none>' : found.value.map(cell).join(','))
    }
    lines.push(cells)
  }
  return ok(alignColumns(lines))
}

/** kubectl accepts `metadata.name`, `.metadata.name` and `{.metadata.name}`. */
function relaxed(path: string): string {
  const bare = path.replace(/^\{(.*)\}$/, '$1')
  return bare.startsWith('.') || bare.startsWith('[') ? bare : `.${bare}`
}

/** Go's `%v`: texts and numbers plain; lists and maps are shown as JSON here. */
const cell = (value: unknown): string => (value === null ? '<nil>' : typeof value === 'string' ? value : goJson(value))
