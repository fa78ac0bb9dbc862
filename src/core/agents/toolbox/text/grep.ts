import { input } from './filters.ts'
import type { InstantCommand } from './instant.ts'

interface Options {
  readonly patterns: readonly string[]
  readonly files: readonly string[]
  readonly set: ReadonlySet<string>
  /** Lines shown before and after a hit, and the most hits. */
  readonly before: number
  readonly after: number
  readonly most: number
}

const SWITCHES = 'EFGPchHilnoqsvwx'
const VALUES = 'ABCem'
const LONG: Readonly<Record<string, string>> = {
  'after-context': 'A',
  'before-context': 'B',
  context: 'C',
  count: 'c',
  'extended-regexp': 'E',
  'files-with-matches': 'l',
  'fixed-strings': 'F',
  'ignore-case': 'i',
  'invert-match': 'v',
  'line-number': 'n',
  'line-regexp': 'x',
  'max-count': 'm',
  'no-filename': 'h',
  'no-messages': 's',
  'only-matching': 'o',
  'perl-regexp': 'P',
  quiet: 'q',
  regexp: 'e',
  silent: 'q',
  'with-filename': 'H',
  'word-regexp': 'w',
}

/** The words of a command line, or what is wrong with them. */
function readOptions(args: readonly string[]): Options | string {
  const set = new Set<string>()
  const patterns: string[] = []
  const words: string[] = []
  const numbers: Record<string, number> = {}
  const take = (letter: string, value: string | undefined): string | null => {
    if (value === undefined) return `option requires an argument -- '${letter}'`
    if (letter === 'e') patterns.push(...value.split('\n'))
    else if (/^\d+$/.test(value)) numbers[letter] = Number(value)
    else return `${value}: invalid ${letter === 'm' ? 'max count' : 'context length argument'}`
    return null
  }
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--') {
      words.push(...args.slice(i + 1))
      break
    }
    if (!/^-./.test(arg)) words.push(arg)
    else if (/^-\d+$/.test(arg)) numbers['C'] = Number(arg.slice(1))
    else if (/^--colou?r(=|$)/.test(arg)) continue
    else {
      const [name, inline] = arg.startsWith('--')
        ? (arg.slice(2).split(/=(.*)/s) as [string, string?])
        : ['', undefined]
      const letters = name === '' ? arg.slice(1) : Object.hasOwn(LONG, name) ? LONG[name]! : null
      if (letters === null) return `unrecognized option '--${name}'`
      for (let at = 0; at < letters.length; at++) {
        const letter = letters[at]!
        if (SWITCHES.includes(letter)) set.add(letter)
        else if (!VALUES.includes(letter)) return `invalid option -- '${letter}'`
        else {
          const problem = take(letter, inline ?? (letters.slice(at + 1) || args[++i]))
          if (problem) return problem
          break
        }
      }
    }
  }
  if (patterns.length === 0) {
    const first = words.shift()
    if (first === undefined) return ''
    patterns.push(...first.split('\n'))
  }
  const around = numbers['C'] ?? 0
  const { A = around, B = around, m = Number.POSITIVE_INFINITY } = numbers
  return { patterns, files: words, set, before: B, after: A, most: m }
}

const USAGE = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n"

/** `grep`: basic expressions as GNU has them, extended with -E, JavaScript's with -P. */
export const grep: InstantCommand = (ctx, args) => {
  const options = readOptions(args)
  if (typeof options === 'string') return { err: options === '' ? USAGE : `grep: ${options}\n${USAGE}`, code: 2 }
  const test = matcher(options)
  if (!test) return { err: 'grep: this expression is too complex for the lab\n', code: 2 }
  const { set } = options
  const named = (options.files.length > 1 || set.has('H')) && !set.has('h')
  let out = ''
  let err = ''
  let found = false
  for (const file of options.files.length > 0 ? options.files : ['-']) {
    const text = input(ctx, 'grep', [file])
    if (typeof text !== 'string') {
      if (!set.has('s')) err += text.err ?? ''
      continue
    }
    const name = file === '-' ? '(standard input)' : file
    const hits = search(text, options, test)
    found ||= hits.length > 0
    if (set.has('l')) out += hits.length > 0 ? `${name}\n` : ''
    else if (set.has('c')) out += `${named ? `${name}:` : ''}${hits.length}\n`
    else out += printed(text, hits, options, test, named ? name : null)
  }
  const code = err !== '' && !(found && set.has('q')) ? 2 : found ? 0 : 1
  return { ...(set.has('q') ? {} : { out }), ...(err !== '' && { err }), code }
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

/** Numbers of the lines that are hits, from 0. */
function search(text: string, { set, most }: Options, test: Matcher): readonly number[] {
  const hits: number[] = []
  for (const [i, line] of linesOf(text).entries()) {
    if (hits.length >= most) break
    if (test(line).length > 0 !== set.has('v')) hits.push(i)
  }
  return hits
}

function printed(text: string, hits: readonly number[], options: Options, test: Matcher, name: string | null): string {
  const { set, before, after } = options
  const lines = linesOf(text)
  const head = (i: number, sign: string): string =>
    `${name === null ? '' : `${name}${sign}`}${set.has('n') ? `${i + 1}${sign}` : ''}`
  if (set.has('o'))
    return set.has('v') ? '' : hits.flatMap((i) => test(lines[i]!).map((part) => `${head(i, ':')}${part}\n`)).join('')
  const isHit = new Set(hits)
  let out = ''
  let last = -1
  for (const hit of hits) {
    const from = Math.max(hit - before, last + 1)
    if (before + after > 0 && out !== '' && from > last + 1) out += '--\n'
    for (let i = from; i <= Math.min(hit + after, lines.length - 1); i++) {
      if (i <= last) continue
      out += `${head(i, isHit.has(i) ? ':' : '-')}${lines[i]}\n`
      last = i
    }
  }
  return out
}

/** The parts of a line that match; one empty part where an empty expression does. */
type Matcher = (line: string) => readonly string[]

/** `null`: an expression that could take for ever. What does not compile matches as plain text; of long lines the beginning counts. */
function matcher({ patterns, set }: Options): Matcher | null {
  const sources = patterns.map((pattern) =>
    set.has('F') ? literal(pattern) : set.has('E') || set.has('P') ? pattern : extended(pattern),
  )
  if (!set.has('F') && !sources.every(isTame)) return null
  const whole = sources.map((source) =>
    set.has('x') ? `^(?:${source})$` : set.has('w') ? `(?<!\\w)(?:${source})(?!\\w)` : `(?:${source})`,
  )
  const flags = set.has('i') ? 'gi' : 'g'
  const expression = compile(whole.join('|'), flags) ?? new RegExp(patterns.map(literal).join('|'), flags)
  return (line) => line.slice(0, 2000).match(expression) ?? []
}

function compile(source: string, flags: string): RegExp | null {
  try {
    return new RegExp(source, flags)
  } catch {
    return null
  }
}

/** Repetition or choice inside a repeated group is what makes backtracking explode. */
const isTame = (source: string): boolean => source.length <= 200 && !/[|*+{?].*\)+[*+{]/.test(source)

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** A basic expression as an extended one: `\|`, `\(`, `\+` … mean something, and without the backslash they do not. */
const extended = (pattern: string): string =>
  pattern.replaceAll(
    /\\([|()+?{}])|([|()+?{}])|\\[\s\S]|\[\^?\]?[^\]]*\]/g,
    (whole, special?: string, plain?: string) => special ?? (plain === undefined ? whole : `\\${plain}`),
  )
