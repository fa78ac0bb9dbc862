import { parseSync } from 'oxc-parser'

/** A node of the syntax tree, as far as the checks look at it. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

export interface Source {
  /** Relative to src/, with extension. */
  readonly file: string
  readonly text: string
  readonly program: Node
}

export function readSource(file: string, text: string): Source {
  const { program, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  return { file, text, program: program as unknown as Node }
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

/** Every node with the one above it and the field it sits in, outermost first. */
export function* walk(node: Node, parent: Node | null = null, field = ''): Generator<[Node, Node | null, string]> {
  yield [node, parent, field]
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child, node, name)
  }
}

/** `file:line`, the form that editors and terminals open. */
export const place = (source: Source, offset: number): string =>
  `src/${source.file}:${source.text.slice(0, offset).split('\n').length}`
