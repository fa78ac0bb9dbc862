import { KINDS, findKind } from '../core/api/kinds/registry.ts'
import { type FieldSchema, type StructName, type TypeNode, structSchema } from '../core/api/schema/schema.ts'
import { type Cursor, cursorAt } from './cursor.ts'
import { pathAt } from './locate.ts'
import { type ManifestDocument, parseManifest } from './parse.ts'
import { type TextRange, linesOf } from './positions.ts'

/** One sentence per struct and field: core/api/schema/descriptions.generated.ts, which the editor imports lazily. */
export type Descriptions = Readonly<Record<StructName, Readonly<Record<string, string>>>>

/** The shapes that completion and hover know. `kubernetesShapes` is the API's; the lab's own document may bring others. */
export interface Shapes {
  root(apiVersion: string, kind: string): TypeNode | undefined
  fields(struct: StructName): ReadonlyMap<string, FieldSchema> | undefined
}

export const kubernetesShapes: Shapes = {
  root(apiVersion, kind) {
    const info = findKind(apiVersion, kind)
    return info && { kind: 'struct', name: info.schema }
  },
  fields: (struct) => structSchema(struct)?.fields,
}

export interface EditorOptions {
  readonly descriptions?: Descriptions
  readonly shapes?: Shapes
}

export interface Completion {
  readonly label: string
  readonly kind: 'field' | 'value' | 'kind'
  /** Further lines are indented in full: the editor must keep the whitespace as it is. */
  readonly insertText: string
  /** The field's type: `[]ContainerPort`, `string`. */
  readonly detail: string
  readonly documentation: string | undefined
  readonly required: boolean
  /** Required fields first, then by name. */
  readonly sortText: string
}

export interface Completions {
  readonly range: TextRange
  readonly items: readonly Completion[]
}

/** What may be written at an offset: the fields of the struct there, or the values of the field. */
export function completionsAt(text: string, offset: number, options: EditorOptions = {}): Completions | null {
  const cursor = cursorAt(text, offset)
  if (!cursor) return null
  const shapes = options.shapes ?? kubernetesShapes
  const items = cursor.mode === 'key' ? keyItems(cursor, shapes, options.descriptions) : valueItems(cursor, shapes)
  return items.length === 0 ? null : { range: linesOf(text).range(cursor.start, cursor.end), items }
}

function typeOf(shapes: Shapes, cursor: Pick<Cursor, 'apiVersion' | 'kind' | 'path'>): TypeNode | undefined {
  let type = shapes.root(cursor.apiVersion, cursor.kind)
  for (const step of cursor.path) type = type && childOf(shapes, type, step)
  return type
}

function childOf(shapes: Shapes, type: TypeNode, step: string | number): TypeNode | undefined {
  if (type.kind === 'struct') return shapes.fields(type.name)?.get(String(step))?.type
  if (type.kind === 'list') return type.item
  return type.kind === 'map' ? type.value : undefined
}

const START: readonly FieldSchema[] = [
  { name: 'apiVersion', type: { kind: 'string' }, required: true },
  { name: 'kind', type: { kind: 'string' }, required: true },
  { name: 'metadata', type: { kind: 'struct', name: 'ObjectMeta' }, required: true },
]

function keyItems(cursor: Cursor, shapes: Shapes, descriptions: Descriptions | undefined): Completion[] {
  const type = typeOf(shapes, cursor)
  if (!type && cursor.path.length === 0)
    return START.filter((f) => !cursor.siblings.has(f.name)).map((f) => fieldItem(f, cursor, '', undefined))
  // A list whose first dash is still missing: its items' fields, dash included.
  const dash = type?.kind === 'list' && !cursor.flow ? '- ' : ''
  const struct = type?.kind === 'list' ? type.item : type
  if (struct?.kind === 'enum' && dash) return struct.values.map((value) => valueItem(`${dash}${value}`, value))
  if (struct?.kind !== 'struct') return []
  const docs = descriptions?.[struct.name]
  return [...(shapes.fields(struct.name)?.values() ?? [])]
    .filter((field) => dash !== '' || !cursor.siblings.has(field.name))
    .map((field) => fieldItem(field, cursor, dash, docs?.[field.name]))
    .sort((a, b) => (a.sortText < b.sortText ? -1 : 1))
}

