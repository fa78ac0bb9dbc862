import { type Result, err, ok } from '../../../base/result.ts'
import { type Part, type SyntaxProblem, type Token, type Word, literalText } from './words.ts'

const OPERATORS = ['&&', '||', ';;', ';', '&', '|', '(', ')', '\n'] as const
const REDIRECT = /^(?:\d?>&\d|&>>?|\d?>>|\d?>|\d?<<<|\d?<)/
const HERE = /^0?<<(-?)[ \t]*(?!<)/
const NAME = /^[A-Za-z_][A-Za-z0-9_]*/

/** A here-document whose operator was read and whose lines follow behind the end of this line. */
interface Announced {
  readonly token: number
  readonly end: string
  readonly stripTabs: boolean
  readonly expands: boolean
}

/** Splits a script into words, operators and redirections (POSIX shell, section 2.3), each with its place in the text. */
export function tokenize(script: string): Result<readonly Token[], SyntaxProblem> {
  const tokens: Token[] = []
  let announced: Announced[] = []
  let at = 0
  while (at < script.length) {
    const char = script[at]!
    if (char === ' ' || char === '\t' || char === '\r') {
      at += 1
      continue
    }
    if (char === '\\' && script[at + 1] === '\n') {
      at += 2
      continue
    }
    if (char === '#') {
      while (at < script.length && script[at] !== '\n') at += 1
      continue
    }
    const here = HERE.exec(script.slice(at))
    if (here) {
      const end = readWord(script, at + here[0].length)
      if (!end.ok) return end
      const { parts, to } = end.value
      const bare = parts.every((part) => part.t === 'text' && !part.quoted)
      announced.push({
        token: tokens.length,
        end: literalText(end.value) ?? script.slice(end.value.from, to),
        stripTabs: here[1] === '-',
        expands: bare,
      })
      tokens.push({ t: 'here', body: { parts: [], from: at, to }, ended: false, from: at, to })
      at = to
      continue
    }
    const redirect = REDIRECT.exec(script.slice(at, at + 4))?.[0]
    if (redirect) {
      tokens.push({ t: 'redirect', text: redirect, from: at, to: at + redirect.length })
      at += redirect.length
      continue
    }
    const operator = OPERATORS.find((text) => script.startsWith(text, at))
    if (operator) {
      tokens.push({ t: 'operator', text: operator, from: at, to: at + operator.length })
      at += operator.length
      if (operator !== '\n') continue
      for (const document of announced) {
        const read = readHere(script, at, document)
        if (!read.ok) return read
        const { from, to } = tokens[document.token]!
        tokens[document.token] = { t: 'here', body: read.value.body, ended: read.value.ended, from, to }
        at = read.value.to
      }
      announced = []
      continue
    }
    const word = readWord(script, at)
    if (!word.ok) return word
    tokens.push({ t: 'word', word: word.value, from: at, to: word.value.to })
    at = word.value.to
  }
  return ok(tokens)
}

/** A no-break space, as web pages put into what is copied from them, belongs to a word: only POSIX blanks end one. */
const ENDS_WORD = /[ \t\r\n;&|()<>]/

function readWord(script: string, from: number): Result<Word, SyntaxProblem> {
  const parts: Part[] = []
  let at = from
  while (at < script.length && !ENDS_WORD.test(script[at]!)) {
    const piece = readPiece(script, at)
    if (!piece.ok) return piece
    parts.push(...piece.value.parts)
    at = piece.value.to
  }
  return ok({ parts: joined(parts), from, to: at })
}

interface Piece {
  readonly parts: readonly Part[]
  readonly to: number
}

const text = (value: string, quoted: boolean): Part => ({ t: 'text', text: value, quoted })

const unterminated = (from: number, to: number): Result<never, SyntaxProblem> =>
  err({ message: 'syntax error: unterminated quoted string', from, to, unfinished: true })

/** The lines of a here-document from `from` on, up to the one that ends it (POSIX shell, section 2.7.4). */
function readHere(
  script: string,
  from: number,
  { end, stripTabs, expands }: Announced,
): Result<{ readonly body: Word; readonly ended: boolean; readonly to: number }, SyntaxProblem> {
  let body = ''
  let at = from
  let ended = false
  while (at < script.length && !ended) {
    const newline = script.indexOf('\n', at)
    const to = newline < 0 ? script.length : newline
    const line = stripTabs ? script.slice(at, to).replace(/^\t+/, '') : script.slice(at, to)
    ended = line === end
    if (!ended) body += `${line}\n`
    at = to + (newline < 0 ? 0 : 1)
  }
  if (!expands) return ok({ body: { parts: [text(body, true)], from, to: at }, ended, to: at })
  const read = readQuoted(body, 0, '')
  return read.ok ? ok({ body: { parts: joined(read.value.parts), from, to: at }, ended, to: at }) : read
}

