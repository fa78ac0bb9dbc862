import { type Json, get, isJson, put } from '../../kinds/json.ts'
import { elementOrder, identity } from './element-order.ts'
import { mergeKey, mergesAsSet } from './list-keys.ts'

/**
 * Three-way apply, as `kubectl apply` and server-side apply do it for one manager: `desired` is laid over `live`, and what
 * `last` (the same manager's previous request) had and `desired` no longer has is removed. Lists of objects merge by key.
 * None of the arguments is changed.
 */
export function applyThreeWay(last: unknown, desired: unknown, live: unknown): unknown {
  if (!isJson(desired)) return desired
  const before: Json = isJson(last) ? last : {}
  const result: Json = {}
  if (isJson(live)) {
    for (const key of Object.keys(live)) {
      const dropped = Object.hasOwn(before, key) && !Object.hasOwn(desired, key)
      if (!dropped && get(desired, key) !== null) put(result, key, live[key])
    }
  }
  for (const key of Object.keys(desired)) {
    const value = desired[key]
    if (value === null || value === undefined) continue
    const now = get(result, key)
    put(
      result,
      key,
      Array.isArray(value) ? applyList(key, get(before, key), value, now) : applyThreeWay(get(before, key), value, now),
    )
  }
  return result
}

function applyList(field: string, last: unknown, desired: readonly unknown[], live: unknown): unknown {
  const now: readonly unknown[] = Array.isArray(live) ? live : []
  const before: readonly unknown[] = Array.isArray(last) ? last : []
  if (mergesAsSet(field)) return [...new Set([...now.filter((item) => !before.includes(item)), ...desired])]
  const key = mergeKey(field, [...desired, ...now])
  if (key === null) return desired
  const find = (list: readonly unknown[], item: unknown): unknown =>
    isJson(item) ? list.find((other) => isJson(other) && get(other, key) === get(item, key)) : undefined
  const merged = desired.map((item) => applyThreeWay(find(before, item), item, find(now, item)))
  const foreign = now.filter((item) => find(desired, item) === undefined && find(before, item) === undefined)
  return elementOrder([...merged, ...foreign], desired, now, identity(key))
}
