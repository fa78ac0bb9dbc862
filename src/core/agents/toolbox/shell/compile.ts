/**
 * Scripts become a flat list of instructions with jumps: a shell process is then a program counter and a few values, which a row can
 * hold. Known: `;`, newline, `&`, `&&`, `||`, `!`, pipelines, redirections, here-documents, `{ … }`, `( … )`, if, while, until, for.
 * `case` and functions are not. What runs beside the shell (`( … )`, a compound command in a pipeline, in the background or with
 * redirections of its own) becomes a shell of its own: `sh -c` with that part of the script.
 */
import { type Result, err, ok } from '../../../base/result.ts'
import type { Code, Command, Instruction, Redirect } from './code.ts'
import { tokenize } from './tokenize.ts'
import { type Part, type SyntaxProblem, type Token, type Word, isBare, literalText } from './words.ts'

type Run = Extract<Instruction, { op: 'run' }>

/** How far compiling has come: the next instruction and the next token. */
interface Place {
  readonly code: number
  readonly token: number
}

const KEYWORDS = new Set([
  'if',
  'then',
  'elif',
  'else',
  'fi',
  'while',
  'until',
  'do',
  'done',
  'for',
  'in',
  '{',
  '}',
  '!',
  'case',
  'esac',
])

/** Would more lines make a whole of this script: is a quote, a here-document or a compound command still open? */
export function isUnfinished(script: string): boolean {
  if (/(^|[^\\])(\\\\)*\\$/.test(script)) return true
  const tokens = tokenize(script)
  if (tokens.ok && tokens.value.some((token) => token.t === 'here' && !token.ended)) return true
  const compiled = compile(script)
  return !compiled.ok && compiled.error.unfinished
}

export function compile(script: string): Result<Code, SyntaxProblem> {
  const tokens = tokenize(script)
  if (!tokens.ok) return tokens
  const compiler = new Compiler(tokens.value, script)
  compiler.list(new Set())
  if (compiler.problem === null && !compiler.atEnd) compiler.unexpected()
  return compiler.problem ? err(compiler.problem) : ok(compiler.code)
}

/** Parentheses, loops and conditions in one another: each takes a few stack frames. */
const NESTED_AT_MOST = 100

/** One pass over the tokens; lives only while a script is compiled. */
class Compiler {
  readonly code: Instruction[] = []
  problem: SyntaxProblem | null = null
  #at = 0
  #depth = 0
  readonly #tokens: readonly Token[]
  readonly #script: string

