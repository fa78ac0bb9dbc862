import { type Json, cloneJson, ensureObject, goJson, isJson, objectIn, put } from './json.ts'
import type { ApiObject } from './types.ts'

/** Where `kubectl apply` keeps what it sent last. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** The annotation's text for an object that is about to be applied (kubectl pkg/util/apply.go GetModifiedConfiguration). */
export function lastAppliedText(desired: ApiObject): string {
  const copy: Json = cloneJson(desired)
  delete ensureObject(ensureObject(copy, 'metadata'), 'annotations')[LAST_APPLIED]
  return `${goJson(copy)}\n`
}

/** The object with the annotation that `kubectl apply` adds: what goes over the wire, and into the store. */
export function withLastApplied(desired: ApiObject): ApiObject {
  const copy = cloneJson(desired)
  put(ensureObject(ensureObject(copy, 'metadata'), 'annotations'), LAST_APPLIED, lastAppliedText(desired))
  return copy
}

/** What was applied last, read back out of a live object; `undefined` where it never was, or the text is damaged. */
export function lastApplied(live: ApiObject): ApiObject | undefined {
  const text = objectIn(objectIn(live, 'metadata'), 'annotations')?.[LAST_APPLIED]
  if (typeof text !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isJson(value) ? (value as ApiObject & Json) : undefined
  } catch {
    return undefined
  }
}
