import { isJson } from '../kinds/json.ts'

/** Column after which the emitter folds a line at the next space (goyaml's best width). */
const BEST_WIDTH = 80

const DOCUMENT_MARKER = /(^|\s)(---|\.\.\.)(\s|$)/

/**
 * YAML as sigs.k8s.io/yaml (goyaml.v2) writes it: keys sorted, two spaces, list items at the column of their key, texts
 * plain where they can be, single-quoted, double-quoted or literal where they must; long lines folded after column 80.
 */
export function toYaml(value: unknown): string {
  if (isContainer(value)) return block(value, 0)
  // Nothing is indented here: a line of a lone text must not look like a document marker.
  if (typeof value === 'string' && DOCUMENT_MARKER.test(value)) return `${doubleQuoted(value)}\n`
  return `${scalar(value, 0, 0)}\n`
}

interface Style {
  readonly sort: boolean
  readonly fold: boolean
}
const SORTED: Style = { sort: true, fold: true }

const isContainer = (value: unknown): value is object =>
  (Array.isArray(value) && value.length > 0) || (isJson(value) && keysOf(value, false).length > 0)

const keysOf = (value: object, sort: boolean): string[] => {
  const keys = Object.keys(value).filter((key) => (value as Record<string, unknown>)[key] !== undefined)
  return sort ? keys.sort(naturalOrder) : keys
}

/** Lines of a non-empty list or map, each starting at `indent` and ending in a newline. */
function block(value: unknown, indent: number, style: Style = SORTED): string {
  const pad = ' '.repeat(indent)
  if (Array.isArray(value)) {
    return value
      .map((item: unknown) => {
        if (isContainer(item)) return `${pad}- ${block(item, indent + 2, style).slice(indent + 2)}`
        return `${pad}- ${scalar(item, indent + 2, indent + 2, style)}\n`
      })
      .join('')
  }
  const map = value as Record<string, unknown>
  return keysOf(map, style.sort)
    .map((key) => {
      const name = pad + keyText(key)
      const item = map[key]
      if (!isContainer(item)) return `${name}: ${scalar(item, indent + 2, name.length + 2, style)}\n`
      return `${name}:\n${block(item, Array.isArray(item) ? indent : indent + 2, style)}`
    })
    .join('')
}

const keyText = (key: string): string =>
  key.includes('\n') ? doubleQuoted(key) : scalar(key, 0, 0, { sort: false, fold: false })

/** One value that is not a block: `indent` is where its further lines start, `column` where its first does. */
function scalar(value: unknown, indent: number, column: number, style: Style = SORTED): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return '[]'
  if (typeof value === 'object') return '{}'
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value !== 'string') return 'null'
  return text(value, indent, column, style)
}

const numberText = (value: number): string =>
  Math.abs(value) >= 1e21 ? value.toExponential().replace('e+', 'e+') : String(value)

function text(value: string, indent: number, column: number, style: Style): string {
  if (value.includes('\n')) return fitsLiteral(value) ? literal(value, indent) : doubleQuoted(value)
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/.test(value)) return doubleQuoted(value)
  if (looksLikeOtherType(value)) return doubleQuoted(value)
  const folded = style.fold ? (raw: string): string => fold(raw, indent, column) : (raw: string): string => raw
  if (isPlain(value)) return folded(value)
  return folded(`'${value.replaceAll("'", "''")}'`)
}

const BOOL_OR_NULL =
  /^(~|null|Null|NULL|y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|<<)?$/
const NUMBER =
  /^[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*|(\.[0-9]+|[0-9_]+(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))$|^\.(nan|NaN|NAN)$/
const BASE_60 = /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{2}:\d{2}.*)?$/

/** Text that would be read back as a number, a boolean, null or a time. */
export const looksLikeOtherType = (value: string): boolean =>
  BOOL_OR_NULL.test(value) || NUMBER.test(value) || BASE_60.test(value) || TIMESTAMP.test(value)

/** Whether the emitter may write the text without quotes in block context. */
export function isPlain(value: string): boolean {
  if (value === '' || /^\s|\s$/.test(value)) return false
  if (/^[#,[\]{}&*!|>'"%@`]/.test(value) || /^(---|\.\.\.)/.test(value)) return false
  if (/^[-?:](\s|$)/.test(value) || value.startsWith('- ')) return false
  return !/:(\s|$)/.test(value) && !/\s#/.test(value) && !value.includes('\t')
}

const fitsLiteral = (value: string): boolean =>
  // oxlint-disable-next-line no-control-regex
  !/[\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]/.test(value) &&
  !/[ \t]\n/.test(value) &&
  !/[ \t]$/.test(value) &&
  !/^\n*[ \t]/.test(value)

function literal(value: string, indent: number): string {
  const pad = ' '.repeat(indent)
  const chomp = !value.endsWith('\n') ? '-' : value.endsWith('\n\n') || value === '\n' ? '+' : ''
  const body = value.endsWith('\n') ? value.slice(0, -1) : value
  return `|${chomp}\n${body
    .split('\n')
    .map((line) => (line === '' ? '' : pad + line))
    .join('\n')}`
}

function doubleQuoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Breaks a one-line text at the first space beyond the best width, as often as needed. */
function fold(raw: string, indent: number, column: number): string {
  let out = ''
  let at = column
  for (let i = 0; i < raw.length; i++) {
    const breakable =
      raw[i] === ' ' && at > BEST_WIDTH && raw[i + 1] !== ' ' && raw[i - 1] !== ' ' && i > 0 && i < raw.length - 1
    if (breakable) {
      out += `\n${' '.repeat(indent)}`
      at = indent
    } else {
      out += raw[i]
      at++
    }
  }
  return out
}

/** goyaml's key order: letters by code, digit runs by their number. */
function naturalOrder(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (left[i] === right[i]) continue
    const al = isLetter(left[i]!)
    const bl = isLetter(right[i]!)
    if (al && bl) return left[i]! < right[i]! ? -1 : 1
    if (al || bl) return al ? 1 : -1
    const an = digitsFrom(left, i)
    const bn = digitsFrom(right, i)
    if (an !== bn && an >= 0 && bn >= 0) return an - bn
    return left[i]! < right[i]! ? -1 : 1
  }
  return left.length - right.length
}

const isLetter = (char: string): boolean => /\p{L}/u.test(char)
const digitsFrom = (chars: readonly string[], i: number): number =>
  Number(/^\d+/.exec(chars.slice(i).join(''))?.[0] ?? -1)

/** Flow style for insertion into `{…}` or `[…]`: `{name: web, ports: [80, "443"]}`. */
export function toFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toFlow).join(', ')}]`
  if (isJson(value)) {
    return `{${keysOf(value, false)
      .map((key) => `${flowText(key)}: ${toFlow(value[key])}`)
      .join(', ')}}`
  }
  return typeof value === 'string' ? flowText(value) : scalar(value, 0, 0)
}

const flowText = (value: string): string =>
  isPlain(value) && !looksLikeOtherType(value) && !/[,[\]{}\n]/.test(value) ? value : doubleQuoted(value)