  constructor(tokens: readonly Token[], script: string) {
    this.#tokens = tokens
    this.#script = script
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }
  get #token(): Token | undefined {
    return this.problem ? undefined : this.#tokens[this.#at]
  }

  unexpected(): void {
    const token = this.#tokens[this.#at]
    const what =
      token === undefined
        ? 'end of file'
        : token.t === 'word'
          ? (literalText(token.word) ?? 'word')
          : token.t === 'here'
            ? '<<'
            : token.text
    const shown = token === undefined ? what : `"${what === '\n' ? 'newline' : what}"`
    const { from, to } = token ?? { from: this.#script.length, to: this.#script.length }
    this.problem ??= { message: `syntax error: unexpected ${shown}`, from, to, unfinished: token === undefined }
  }

  #operator(text: string): boolean {
    const token = this.#token
    if (token?.t !== 'operator' || token.text !== text) return false
    this.#at += 1
    return true
  }

  /** The keyword that stands here, where a command may begin. */
  get #keyword(): string | null {
    const token = this.#token
    const word = token?.t === 'word' && isBare(token.word) ? literalText(token.word) : null
    return word !== null && KEYWORDS.has(word) ? word : null
  }

  #expect(keyword: string): void {
    this.#newlines()
    if (this.#keyword === keyword) this.#at += 1
    else this.unexpected()
  }

  #newlines(): void {
    while (this.#operator('\n'));
  }

  #emit(instruction: Instruction): number {
    return this.code.push(instruction) - 1
  }

  #patchJump(at: number, when: 'always' | 'ok' | 'fail'): void {
    this.code[at] = { op: 'jump', when, to: this.code.length }
  }

  /** Commands up to one of the keywords in `ends`, a `)`, or the end. */
  list(ends: ReadonlySet<string>): void {
    for (;;) {
      while (this.#operator('\n') || this.#operator(';'));
      const token = this.#token
      if (!token || (token.t === 'operator' && token.text === ')')) return
      const keyword = this.#keyword
      if (keyword !== null && ends.has(keyword)) return
      const begin = this.#here
      this.#andOr()
      if (this.#operator('&')) this.#background(begin)
      else if (!this.#operator(';') && !this.#operator('\n')) {
        const next = this.#token
        const closed =
          !next || (next.t === 'operator' && next.text === ')') || (this.#keyword !== null && ends.has(this.#keyword))
        if (!closed) return this.unexpected()
      }
      if (this.problem) return
    }
  }

  /** A job with redirections gets a shell of its own, which writes its files even when this one has ended long before. */
  #background(begin: Place): void {
    const only = this.code[begin.code]
    if (only?.op === 'run' && only.command.redirects.length > 0) this.#ownShell(begin, this.#at - 1)
    this.#patchRun(begin, { background: true }, this.#at - 1)
  }

  get #here(): Place {
    return { code: this.code.length, token: this.#at }
  }

  /** Says of what was compiled since `begin` where it runs: one command; if it is more, a shell of its own. */
  #patchRun(begin: Place, place: Partial<Omit<Run, 'op'>>, end = this.#at): void {
    if (this.problem) return
    const only = this.code[begin.code]
    if (this.code.length !== begin.code + 1 || only?.op !== 'run') this.#ownShell(begin, end)
    this.code[begin.code] = { ...(this.code[begin.code] as Run), ...place }
  }

  /** Replaces what was compiled since `begin` by a shell that runs the script from there to token `end`. */
  #ownShell(begin: Place, end: number): void {
    if (this.problem) return
    this.code.length = begin.code
    const script = this.#script.slice(this.#tokens[begin.token]!.from, this.#tokens[end - 1]!.to)
    this.#emit(simple({ assigns: [], words: shellWords(script), redirects: [] }))
  }

  #andOr(): void {
    this.#pipeline()
    for (;;) {
      const and = this.#operator('&&')
      if (!and && !this.#operator('||')) return
      this.#newlines()
      const jump = this.#emit({ op: 'not' })
      this.#pipeline()
      this.#patchJump(jump, and ? 'fail' : 'ok')
    }
  }

  #pipeline(): void {
    if (this.#keyword === '!') {
      this.#at += 1
      this.#pipeline()
      this.#emit({ op: 'not' })
      return
    }
    let begin = this.#here
    this.#command()
    while (this.#operator('|')) {
      this.#patchRun(begin, { pipeOut: true }, this.#at - 1)
      this.#newlines()
      begin = this.#here
      this.#command()
      this.#patchRun(begin, { pipeIn: true })
    }
  }

  #command(): void {
    const begin = this.#here
    this.#unredirected()
    const end = this.#at
    const redirects = this.#redirects()
    if (redirects.length === 0 || this.problem) return
    this.#ownShell(begin, end)
    const run = this.code[begin.code] as Run
    this.code[begin.code] = { ...run, command: { ...run.command, redirects } }
  }

  #unredirected(): void {
    if (this.#depth === NESTED_AT_MOST) return this.unexpected()
    this.#depth++
    this.#compound()
    this.#depth--
  }

  #compound(): void {
    switch (this.#keyword) {
      case 'if':
        return this.#if()
      case 'while':
        return this.#while('fail')
      case 'until':
        return this.#while('ok')
      case 'for':
        return this.#for()
      case '{':
        this.#at += 1
        this.list(new Set(['}']))
        return this.#expect('}')
      case null:
        break
      default:
        return this.unexpected()
    }
    if (!this.#operator('(')) return this.#simple()
    const begin = this.#here
    this.list(new Set())
    if (this.#at === begin.token || !this.#operator(')')) return this.unexpected()
    this.#ownShell(begin, this.#at - 1)
  }

  #if(): void {
    this.#at += 1
    this.list(new Set(['then']))
    this.#expect('then')
    const otherwise = this.#emit({ op: 'not' })
    this.list(new Set(['elif', 'else', 'fi']))
    const end = this.#emit({ op: 'not' })
    this.#patchJump(otherwise, 'fail')
    const keyword = this.#keyword
    if (keyword === 'elif') this.#if()
    else {
      if (keyword === 'else') {
        this.#at += 1
        this.list(new Set(['fi']))
      } else this.#emit({ op: 'status', value: 0 })
      this.#expect('fi')
    }
    this.#patchJump(end, 'always')
  }

  #while(leaveWhen: 'ok' | 'fail'): void {
    this.#at += 1
    const enter = this.#emit({ op: 'leave' })
    const top = this.code.length
    this.list(new Set(['do']))
    this.#expect('do')
    const out = this.#emit({ op: 'not' })
    this.list(new Set(['done']))
    this.#expect('done')
    this.#emit({ op: 'jump', when: 'always', to: top })
    this.#patchJump(out, leaveWhen)
    this.#emit({ op: 'status', value: 0 })
    this.code[enter] = { op: 'enter', top, end: this.code.length }
    this.#emit({ op: 'leave' })
  }

  #for(): void {
    this.#at += 1
    const token = this.#token
    const name = token?.t === 'word' ? literalText(token.word) : null
    if (name === null || !/^[A-Za-z_]\w*$/.test(name)) return this.unexpected()
    this.#at += 1
    this.#newlines()
    const words: Word[] = []
    if (this.#keyword === 'in') {
      this.#at += 1
      for (let next = this.#token; next?.t === 'word'; next = this.#token) {
        words.push(next.word)
        this.#at += 1
      }
    }
    this.#operator(';')
    this.#expect('do')
    const enter = this.#emit({ op: 'leave' })
    const top = this.#emit({ op: 'leave' })
    this.list(new Set(['done']))
    this.#expect('done')
    this.#emit({ op: 'jump', when: 'always', to: top })
    const end = this.code.length
    this.code[enter] = { op: 'for', name, words, end }
    this.code[top] = { op: 'next', end }
    this.#emit({ op: 'leave' })
  }

  #simple(): void {
    const assigns: { name: string; value: Word }[] = []
    const words: Word[] = []
    const redirects: Redirect[] = []
    for (let token = this.#token; token && token.t !== 'operator'; token = this.#token) {
      if (token.t !== 'word') {
        redirects.push(...this.#redirects())
        continue
      }
      this.#at += 1
      const assign = words.length === 0 ? assignment(token.word) : null
      if (assign) assigns.push(assign)
      else words.push(token.word)
    }
    if (words.length + assigns.length + redirects.length === 0) return this.unexpected()
    this.#emit(simple({ assigns, words, redirects }))
  }

  /** The redirections that stand here. */
  #redirects(): Redirect[] {
    const redirects: Redirect[] = []
    for (let token = this.#token; token?.t === 'redirect' || token?.t === 'here'; token = this.#token) {
      this.#at += 1
      if (token.t === 'here') {
        redirects.push({ kind: '<<', target: token.body })
        continue
      }
      const target = this.#redirectTarget(token.text)
      if (target === undefined) break
      redirects.push({ kind: redirectKind(token.text), target })
    }
    return redirects
  }

  /** `undefined`: missing, and a problem. */
  #redirectTarget(text: string): Word | null | undefined {
    if (/>&\d$/.test(text)) return null
    const token = this.#token
    if (token?.t !== 'word') {
      this.unexpected()
      return undefined
    }
    this.#at += 1
    return token.word
  }
}

const redirectKind = (text: string): string => (/^[>]/.test(text) ? `1${text}` : text.replace(/^0</, '<'))

const simple = (command: Command): Run => ({ op: 'run', command, background: false, pipeIn: false, pipeOut: false })

/** `sh -c SCRIPT "$0" "$@"`. */
function shellWords(script: string): readonly Word[] {
  const word = (part: Part): Word => ({ parts: [part], from: 0, to: 0 })
  const literal = (text: string): Word => word({ t: 'text', text, quoted: true })
  const quoted = (name: string): Word => word({ t: 'var', name, otherwise: '', quoted: true })
  return [literal('sh'), literal('-c'), literal(script), quoted('0'), quoted('@')]
}

/** `NAME=value` in front of a command. */
function assignment(word: Word): { name: string; value: Word } | null {
  const first = word.parts[0]
  const match = first?.t === 'text' && !first.quoted ? /^([A-Za-z_]\w*)=/.exec(first.text) : null
  if (!match || first?.t !== 'text') return null
  const rest = { ...first, text: first.text.slice(match[0].length) }
  const parts = rest.text === '' ? word.parts.slice(1) : [rest, ...word.parts.slice(1)]
  return { name: match[1]!, value: { ...word, parts } }
}
