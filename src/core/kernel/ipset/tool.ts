import type { Kernel } from '../kernel.ts'
import { parseUint } from '../netfilter/numbers.ts'
import { parseElements, portWords, rangeOf } from './element.ts'
import { UNMODELLED_TYPES, isBitmap, isSetType, takesNomatch } from './kinds.ts'
import { lookup } from './match.ts'
import { listText, saveText } from './print.ts'
import {
  type MemberOptions,
  SET_ERRORS,
  type SetError,
  addMember,
  createSet,
  deleteMember,
  destroySet,
  findMember,
  findSet,
  flushSet,
  referencesTo,
  renameSet,
  setsOf,
  swapSets,
} from './sets.ts'
import type { Element, SetRow, SetType } from './types.ts'
import { wordsOf } from './words.ts'

export interface IpsetRun {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

const PREFIX = 'ipset v7.17: '
const HINT = "Try `ipset help' for more information.\n"

/** What goes to stderr: words, and whether the hint follows. `verdict`: the answer of `test`, with its exit status. */
interface Complaint {
  readonly words: string
  readonly usage?: true
  readonly verdict?: 0 | 1
}
type Answer = Complaint | string

const isComplaint = (answer: Answer): answer is Complaint => typeof answer === 'object'
const usage = (words: string): Complaint => ({ words, usage: true })
const no = (error: SetError): Complaint => ({ words: SET_ERRORS[error] })

/** One run of ipset 7.17 in a namespace, given its arguments without the program name. Writes the sets. */
export function ipsetTool(k: Kernel, netns: number, argv: readonly string[], stdin = ''): IpsetRun {
  const words = argv.filter((word) => !OPTIONS.has(word))
  const flags = flagsOf(argv)
  const [verb = '', ...rest] = words
  if (argv.includes('-v') || argv.includes('--version') || verb === 'version')
    return { stdout: 'ipset v7.17, protocol version: 7\n', stderr: '', exit: 0 }
  if (verb === 'help' || verb === '-h' || verb === '--help') return { stdout: USAGE, stderr: '', exit: 0 }
  if (verb === 'restore' || verb === '-R') return restoreSets(k, netns, stdin, flags)
  return finish(command(k, netns, verb, rest, flags))
}

function finish(answer: Answer, line = ''): IpsetRun {
  if (!isComplaint(answer)) return { stdout: answer, stderr: '', exit: 0 }
  if (answer.verdict !== undefined) return { stdout: '', stderr: `${answer.words}\n`, exit: answer.verdict }
  const stderr = `${PREFIX}${line}${answer.words}\n${answer.usage ? HINT : ''}`
  return { stdout: '', stderr, exit: answer.usage ? 2 : 1 }
}

const USAGE = `ipset v7.17

Usage: ipset [options] COMMAND

Commands:
create SETNAME TYPENAME [type-specific-options]
        Create a new set
add SETNAME ENTRY
        Add entry to the named set
del SETNAME ENTRY
        Delete entry from the named set
test SETNAME ENTRY
        Test entry in the named set
destroy [SETNAME]
        Destroy a named set or all sets
list [SETNAME]
        List the entries of a named set or all sets
save [SETNAME]
        Save the named set or all sets to stdout
restore
        Restore a saved state
flush [SETNAME]
        Flush a named set or all sets
rename FROM-SETNAME TO-SETNAME
        Rename two sets
swap FROM-SETNAME TO-SETNAME
        Swap the contect of two existing sets
help [TYPENAME]
        Print help, and settype specific help
version
        Print version information
`

interface Flags {
  readonly exist: boolean
  readonly terse: boolean
  readonly names: boolean
  readonly sorted: boolean
  readonly save: boolean
}

const OPTIONS: ReadonlySet<string> = new Set([
  '-exist',
  '-!',
  '--exist',
  '-t',
  '-terse',
  '--terse',
  '-n',
  '-name',
  '--name',
  '-s',
  '-sorted',
  '--sorted',
  '-q',
  '-quiet',
  '--quiet',
  '-r',
  '-resolve',
])

function flagsOf(argv: readonly string[]): Flags {
  const has = (...words: readonly string[]): boolean => words.some((word) => argv.includes(word))
  return {
    exist: has('-exist', '-!', '--exist'),
    terse: has('-t', '-terse', '--terse'),
    names: has('-n', '-name', '--name'),
    sorted: has('-s', '-sorted', '--sorted'),
    save: has('-o') && argv[argv.indexOf('-o') + 1] === 'save',
  }
}

/** Verbs with their old spellings. */
const VERBS: Readonly<Record<string, string>> = {
  create: 'create',
  '-N': 'create',
  add: 'add',
  '-A': 'add',
  del: 'del',
  '-D': 'del',
  test: 'test',
  '-T': 'test',
  destroy: 'destroy',
  '-X': 'destroy',
  list: 'list',
  '-L': 'list',
  save: 'save',
  '-S': 'save',
  flush: 'flush',
  '-F': 'flush',
  rename: 'rename',
  '-E': 'rename',
  swap: 'swap',
  '-W': 'swap',
}

function command(k: Kernel, netns: number, said: string, rest: readonly string[], flags: Flags): Answer {
  if (said === '') return usage('No command specified.')
  const verb = Object.hasOwn(VERBS, said) ? VERBS[said]! : ''
  if (verb === '') return usage(`No command specified: unknown argument ${said}`)
  const words = rest.filter((word, i) => word !== '-o' && rest[i - 1] !== '-o')
  const optional = verb === 'list' || verb === 'save' || verb === 'flush' || verb === 'destroy'
  const [name, second] = words
  if (name === undefined && !optional) return usage(`Missing mandatory argument to command ${verb}`)
  if (second === undefined && !optional) return usage(`Missing second mandatory argument to command ${verb}`)
  if (verb === 'create') return create(k, netns, name!, second!, words.slice(2), flags)
  const set = name === undefined ? undefined : findSet(k, netns, name)
  if (name !== undefined && !set) return no('no-set')
  switch (verb) {
    case 'add':
    case 'del':
    case 'test':
      return member(k, set!, verb, second!, words.slice(2), flags)
    case 'rename':
      return answered(renameSet(k, set!, second!))
    case 'swap': {
      const other = findSet(k, netns, second!)
      return other ? answered(swapSets(k, set!, other)) : no('no-set')
    }
    case 'flush':
      for (const each of set ? [set] : setsOf(k, netns)) flushSet(k, each)
      return ''
    case 'destroy':
      return destroy(k, netns, set)
    default: {
      if (second !== undefined) return usage(`Unknown argument ${second}`)
      const sets = set ? [set] : setsOf(k, netns)
      return verb === 'save' || flags.save ? saveText(k, sets, flags) : listText(k, sets, flags)
    }
  }
}

const answered = (result: { readonly ok: true } | { readonly ok: false; readonly error: SetError }): Answer =>
  result.ok ? '' : no(result.error)

/** One set, or all of them if nobody uses any. */
function destroy(k: Kernel, netns: number, set: SetRow | undefined): Answer {
  if (set) return answered(destroySet(k, set))
  const sets = setsOf(k, netns)
  const inRules = sets.some((each) => referencesTo(k, each) > 0 && !onlyListed(k, each))
  if (inRules) return no('destroy-busy')
  for (const list of [...sets].sort((a, b) => Number(b.type === 'list:set') - Number(a.type === 'list:set')))
    destroySet(k, list)
  return ''
}

/** Whether nothing but lists, which go as well, name the set. */
const onlyListed = (k: Kernel, set: SetRow): boolean => {
  const lists = setsOf(k, set.netns).filter((list) => list.type === 'list:set')
  return referencesTo(k, set) <= lists.length
}

function create(k: Kernel, netns: number, name: string, type: string, words: readonly string[], flags: Flags): Answer {
  if (UNMODELLED_TYPES.has(type)) return { words: 'Kernel error received: set type not supported' }
  if (!isSetType(type)) return { words: `Syntax error: typename '${type}' is unknown` }
  const read = readParameters(type, words)
  if (isComplaint_(read)) return read
  return answered(createSet(k, { netns, name, type, ...read }, flags.exist))
}

type Parameters = Omit<SetRow, 'id' | 'index' | 'netns' | 'name' | 'type' | 'initval'> & {
  readonly initval: number | null
}
const isComplaint_ = (read: Parameters | Complaint): read is Complaint => 'words' in read

const HASH_NUMBERS = ['hashsize', 'maxelem', 'bucketsize', 'initval', 'probes', 'resize']

/** The options with a number that a type takes. */
function numbersOf(type: SetType): readonly string[] {
  const own = type === 'list:set' ? ['size'] : isBitmap(type) ? [] : HASH_NUMBERS
  return ['timeout', ...own, ...(type === 'hash:ip' || type === 'bitmap:ip' ? ['netmask'] : [])]
}
const SWITCHES = ['counters', 'comment', 'skbinfo', 'forceadd']

function readParameters(type: SetType, words: readonly string[]): Parameters | Complaint {
  const numbers = new Map<string, number>()
  const switches = new Set<string>()
  let family: SetRow['family'] = 'inet'
  let range: readonly [number, number] | null = null
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (SWITCHES.includes(word)) switches.add(word)
    else if (numbersOf(type).includes(word)) {
      const given = words[++i]
      if (given === undefined) return usage(`Missing mandatory argument of option \`${word}'`)
      const value = parseUint(given)
      if (value === null) return { words: `Syntax error: '${given}' is invalid as number` }
      numbers.set(word, value)
    } else if (word === 'family') {
      const given = words[++i] ?? ''
      if (/^(inet6|ipv6|-6)$/.test(given)) family = 'inet6'
    } else if (word === 'range') {
      const read = readRange(type, words[++i] ?? '')
      if ('words' in read) return read
      range = read
    } else return usage(`Unknown argument: \`${word}'`)
  }
  if (isBitmap(type) && !range) return usage("Mandatory option `range' is missing")
  const hashsize = numbers.get('hashsize') ?? 1024
  return {
    family,
    range: range ?? [0, 0],
    hashsize: 2 ** Math.ceil(Math.log2(Math.max(64, hashsize))),
    maxelem: numbers.get('maxelem') ?? 65536,
    netmask: numbers.get('netmask') ?? 32,
    size: Math.max(4, numbers.get('size') ?? 8),
    timeout: numbers.get('timeout') ?? null,
    bucketsize: numbers.get('bucketsize') ?? 12,
    initval: numbers.get('initval') ?? null,
    counters: switches.has('counters'),
    comment: switches.has('comment'),
    skbinfo: switches.has('skbinfo'),
    forceadd: switches.has('forceadd'),
  }
}

