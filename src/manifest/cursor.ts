import { segmentsOf } from './segments.ts'

/** What is being written where the cursor stands, read off the lines, so that it works while the YAML is still broken. */
export interface Cursor {
  readonly apiVersion: string
  readonly kind: string
  /** The struct or list that the cursor is in, or, for a value, the field that it belongs to. List positions are all 0. */
  readonly path: readonly (string | number)[]
  readonly mode: 'key' | 'value'
  /** Keys that are already written beside it. */
  readonly siblings: ReadonlySet<string>
  /** The word under the cursor, up to it; what a completion replaces. */
  readonly typed: string
  readonly start: number
  readonly end: number
  /** Column, from 0, at which a key is being written: further lines of an inserted text are indented from it. */
  readonly column: number
  readonly flow: boolean
}

interface Line {
  readonly indent: number
  /** Columns of the dashes. */
  readonly dashes: readonly number[]
  /** Column of what follows them. */
  readonly column: number
  readonly key: string | null
  readonly value: string
}

const KEY = /^("(?:[^"\\]|\\.)*"|'[^']*'|[^\s:#{}[\],&*!|>'"%@`-][^:#]*?|-[^\s:#][^:#]*?)\s*:(?=\s|$)(.*)$/s

function readLine(line: string): Line {
  const [, blanks = '', dashText = '', content = ''] = /^(\s*)((?:-\s+|-$)*)(.*)$/s.exec(line)!
  const dashes = [...dashText.matchAll(/-/g)].map((match) => blanks.length + match.index)
  const match = KEY.exec(content)
  const value = (match ? match[2]! : content).replace(/(^|\s)#.*$/, '').trim()
  return {
    indent: blanks.length,
    dashes,
    column: blanks.length + dashText.length,
    key: match ? unquote(match[1]!) : null,
    value,
  }
}

const unquote = (key: string): string => key.replace(/^(["'])(.*)\1$/, '$2')
const isBlank = (line: string): boolean => /^\s*(#.*)?$/.test(line)

/** `null` where nothing can be completed: in comments, block texts, and documents of no kind's shape. */
export function cursorAt(text: string, offset: number): Cursor | null {
  const segment = segmentsOf(text).find((s) => s.start <= offset && offset <= s.end) ?? { start: 0, end: text.length }
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1
  const before = text.slice(lineStart, offset)
  if (/(^|\s)#/.test(before) || before.startsWith('---')) return null
  const above = text.slice(Math.min(segment.start, lineStart), lineStart).split('\n').slice(0, -1)
  const newline = text.indexOf('\n', offset)
  const below = newline < 0 || newline >= segment.end ? [] : text.slice(newline + 1, segment.end).split('\n')
  const line = readLine(before)
  const parents = parentsOf(line, above)
  if (!parents) return null
  const document = text.slice(segment.start, segment.end)
  const head = { apiVersion: topField(document, 'apiVersion'), kind: topField(document, 'kind') }
  const siblings = new Set([...parents.siblings, ...siblingsBelow(line.column, below)])
  if (line.key === null) return flowOrKey(before, line, { ...head, path: parents.path, siblings, offset })
  return valueCursor(before, line, { ...head, path: [...parents.path, line.key], siblings, offset })
}

type Base = Pick<Cursor, 'apiVersion' | 'kind' | 'path' | 'siblings'> & { readonly offset: number }

function keyCursor(base: Base, typed: string, column: number, flow: boolean): Cursor {
  const { offset, ...rest } = base
  return { ...rest, mode: 'key', typed, start: offset - typed.length, end: offset, column, flow }
}

function flowOrKey(before: string, line: Line, base: Base): Cursor | null {
  const content = before.slice(line.column)
  if (/^[{[]/.test(content)) return flowCursor(content, base)
  return /\s/.test(content) || /["'|>&*]/.test(content) ? null : keyCursor(base, content, line.column, false)
}

function valueCursor(before: string, line: Line, base: Base): Cursor | null {
  const raw = /:(?:\s+(.*))?$/s.exec(before.slice(line.column + (line.key?.length ?? 0)))?.[1] ?? ''
  if (/^[{[]/.test(raw)) return flowCursor(raw, base)
  if (/^[|>&*!]/.test(raw) || /\s/.test(raw) || !/\s$|\S$/.test(before)) return null
  const typed = raw.replace(/^["']/, '')
  const { offset, ...rest } = base
  return { ...rest, mode: 'value', typed, start: offset - typed.length, end: offset, column: line.column, flow: false }
}

/** Inside `{…}` or `[…]` that began on this line: a small machine over the characters up to the cursor. */
function flowCursor(content: string, base: Base): Cursor | null {
  interface Level {
    readonly list: boolean
    key: string | null
    readonly keys: string[]
  }
  const stack: Level[] = []
  let word = ''
  for (let i = 0; i < content.length; i++) {
    const char = content[i]!
    const level = stack[stack.length - 1]
    if (char === '"' || char === "'") {
      const end = content.indexOf(char, i + 1)
      if (end < 0) return null
      word = content.slice(i + 1, end)
      i = end
    } else if (char === '{' || char === '[') {
      stack.push({ list: char === '[', key: null, keys: [] })
      word = ''
    } else if (char === '}' || char === ']') {
      stack.pop()
      word = ''
    } else if (char === ',') {
      if (level) level.key = null
      word = ''
    } else if (char === ':' && level && !level.list && /[\s]/.test(content[i + 1] ?? ' ')) {
      level.key = word.trim()
      level.keys.push(level.key)
      word = ''
    } else word = word === '' && /\s/.test(char) ? '' : word + char
  }
  const top = stack[stack.length - 1]
  if (!top) return null
  const steps = stack.flatMap((level): (string | number)[] =>
    level.list ? [0] : level.key === null ? [] : [level.key],
  )
  const path = [...base.path, ...steps]
  if (!top.list && top.key === null) return keyCursor({ ...base, path, siblings: new Set(top.keys) }, word, 0, true)
  const { offset, ...rest } = base
  return { ...rest, path, mode: 'value', typed: word, start: offset - word.length, end: offset, column: 0, flow: true }
}

interface Parents {
  readonly path: readonly (string | number)[]
  readonly siblings: readonly string[]
}

/** Climbs from the cursor's line to the document's first, by indentation. */
function parentsOf(line: Line, above: readonly string[]): Parents | null {
  const path: (string | number)[] = []
  const siblings: string[] = []
  let column = line.column
  let inList = false
  let level = 0
  for (const dash of line.dashes.toReversed()) {
    path.unshift(0)
    column = dash
    inList = true
    level++
  }
  for (const text of above.toReversed()) {
    if (isBlank(text) || text.startsWith('---')) continue
    const parent = readLine(text)
    if (parent.key !== null) {
      const encloses = parent.column < column || (inList && parent.column === column)
      if (encloses && /^[|>][-+\d]*$/.test(parent.value)) return null
      if (encloses && /^([&!]\S*)?$/.test(parent.value)) {
        path.unshift(parent.key)
        column = parent.column
        inList = false
        level++
      } else if (level === 0 && parent.column === column) siblings.push(parent.key)
    }
    for (const dash of parent.dashes.toReversed()) {
      if (dash >= column) continue
      path.unshift(0)
      column = dash
      inList = true
      level++
    }
    if (column === 0 && !inList) break
  }
  // Keys of the same map that stand further up than the climb went.
  return { path, siblings: level === 0 ? [...siblings, ...topKeys(above, line.column)] : siblings }
}

const topKeys = (above: readonly string[], column: number): string[] =>
  column > 0 ? [] : above.flatMap((text) => (/^\w/.test(text) ? [readLine(text).key ?? ''] : []))

function siblingsBelow(column: number, below: readonly string[]): string[] {
  const keys: string[] = []
  for (const text of below) {
    if (isBlank(text)) continue
    const line = readLine(text)
    if (line.indent < column || (line.dashes.length > 0 && line.dashes[0]! < column)) break
    if (line.key !== null && line.column === column && line.dashes.length === 0) keys.push(line.key)
  }
  return keys
}

function topField(document: string, name: string): string {
  const match = new RegExp(`^${name}:[ \\t]*(["']?)([^"'#\\s]*)\\1`, 'm').exec(document)
  return match?.[2] ?? ''
}
