import type { Plugin } from 'vite'
import { PLACES } from './places.ts'

interface Edit {
  readonly at: number
  readonly text: string
  /** What closes goes before what opens at the same place. */
  readonly closes: boolean
}
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
}

/** Our own code, and the parsers of others that strangers' texts reach. */
const COUNTED = /\/src\/|\/node_modules\/(yaml|fflate|valibot)\//

/**
 * Branch counters, as American Fuzzy Lop and libFuzzer have them: every place where a program can take a way (a block, an arm of a
 * condition, the right side of `&&`) counts how often it was taken. A bundle made with this plugin counts in `globalThis.hits`.
 */
export function countBranches(): Plugin & { readonly places: () => number } {
  let next = 0
  return {
    name: 'hopscope:count-branches',
    enforce: 'post',
    places: () => next,
    transform(code, id) {
      if (!COUNTED.test(id) || /\.test\.|\.json|\.txt|\?raw/.test(id)) return null
      const edits = editsOf(this.parse(code), () => `__hits[${next++ % PLACES}]++`)
      return { code: applied(code, edits), map: null }
    },
    outputOptions: (options) => ({
      ...options,
      banner: `const __hits = (globalThis.hits ??= new Uint8Array(${PLACES}));`,
    }),
  }
}

/** Edits never add a line, so that stack traces keep their lines. */
function editsOf(program: Node, count: () => string): readonly Edit[] {
  const edits: Edit[] = []
  const put = (at: number, text: string, closes = false): void => void edits.push({ at, text, closes })
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk)
    else if (isNode(value)) visit(value)
  }
  const wrap = (node: unknown, open: string, close: string): void => {
    if (!isNode(node)) return
    put(node.start, open)
    visit(node)
    put(node.end, close, true)
  }
  const expression = (node: unknown): void => wrap(node, `(${count()},`, ')')
  const statement = (node: unknown): void => {
    if (isNode(node) && node.type !== 'BlockStatement') wrap(node, `{${count()};`, '}')
    else walk(node)
  }
  const visit = (node: Node): void => {
    const parts = node as unknown as Record<string, unknown>
    switch (node.type) {
      case 'BlockStatement':
        put(node.start + 1, `${count()};`)
        return walk(parts['body'])
      case 'IfStatement':
        walk(parts['test'])
        statement(parts['consequent'])
        return statement(parts['alternate'])
      case 'ConditionalExpression':
        walk(parts['test'])
        expression(parts['consequent'])
        return expression(parts['alternate'])
      case 'LogicalExpression':
        walk(parts['left'])
        return expression(parts['right'])
      case 'ArrowFunctionExpression':
        walk(parts['params'])
        return isNode(parts['body']) && parts['body'].type !== 'BlockStatement'
          ? expression(parts['body'])
          : walk(parts['body'])
      case 'SwitchCase': {
        walk(parts['test'])
        const body = parts['consequent'] as readonly Node[]
        if (body[0]) put(body[0].start, `${count()};`)
        return walk(body)
      }
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
        for (const [name, part] of Object.entries(parts)) if (name !== 'body') walk(part)
        return statement(parts['body'])
      default:
        for (const part of Object.values(parts)) walk(part)
    }
  }
  visit(program)
  return edits
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string' && 'start' in value

function applied(code: string, edits: readonly Edit[]): string {
  const sorted = edits.toSorted((a, b) => a.at - b.at || Number(b.closes) - Number(a.closes))
  let text = ''
  let at = 0
  for (const edit of sorted) {
    text += code.slice(at, edit.at) + edit.text
    at = edit.at
  }
  return text + code.slice(at)
}