function readRange(type: SetType, word: string): readonly [number, number] | Complaint {
  if (type === 'bitmap:port') {
    const [first = '', last = first] = word.split('-')
    const [from, to] = [parseUint(first, 65535), parseUint(last, 65535)]
    if (from === null) return { words: portWords(first, 'tcp') }
    return to === null ? { words: portWords(last, 'tcp') } : [from, to]
  }
  const range = rangeOf(word)
  if (!range.ok) return { words: range.error }
  const [from, to] = range.value
  return to - from >= 65536 ? { words: TOO_LARGE } : range.value
}

const TOO_LARGE = 'The range you specified exceeds the size limit of the set type'

function member(
  k: Kernel,
  set: SetRow,
  verb: 'add' | 'del' | 'test',
  text: string,
  words: readonly string[],
  flags: Flags,
): Answer {
  if (set.family === 'inet6') return { words: 'IPv6 is not modelled in this lab' }
  const parsed = parseElements(set, text)
  if (!parsed.ok) return { words: parsed.error }
  const options = readOptions(set, words)
  if ('words' in options) return options
  if (verb === 'test') return test(k, set, text, parsed.value[0]!, options)
  const anchor = options.before ?? options.after
  if (anchor !== undefined && !findSet(k, set.netns, anchor))
    return { words: "The set to which you referred with 'before' or 'after' does not exist." }
  // A range is gone through one by one; what came before the one that fails stays done.
  for (const element of parsed.value) {
    const done =
      verb === 'add' ? addMember(k, set, element, options, flags.exist) : deleteMember(k, set, element, flags.exist)
    if (!done.ok) return no(done.error)
  }
  return ''
}

