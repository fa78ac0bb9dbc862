/** Where something stands in the text of a script: offsets of its first character and of the one behind it. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A piece of a word. What is not `quoted` is split into fields after expansion. */
export type Part =
  | { readonly t: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly t: 'var'; readonly name: string; readonly otherwise: string; readonly quoted: boolean }
  /** `$(…)`: the script inside. */
  | { readonly t: 'command'; readonly script: string; readonly quoted: boolean }
  | { readonly t: 'arithmetic'; readonly expression: string; readonly quoted: boolean }

export interface Word extends Span {
  readonly parts: readonly Part[]
}

export type Token =
  | (Span & { readonly t: 'word'; readonly word: Word })
  | (Span & { readonly t: 'operator'; readonly text: string })
  /** `2>`: the descriptor is part of the operator. */
  | (Span & { readonly t: 'redirect'; readonly text: string })
  /** `<<END`: what the lines up to END hold. Not `ended`: the script stops before such a line comes. */
  | (Span & { readonly t: 'here'; readonly body: Word; readonly ended: boolean })

export interface SyntaxProblem extends Span {
  /** In the words of the shell, without its name in front. */
  readonly message: string
  /** The script stops too early: more lines could make it right. */
  readonly unfinished: boolean
}

/** The text of a word that has no expansions; `null` otherwise. */
export function literalText(word: Word): string | null {
  let text = ''
  for (const part of word.parts) {
    if (part.t !== 'text') return null
    text += part.text
  }
  return text
}

/** Is it written without any quote, so that it may be a keyword? */
export const isBare = (word: Word): boolean =>
  word.parts.length === 1 && word.parts[0]!.t === 'text' && !word.parts[0]!.quoted