function readPiece(script: string, at: number): Result<Piece, SyntaxProblem> {
  const char = script[at]!
  if (char === "'") {
    const end = script.indexOf("'", at + 1)
    return end < 0
      ? unterminated(at, script.length)
      : ok({ parts: [text(script.slice(at + 1, end), true)], to: end + 1 })
  }
  if (char === '"') return readDoubleQuoted(script, at)
  if (char === '\\') {
    if (script[at + 1] === '\n') return ok({ parts: [], to: at + 2 })
    return ok({ parts: [text(script[at + 1] ?? '', true)], to: at + 2 })
  }
  if (char === '$' || char === '`') return readExpansion(script, at, false)
  return ok({ parts: [text(char, false)], to: at + 1 })
}

function readDoubleQuoted(script: string, from: number): Result<Piece, SyntaxProblem> {
  const read = readQuoted(script, from + 1, '"')
  if (!read.ok) return read
  const { parts, to } = read.value
  return to >= script.length ? unterminated(from, script.length) : ok({ parts, to: to + 1 })
}

/** Text in which `$`, backquotes and backslashes keep their meaning, up to the closing quote; `''` = up to the end. */
function readQuoted(script: string, from: number, quote: '"' | ''): Result<Piece, SyntaxProblem> {
  const parts: Part[] = [text('', true)]
  let at = from
  while (at < script.length && script[at] !== quote) {
    const char = script[at]!
    if (char === '\\' && `$\`\\\n${quote}`.includes(script[at + 1] ?? ' ')) {
      if (script[at + 1] !== '\n') parts.push(text(script[at + 1]!, true))
      at += 2
    } else if (char === '$' || char === '`') {
      const piece = readExpansion(script, at, true)
      if (!piece.ok) return piece
      parts.push(...piece.value.parts)
      at = piece.value.to
    } else {
      parts.push(text(char, true))
      at += 1
    }
  }
  return ok({ parts, to: at })
}

function readExpansion(script: string, at: number, quoted: boolean): Result<Piece, SyntaxProblem> {
  if (script[at] === '`') {
    const end = script.indexOf('`', at + 1)
    if (end < 0) return unterminated(at, script.length)
    return ok({ parts: [{ t: 'command', script: script.slice(at + 1, end), quoted }], to: end + 1 })
  }
  const rest = script.slice(at + 1)
  if (rest.startsWith('((')) {
    const end = script.indexOf('))', at)
    if (end < 0) return unterminated(at, script.length)
    return ok({ parts: [{ t: 'arithmetic', expression: script.slice(at + 3, end), quoted }], to: end + 2 })
  }
  if (rest.startsWith('(')) {
    const end = closingParen(script, at + 1)
    if (end < 0) return unterminated(at, script.length)
    return ok({ parts: [{ t: 'command', script: script.slice(at + 2, end), quoted }], to: end + 1 })
  }
  const braced = /^\{([A-Za-z_][A-Za-z0-9_]*|[?#@*$!]|\d+)(?::?-([^}]*))?\}/.exec(rest)
  if (braced) {
    const part: Part = { t: 'var', name: braced[1]!, otherwise: braced[2] ?? '', quoted }
    return ok({ parts: [part], to: at + 1 + braced[0].length })
  }
  if (rest.startsWith('{')) {
    return err({ message: 'syntax error: bad substitution', from: at, to: at + 2, unfinished: false })
  }
  const name = NAME.exec(rest)?.[0] ?? /^[?#@*$!\d]/.exec(rest)?.[0]
  if (name === undefined) return ok({ parts: [text('$', quoted)], to: at + 1 })
  return ok({ parts: [{ t: 'var', name, otherwise: '', quoted }], to: at + 1 + name.length })
}

/** The parenthesis that closes the one at `open`, quotes respected; -1 = none. */
function closingParen(script: string, open: number): number {
  let depth = 0
  let quote = ''
  for (let i = open; i < script.length; i++) {
    const char = script[i]!
    if (quote !== '') {
      if (char === quote) quote = ''
      else if (char === '\\' && quote === '"') i += 1
    } else if (char === "'" || char === '"') quote = char
    else if (char === '(') depth += 1
    else if (char === ')' && --depth === 0) return i
  }
  return -1
}

/** Neighbouring texts of one kind become one. */
function joined(parts: readonly Part[]): readonly Part[] {
  const out: Part[] = []
  for (const part of parts) {
    const last = out.at(-1)
    if (part.t === 'text' && last?.t === 'text' && last.quoted === part.quoted) {
      out[out.length - 1] = text(last.text + part.text, part.quoted)
    } else out.push(part)
  }
  return out
}
