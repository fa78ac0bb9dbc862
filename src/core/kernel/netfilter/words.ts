/** One word of a command line, with the column (0-based) at which it began. */
export interface Word {
  readonly text: string
  readonly column: number
}

/**
 * Splits a line of iptables-restore input as its `add_param_to_argv` does: blanks separate words, double quotes hold
 * blanks, a backslash takes the next character as it is (inside quotes only, as in the original).
 */
export function splitWords(line: string): readonly Word[] {
  const words: Word[] = []
  let text = ''
  let start = -1
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!
    if (quoted) {
      if (c === '\\' && i + 1 < line.length) text += line[++i]
      else if (c === '"') quoted = false
      else text += c
    } else if (c === '"') {
      quoted = true
      if (start < 0) start = i
    } else if (c === ' ' || c === '\t' || c === '\n') {
      if (start >= 0) words.push({ text, column: start })
      text = ''
      start = -1
    } else {
      if (start < 0) start = i
      text += c
    }
  }
  if (start >= 0) words.push({ text, column: start })
  return words
}

/** The words of an argument vector, with columns as if they were joined by single blanks. */
export function wordsOf(argv: readonly string[]): readonly Word[] {
  let column = 0
  return argv.map((text) => {
    const word = { text, column }
    column += text.length + 1
    return word
  })
}

/** As iptables-save writes a string: bare if it is plain, else in double quotes with `"`, `\` and `'` escaped. */
export function quoteWord(text: string): string {
  if (/^[\w-]+$/.test(text)) return text
  return `"${text.replace(/["\\']/g, '\\$&')}"`
}
