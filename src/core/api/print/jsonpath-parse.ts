import { type Result, err, ok } from '../../base/result.ts'

/** A part of kubectl's JSONPath template (k8s.io/client-go/util/jsonpath). */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly steps: readonly Step[] }
  | { readonly kind: 'range'; readonly steps: readonly Step[]; readonly body: readonly Part[] }

export type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'root' }
  | { readonly kind: 'slice'; readonly start: number | null; readonly end: number | null; readonly step: number }
  | { readonly kind: 'index'; readonly at: number }
  | { readonly kind: 'union'; readonly of: readonly (readonly Step[])[] }
  | {
      readonly kind: 'filter'
      readonly left: readonly Step[]
      readonly op: Operator | null
      readonly right: Operand | null
    }

export type Operator = '==' | '!=' | '<=' | '>=' | '<' | '>'
export type Operand = { readonly value: string | number | boolean } | { readonly steps: readonly Step[] }

export interface JsonPathError {
  /** kubectl's words, without `error: `. */
  readonly message: string
}

/** Parses a template: text with `{…}` actions in it. */
export function parseTemplate(template: string): Result<readonly Part[], JsonPathError> {
  const stack: { steps: readonly Step[]; parts: Part[] }[] = [{ steps: [], parts: [] }]
  const fail = (why: string): Result<never, JsonPathError> =>
    err({ message: `error parsing jsonpath ${template}, ${why}` })
  let i = 0
  while (i < template.length) {
    const open = template.indexOf('{', i)
    const parts = stack[stack.length - 1]!.parts
    if (open !== i) parts.push({ kind: 'text', text: template.slice(i, open < 0 ? undefined : open) })
    if (open < 0) break
    const close = closingBrace(template, open)
    if (close < 0) return fail('unclosed action')
    const action = template.slice(open + 1, close).trim()
    i = close + 1
    if (action === 'end') {
      const done = stack.length > 1 ? stack.pop()! : null
      if (!done) return fail('not in range, nothing to end')
      stack[stack.length - 1]!.parts.push({ kind: 'range', steps: done.steps, body: done.parts })
      continue
    }
    const ranged = /^range\s+/.exec(action)
    const parsed = ranged ? parseSteps(action.slice(ranged[0].length)) : parseAction(action)
    if (!parsed.ok) return fail(parsed.error)
    if (ranged) stack.push({ steps: parsed.value as readonly Step[], parts: [] })
    else parts.push(...(parsed.value as readonly Part[]))
  }
  if (stack.length > 1) return fail('unclosed range')
  return ok(stack[0]!.parts)
}

/** The brace that closes an action, skipping those in quotes. */
function closingBrace(text: string, open: number): number {
  let quote = ''
  for (let i = open + 1; i < text.length; i++) {
    const char = text[i]!
    if (quote) {
      if (char === '\\') i++
      else if (char === quote) quote = ''
    } else if (char === '"' || char === "'") quote = char
    else if (char === '}') return i
  }
  return -1
}

/** One action: quoted text, or one or more paths separated by blanks. */
function parseAction(action: string): Result<readonly Part[], string> {
  const quoted = /^"((?:[^"\\]|\\.)*)"$|^'((?:[^'\\]|\\.)*)'$/s.exec(action)
  if (quoted) return ok([{ kind: 'text', text: unquote(quoted[1] ?? quoted[2] ?? '') }])
  const parts: Part[] = []
  for (const word of splitBlanks(action)) {
    const steps = parseSteps(word)
    if (!steps.ok) return steps
    parts.push({ kind: 'path', steps: steps.value })
  }
  return ok(parts)
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }
const unquote = (text: string): string => text.replace(/\\(.)/gs, (_, c: string) => ESCAPES[c] ?? c)

/** Splits at blanks outside brackets and quotes. */
function splitBlanks(text: string): string[] {
  const words: string[] = []
  let depth = 0
  let quote = ''
  let word = ''
  for (const char of text) {
    if (quote) quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '[' || char === '(') depth++
    else if (char === ']' || char === ')') depth--
    if (/\s/.test(char) && depth === 0 && !quote) {
      if (word) words.push(word)
      word = ''
    } else word += char
  }
  return word ? [...words, word] : words
}

