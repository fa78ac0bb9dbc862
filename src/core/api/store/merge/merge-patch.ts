import { type Json, isJson, put } from '../../kinds/json.ts'

/** JSON Merge Patch (RFC 7396): objects merge, null removes, everything else replaces. Neither argument is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return patch
  const result: Json = {}
  const base: Json = isJson(target) ? target : {}
  for (const key of Object.keys(base)) if (patch[key] !== null) put(result, key, base[key])
  for (const key of Object.keys(patch)) {
    const value = patch[key]
    if (value === null || value === undefined) continue
    put(result, key, mergePatch(Object.hasOwn(base, key) ? base[key] : undefined, value))
  }
  return result
}
