import { type Node, isAlias, isMap, isNode, isPair, isScalar, isSeq } from 'yaml'
import type { Path } from '../core/api/kinds/field.ts'
import type { ManifestDocument } from './parse.ts'
import type { TextRange } from './positions.ts'
import { type YamlSource, keyOf } from './source.ts'

interface Place {
  /** The key that leads to the value; `null` in a list and at the root. */
  readonly key: Node | null
  readonly value: Node | null
}

/** The text of a field's value, or of its key where `part` asks for it. `null` where the field is not written. */
export function rangeOf(document: ManifestDocument, path: Path, part: 'value' | 'key' = 'value'): TextRange | null {
  const { source, prefix } = document.positions
  const way = walk(source, [...prefix, ...path])
  if (way.length !== prefix.length + path.length + 1) return null
  const { key, value } = way[way.length - 1]!
  return rangeOfNode(document, part === 'key' ? (key ?? value) : (value ?? key))
}

/**
 * Where an editor should underline a complaint about a field: the value; for a map or list its key; for a field that is
 * not written the nearest one above it; for a document without any, its first character.
 */
export function nearestRange(document: ManifestDocument, path: Path, part: 'value' | 'key' = 'value'): TextRange {
  const { source, prefix, lines } = document.positions
  const full = [...prefix, ...path]
  const way = walk(source, full)
  const place = way[way.length - 1]!
  const complete = way.length === full.length + 1
  const compact = isScalar(place.value) || isAlias(place.value) || (isFlow(place.value) && complete)
  const node =
    complete && part === 'value' && compact && !isEmptyText(place.value) ? place.value : (place.key ?? place.value)
  const found = node === null ? null : way.length === 1 && !complete ? firstKey(node) : node
  return rangeOfNode(document, shorten(found)) ?? lines.range(source.segment.start, source.segment.start + 1)
}

const isFlow = (node: Node | null): boolean => (isMap(node) || isSeq(node)) && node.flow === true
const isEmptyText = (node: Node | null): boolean =>
  isScalar(node) && node.range !== null && node.range?.[0] === node.range?.[1]

/** A block map or list runs over many lines: its first key or item stands for it. */
function shorten(node: Node | null): Node | null {
  if ((!isMap(node) && !isSeq(node)) || isFlow(node)) return node
  return firstKey(node)
}

function firstKey(node: Node): Node | null {
  const first: unknown = isMap(node) || isSeq(node) ? node.items[0] : null
  if (isPair(first)) return isNode(first.key) ? first.key : null
  return isNode(first) ? shorten(first) : node
}

function rangeOfNode(document: ManifestDocument, node: Node | null): TextRange | null {
  if (!node?.range) return null
  const base = document.positions.source.segment.start
  return document.positions.lines.range(base + node.range[0], base + node.range[1])
}

/** The places on the way down a path, as far as it is written; the root is the first. */
function walk(source: YamlSource, path: Path): Place[] {
  const way: Place[] = [{ key: null, value: source.root }]
  for (const step of path) {
    const next = descend(source, way[way.length - 1]!.value, step, 0)
    if (!next) break
    way.push(next)
  }
  return way
}

function descend(source: YamlSource, node: Node | null, step: string | number, hops: number): Place | null {
  if (isAlias(node)) {
    const target = source.anchors.get(node.source) ?? null
    return hops > 8 ? null : descend(source, target, step, hops + 1)
  }
  if (isSeq(node) && typeof step === 'number') {
    const item: unknown = node.items[step]
    return isNode(item) ? { key: null, value: item } : null
  }
  if (!isMap(node) || typeof step !== 'string') return null
  const pair = node.items.findLast((candidate) => keyOf(candidate.key) === step)
  if (pair) return { key: isNode(pair.key) ? pair.key : null, value: isNode(pair.value) ? pair.value : null }
  const merged = node.items.find((candidate) => keyOf(candidate.key) === '<<')?.value
  const sources = isSeq(merged) ? merged.items : [merged]
  for (const item of sources) {
    const found = isNode(item) && hops <= 8 ? descend(source, item, step, hops + 1) : null
    if (found) return found
  }
  return null
}

/** What is written at an offset of the whole text: the path to the field, and whether the offset is in its key. */
export function pathAt(
  document: ManifestDocument,
  offset: number,
): { readonly path: Path; readonly inKey: boolean; readonly range: TextRange } | null {
  const { source, prefix } = document.positions
  const local = offset - source.segment.start
  const path: (string | number)[] = []
  let node: Node | null = source.root
  while (node) {
    const step = isMap(node) ? pairAt(node.items, local) : isSeq(node) ? itemAt(node.items, local) : null
    if (!step) break
    path.push(step.step)
    if (step.inKey) return answer(document, path, prefix, step.node, true)
    node = step.node
    if (isScalar(node)) return answer(document, path, prefix, node, false)
  }
  return null
}

function answer(document: ManifestDocument, path: Path, prefix: Path, node: Node | null, inKey: boolean) {
  const range = rangeOfNode(document, node)
  const inside = prefix.every((step, i) => path[i] === step)
  return range && inside ? { path: path.slice(prefix.length), inKey, range } : null
}

interface StepAt {
  readonly step: string | number
  readonly node: Node | null
  readonly inKey: boolean
}

const holds = (node: unknown, offset: number): boolean =>
  isNode(node) && !!node.range && node.range[0] <= offset && offset <= node.range[1]

function pairAt(items: readonly { readonly key: unknown; readonly value: unknown }[], offset: number): StepAt | null {
  for (const { key, value } of items) {
    const name = keyOf(key)
    if (name === null) continue
    if (holds(key, offset)) return { step: name, node: isNode(key) ? key : null, inKey: true }
    if (holds(value, offset)) return { step: name, node: isNode(value) ? value : null, inKey: false }
  }
  return null
}

function itemAt(items: readonly unknown[], offset: number): StepAt | null {
  const i = items.findIndex((item) => holds(item, offset))
  const item: unknown = items[i]
  return i < 0 ? null : { step: i, node: isNode(item) ? item : null, inKey: false }
}
