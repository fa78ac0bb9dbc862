import { type Result, err, ok } from '../../base/result.ts'

export type GoObject = { readonly [key: string]: unknown }

/** Parses a JSON object. The error is what Go's encoding/json says of the text. */
export function parseGoJson(text: string): Result<GoObject, string> {
  const fault = syntaxFault(text)
  if (fault !== null) return err(fault)
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return ok(value as GoObject)
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return err(`json: cannot unmarshal ${kind} into Go value`)
}

const EOF_TEXT = 'unexpected end of JSON input'

/** The scanner of encoding/json (scanner.go), as far as its complaints go. `null`: the text is JSON. */
function syntaxFault(text: string): string | null {
  const scanner = new Scanner(text)
  try {
    scanner.value('looking for beginning of value')
    scanner.space()
    if (!scanner.atEnd) scanner.complain('after top-level value')
  } catch (fault) {
    if (fault instanceof Fault) return fault.text
    throw fault
  }
  return null
}

class Fault extends Error {
  readonly text: string
  constructor(text: string) {
    super(text)
    this.text = text
  }
}

/** Of arrays and objects in one another. encoding/json allows 10,000. */
const DEPTH_AT_MOST = 1000

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  #depth = 0

  complain(context: string): never {
    if (this.atEnd) throw new Fault(EOF_TEXT)
    throw new Fault(`invalid character ${quoted(this.#text[this.#at]!)} ${context}`)
  }

  space(): void {
    while (!this.atEnd && ' \t\r\n'.includes(this.#text[this.#at]!)) this.#at++
  }

  #peek(): string {
    this.space()
    return this.#text[this.#at] ?? ''
  }

  value(context: string): void {
    const c = this.#peek()
    if (c === '{' || c === '[') {
      if (++this.#depth > DEPTH_AT_MOST) throw new Fault('exceeded max depth')
      if (c === '{') this.#object()
      else this.#array()
      this.#depth--
      return
    }
    if (c === '"') return this.#string()
    if (c === '-' || (c >= '0' && c <= '9')) return this.#number()
    if (c === 't') return this.#literal('true')
    if (c === 'f') return this.#literal('false')
    if (c === 'n') return this.#literal('null')
    this.complain(context)
  }

  #object(): void {
    this.#at++
    if (this.#peek() === '}') return void this.#at++
    for (;;) {
      if (this.#peek() !== '"') this.complain('looking for beginning of object key string')
      this.#string()
      if (this.#peek() !== ':') this.complain('after object key')
      this.#at++
      this.value('looking for beginning of value')
      const next = this.#peek()
      if (next !== ',' && next !== '}') this.complain('after object key:value pair')
      this.#at++
      if (next === '}') return
    }
  }

  #array(): void {
    this.#at++
    if (this.#peek() === ']') return void this.#at++
    for (;;) {
      this.value('looking for beginning of value')
      const next = this.#peek()
      if (next !== ',' && next !== ']') this.complain('after array element')
      this.#at++
      if (next === ']') return
    }
  }

  #string(): void {
    this.#at++
    while (!this.atEnd && this.#text[this.#at] !== '"') {
      const c = this.#text[this.#at]!
      if (c < ' ') this.complain('in string literal')
      if (c === '\\') this.#escape()
      else this.#at++
    }
    if (this.atEnd) throw new Fault(EOF_TEXT)
    this.#at++
  }

  #escape(): void {
    this.#at++
    const c = this.#text[this.#at] ?? ''
    if (c === 'u') {
      this.#at++
      for (let i = 0; i < 4; i++, this.#at++) {
        if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.complain('in \\u hexadecimal character escape')
      }
      return
    }
    if (c === '' || !'"\\/bfnrt'.includes(c)) this.complain('in string escape code')
    this.#at++
  }

  #number(): void {
    const match = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(this.#text.slice(this.#at))
    if (!match) {
      this.#at++
      this.complain('in numeric literal')
    }
    this.#at += match[0].length
  }

  #literal(word: string): void {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.#text[this.#at] !== word[i]) this.complain(`in literal ${word} (expecting ${quoted(word[i]!)})`)
    }
  }
}

/** quoteChar of scanner.go. */
function quoted(c: string): string {
  if (c === "'") return "'\\''"
  if (c === '"') return `'"'`
  return `'${JSON.stringify(c).slice(1, -1)}'`
}
