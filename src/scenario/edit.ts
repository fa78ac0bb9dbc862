import {
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml'
import { equal } from '../core/base/equal.ts'
import type { Path } from './diagnostics.ts'
import { formatPlace } from './place.ts'
import { firstDocumentEnd } from './split.ts'
import { contentEnd, flowText, insertLines, linesOf, pairText } from './splice.ts'
import type { Position, ScriptEntry } from './types.ts'
import { formatDuration } from './values.ts'

/** What an edit may write: what YAML's core schema holds. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

/** Puts an element of the canvas at a place, rounded to whole pixels. `null`: the lab's document does not parse. */
export const setPosition = (text: string, id: string, { x, y }: Position): string | null =>
  setIn(text, ['spec', 'view', 'positions', id], { x: Math.round(x), y: Math.round(y) })

/** Writes where on the timeline one is into the document; `null` removes it. */
export const setCursor = (text: string, cursor: number | null): string | null =>
  cursor === null ? removeIn(text, ['spec', 'view', 'cursor']) : setIn(text, ['spec', 'view', 'cursor'], cursor)

/** Adds a stimulus at the end of the script. */
export function appendScript(text: string, entry: ScriptEntry): string | null {
  const at = entry.at === 'settled' ? entry.at : formatDuration(entry.at)
  return appendIn(text, ['spec', 'script'], { at, in: formatPlace(entry.in), run: entry.run })
}

/** Adds an entry at the end of a list, which is made where there is none. */
export function appendIn(text: string, path: Path, value: Plain): string | null {
  const document = parseHead(text)
  if (!document) return null
  const list: unknown = document.getIn(path)
  return setIn(text, [...path, isSeq(list) ? list.items.length : 0], value)
}

/**
 * Sets one value in the lab's own document and leaves every other character of the text as it is: comments, order, quoting, the
 * manifests. Maps on the way there are made. Only where the text has a shape that cannot be patched is that document
 * written anew (comments survive that too, spacing may not). `null`: the document does not parse.
 */
export function setIn(text: string, path: Path, value: Plain): string | null {
  return edit(
    text,
    (document) => setByLibrary(document, path, value),
    (head, document) => patchSet(head, document.contents, path, value),
  )
}

/** Removes one value from the lab's own document; the same promises as `setIn`. Not there: nothing changes. */
export function removeIn(text: string, path: Path): string | null {
  const document = parseHead(text)
  if (!document) return null
  if (!document.hasIn(path)) return text
  return edit(
    text,
    (source) => void source.deleteIn(path),
    (head, source) => patchRemove(head, source, path),
  )
}

function parseHead(text: string): Document | null {
  try {
    const document = parseDocument(text.slice(0, firstDocumentEnd(text)), { prettyErrors: false, logLevel: 'error' })
    return document.errors.length === 0 && isMap(document.contents) ? document : null
  } catch {
    return null
  }
}

/** Patches the text, checks that it now reads as the library's own edit does, and else takes the library's text. */
function edit(
  text: string,
  byLibrary: (document: Document) => void,
  byPatch: (head: string, document: Document) => string | null,
): string | null {
  const document = parseHead(text)
  if (!document) return null
  const end = firstDocumentEnd(text)
  const head = text.slice(0, end)
  const patched = byPatch(head, document)
  try {
    byLibrary(document)
    const wanted: unknown = document.toJS()
    if (patched !== null && equal(parseHead(patched)?.toJS(), wanted)) return patched + text.slice(end)
    return document.toString({ lineWidth: 0, flowCollectionPadding: false }) + text.slice(end)
  } catch {
    return null
  }
}

function setByLibrary(document: Document, path: Path, value: Plain): void {
  // The library refuses to go on below `view:` without a value, and would put a key into an empty list.
  for (let length = 1; length < path.length; length++) {
    const node: unknown = document.getIn(path.slice(0, length), true)
    if (!isNode(node) || !isEmpty(node)) continue
    document.setIn(path.slice(0, length), document.createNode(nest(path.slice(length), value)))
    return
  }
  document.setIn(path, document.createNode(value))
}

/** The text with the value set, or `null` where no small patch does it. */
function patchSet(text: string, root: Node | null, path: Path, value: Plain): string | null {
  let node = root
  for (let i = 0; i < path.length; i++) {
    const step = path[i]!
    const rest = path.slice(i + 1)
    if (isMap(node) && typeof step === 'string') {
      const pair = pairOf(node, step)
      if (!pair) return insertPair(text, node, path.slice(i), value)
      const inner = isNode(pair.value) ? pair.value : null
      if (rest.length === 0) return replaceLeaf(text, inner, value)
      if (isEmpty(inner)) return fillPair(text, node, pair, inner, rest, value)
      node = inner
    } else if (isSeq(node) && typeof step === 'number') {
      if (step === node.items.length && rest.length === 0) return appendItem(text, node, value)
      const item = node.items[step]
      if (rest.length === 0) return replaceLeaf(text, isNode(item) ? item : null, value)
      node = isNode(item) ? item : null
    } else return null
  }
  return null
}

function pairOf(map: YAMLMap, key: string): Pair | null {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key) ?? null
}

