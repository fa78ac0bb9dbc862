import { type Document, type Node, isMap, isScalar, visit } from 'yaml'

/** What one YAML document may not exceed. Real ones are far below: the whole text may have a mebibyte. */
export const YAML_BOUNDS = {
  /** Maps and lists inside one another. */
  depth: 64,
  /** Entries of maps and lists, with the marks between them. */
  values: 300_000,
  /** Mistakes of one kind that are told of. */
  problems: 100,
} as const

/** Where a document has too much of something. */
export interface YamlExcess {
  readonly of: 'depth' | 'values'
  readonly offset: number
}

interface Token {
  readonly type?: string
  readonly offset?: number
  readonly items?: readonly Token[]
  readonly start?: readonly Token[] | Token
  readonly sep?: readonly Token[]
  readonly props?: readonly Token[]
  readonly key?: Token | null
  readonly value?: Token | null
}

const BLANK = new Set(['space', 'newline', 'comment'])

/**
 * What the tokens of a text have too much of, found before anything is made of them: the library takes a stack frame for a level, an
 * exception for a mistake. Walked with a list of its own, for a recursive walk is what the bound protects from.
 */
export function excessOf(tokens: readonly unknown[]): YamlExcess | null {
  const pending: { readonly token: Token; readonly depth: number; readonly offset: number }[] = []
  let values = 0
  // What opens a collection in brackets is a single token.
  const marks = (list: readonly Token[] | Token | undefined): void => {
    if (Array.isArray(list)) for (const mark of list as readonly Token[]) if (!BLANK.has(mark.type ?? '')) values++
  }
  const push = (token: Token | null | undefined, depth: number, offset: number): void => {
    if (token) pending.push({ token, depth, offset: token.offset ?? offset })
  }
  for (const token of (tokens as readonly Token[]).toReversed()) {
    if (!BLANK.has(token.type ?? '')) values++
    push(token, 0, 0)
  }
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { token, depth, offset } = next
    if (depth > YAML_BOUNDS.depth) return { of: 'depth', offset }
    marks(token.start)
    marks(token.sep)
    marks(token.props)
    values += token.items?.length ?? 0
    if (values > YAML_BOUNDS.values) return { of: 'values', offset }
    push(token.value, depth, offset)
    push(token.key, depth, offset)
    for (const item of token.items?.toReversed() ?? []) push(item, depth + 1, offset)
  }
  return null
}

/** Keys that a map already has. (The library looks for them too, in quadratic time.) */
export function duplicateKeys(document: Document): readonly Node[] {
  const found: Node[] = []
  visit(document, {
    Map: (_, map) => {
      if (!isMap(map)) return
      const own = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key) || key.value === '<<') continue
        if (own.has(key.value)) found.push(key)
        own.add(key.value)
      }
    },
  })
  return found.toSorted((a, b) => (a.range?.[0] ?? 0) - (b.range?.[0] ?? 0))
}