function test(k: Kernel, set: SetRow, text: string, element: Element, options: MemberOptions): Answer {
  const whole = element.len === 32 && element.len2 === 32
  if (set.type === 'list:set' && !findSet(k, set.netns, element.set)) return no('no-such-set')
  const found = whole ? lookup(k, set, element) : findMember(k, set, element)
  const known = found !== undefined && found.nomatch === (options.nomatch ?? false)
  const fits = known && (element.mac < 0 || found.element.mac === element.mac)
  return fits
    ? { words: `Warning: ${text} is in set ${set.name}.`, verdict: 0 }
    : { words: `${text} is NOT in set ${set.name}.`, verdict: 1 }
}

const MEMBER_NUMBERS = ['timeout', 'packets', 'bytes'] as const

function readOptions(set: SetRow, words: readonly string[]): MemberOptions | Complaint {
  const options: { -readonly [field in keyof MemberOptions]: MemberOptions[field] } = {}
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const number = MEMBER_NUMBERS.find((known) => known === word)
    if (number) {
      const given = words[++i]
      if (given === undefined) return usage(`Missing mandatory argument of option \`${number}'`)
      const value = parseUint(given)
      if (value === null) return { words: `Syntax error: '${given}' is invalid as number` }
      options[number] = value
      if (number === 'timeout' && set.timeout === null)
        return { words: 'Timeout cannot be used: set was created without timeout support' }
      if (number !== 'timeout' && !set.counters)
        return { words: 'Packet/byte counters cannot be used: set was created without counter support' }
    } else if (word === 'comment') {
      options.comment = words[++i] ?? ''
      if (!set.comment) return { words: 'Comment cannot be used: set was created without comment support' }
    } else if (word === 'nomatch' && takesNomatch(set.type)) options.nomatch = true
    else if (set.type === 'list:set' && (word === 'before' || word === 'after')) options[word] = words[++i] ?? ''
    else return usage(`Unknown argument: \`${word}'`)
  }
  return options
}

