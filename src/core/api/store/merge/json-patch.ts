import { equal } from '../../../base/equal.ts'
import { type Result, err, ok } from '../../../base/result.ts'
import { type Json, cloneJson, get, isJson, put } from '../../kinds/json.ts'

/** One operation of a JSON patch. */
interface Operation {
  readonly op: string
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

/**
 * A JSON patch (RFC 6902): add, remove, replace, move, copy and test, all or nothing. The error is `not a list` for what is
 * no patch, `unfit` where an operation does not fit the document. `target` is not changed.
 */
export function jsonPatch(target: unknown, patch: unknown): Result<unknown, 'not a list' | 'unfit'> {
  if (!Array.isArray(patch) || !patch.every(isOperation)) return err('not a list')
  const document = { root: cloneJson(target) }
  for (const operation of patch) if (!perform(document, operation)) return err('unfit')
  return ok(document.root)
}

const isOperation = (step: unknown): step is Operation =>
  isJson(step) && typeof step['op'] === 'string' && typeof step['path'] === 'string'

/** Whether it could be done. */
function perform(document: Json, { op, path, from = '', value }: Operation): boolean {
  const to = pointer(path)
  switch (op) {
    case 'add':
      return add(document, to, cloneJson(value))
    case 'remove':
      return remove(document, to)
    case 'replace':
      return remove(document, to) && add(document, to, cloneJson(value))
    case 'test':
      return equal(lookUp(document, to) ?? null, value ?? null)
    case 'copy':
    case 'move': {
      const source = lookUp(document, pointer(from))
      if (source === undefined) return false
      const copy = cloneJson(source)
      return (op === 'copy' || remove(document, pointer(from))) && add(document, to, copy)
    }
    default:
      return false
  }
}

/** RFC 6901; the document hangs in a field of its own, so that it can be replaced as a whole. */
const pointer = (path: string): readonly string[] =>
  ['root', ...path.split('/').slice(1)].map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

function lookUp(document: Json, path: readonly string[]): unknown {
  let at: unknown = document
  for (const part of path)
    at = Array.isArray(at) ? (at as unknown[])[index(part) ?? -1] : isJson(at) ? get(at, part) : undefined
  return at
}

function add(document: Json, path: readonly string[], value: unknown): boolean {
  const parent = lookUp(document, path.slice(0, -1))
  const last = path.at(-1)!
  if (Array.isArray(parent)) {
    const at = last === '-' ? parent.length : index(last)
    if (at === null || at > parent.length) return false
    parent.splice(at, 0, value)
    return true
  }
  const holder = path.length === 1 ? document : parent
  if (isJson(holder)) put(holder, last, value)
  return isJson(holder)
}

function remove(document: Json, path: readonly string[]): boolean {
  const parent = path.length === 1 ? document : lookUp(document, path.slice(0, -1))
  const last = path.at(-1)!
  if (Array.isArray(parent)) {
    const at = index(last)
    return at !== null && at < parent.length && parent.splice(at, 1).length === 1
  }
  return isJson(parent) && Object.hasOwn(parent, last) && delete parent[last]
}

const index = (part: string): number | null => (/^(0|[1-9]\d*)$/.test(part) ? Number(part) : null)
