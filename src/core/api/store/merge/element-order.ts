import { get, isJson } from '../../kinds/json.ts'

/**
 * A merged list in the order that the API server gives it (strategicpatch normalizeElementOrder): what the request names
 * stands in the request's order; what only the server has keeps its order, and stands before an element of the request
 * only if it stood before it on the server. New elements therefore come first.
 */
export function elementOrder<T>(
  merged: readonly T[],
  requested: readonly unknown[],
  before: readonly unknown[],
  id: (item: unknown) => unknown,
): T[] {
  const requestRank = new Map(requested.map((item, i) => [id(item), i]))
  const serverRank = new Map(before.map((item, i) => [id(item), i]))
  const named = merged.filter((item) => requestRank.has(id(item)))
  named.sort((a, b) => requestRank.get(id(a))! - requestRank.get(id(b))!)
  const others = merged.filter((item) => !requestRank.has(id(item)))
  const result: T[] = []
  for (const item of named) {
    const rank = serverRank.get(id(item)) ?? -1
    while (others.length > 0 && (serverRank.get(id(others[0])) ?? rank) < rank) result.push(others.shift()!)
    result.push(item)
  }
  return [...result, ...others]
}

/** What tells the elements of a list apart: the field `key` of objects, else the value. */
export const identity =
  (key: string | null) =>
  (item: unknown): unknown =>
    key !== null && isJson(item) ? get(item, key) : item
