import { ok, err, type Result } from '../../base/result.ts'
import { parseUint } from './numbers.ts'
import {
  beginRule,
  type ExtensionOption,
  finishRules,
  findOption,
  jumpTo,
  loadMatch,
  type RuleDraft,
  useOption,
} from './draft-rule.ts'
import { setAddresses, setDevice, setFragment, setProtocol } from './header.ts'
import type { ParsedRule, RuleCounters } from './types.ts'
import type { Word } from './words.ts'

/**
 * A complaint about the command line, in the tool's own words. `prefix`: printed after `iptables v1.8.9 (nf_tables): `.
 * `column` is where in the line the offending word stands.
 */
export interface UsageError {
  readonly code: 'usage'
  readonly message: string
  readonly column: number
  readonly prefix: boolean
}

/** The commands by their option letter. */
export type CommandLetter = 'A' | 'D' | 'C' | 'I' | 'R' | 'L' | 'S' | 'F' | 'Z' | 'N' | 'X' | 'E' | 'P'

export interface Command {
  readonly letter: CommandLetter
  readonly chain: string | null
  /** The words after the chain: a rule number, a policy, a new name. */
  readonly argument: string | null
  readonly column: number
}

/** What one command line says, before it meets a ruleset. */
export interface Invocation {
  readonly command: Command | null
  readonly table: string | null
  /** More than one where `-s a,b` names several addresses. */
  readonly rules: readonly ParsedRule[]
  /** Whether any part of a rule was given (`-D chain` alone has none). */
  readonly counters: RuleCounters | null
  readonly inName: boolean
  readonly outName: boolean
  readonly jump: string | null
  readonly numeric: boolean
  readonly verbose: boolean
  readonly exact: boolean
  readonly lineNumbers: boolean
  readonly version: boolean
  readonly help: boolean
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Reader {
  readonly words: readonly Word[]
  at: number
  readonly out: Mutable<Invocation>
  readonly draft: RuleDraft
  invert: boolean
  /** The rest of a word of clustered short options, e.g. `vL` of `-nvL`. */
  error: UsageError | null
}

const LONG: Readonly<Record<string, string>> = {
  append: 'A',
  delete: 'D',
  check: 'C',
  insert: 'I',
  replace: 'R',
  list: 'L',
  'list-rules': 'S',
  flush: 'F',
  zero: 'Z',
  'new-chain': 'N',
  'delete-chain': 'X',
  'rename-chain': 'E',
  policy: 'P',
  source: 's',
  src: 's',
  destination: 'd',
  dst: 'd',
  protocol: 'p',
  proto: 'p',
  'in-interface': 'i',
  'out-interface': 'o',
  jump: 'j',
  goto: 'g',
  match: 'm',
  table: 't',
  numeric: 'n',
  verbose: 'v',
  exact: 'x',
  fragments: 'f',
  wait: 'w',
  'wait-interval': 'W',
  'line-numbers': '0',
  'set-counters': 'c',
  version: 'V',
  help: 'h',
  ipv4: '4',
  ipv6: '6',
}

const COMMANDS = 'ADCIRLSFZNXEP'
/** Letters that want a word after them. */
const WITH_VALUE = 'ADCIRNEPsdpiojgmtc'
const MAY_HAVE_VALUE = 'LSFZXwW'
const MAY_INVERT = 'sdpiof'

/** Reads a command line as iptables does (`do_parse` of xshared.c): any order of options, `!` before an option. */
export function parseArguments(words: readonly Word[]): Result<Invocation, UsageError> {
  const reader: Reader = { words, at: 0, out: emptyInvocation(), draft: beginRule(), invert: false, error: null }
  while (reader.at < words.length && !reader.error) readWord(reader)
  if (!reader.error && reader.invert) fail(reader, 'nothing appropriate following !')
  if (!reader.error) {
    const rules = finishRules(reader.draft)
    if (typeof rules === 'string') fail(reader, rules, reader.draft.column)
    else reader.out.rules = rules
  }
  return reader.error ? err(reader.error) : ok(reader.out)
}

function emptyInvocation(): Mutable<Invocation> {
  return {
    command: null,
    table: null,
    rules: [],
    counters: null,
    inName: false,
    outName: false,
    jump: null,
    numeric: false,
    verbose: false,
    exact: false,
    lineNumbers: false,
    version: false,
    help: false,
  }
}

function fail(reader: Reader, message: string, column?: number, prefix = true): void {
  const word = reader.words[Math.min(reader.at, reader.words.length - 1)]
  reader.error ??= { code: 'usage', message, column: column ?? word?.column ?? 0, prefix }
}

function readWord(reader: Reader): void {
  const { text, column } = reader.words[reader.at]!
  if (text === '!') {
    if (reader.invert) return fail(reader, 'multiple consecutive ! not allowed')
    reader.invert = true
    reader.at++
    return
  }
  if (text.startsWith('--') && text.length > 2) readLong(reader, text, column)
  else if (text.startsWith('-') && text.length > 1) readShort(reader, text, column)
  else return fail(reader, `Bad argument \`${text}'`, column, false)
  reader.invert = false
}

function readLong(reader: Reader, text: string, column: number): void {
  const equals = text.indexOf('=')
  const name = equals < 0 ? text.slice(2) : text.slice(2, equals)
  const attached = equals < 0 ? null : text.slice(equals + 1)
  const option = LONG[name] ? { letter: LONG[name] } : longOption(reader, name)
  reader.at++
  if (!option) return fail(reader, `unknown option "${text}"`, column)
  if ('letter' in option) return readLetter(reader, option.letter, attached, column, text)
  readExtension(reader, option, attached, column, text)
}

/** An option of a loaded extension, else a basic one by unambiguous prefix, else one of the protocol's own module. */
function longOption(reader: Reader, name: string): ExtensionOption | { readonly letter: string } | null {
  const found = findOption(reader.draft, name)
  if (found) return found
  const letters = new Set(Object.keys(LONG).flatMap((long) => (long.startsWith(name) ? [LONG[long]!] : [])))
  return letters.size === 1 ? { letter: [...letters][0]! } : null
}

function readExtension(
  reader: Reader,
  option: ExtensionOption,
  attached: string | null,
  column: number,
  text: string,
): void {
  const values: string[] = []
  for (let i = 0; i < option.spec.args; i++) {
    const word = i === 0 && attached !== null ? attached : takeValue(reader)
    if (word === null)
      return fail(reader, i === 0 ? `option "${text}" requires an argument` : `${text} requires two args.`, column)
    values.push(word)
  }
  if (option.spec.args < 0)
    for (let word = freeValue(reader); word !== null; word = freeValue(reader)) values.push(word)
  const problem = useOption(reader.draft, option, values, reader.invert, column)
  if (problem !== null) fail(reader, problem, column)
}

/** The next word whatever it looks like, as getopt takes it; a comment may begin with a dash. */
function takeValue(reader: Reader): string | null {
  const word = reader.words[reader.at]
  if (!word) return null
  reader.at++
  return word.text
}

/** The next word unless it is an option or `!`. */
function freeValue(reader: Reader): string | null {
  const word = reader.words[reader.at]
  if (!word || word.text === '!' || (word.text.startsWith('-') && word.text.length > 1)) return null
  reader.at++
  return word.text
}

function readShort(reader: Reader, text: string, column: number): void {
  reader.at++
  for (let i = 1; i < text.length; i++) {
    const letter = text[i]!
    if (!`${WITH_VALUE}${MAY_HAVE_VALUE}nvxfVh46`.includes(letter))
      return fail(reader, `unknown option "${text}"`, column)
    const rest = text.slice(i + 1)
    const takes = WITH_VALUE.includes(letter) || MAY_HAVE_VALUE.includes(letter)
    readLetter(reader, letter, takes && rest !== '' ? rest : null, column, `-${letter}`)
    if (takes || reader.error) return
  }
}

function readLetter(reader: Reader, letter: string, attached: string | null, column: number, shown: string): void {
  if (reader.invert && !MAY_INVERT.includes(letter)) return fail(reader, `cannot have ! before ${shown}`, column)
  let value = attached
  if (WITH_VALUE.includes(letter)) {
    value ??= takeValue(reader)
    if (value === null) return fail(reader, `option "${shown}" requires an argument`, column)
  } else if (MAY_HAVE_VALUE.includes(letter)) value ??= freeValue(reader)
  if (value === '!' && MAY_INVERT.includes(letter))
    return fail(reader, `Bad argument \`${reader.words[reader.at]?.text ?? '!'}'`, column, false)
  if (COMMANDS.includes(letter)) return readCommand(reader, letter as CommandLetter, value, column)
  if (value !== null) return readValueOption(reader, letter, value, column)
  readFlag(reader, letter, column)
}

function readCommand(reader: Reader, letter: CommandLetter, chain: string | null, column: number): void {
  if (reader.out.command) return fail(reader, `Cannot use -${letter} with -${reader.out.command.letter}`, column)
  const argument = 'DIRLSZEP'.includes(letter) && chain !== null ? freeValue(reader) : null
  if (letter === 'E' && argument === null) return fail(reader, '-E requires old-chain-name and new-chain-name', column)
  if (letter === 'P' && argument === null) return fail(reader, '-P requires a chain and a policy', column)
  if (letter === 'R' && argument === null) return fail(reader, '-R requires a rule number', column)
  reader.out.command = { letter, chain, argument, column }
}

function readFlag(reader: Reader, letter: string, column: number): void {
  const { out } = reader
  if (letter === 'n') out.numeric = true
  else if (letter === 'v') out.verbose = true
  else if (letter === 'x') out.exact = true
  else if (letter === '0') out.lineNumbers = true
  else if (letter === 'V') out.version = true
  else if (letter === 'h') out.help = true
  else if (letter === 'f') report(reader, setFragment(reader.draft, reader.invert), column)
  else if (letter === '6') fail(reader, 'unknown option "-6"', column)
}

function readValueOption(reader: Reader, letter: string, value: string, column: number): void {
  const { draft, out, invert } = reader
  if (letter === 't') out.table = value
  else if (letter === 's' || letter === 'd') report(reader, setAddresses(draft, letter, value, invert), column)
  else if (letter === 'p') report(reader, setProtocol(draft, value, invert), column)
  else if (letter === 'i' || letter === 'o') {
    if (letter === 'i') out.inName = true
    else out.outName = true
    report(reader, setDevice(draft, letter, value, invert), column)
  } else if (letter === 'm') report(reader, loadMatch(draft, value, column), column)
  else if (letter === 'j' || letter === 'g') {
    out.jump = value
    report(reader, jumpTo(draft, letter, value, column), column)
  } else if (letter === 'c') readCounters(reader, value, column)
}

function readCounters(reader: Reader, first: string, column: number): void {
  const [packetWord = '', attached] = first.split(',')
  const packets = parseUint(packetWord, Number.MAX_SAFE_INTEGER)
  const byteWord = attached ?? freeValue(reader)
  const bytes = byteWord === null ? null : parseUint(byteWord, Number.MAX_SAFE_INTEGER)
  if (byteWord === null) return fail(reader, '-c requires packet and byte counter', column)
  if (packets === null) return fail(reader, '-c packet counter not numeric', column)
  if (bytes === null) return fail(reader, '-c byte counter not numeric', column)
  reader.out.counters = { packets, bytes }
}

function report(reader: Reader, problem: string | null, column: number): void {
  if (problem !== null) fail(reader, problem, column)
}
