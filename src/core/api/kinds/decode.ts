import { type StructName, type TypeNode, structSchema } from '../schema/schema.ts'
import { type Path, pathText } from './field.ts'
import { goStruct, goType } from './go-type.ts'
import { type Json, isJson, put } from './json.ts'
import { QUANTITY_ERROR, parseQuantity } from './quantity.ts'

/** One place where a document does not have the shape of its kind, in the API server's words. */
export interface DecodeProblem {
  readonly path: Path
  readonly message: string
}

export interface Decoded {
  /** What could be read: unknown fields, nulls and wrong values are left out. */
  readonly object: Json
  /** `json: cannot unmarshal …`, in the order of the JSON that kubectl sends (keys sorted). The server reports the first. */
  readonly typeErrors: readonly DecodeProblem[]
  /** `unknown field "spec.foo"`: reported all together, and only where no type is wrong. */
  readonly strictErrors: readonly DecodeProblem[]
}

interface Reading {
  readonly typeErrors: DecodeProblem[]
  readonly strictErrors: DecodeProblem[]
}

/** Where the reader is: the innermost struct and field, as Go's decoder names them in its errors. */
interface Place {
  readonly struct: StructName
  readonly field: string
  /** The struct fields on the way here; map keys and list positions do not show in Go's texts. */
  readonly stack: string
  readonly path: Path
}

/** Decodes plain JSON as the struct, strictly (sigs.k8s.io/json, fieldValidation=Strict). */
export function decodeAs(struct: StructName, raw: Json): Decoded {
  const reading: Reading = { typeErrors: [], strictErrors: [] }
  const object = decodeStruct(struct, raw, { path: [], stack: '' }, reading)
  return { object, ...reading }
}

function decodeStruct(struct: StructName, raw: Json, parent: Pick<Place, 'path' | 'stack'>, reading: Reading): Json {
  const out: Json = {}
  const fields = structSchema(struct)?.fields
  for (const name of Object.keys(raw).sort()) {
    const path = [...parent.path, name]
    const field = fields?.get(name)
    if (!field) reading.strictErrors.push({ path, message: `unknown field ${JSON.stringify(pathText(path))}` })
    else {
      const stack = parent.stack ? `${parent.stack}.${name}` : name
      const value = decodeValue(field.type, raw[name], { struct, field: name, stack, path }, reading)
      if (value !== undefined) put(out, name, value)
    }
  }
  return out
}

function decodeValue(type: TypeNode, raw: unknown, at: Place, reading: Reading): unknown {
  if (raw === null || raw === undefined) return undefined
  switch (type.kind) {
    case 'any':
      return raw
    case 'struct':
      return isJson(raw) ? decodeStruct(type.name, raw, at, reading) : mismatch(type, raw, at, reading)
    case 'list':
      return decodeList(type.item, type, raw, at, reading)
    case 'map':
      return isJson(raw) ? decodeMap(type.value, raw, at, reading) : mismatch(type, raw, at, reading)
    default:
      return decodeScalar(type, raw, at, reading)
  }
}

function decodeList(item: TypeNode, type: TypeNode, raw: unknown, at: Place, reading: Reading): unknown {
  if (!Array.isArray(raw)) return mismatch(type, raw, at, reading)
  const out: unknown[] = []
  raw.forEach((element: unknown, i) => {
    const value = decodeValue(item, element, { ...at, path: [...at.path, i] }, reading)
    if (value !== undefined) out.push(value)
    else if (element === null) out.push(item.kind === 'struct' || item.kind === 'map' ? {} : '')
  })
  return out
}

function decodeMap(type: TypeNode, raw: Json, at: Place, reading: Reading): Json {
  const out: Json = {}
  for (const name of Object.keys(raw).sort()) {
    const value = decodeValue(type, raw[name], { ...at, path: [...at.path, name] }, reading)
    if (value !== undefined) put(out, name, value)
    else if (raw[name] === null && type.kind === 'string') put(out, name, '')
  }
  return out
}

function decodeScalar(type: TypeNode, raw: unknown, at: Place, reading: Reading): unknown {
  const custom = customError(type, raw)
  if (custom) {
    reading.typeErrors.push({ path: at.path, message: custom })
    return undefined
  }
  return fits(type, raw) ? raw : mismatch(type, raw, at, reading)
}

function fits(type: TypeNode, raw: unknown): boolean {
  switch (type.kind) {
    case 'boolean':
      return typeof raw === 'boolean'
    case 'int32':
      return Number.isInteger(raw) && Math.abs(Number(raw)) <= 0x7fffffff
    case 'int64':
      return Number.isInteger(raw)
    case 'double':
      return typeof raw === 'number'
    case 'intOrString':
      return typeof raw === 'string' || (Number.isInteger(raw) && Math.abs(Number(raw)) <= 0x7fffffff)
    case 'quantity':
      return typeof raw === 'string' || typeof raw === 'number'
    default:
      return typeof raw === 'string'
  }
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/
const LAYOUT = '2006-01-02T15:04:05Z07:00'

/** The types with a decoder of their own: Quantity, Time, base64. `null` where it has no complaint. */
function customError(type: TypeNode, raw: unknown): string | null {
  if (type.kind === 'quantity') {
    const readable = typeof raw === 'string' || typeof raw === 'number'
    return readable && parseQuantity(raw) ? null : QUANTITY_ERROR
  }
  if (typeof raw !== 'string') return null
  if (type.kind === 'time' && !RFC3339.test(raw)) {
    return `parsing time ${JSON.stringify(JSON.stringify(raw))} as ${JSON.stringify(JSON.stringify(LAYOUT))}: cannot parse ${JSON.stringify(raw)} as "2006"`
  }
  if (type.kind === 'bytes') {
    const wrong = base64Error(raw)
    return wrong === null ? null : `illegal base64 data at input byte ${wrong}`
  }
  return null
}

/** The offset at which Go's base64.StdEncoding stops, or `null`. */
function base64Error(text: string): number | null {
  const clean = text.replace(/[\r\n]/g, '')
  const stray = clean.search(/[^A-Za-z0-9+/=]/)
  if (stray >= 0) return stray
  if (clean.length % 4 !== 0) return clean.length - (clean.length % 4)
  const padding = clean.search(/=(?!=?$)/)
  return padding >= 0 ? padding : null
}

function mismatch(type: TypeNode, raw: unknown, at: Place, reading: Reading): undefined {
  reading.typeErrors.push({
    path: at.path,
    message: `json: cannot unmarshal ${jsonKind(raw, type)} into Go struct field ${goStruct(at.struct)}.${at.stack} of type ${goType(type, at.struct, at.field)}`,
  })
  return undefined
}

function jsonKind(raw: unknown, type: TypeNode): string {
  if (Array.isArray(raw)) return 'array'
  if (typeof raw === 'object') return 'object'
  if (typeof raw === 'boolean') return 'bool'
  if (typeof raw !== 'number') return 'string'
  const integer = type.kind === 'int32' || type.kind === 'int64' || type.kind === 'intOrString'
  return integer ? `number ${String(raw)}` : 'number'
}
