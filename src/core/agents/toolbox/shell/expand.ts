import type { Part, Word } from './words.ts'

/** What expansion may read. */
export interface Scope {
  readonly vars: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** `$1`, `$2` … */
  readonly args: readonly string[]
  readonly name: string
  readonly status: number
  readonly pid: number
  /** Outputs of the `$(…)` of this command, in the order they stand in it. */
  readonly commands: readonly string[]
}

/** Scripts of all `$(…)` of some words, in the order that `expand` takes their outputs. */
export const commandScripts = (words: readonly Word[]): readonly string[] =>
  words.flatMap((word) => word.parts.flatMap((part) => (part.t === 'command' ? [part.script] : [])))

export function variable(scope: Scope, name: string): string {
  if (name === '?') return String(scope.status)
  if (name === '$') return String(scope.pid)
  if (name === '#') return String(scope.args.length)
  if (name === '@' || name === '*') return scope.args.join(' ')
  if (name === '0') return scope.name
  if (/^\d+$/.test(name)) return scope.args[Number(name) - 1] ?? ''
  for (const known of [scope.vars, scope.env]) if (Object.hasOwn(known, name)) return known[name]!
  return ''
}

/** Expands words into fields: variables, command outputs, arithmetic; unquoted results are split at blanks. No file name patterns. */
export function expand(words: readonly Word[], scope: Scope): string[] {
  const cursor = { at: 0 }
  return words.flatMap((word) => expandWord(word, scope, cursor))
}

/** As one field, as in an assignment. */
export function expandOne(word: Word, scope: Scope, cursor = { at: 0 }): string {
  return word.parts.map((part) => value(part, scope, cursor)).join('')
}

function expandWord(word: Word, scope: Scope, cursor: { at: number }): string[] {
  const fields: string[] = []
  let field: string | null = null
  for (const part of word.parts) {
    if (part.t === 'var' && part.name === '@' && part.quoted) {
      const [first, ...rest] = scope.args
      if (first !== undefined) field = (field ?? '') + first
      for (const arg of rest) {
        fields.push(field ?? '')
        field = arg
      }
      continue
    }
    const text = value(part, scope, cursor)
    if (part.t === 'text' || part.quoted) {
      field = (field ?? '') + text
      continue
    }
    const pieces = text.split(/[ \t\n]+/)
    for (const [i, piece] of pieces.entries()) {
      if (i > 0 && field !== null) {
        fields.push(field)
        field = null
      }
      if (piece !== '') field = (field ?? '') + piece
    }
  }
  if (field !== null) fields.push(field)
  return fields
}

/** By hand: a pattern would try each newline of the text. */
function withoutLastNewlines(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n') end--
  return text.slice(0, end)
}

function value(part: Part, scope: Scope, cursor: { at: number }): string {
  switch (part.t) {
    case 'text':
      return part.text
    case 'var':
      return variable(scope, part.name) || part.otherwise
    case 'command':
      return withoutLastNewlines(scope.commands[cursor.at++] ?? '')
    case 'arithmetic':
      return String(arithmetic(part.expression, scope))
  }
}

/** Integer arithmetic: + - * / % and parentheses, comparisons, variables with or without `$`. What does not parse is 0. */
export function arithmetic(expression: string, scope: Scope): number {
  const tokens = expression.match(/\d+|\$?[A-Za-z_]\w*|[<>=!]=|[-+*/%()<>]/g) ?? []
  let at = 0
  const primary = (): number => {
    const token = tokens[at++] ?? '0'
    if (token === '(') {
      const inner = comparison()
      at += 1
      return inner
    }
    if (token === '-') return -primary()
    return /^\d/.test(token) ? Number(token) : Math.trunc(Number(variable(scope, token.replace(/^\$/, '')))) || 0
  }
  const binary =
    (operand: () => number, operators: Readonly<Record<string, (a: number, b: number) => number>>) => (): number => {
      let left = operand()
      for (let apply = operators[tokens[at] ?? '']; apply; apply = operators[tokens[at] ?? '']) {
        at += 1
        left = apply(left, operand())
      }
      return left
    }
  const product = binary(primary, {
    '*': (a, b) => a * b,
    '/': (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
    '%': (a, b) => (b === 0 ? 0 : a % b),
  })
  const sum = binary(product, { '+': (a, b) => a + b, '-': (a, b) => a - b })
  const comparison = binary(sum, {
    '<': (a, b) => Number(a < b),
    '>': (a, b) => Number(a > b),
    '<=': (a, b) => Number(a <= b),
    '>=': (a, b) => Number(a >= b),
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
  })
  return comparison()
}
