import { Document, type Node, type Pair, isMap, isNode, isPair, isSeq } from 'yaml'
import type { Path } from './diagnostics.ts'
import type { Plain } from './edit.ts'

const STYLE = { lineWidth: 0, flowCollectionPadding: false } as const

/** The YAML of a value on one line, quoted so that it may stand inside a flow collection as well as after `key: `. */
export const flowText = (value: Plain): string => written([value]).slice(1, -1)

/** `key: value` on one line, quoted likewise. */
export const pairText = (key: string, value: Plain): string => written({ [key]: value }).slice(1, -1)

function written(value: Plain): string {
  const document = new Document()
  document.contents = document.createNode(value, { flow: true, aliasDuplicateObjects: false })
  return document.toString(STYLE).trimEnd()
}

/**
 * The block lines that hold a value below a chain of keys, each key a line, the value itself in flow style:
 * `['positions', 'host/a']` gives `positions:` and, indented by two more, `host/a: {x: 1, y: 2}`. `null` for a shape not needed here.
 */
export function linesOf(steps: Path, value: Plain, indent: number): string[] | null {
  const [step, ...rest] = steps
  const pad = ' '.repeat(indent)
  if (typeof step === 'number') return rest.length === 0 ? [`${pad}- ${flowText(value)}`] : null
  if (step === undefined) return null
  if (rest.length === 0) return [pad + pairText(step, value)]
  const below = linesOf(rest, value, indent + 2)
  return below && [`${pad}${pairText(step, 0).slice(0, -2)}`, ...below]
}

/** Puts lines after the line in which the text before `offset` ends. */
export function insertLines(text: string, offset: number, lines: readonly string[]): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const block = lines.join(eol)
  // A block scalar's text ends with its line.
  if (text[offset - 1] === '\n') return `${text.slice(0, offset)}${block}${eol}${text.slice(offset)}`
  const newline = text.indexOf('\n', offset)
  const end = newline < 0 ? text.length : text[newline - 1] === '\r' ? newline - 1 : newline
  return `${text.slice(0, end)}${eol}${block}${text.slice(end)}`
}

/** Where the text of a node or pair ends: without the comments and blank lines after it. `null` where the parser kept no range. */
export function contentEnd(thing: Node | Pair): number | null {
  if (isPair(thing)) {
    if (isNode(thing.value)) return contentEnd(thing.value)
    return isNode(thing.key) && thing.key.range ? thing.key.range[1] : null
  }
  if ((isMap(thing) || isSeq(thing)) && !thing.flow) {
    const last: unknown = thing.items.at(-1)
    if (isPair(last) || isNode(last)) return contentEnd(last)
  }
  return thing.range?.[1] ?? null
}
