import { type Document, LineCounter, type Node, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml'
import type { Locate, Path, TextPoint, TextRange } from './diagnostics.ts'
import { firstDocumentEnd } from './split.ts'

export function pointAt(lines: LineCounter, offset: number): TextPoint {
  const { line, col } = lines.linePos(offset)
  return { offset, line: Math.max(1, line), column: Math.max(1, col) }
}

export const rangeAt = (lines: LineCounter, start: number, end: number): TextRange => ({
  start: pointAt(lines, start),
  end: pointAt(lines, end),
})

/**
 * Finds the text of a path in a parsed document. As far as the path leads: a missing field is shown at the key of the map
 * that lacks it. A block map or list is shown by its key, for its text may run over the whole screen.
 */
export function locator(document: Document, lines: LineCounter): Locate {
  return (path, part) => {
    const { key, value, whole } = walk(document.contents, path)
    const node = part === 'key' || !whole || !isCompact(value) ? (key ?? value) : value
    const range = node?.range ?? value?.range
    return range ? rangeAt(lines, range[0], Math.max(range[0], range[1])) : null
  }
}

/** Where the value of a path stands in a lab's text; `null` where the text has nothing of the kind. */
export function locateInText(text: string, path: Path): TextRange | null {
  const lineCounter = new LineCounter()
  const document = parseDocument(text.slice(0, firstDocumentEnd(text)), {
    prettyErrors: false,
    lineCounter,
    logLevel: 'error',
  })
  return locator(document, lineCounter)(path, 'value')
}

const isCompact = (node: Node | null): boolean => isScalar(node) || ((isMap(node) || isSeq(node)) && node.flow === true)

interface Found {
  readonly key: Node | null
  readonly value: Node | null
  readonly whole: boolean
}

function walk(root: Node | null, path: Path): Found {
  let key: Node | null = null
  let value: Node | null = root
  for (const step of path) {
    const next = descend(value, step)
    if (!next) return { key, value, whole: false }
    key = next.key ?? next.value
    value = next.value
  }
  return { key, value, whole: true }
}

function descend(node: Node | null, step: string | number): { key: Node | null; value: Node | null } | null {
  if (isMap(node) && typeof step === 'string') {
    for (const pair of node.items) {
      if (!isScalar(pair.key) || String(pair.key.value) !== step) continue
      return { key: pair.key, value: isNode(pair.value) ? pair.value : null }
    }
  }
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step]
    return isNode(item) ? { key: null, value: item } : null
  }
  return null
}
