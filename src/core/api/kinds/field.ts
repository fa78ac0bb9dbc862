import { goJson } from './json.ts'

/** Steps into an object: field names, map keys and list positions. */
export type Path = readonly (string | number)[]

/** A place in an object, with the API server's way of writing it: `spec.ports[0].port`, `metadata.annotations[a/b]`. */
export interface Field {
  readonly path: Path
  readonly text: string
}

export const ROOT: Field = { path: [], text: '' }

export const child = (at: Field, ...names: readonly string[]): Field =>
  names.reduce((f, name) => ({ path: [...f.path, name], text: f.text ? `${f.text}.${name}` : name }), at)
export const index = (at: Field, i: number): Field => ({ path: [...at.path, i], text: `${at.text}[${i}]` })
/** A key of a map, written in brackets. */
export const key = (at: Field, name: string): Field => ({ path: [...at.path, name], text: `${at.text}[${name}]` })

/** A path as the API server writes it; every string step counts as a field name. */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${step}` : step),
    '',
  )

/** The error types of k8s.io/apimachinery/pkg/util/validation/field, in the words of their messages. */
export type CauseType =
  | 'Required value'
  | 'Invalid value'
  | 'Unsupported value'
  | 'Duplicate value'
  | 'Not found'
  | 'Forbidden'
  | 'Too long'
  | 'Too many'

/** One thing that is wrong with one field. `message` is what follows the field's name. */
export interface FieldCause {
  readonly field: string
  readonly path: Path
  readonly type: CauseType
  readonly value?: unknown
  readonly detail: string
  readonly message: string
}

/** `%q` of Go for text, JSON for structs and maps, plain for numbers and booleans. */
const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : goJson(value))

function cause(at: Field, type: CauseType, detail: string, value: { readonly of: unknown } | null): FieldCause {
  const body = value ? `${type}: ${shown(value.of)}` : type
  return {
    field: at.text,
    path: at.path,
    type,
    value: value?.of,
    detail,
    message: detail ? `${body}: ${detail}` : body,
  }
}

export const required = (at: Field, detail = ''): FieldCause => cause(at, 'Required value', detail, null)
export const forbidden = (at: Field, detail: string): FieldCause => cause(at, 'Forbidden', detail, null)
export const invalid = (at: Field, value: unknown, detail: string): FieldCause =>
  cause(at, 'Invalid value', detail, { of: value })
export const duplicate = (at: Field, value: unknown): FieldCause => cause(at, 'Duplicate value', '', { of: value })
export const notFound = (at: Field, value: unknown): FieldCause => cause(at, 'Not found', '', { of: value })
export const tooLong = (at: Field, bytes: number): FieldCause =>
  cause(at, 'Too long', `may not be more than ${bytes} bytes`, null)
export const notSupported = (at: Field, value: unknown, allowed: readonly string[]): FieldCause =>
  cause(at, 'Unsupported value', `supported values: ${allowed.map((v) => JSON.stringify(v)).join(', ')}`, { of: value })

/** One `Invalid value` per complaint of a text check (names.ts). */
export const complain = (at: Field, value: unknown, details: readonly string[]): FieldCause[] =>
  details.map((detail) => invalid(at, value, detail))

/** `must be between 1 and 65535, inclusive`. */
export const inRange = (at: Field, value: number, low: number, high: number): FieldCause[] =>
  value >= low && value <= high ? [] : [invalid(at, value, `must be between ${low} and ${high}, inclusive`)]

export const nonNegative = (at: Field, value: number | undefined): FieldCause[] =>
  (value ?? 0) < 0 ? [invalid(at, value, 'must be greater than or equal to 0')] : []

export const IMMUTABLE = 'field is immutable'

/** Puts lists behind a list. Not `push(...)`: a hostile document has more elements than a call may have arguments. */
export function append<T>(list: T[], ...more: readonly (readonly T[])[]): void {
  for (const items of more) for (const item of items) list.push(item)
}