function fieldItem(field: FieldSchema, cursor: Cursor, dash: string, documentation: string | undefined): Completion {
  return {
    label: field.name,
    kind: 'field',
    insertText: dash + field.name + (cursor.flow ? ': ' : opening(field.type, cursor.column + dash.length)),
    detail: typeText(field.type),
    documentation,
    required: field.required,
    sortText: `${field.required ? 0 : 1}${field.name}`,
  }
}

/** What follows a key: its value on the same line, or the first line of a block. */
function opening(type: TypeNode, column: number): string {
  const pad = ' '.repeat(column)
  if (type.kind === 'struct' || type.kind === 'map') return `:\n${pad}  `
  return type.kind === 'list' ? `:\n${pad}- ` : ': '
}

function valueItems(cursor: Cursor, shapes: Shapes): Completion[] {
  const [first, ...rest] = cursor.path
  if (rest.length === 0 && first === 'kind')
    return kinds(cursor.apiVersion).map((kind) => ({ ...valueItem(kind, kind), kind: 'kind' as const }))
  if (rest.length === 0 && first === 'apiVersion')
    return [...new Set(KINDS.map((info) => info.apiVersion))].sort().map((v) => valueItem(v, v))
  const type = typeOf(shapes, cursor)
  const values = type?.kind === 'enum' ? type.values : type?.kind === 'boolean' ? ['true', 'false'] : []
  return values.map((value) => valueItem(value, value))
}

const kinds = (apiVersion: string): string[] => {
  const there = KINDS.filter((info) => info.apiVersion === apiVersion)
  return (there.length > 0 ? there : KINDS).map((info) => info.kind).sort()
}

const valueItem = (insertText: string, label: string): Completion => ({
  label,
  kind: 'value',
  insertText,
  detail: '',
  documentation: undefined,
  required: false,
  sortText: label,
})

/** A type as the API reference writes it. */
export function typeText(type: TypeNode): string {
  switch (type.kind) {
    case 'enum':
      return type.values.join(' | ')
    case 'struct':
      return type.name.slice(type.name.lastIndexOf('.') + 1)
    case 'list':
      return `[]${typeText(type.item)}`
    case 'map':
      return `map[string]${typeText(type.value)}`
    case 'intOrString':
      return 'int or string'
    default:
      return type.kind
  }
}

export interface Hover {
  readonly range: TextRange
  /** `spec.ports[0].targetPort`. */
  readonly path: ManifestPath
  readonly type: string
  readonly required: boolean
  readonly documentation: string | undefined
}

type ManifestPath = readonly (string | number)[]

/** What the field under an offset is. `null` where there is none that the shapes know. */
export function hoverAt(text: string, offset: number, options: EditorOptions = {}): Hover | null {
  const document = documentAt(parseManifest(text).documents, offset)
  const place = document && pathAt(document, offset)
  if (!document || !place) return null
  const shapes = options.shapes ?? kubernetesShapes
  const field = place.path.findLastIndex((step) => typeof step === 'string')
  const path = place.path.slice(0, field + 1)
  const owner = typeOf(shapes, { apiVersion: document.apiVersion, kind: document.kind, path: path.slice(0, -1) })
  const name = String(path[path.length - 1])
  const schema = owner?.kind === 'struct' ? shapes.fields(owner.name)?.get(name) : undefined
  if (!schema || owner?.kind !== 'struct') return null
  return {
    range: place.range,
    path: place.path,
    type: typeText(schema.type),
    required: schema.required,
    documentation: options.descriptions?.[owner.name]?.[name],
  }
}

/** The object whose text an offset is in. */
export function documentAt(documents: readonly ManifestDocument[], offset: number): ManifestDocument | null {
  const around = documents.filter(({ range }) => range.start.offset <= offset && offset <= range.end.offset)
  return around.find((document) => document.item === null || pathAt(document, offset) !== null) ?? around[0] ?? null
}
