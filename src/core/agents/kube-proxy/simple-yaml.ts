import { type Result, err, ok } from '../../base/result.ts'

export type YamlValue = string | number | boolean | null | readonly YamlValue[] | YamlMap
export type YamlMap = { readonly [key: string]: YamlValue }

interface Line {
  readonly indent: number
  readonly text: string
  readonly number: number
}

/**
 * The part of YAML that component configurations are written in: maps, lists and plain or quoted scalars, block style, and empty flow
 * collections. No anchors, tags, block scalars or multi-line scalars.
 */
export function parseSimpleYaml(text: string): Result<YamlMap, string> {
  const lines = text.split('\n').flatMap(readLine)
  const reader = { lines, at: 0 }
  try {
    const value = readMap(reader, lines[0]?.indent ?? 0)
    const rest = lines[reader.at]
    if (rest) throw new YamlFault(rest.number, 'did not find expected key')
    return ok(value)
  } catch (fault) {
    if (fault instanceof YamlFault) return err(`yaml: line ${fault.line}: ${fault.message}`)
    throw fault
  }
}

class YamlFault extends Error {
  readonly line: number
  constructor(line: number, what: string) {
    super(what)
    this.line = line
  }
}

interface Reader {
  readonly lines: readonly Line[]
  at: number
}

function readLine(raw: string, index: number): Line[] {
  if (/^\s*(#|$|---\s*$)/.test(raw)) return []
  const text = raw.replace(/\s+#.*$/, '').trimEnd()
  const indent = text.length - text.trimStart().length
  return [{ indent, text: text.trimStart(), number: index + 1 }]
}

function readMap(reader: Reader, indent: number): YamlMap {
  const entries: [string, YamlValue][] = []
  for (let line = reader.lines[reader.at]; line && line.indent === indent; line = reader.lines[reader.at]) {
    const match = /^("[^"]*"|'[^']*'|[^\s:][^:]*):(?:\s+(.*))?$/.exec(line.text)
    if (!match) throw new YamlFault(line.number, "could not find expected ':'")
    reader.at++
    entries.push([String(scalar(match[1]!)), match[2] ? scalar(match[2]) : readNested(reader, indent)])
  }
  return Object.fromEntries(entries)
}

/** What stands below a key: a deeper map, a list (which may be as far left as its key), or nothing. */
function readNested(reader: Reader, indent: number): YamlValue {
  const next = reader.lines[reader.at]
  if (next && next.text.startsWith('- ') && next.indent >= indent) return readList(reader, next.indent)
  return next && next.indent > indent ? readMap(reader, next.indent) : null
}

function readList(reader: Reader, indent: number): readonly YamlValue[] {
  const items: YamlValue[] = []
  for (let line = reader.lines[reader.at]; line && line.indent === indent; line = reader.lines[reader.at]) {
    if (!line.text.startsWith('- ')) break
    reader.at++
    items.push(scalar(line.text.slice(2).trim()))
    // A list of maps is skipped over: nothing that is read here has one.
    while ((reader.lines[reader.at]?.indent ?? -1) > indent) reader.at++
  }
  return items
}

function scalar(text: string): YamlValue {
  if (/^".*"$/.test(text) || /^'.*'$/.test(text)) return text.slice(1, -1)
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null' || text === '~') return null
  if (text === '[]') return []
  if (text === '{}') return {}
  if (/^\[.*\]$/.test(text)) return text.slice(1, -1).split(',').map((item) => scalar(item.trim()))
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text
}
