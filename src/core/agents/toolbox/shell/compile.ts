/**
 * Scripts become a flat list of instructions with jumps: a shell process is then a program counter and a few values, which a row can
 * hold. Known: `;`, newline, `&`, `&&`, `||`, `!`, pipelines of simple commands, redirections, `{ … }`, if, while, until, for, and
 * `( … )`, which runs in the same shell. `case`, functions and here-documents are not.
 */
import { type Result, err, ok } from '../../../base/result.ts'
import type { Code, Instruction, Redirect } from './code.ts'
import { tokenize } from './tokenize.ts'
import { type SyntaxProblem, type Token, type Word, isBare, literalText } from './words.ts'

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

export function compile(script: string): Result<Code, SyntaxProblem> {
  const tokens = tokenize(script)
  if (!tokens.ok) return tokens
  const compiler = new Compiler(tokens.value, script.length)
  compiler.list(new Set())
  if (compiler.problem === null && !compiler.atEnd) compiler.unexpected()
  return compiler.problem ? err(compiler.problem) : ok(compiler.code)
}

/** One pass over the tokens; lives only while a script is compiled. */
class Compiler {
  readonly code: Instruction[] = []
  problem: SyntaxProblem | null = null
  #at = 0
  readonly #tokens: readonly Token[]
  readonly #length: number

  constructor(tokens: readonly Token[], length: number) {
    this.#tokens = tokens
    this.#length = length
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
      token === undefined ? 'end of file' : token.t === 'word' ? (literalText(token.word) ?? 'word') : token.text
    const shown = token === undefined ? what : `"${what === '\n' ? 'newline' : what}"`
    const place = token ?? { from: this.#length, to: this.#length }
    this.problem ??= { message: `syntax error: unexpected ${shown}`, from: place.from, to: place.to }
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
      const begin = this.code.length
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

  /** Only a single simple command can run in the background. */
  #background(begin: number): void {
    const only = this.code[begin]
    if (this.code.length !== begin + 1 || only?.op !== 'run') return this.unexpected()
    this.code[begin] = { ...only, background: true }
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
    const begin = this.code.length
    this.#command()
    while (this.#operator('|')) {
      this.#newlines()
      const left = this.code.at(-1)
      if (left?.op !== 'run' || this.code.length - 1 < begin) return this.unexpected()
      this.code[this.code.length - 1] = { ...left, pipeOut: true }
      const right = this.code.length
      this.#command()
      const ran = this.code[right]
      if (this.code.length !== right + 1 || ran?.op !== 'run') return this.unexpected()
      this.code[right] = { ...ran, pipeIn: true }
    }
  }

  #command(): void {
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
    this.list(new Set())
    if (!this.#operator(')')) this.unexpected()
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
      this.#at += 1
      if (token.t === 'redirect') {
        const target = this.#redirectTarget(token.text)
        if (target === undefined) return
        redirects.push({ kind: redirectKind(token.text), target })
        continue
      }
      const assign = words.length === 0 ? assignment(token.word) : null
      if (assign) assigns.push(assign)
      else words.push(token.word)
    }
    if (words.length + assigns.length + redirects.length === 0) return this.unexpected()
    const command = { assigns, words, redirects }
    this.#emit({ op: 'run', command, background: false, pipeIn: false, pipeOut: false })
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

const redirectKind = (text: string): string => (/^[>]/.test(text) ? `1${text}` : text === '0<' ? '<' : text)

/** `NAME=value` in front of a command. */
function assignment(word: Word): { name: string; value: Word } | null {
  const first = word.parts[0]
  const match = first?.t === 'text' && !first.quoted ? /^([A-Za-z_]\w*)=/.exec(first.text) : null
  if (!match || first?.t !== 'text') return null
  const rest = { ...first, text: first.text.slice(match[0].length) }
  const parts = rest.text === '' ? word.parts.slice(1) : [rest, ...word.parts.slice(1)]
  return { name: match[1]!, value: { ...word, parts } }
}
