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
  return parts.ok ? ok(renderParts(parts.value, data, data)) : parts
}

function renderParts(parts: readonly Part[], current: unknown, root: unknown): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text
      const found = walk(part.steps, [current], root)
      if (part.kind === 'path') return found.map(shown).join(' ')
      return found.map((item) => renderParts(part.body, item, root)).join('')
    })
    .join('')
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : value === null ? '' : goJson(value))

/** All values that a path leads to. */
export function findAll(path: string, data: unknown): Result<readonly unknown[], JsonPathError> {
  const steps = parseSteps(path)
  return steps.ok ? ok(walk(steps.value, [data], data)) : err({ message: steps.error })
}

const walk = (steps: readonly Step[], from: readonly unknown[], root: unknown): unknown[] =>
  steps.reduce<unknown[]>((values, step) => values.flatMap((value) => take(step, value, root)), [...from])

function take(step: Step, value: unknown, root: unknown): unknown[] {
  switch (step.kind) {
    case 'root':
      return [root]
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
      return step.of.flatMap((steps) => walk(steps, [value], root))
    case 'filter':
      return (Array.isArray(value) ? (value as unknown[]) : []).filter((item) => passes(step, item, root))
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

function passes(filter: Extract<Step, { kind: 'filter' }>, item: unknown, root: unknown): boolean {
  const left = walk(filter.left, [item], root)
  if (filter.op === null || filter.right === null) return left.length > 0
  const right = operand(filter.right, item, root)
  return left.length > 0 && right !== undefined && compare(filter.op, left[0], right)
}

const operand = (right: Operand, item: unknown, root: unknown): unknown =>
  'value' in right ? right.value : walk(right.steps, [item], root)[0]

function compare(op: Operator, left: unknown, right: unknown): boolean {
  if (op === '==') return left === right
  if (op === '!=') return left !== right
  const comparable =
    (typeof left === 'number' && typeof right === 'number') || (typeof left === 'string' && typeof right === 'string')
  if (!comparable) return false
  const [a, b] = [left, right] as [number, number]
  return op === '<' ? a < b : op === '<=' ? a <= b : op === '>' ? a > b : a >= b
}