/**
 * `ipset restore`: line by line; the first that fails ends it. ipset sends additions in one message with what comes next, so those right
 * before a line that it cannot read are lost.
 */
function restoreSets(k: Kernel, netns: number, stdin: string, flags: Flags): IpsetRun {
  const pending: (() => Answer)[] = []
  const flush = (): Answer => {
    for (const run of pending.splice(0)) {
      const answer = run()
      if (isComplaint(answer)) return answer
    }
    return ''
  }
  const lines = stdin.split('\n')
  for (const [i, line] of lines.entries()) {
    const words = wordsOf(line)
    const [verb = '', ...rest] = words
    if (verb === '' || verb.startsWith('#')) continue
    if (verb === 'COMMIT') {
      const answer = flush()
      if (isComplaint(answer)) return finish(answer, `Error in line ${i + 1}: `)
      continue
    }
    const own = { ...flags, exist: flags.exist || flagsOf(words).exist }
    const run = (): Answer =>
      command(
        k,
        netns,
        verb,
        rest.filter((word) => !OPTIONS.has(word)),
        own,
      )
    const additive = VERBS[verb] === 'add' || VERBS[verb] === 'del'
    if (additive) {
      const problem = unreadable(k, netns, rest)
      if (problem) return finish(problem, `Error in line ${i + 1}: `)
      pending.push(() => located(run(), i))
      continue
    }
    const before = flush()
    const answer = isComplaint(before) ? before : located(run(), i)
    if (isComplaint(answer)) return finish(answer)
  }
  return finish(flush())
}

const located = (answer: Answer, index: number): Answer =>
  isComplaint(answer) && !answer.usage ? { words: `Error in line ${index + 1}: ${answer.words}` } : answer

/** What ipset itself finds wrong with an addition, before the kernel sees it. */
function unreadable(k: Kernel, netns: number, [name = '', text]: readonly string[]): Complaint | null {
  const set = findSet(k, netns, name)
  if (!set || text === undefined) return null
  const parsed = parseElements(set, text)
  return parsed.ok ? null : { words: parsed.error }
}
