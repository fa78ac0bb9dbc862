import { DEFINITIONS } from './definitions.generated.ts'

/**
 * The published shapes of the API's structs, in a compact notation that src/cli/schema/generate.ts writes out of npm packages.
 *
 * A struct is a record of field name → type text; a name that ends in `!` is required. Type texts:
 * `s` string, `b` boolean, `i` int32, `l` int64, `d` double, `q` Quantity, `x` IntOrString, `t` Time, `u` MicroTime,
 * `y` base64 bytes, `*` anything, `=A|B` one of these strings, `@Name` another struct, `[T` list of T, `{T` map of string to T.
 */
export type StructName = string

export type TypeNode =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'struct'; readonly name: StructName }
  | { readonly kind: 'list'; readonly item: TypeNode }
  | { readonly kind: 'map'; readonly value: TypeNode }

export type ScalarKind =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'double'
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'microTime'
  | 'bytes'
  | 'any'

export interface FieldSchema {
  readonly name: string
  readonly type: TypeNode
  /** As the OpenAPI has it; the decoder does not ask for it, validation and completion do. */
  readonly required: boolean
}

/** The fields of a struct in the order of their names. */
export interface StructSchema {
  readonly name: StructName
  readonly fields: ReadonlyMap<string, FieldSchema>
}

const SCALARS: Readonly<Record<string, ScalarKind>> = {
  s: 'string',
  b: 'boolean',
  i: 'int32',
  l: 'int64',
  d: 'double',
  q: 'quantity',
  x: 'intOrString',
  t: 'time',
  u: 'microTime',
  y: 'bytes',
  '*': 'any',
}

/** Reads one type text. Only the generator writes them, therefore an unknown one counts as "anything". */
export function parseType(text: string): TypeNode {
  const rest = text.slice(1)
  switch (text[0]) {
    case '=':
      return { kind: 'enum', values: rest.split('|') }
    case '@':
      return { kind: 'struct', name: rest }
    case '[':
      return { kind: 'list', item: parseType(rest) }
    case '{':
      return { kind: 'map', value: parseType(rest) }
    default:
      return { kind: SCALARS[text] ?? 'any' }
  }
}

/** Parsed structs: a cache of constant data, no state of the simulation. */
const parsed = new Map<StructName, StructSchema>()

/** The struct of that name, or `undefined` where the API does not have it. */
export function structSchema(name: StructName): StructSchema | undefined {
  const known = parsed.get(name)
  if (known) return known
  if (!Object.hasOwn(DEFINITIONS, name)) return undefined
  const fields = new Map<string, FieldSchema>()
  for (const [key, text] of Object.entries(DEFINITIONS[name]!)) {
    const required = key.endsWith('!')
    const field = required ? key.slice(0, -1) : key
    fields.set(field, { name: field, type: parseType(text), required })
  }
  const struct = { name, fields }
  parsed.set(name, struct)
  return struct
}

/** The type at `path` below a struct, following lists (numbers) and maps (any key). `undefined` where there is no such field. */
export function typeAt(root: StructName, path: readonly (string | number)[]): TypeNode | undefined {
  let type: TypeNode | undefined = { kind: 'struct', name: root }
  for (const step of path) {
    type = childType(type, step)
    if (!type) return undefined
  }
  return type
}

export function childType(type: TypeNode, step: string | number): TypeNode | undefined {
  if (type.kind === 'struct') return structSchema(type.name)?.fields.get(String(step))?.type
  if (type.kind === 'list') return type.item
  if (type.kind === 'map') return type.value
  return undefined
}
