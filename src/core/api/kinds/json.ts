/** Plain JSON in motion: objects that are being decoded, defaulted or merged, before they become typed API objects. */
export type Json = { [key: string]: unknown }

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Sets a key that may have any name: `__proto__` becomes an ordinary property. */
export function put(object: Json, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  else object[key] = value
}

/** An own property, so that `constructor` and its like are absent unless somebody wrote them. */
export const get = (object: Json, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined)

/** The object, or the list of objects, in a field; `undefined` or empty where the field has another shape or is absent. */
export function objectIn(object: Json | undefined, key: string): Json | undefined {
  const value = object && get(object, key)
  return isJson(value) ? value : undefined
}

export function objectsIn(object: Json | undefined, key: string): Json[] {
  const value = object && get(object, key)
  return Array.isArray(value) ? value.filter(isJson) : []
}

/** The text in a field; `''` where it has another type or is absent. */
export function textIn(object: Json | undefined, key: string): string {
  const value = object && get(object, key)
  return typeof value === 'string' ? value : ''
}

/** Sets a field that is absent, null or the zero value `''`: what the API server's defaulting treats as not given. */
export function setDefault(object: Json, key: string, value: unknown): void {
  const current = get(object, key)
  if (current === undefined || current === null || current === '') put(object, key, value)
}

/** The object in a field, made where it is absent. */
export function ensureObject(object: Json, key: string): Json {
  const known = objectIn(object, key)
  if (known) return known
  const made: Json = {}
  put(object, key, made)
  return made
}

/** A deep copy of plain JSON. */
export function cloneJson<T>(value: T): T
export function cloneJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => cloneJson(item))
  if (!isJson(value)) return value
  const copy: Json = {}
  for (const key of Object.keys(value)) put(copy, key, cloneJson(value[key]))
  return copy
}

/** JSON as Go's encoding/json writes a map: sorted keys, `<`, `>` and `&` escaped, absent fields left out. */
export function goJson(value: unknown): string {
  if (value === undefined || value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`
  if (!isJson(value)) return escapeHtml(JSON.stringify(value))
  const keys = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
  return `{${keys.map((key) => `${escapeHtml(JSON.stringify(key))}:${goJson(value[key])}`).join(',')}}`
}

const escapeHtml = (text: string): string =>
  text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
