import type { ApiObject } from '../kinds/types.ts'

interface Term {
  readonly path: readonly string[]
  readonly equals: boolean
  readonly value: string
}

/** Parsed selectors: a cache of constants, no state of the simulation. Begun anew when people have typed this many. */
const REMEMBERED = 500
const parsed = new Map<string, readonly Term[]>()

/** `spec.nodeName=node1,status.phase!=Failed` (k8s.io/apimachinery/pkg/fields). Terms without an operator match nothing. */
function parse(selector: string): readonly Term[] {
  const known = parsed.get(selector)
  if (known) return known
  const terms = selector
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(parseTerm)
  if (parsed.size >= REMEMBERED) parsed.clear()
  parsed.set(selector, terms)
  return terms
}

function parseTerm(text: string): Term {
  // Trimmed by hand: blanks on both sides of `.*?` would be tried in every way.
  const match = /^([^=!\s]+)\s*(!=|==|=)/.exec(text.trimStart())
  if (!match) return { path: [], equals: true, value: text }
  const value = text.trimStart().slice(match[0].length).trim()
  return { path: match[1]!.split('.'), equals: match[2] !== '!=', value }
}

/** The text at a dotted path; '' where there is none, as the API server's own field functions answer. */
export function fieldText(object: ApiObject, path: readonly string[]): string {
  let value: unknown = object
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return ''
    value = (value as { readonly [key: string]: unknown })[name]
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

export const matchesFields = (selector: string | undefined, object: ApiObject): boolean =>
  !selector || parse(selector).every((term) => (fieldText(object, term.path) === term.value) === term.equals)
