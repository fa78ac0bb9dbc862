import { type Result, err, ok } from '../../base/result.ts'
import { get, goJson, isJson } from '../kinds/json.ts'
import {
  type JsonPathError,
  type Operand,
  type Operator,
  type Part,
  type Step,
  parseSteps,
  parseTemplate,
} from './jsonpath-parse.ts'

/**
 * `-o jsonpath=…`: kubectl's template language over plain JSON. Fields that do not exist print nothing, as in kubectl get.
 * Several results of one expression are separated by a blank. No newline is added.
 */
export function printJsonPath(template: string, data: unknown): Result<string, JsonPathError> {
  const parts = parseTemplate(template)
  if (!parts.ok) return parts
  const walker = new Walker(data)
  return walker.result(renderParts(parts.value, data, walker))
}

function renderParts(parts: readonly Part[], current: unknown, walker: Walker): string {
  let text = ''
  for (const part of parts) {
    // nested ranges and recursive descents print the same things over and over
    if (text.length > MAX_TEXT) walker.exceeded = true
    if (walker.exceeded) return ''
    if (part.kind === 'text') text += part.text
    else {
      const found = walker.walk(part.steps, [current])
      if (part.kind === 'path') text += walker.joined(found)
      else for (const item of found) text += renderParts(part.body, item, walker)
    }
  }
  return text
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : value === null ? '' : goJson(value))

/** All values that a path leads to. */
export function findAll(path: string, data: unknown): Result<readonly unknown[], JsonPathError> {
  const steps = parseSteps(path)
  if (!steps.ok) return err({ message: steps.error })
  const walker = new Walker(data)
  return walker.result(walker.walk(steps.value, [data]))
}

/** Values that one expression may pass, and characters it may print: a few `..` in a row otherwise multiply without end. */
const MAX_VALUES = 200_000
const MAX_TEXT = 4_000_000

/** Follows paths from a root, within bounds. */
class Walker {
  readonly root: unknown
  exceeded = false
  #values = 0
  #text = 0

  constructor(root: unknown) {
    this.root = root
  }

  walk(steps: readonly Step[], from: readonly unknown[]): unknown[] {
    let values = [...from]
    for (const step of steps) {
      const next: unknown[] = []
      for (const value of values) {
        const taken = take(step, value, this)
        this.#values += taken.length + 1
        if (this.#values > MAX_VALUES) this.exceeded = true
        if (this.exceeded) return []
        for (const each of taken) next.push(each)
      }
      values = next
    }
    return values
  }

  /** What was found, as kubectl prints it. */
  joined(found: readonly unknown[]): string {
    const texts: string[] = []
    for (const value of found) {
      const text = shown(value)
      this.#text += text.length
      if (this.#text > MAX_TEXT) this.exceeded = true
      if (this.exceeded) return ''
      texts.push(text)
    }
    return texts.join(' ')
  }

  result<T>(value: T): Result<T, JsonPathError> {
    return this.exceeded ? err({ message: 'error executing jsonpath: too many results' }) : ok(value)
  }
}

function take(step: Step, value: unknown, walker: Walker): unknown[] {
  switch (step.kind) {
    case 'root':
      return [walker.root]
    case 'field': {
      const found = isJson(value) ? get(value, step.name) : undefined
      return found === undefined ? [] : [found]
    }
    case 'all':
      return children(value)
    case 'recursive':
      return [value, ...descendants(value)]
    case 'index': {
      if (!Array.isArray(value)) return []
      const found: unknown = value.at(step.at)
      return found === undefined ? [] : [found]
    }
    case 'slice': {
      if (!Array.isArray(value)) return []
      const part: unknown[] = value.slice(step.start ?? 0, step.end ?? undefined)
      return part.filter((_, i) => i % Math.max(1, step.step) === 0)
    }
    case 'union':
      return step.of.flatMap((steps) => walker.walk(steps, [value]))
    case 'filter':
      return (Array.isArray(value) ? (value as unknown[]) : []).filter((item) => passes(step, item, walker))
  }
}

const children = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value as unknown[]
  return isJson(value)
    ? Object.keys(value)
        .sort()
        .map((key) => value[key])
    : []
}

const descendants = (value: unknown): unknown[] => children(value).flatMap((item) => [item, ...descendants(item)])

function passes(filter: Extract<Step, { kind: 'filter' }>, item: unknown, walker: Walker): boolean {
  const left = walker.walk(filter.left, [item])
  if (filter.op === null || filter.right === null) return left.length > 0
  const right = operand(filter.right, item, walker)
  return left.length > 0 && right !== undefined && compare(filter.op, left[0], right)
}

const operand = (right: Operand, item: unknown, walker: Walker): unknown =>
  'value' in right ? right.value : walker.walk(right.steps, [item])[0]

function compare(op: Operator, left: unknown, right: unknown): boolean {
  if (op === '==') return left === right
  if (op === '!=') return left !== right
  const comparable =
    (typeof left === 'number' && typeof right === 'number') || (typeof left === 'string' && typeof right === 'string')
  if (!comparable) return false
  const [a, b] = [left, right] as [number, number]
  return op === '<' ? a < b : op === '<=' ? a <= b : op === '>' ? a > b : a >= b
}