const isEmpty = (node: Node | null): boolean =>
  node === null || (isScalar(node) && node.value === null) || ((isMap(node) || isSeq(node)) && node.items.length === 0)

const isFlow = (node: YAMLMap | YAMLSeq): boolean => node.flow === true

function replaceLeaf(text: string, node: Node | null, value: Plain): string | null {
  if (!node?.range || ((isMap(node) || isSeq(node)) && !isFlow(node))) return null
  const [start, end] = node.range
  const gap = start === end && !/\s/.test(text[start - 1] ?? ' ') ? ' ' : ''
  return text.slice(0, start) + gap + flowText(value) + text.slice(end)
}

/** `view: {}` or `view:` gets content: in block style on the lines below, in flow style in place. */
function fillPair(
  text: string,
  owner: YAMLMap,
  pair: Pair,
  inner: Node | null,
  rest: Path,
  value: Plain,
): string | null {
  const key = isNode(pair.key) ? pair.key : null
  if (!key?.range || !inner?.range || inner.anchor) return null
  if (isFlow(owner)) return replaceLeaf(text, inner, nest(rest, value))
  const [start, end] = inner.range
  // Where nothing is written, the parser may place the empty value after a comment.
  const written = end > start
  const cut = written ? text.slice(0, start).trimEnd() + text.slice(end) : text
  const from = written ? text.slice(0, start).trimEnd().length : key.range[1]
  const indent = columnOf(text, owner.range![0]) + 2
  const lines = linesOf(rest, value, indent)
  return lines === null ? null : insertLines(cut, from, lines)
}

function insertPair(text: string, map: YAMLMap, steps: Path, value: Plain): string | null {
  if (!map.range) return null
  const [key, ...rest] = steps
  if (isFlow(map)) {
    const last = map.items.at(-1)
    const pair = pairText(String(key), nest(rest, value))
    const at = last ? contentEnd(last) : map.range[0] + 1
    return at === null ? null : text.slice(0, at) + (last ? ', ' : '') + pair + text.slice(at)
  }
  const last = map.items.at(-1)
  const lines = linesOf(steps, value, columnOf(text, map.range[0]))
  const at = last ? contentEnd(last) : null
  return lines === null || at === null ? null : insertLines(text, at, lines)
}

function appendItem(text: string, seq: YAMLSeq, value: Plain): string | null {
  const last = seq.items.at(-1)
  const at = isNode(last) ? contentEnd(last) : null
  if (!seq.range) return null
  if (isFlow(seq)) {
    const end = last === undefined ? seq.range[0] + 1 : at
    return end === null
      ? null
      : text.slice(0, end) + (last === undefined ? '' : ', ') + flowText(value) + text.slice(end)
  }
  const lines = linesOf([seq.items.length], value, columnOf(text, seq.range[0]))
  return at === null || lines === null ? null : insertLines(text, at, lines)
}

/** The pair's lines go when it has lines of its own and is not the last of its map. */
function patchRemove(text: string, document: Document, path: Path): string | null {
  const map: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1))
  if (!isMap(map) || isFlow(map) || map.items.length < 2) return null
  const pair = pairOf(map, String(path.at(-1)))
  const key = pair && isNode(pair.key) ? pair.key : null
  const end = pair ? contentEnd(pair) : null
  if (!key?.range || end === null) return null
  const start = text.lastIndexOf('\n', key.range[0] - 1) + 1
  if (text.slice(start, key.range[0]).trim() !== '') return null
  const newline = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end)
  return text.slice(0, start) + (newline < 0 ? '' : text.slice(newline + 1))
}

/** `['a', 'b'], v` → `{a: {b: v}}`. */
function nest(steps: Path, value: Plain): Plain {
  return steps.reduceRight<Plain>((inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }), value)
}

const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1)