/** A path: `.items[*].metadata.name`, `$.a`, `@.b`, `..name`, `['a']`, `[?(@.x=="y")]`. */
export function parseSteps(text: string): Result<readonly Step[], string> {
  const steps: Step[] = []
  let i = 0
  while (i < text.length) {
    const rest = text.slice(i)
    if (rest.startsWith('[')) {
      const end = closingBracket(text, i)
      if (end < 0) return err('unterminated array')
      const inner = parseBracket(text.slice(i + 1, end).trim())
      if (!inner.ok) return inner
      steps.push(inner.value)
      i = end + 1
      continue
    }
    if (rest.startsWith('..')) {
      steps.push({ kind: 'recursive' })
      i += rest[2] === '[' ? 2 : 1
      continue
    }
    if (i === 0 && (rest.startsWith('$') || rest.startsWith('@'))) {
      if (rest.startsWith('$')) steps.push({ kind: 'root' })
      i += 1
      continue
    }
    const field = /^\.?((?:[^.[\]\s{}()'"=!<>,\\]|\\.)*)/.exec(rest)!
    if (field[0] === '') return err(`unrecognized character in action: ${JSON.stringify(rest[0])}`)
    const name = field[1]!.replace(/\\(.)/g, '$1')
    if (name === '*') steps.push({ kind: 'all' })
    else if (name !== '') steps.push({ kind: 'field', name })
    i += field[0].length
  }
  return ok(steps)
}

function closingBracket(text: string, open: number): number {
  let depth = 0
  let quote = ''
  for (let i = open; i < text.length; i++) {
    const char = text[i]!
    if (quote) quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '[') depth++
    else if (char === ']' && --depth === 0) return i
  }
  return -1
}

function parseBracket(text: string): Result<Step, string> {
  if (text === '*') return ok({ kind: 'all' })
  const filter = /^\?\((.*)\)$/s.exec(text)
  if (filter) return parseFilter(filter[1]!.trim())
  if (/^-?\d+$/.test(text)) return ok({ kind: 'index', at: Number(text) })
  const slice = /^(-?\d+)?:(-?\d+)?(?::(\d+))?$/.exec(text)
  if (slice) {
    const number = (part: string | undefined): number | null => (part === undefined ? null : Number(part))
    return ok({ kind: 'slice', start: number(slice[1]), end: number(slice[2]), step: number(slice[3]) ?? 1 })
  }
  const names = text.split(/,(?=(?:[^'"]|'[^']*'|"[^"]*")*$)/).map((part) => part.trim())
  const of: (readonly Step[])[] = []
  for (const name of names) {
    const quoted = /^'([^']*)'$|^"([^"]*)"$/.exec(name)
    const steps = parseSteps(quoted ? (quoted[1] ?? quoted[2] ?? '').replaceAll('.', '\\.') : name)
    // A quoted name is one key; several in one bracket may be paths, as kubectl's cheat sheet writes them.
    const chosen = quoted && names.length > 1 ? parseSteps(quoted[1] ?? quoted[2] ?? '') : steps
    if (!chosen.ok || name === '') return err(`invalid array index ${text}`)
    if (!quoted && /^-?\d+$/.test(name)) of.push([{ kind: 'index', at: Number(name) }])
    else of.push(chosen.value)
  }
  return ok(of.length === 1 && of[0]!.length === 1 ? of[0]![0]! : { kind: 'union', of })
}

function parseFilter(text: string): Result<Step, string> {
  const match = /^(@?[^=!<>]*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+))?$/s.exec(text)
  if (!match) return err('unterminated filter')
  const left = parseSteps(match[1]!)
  if (!left.ok) return left
  if (!match[2]) return ok({ kind: 'filter', left: left.value, op: null, right: null })
  const right = parseOperand(match[3]!.trim())
  return right.ok ? ok({ kind: 'filter', left: left.value, op: match[2] as Operator, right: right.value }) : right
}

function parseOperand(text: string): Result<Operand, string> {
  const quoted = /^"((?:[^"\\]|\\.)*)"$|^'((?:[^'\\]|\\.)*)'$/s.exec(text)
  if (quoted) return ok({ value: unquote(quoted[1] ?? quoted[2] ?? '') })
  if (/^-?\d+(\.\d+)?$/.test(text)) return ok({ value: Number(text) })
  if (text === 'true' || text === 'false') return ok({ value: text === 'true' })
  const steps = parseSteps(text)
  return steps.ok ? ok({ steps: steps.value }) : steps
}
