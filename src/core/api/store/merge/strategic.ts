import { type Json, get, isJson, put } from '../../kinds/json.ts'
import { elementOrder, identity } from './element-order.ts'
import { mergeKey, mergesAsSet } from './list-keys.ts'

const DIRECTIVES = ['$patch', '$retainKeys']
const isDirective = (key: string): boolean =>
  DIRECTIVES.includes(key) || key.startsWith('$setElementOrder/') || key.startsWith('$deleteFromPrimitiveList/')

/**
 * Strategic merge patch (k8s.io/apimachinery/pkg/util/strategicpatch): as a merge patch, but lists of objects merge by key.
 * Understood: `$patch: delete|replace|merge`, `$retainKeys`, `$deleteFromPrimitiveList/<field>`; `$setElementOrder` is
 * read for the order of a merged list. Neither argument is changed.
 */
export function strategicMerge(target: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return patch
  if (get(patch, '$patch') === 'replace') return withoutDirectives(patch)
  if (get(patch, '$patch') === 'delete') return {}
  const base: Json = isJson(target) ? target : {}
  const result: Json = {}
  for (const key of Object.keys(base)) if (keeps(patch, key)) put(result, key, base[key])
  for (const key of Object.keys(patch)) {
    if (isDirective(key)) continue
    const value = patch[key]
    if (value === null || value === undefined) continue
    const old = Object.hasOwn(base, key) ? base[key] : undefined
    put(result, key, Array.isArray(value) ? mergeLists(key, old, value) : strategicMerge(old, value))
  }
  for (const key of Object.keys(patch)) applyListDirective(base, result, key, patch[key])
  return result
}

function keeps(patch: Json, key: string): boolean {
  if (get(patch, key) === null) return false
  const retained = get(patch, '$retainKeys')
  return !Array.isArray(retained) || retained.includes(key)
}

function withoutDirectives(patch: Json): Json {
  const result: Json = {}
  for (const key of Object.keys(patch)) if (!isDirective(key)) put(result, key, patch[key])
  return result
}

function applyListDirective(base: Json, result: Json, key: string, value: unknown): void {
  const [directive, field] = key.split('/')
  if (!field || !Array.isArray(value)) return
  const list = get(result, field)
  if (!Array.isArray(list)) return
  if (directive === '$deleteFromPrimitiveList')
    put(
      result,
      field,
      list.filter((item) => !value.includes(item)),
    )
  if (directive === '$setElementOrder') {
    const before = get(base, field)
    const id = identity(mergeKey(field, [...list, ...value]))
    put(result, field, elementOrder(list, value, Array.isArray(before) ? before : [], id))
  }
}

function mergeLists(field: string, old: unknown, patch: readonly unknown[]): unknown[] {
  const before: readonly unknown[] = Array.isArray(old) ? old : []
  if (mergesAsSet(field)) return elementOrder([...new Set([...before, ...patch])], patch, before, identity(null))
  const key = mergeKey(field, [...before, ...patch])
  if (key === null) return patch.filter((item) => !isJson(item) || get(item, '$patch') !== 'replace')
  if (patch.some((item) => isJson(item) && get(item, '$patch') === 'replace')) {
    return patch.filter((item) => !isJson(item) || get(item, '$patch') === undefined)
  }
  const result = [...before]
  for (const item of patch) mergeElement(result, key, item)
  return elementOrder(result, patch, before, identity(key))
}

function mergeElement(result: unknown[], key: string, item: unknown): void {
  const at = isJson(item) ? result.findIndex((other) => isJson(other) && get(other, key) === get(item, key)) : -1
  const gone = isJson(item) && get(item, '$patch') === 'delete'
  if (gone && at >= 0) result.splice(at, 1)
  else if (!gone && at >= 0) result[at] = strategicMerge(result[at], item)
  else if (!gone) result.push(isJson(item) ? withoutDirectives(item) : item)
}
