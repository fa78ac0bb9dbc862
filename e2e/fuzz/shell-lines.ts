/** What a shell would do with a script, as far as it can be told without running it. */
export interface ShellCommand {
  readonly words: readonly string[]
  /** Expansions that a shell would make: `$x`, `$(…)`, backquotes. */
  readonly expansions: readonly string[]
  readonly line: number
}

/**
 * Reads a script that has nothing but simple commands, comments, assignments, quoted words, here-documents with quoted delimiters,
 * redirections and `;`: what an export consists of. Throws where a shell would wait for more.
 */
export function shellCommands(script: string): readonly ShellCommand[] {
  // shells skip the byte 0 where they read a script
  const text = script.replaceAll('\0', '')
  const commands: ShellCommand[] = []
  const here: string[] = []
  let words: string[] = []
  let expansions: string[] = []
  let line = 1
  let at = 0
  const end = (): void => {
    if (words.length > 0) commands.push({ words, expansions, line })
    words = []
    expansions = []
  }
  while (at < text.length) {
    const char = text[at]!
    if (char === '\n') {
      end()
      line++
      at++
      for (const delimiter of here.splice(0)) {
        for (;;) {
          if (at >= text.length) throw new Error(`the here-document ${delimiter} does not end`)
          const newline = text.indexOf('\n', at)
          const body = text.slice(at, newline < 0 ? text.length : newline)
          at = newline < 0 ? text.length : newline + 1
          line++
          if (body === delimiter) break
        }
      }
    } else if (char === ' ' || char === '\t') at++
    else if (char === '#') {
      const newline = text.indexOf('\n', at)
      at = newline < 0 ? text.length : newline
    } else if (char === ';' || char === '&' || char === '|' || char === '(' || char === ')') {
      end()
      words.push(char)
      end()
      at++
    } else if (text.startsWith('<<', at)) {
      const match = /^<<'([A-Z_]+)'/.exec(text.slice(at, at + 10_000))
      if (!match) throw new Error(`line ${line}: a here-document whose text would be expanded`)
      here.push(match[1]!)
      at += match[0].length
    } else if (char === '<' || char === '>') {
      words.push(char)
      at++
    } else {
      const word = readWord(text, at)
      words.push(word.text)
      expansions.push(...word.expansions)
      line += word.lines
      at = word.to
    }
  }
  end()
  return commands
}

function readWord(text: string, from: number) {
  const expansions: string[] = []
  let word = ''
  let at = from
  while (at < text.length && !/[ \t\n;&|()<>]/.test(text[at]!)) {
    const char = text[at]!
    if (char === "'") {
      const close = text.indexOf("'", at + 1)
      if (close < 0) throw new Error('a quote that does not close')
      word += text.slice(at + 1, close)
      at = close + 1
    } else if (char === '"') {
      const close = text.indexOf('"', at + 1)
      if (close < 0) throw new Error('a quote that does not close')
      const inside = text.slice(at + 1, close)
      expansions.push(...(inside.match(/[$`\\]\w*/g) ?? []))
      word += inside
      at = close + 1
    } else if (char === '\\') {
      word += text[at + 1] ?? ''
      at += 2
    } else {
      const expansion = /^[$`]\w*/.exec(text.slice(at, at + 100))?.[0]
      if (expansion !== undefined) expansions.push(expansion)
      word += expansion ?? char
      at += expansion?.length ?? 1
    }
  }
  return { text: word, expansions, to: at, lines: text.slice(from, at).split('\n').length - 1 }
}
