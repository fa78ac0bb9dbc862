import { type Result, err, ok } from '../../base/result.ts'

export type Yaml = string | number | boolean | null | readonly Yaml[] | YamlMap
export type YamlMap = { readonly [key: string]: Yaml }

/**
 * A reader for what KubeProxyConfiguration files consist of: block mappings and sequences, plain and quoted scalars, flow
 * sequences of scalars, `{}`, comments. Anchors, tags, block scalars and several documents are refused. (The whole language is
 * known to `manifest/`, which agents do not reach.) The error is in the words of Go's YAML library.
 */
export function readYamlMap(text: string): Result<YamlMap, string> {
  const lines = linesOf(text)
  if (!lines.ok) return lines
  const reader = new Reader(lines.value)
  try {
    const value = reader.block(0)
    reader.end()
    return isMap(value) ? ok(value) : err('json: cannot unmarshal into Go value')
  } catch (fault) {
    if (fault instanceof Fault) return err(fault.text)
    throw fault
  }
}

export const isMap = (value: Yaml | undefined): value is YamlMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

interface Line {
  readonly number: number
  readonly indent: number
  readonly text: string
}

class Fault extends Error {
  readonly text: string
  constructor(line: number, what: string) {
    super(what)
    this.text = `yaml: line ${line}: ${what}`
  }
}

function linesOf(text: string): Result<readonly Line[], string> {
  const lines: Line[] = []
  for (const [i, raw] of text.split('\n').entries()) {
    const line = withoutComment(raw).trimEnd()
    const body = line.trimStart()
    if (body === '' || body === '---') continue
    const indent = line.length - body.length
    if (line.slice(0, indent).includes('\t'))
      return err(`yaml: line ${i + 1}: found character that cannot start any token`)
    lines.push({ number: i + 1, indent, text: body })
  }
  return ok(lines)
}

/** A `#` begins a comment at the start of a line or after a space, outside of quotes. */
function withoutComment(line: string): string {
  let quote = ''
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!
    if (quote !== '') quote = c === quote ? '' : quote
    else if ((c === '"' || c === "'") && /[\s:[,-]/.test(line[i - 1] ?? ' ')) quote = c
    else if (c === '#' && (i === 0 || /\s/.test(line[i - 1]!))) return line.slice(0, i)
  }
  return line
}

/** A key that is not in quotes goes up to the colon, blanks included: to look for its last letter first would take quadratic time. */
const KEY = /^(?:("[^"]*"|'[^']*')\s*|([^\s"'[\]{},#&*!|>%@`-][^:]*|-[^\s:][^:]*)):(?:\s+(.*))?$/

class Reader {
  readonly #lines: readonly Line[]
  #at = 0

  constructor(lines: readonly Line[]) {
    this.#lines = lines
  }

  end(): void {
    const line = this.#lines[this.#at]
    if (line) throw new Fault(line.number, 'did not find expected key')
  }

  /** The block that begins at the present line, if that is indented by at least `indent`; else nothing. */
  block(indent: number): Yaml {
    const first = this.#lines[this.#at]
    if (!first || first.indent < indent) return null
    if (isItem(first.text)) return this.#sequence(first.indent)
    if (KEY.test(first.text)) return this.#mapping(first.indent)
    if (this.#lines.length > 1) throw new Fault(first.number, "could not find expected ':'")
    this.#at++
    return scalar(first.text, first.number)
  }

  #mapping(indent: number): YamlMap {
    const map: { [key: string]: Yaml } = {}
    for (let line = this.#lines[this.#at]; line && line.indent >= indent; line = this.#lines[this.#at]) {
      if (line.indent > indent) throw new Fault(line.number, 'mapping values are not allowed in this context')
      const match = KEY.exec(line.text)
      if (!match)
        throw new Fault(line.number, isItem(line.text) ? 'did not find expected key' : "could not find expected ':'")
      const key = unquote((match[1] ?? match[2]!).trimEnd())
      if (Object.hasOwn(map, key)) throw new Fault(line.number, `key "${key}" already set in map`)
      this.#at++
      map[key] = match[3] === undefined ? this.#below(indent) : scalar(match[3], line.number)
    }
    return map
  }

  /** What a key without a value of its own holds: the block below it. A sequence need not be indented. */
  #below(indent: number): Yaml {
    const next = this.#lines[this.#at]
    if (next && next.indent === indent && isItem(next.text)) return this.#sequence(indent)
    return this.block(indent + 1)
  }

  #sequence(indent: number): readonly Yaml[] {
    const list: Yaml[] = []
    for (
      let line = this.#lines[this.#at];
      line && line.indent === indent && isItem(line.text);
      line = this.#lines[this.#at]
    ) {
      const rest = line.text.slice(1).trim()
      if (KEY.test(rest)) throw new Fault(line.number, 'lists of objects are not modelled')
      this.#at++
      list.push(rest === '' ? this.block(indent + 1) : scalar(rest, line.number))
    }
    return list
  }
}

const isItem = (text: string): boolean => text === '-' || text.startsWith('- ')

const isQuoted = (text: string): boolean =>
  text.length >= 2 && (text[0] === '"' || text[0] === "'") && text.at(-1) === text[0]

const unquote = (text: string): string => (isQuoted(text) ? text.slice(1, -1) : text)

function scalar(text: string, line: number): Yaml {
  if (isQuoted(text)) return unquote(text)
  if (text === '{}') return {}
  if (text.startsWith('[')) return flowSequence(text, line)
  if (/^[{&*!|>%@`"']/.test(text)) throw new Fault(line, `"${text[0]}" is not modelled`)
  if (text === 'null' || text === '~' || text === 'Null' || text === 'NULL') return null
  if (/^(true|True|TRUE)$/.test(text)) return true
  if (/^(false|False|FALSE)$/.test(text)) return false
  return /^[-+]?(?:\d+|\d*\.\d+)$/.test(text) ? Number(text) : text
}

function flowSequence(text: string, line: number): readonly Yaml[] {
  if (!text.endsWith(']')) throw new Fault(line, "did not find expected ',' or ']'")
  const inner = text.slice(1, -1).trim()
  return inner === '' ? [] : inner.split(',').map((item) => scalar(item.trim(), line))
}
