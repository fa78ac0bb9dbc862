import { parseUint } from '../netfilter/numbers.ts'
import { type Complaint, usage } from './answer.ts'
import { portWords, rangeOf } from './element.ts'
import { isBitmap, takesNomatch } from './kinds.ts'
import type { MemberOptions } from './sets.ts'
import type { SetRow, SetType } from './types.ts'

type Parameters = Omit<SetRow, 'id' | 'index' | 'netns' | 'name' | 'type' | 'initval'> & {
  readonly initval: number | null
}
const HASH_NUMBERS = ['hashsize', 'maxelem', 'bucketsize', 'initval', 'probes', 'resize']

/** The options with a number that a type takes. */
function numbersOf(type: SetType): readonly string[] {
  const own = type === 'list:set' ? ['size'] : isBitmap(type) ? [] : HASH_NUMBERS
  return ['timeout', ...own, ...(type === 'hash:ip' || type === 'bitmap:ip' ? ['netmask'] : [])]
}
const SWITCHES = ['counters', 'comment', 'skbinfo', 'forceadd']

/** What stands behind `create NAME TYPE`. */
export function readParameters(type: SetType, words: readonly string[]): Parameters | Complaint {
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

const MEMBER_NUMBERS = ['timeout', 'packets', 'bytes'] as const

/** What stands behind the element of `add`, `del` and `test`. */
export function readOptions(set: SetRow, words: readonly string[]): MemberOptions | Complaint {
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
    } else if (word === 'comment') options.comment = words[++i] ?? ''
    else if (word === 'nomatch' && takesNomatch(set.type)) options.nomatch = true
    else if (set.type === 'list:set' && (word === 'before' || word === 'after')) options[word] = words[++i] ?? ''
    else return usage(`Unknown argument: \`${word}'`)
  }
  return options
}

/** What the kernel says of options that the set was not created for. */
export function unsupported(set: SetRow, { timeout, packets, bytes, comment }: MemberOptions): Complaint | null {
  if (timeout !== undefined && set.timeout === null)
    return { words: 'Timeout cannot be used: set was created without timeout support' }
  if ((packets !== undefined || bytes !== undefined) && !set.counters)
    return { words: 'Packet/byte counters cannot be used: set was created without counter support' }
  if (comment !== undefined && !set.comment)
    return { words: 'Comment cannot be used: set was created without comment support' }
  return null
}
