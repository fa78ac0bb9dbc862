import type { Random } from './random.ts'

const NUMBERS = [
  '0',
  '-1',
  '1',
  '255',
  '256',
  '65535',
  '65536',
  '4294967295',
  '4294967296',
  '-2147483649',
  '9007199254740993',
  '1e309',
  '0x7f',
  '1.5',
  'NaN',
  '00',
  '9'.repeat(400),
]
const CHARACTERS = [
  '\0',
  '\u0007',
  '\r',
  '\n',
  '\t',
  ' ',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\udfff',
  '😀',
  'é',
  '中',
  '\u202e',
  '\x7f',
  '\\',
  '"',
  "'",
  '`',
  '%',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '<',
  '>',
  '&',
  '*',
  '!',
  '|',
  ';',
  ':',
  '#',
  ',',
  '-',
  '=',
  '/',
  '.',
  '~',
  '^',
  '$',
  '@',
  '?',
]
const NESTS = [
  '[',
  '{',
  '(',
  '{a: ',
  '- ',
  '$(',
  '"',
  "'",
  '`',
  '((',
  '${',
  '!',
  '[[',
  '<<',
  '&a *a ',
  '..',
  '-',
  '\\',
  '? ',
  '|',
  '{range .a}',
  'not ',
]
const LONG = [16, 256, 4096, 20_000]

type Mutation = (input: string, random: Random, pool: Pool) => string
export interface Pool {
  readonly dictionary: readonly string[]
  readonly others: readonly string[]
  readonly bytes: boolean
}

const cut = (input: string, random: Random): readonly [number, number] => {
  const a = random.below(input.length + 1)
  const size = random.below(4) === 0 ? random.below(input.length + 1) : random.below(16)
  return [a, Math.min(input.length, a + size)]
}
const replace = (input: string, from: number, to: number, by: string): string =>
  input.slice(0, from) + by + input.slice(to)
const insert = (input: string, random: Random, what: string): string => {
  const at = random.below(input.length + 1)
  return replace(input, at, at, what)
}

/** A span between two places that look alike: a line, a word, a value. */
function part(input: string, random: Random, pattern: RegExp): readonly [number, number] {
  const all = [...input.slice(0, 20_000).matchAll(pattern)]
  if (all.length === 0) return cut(input, random)
  const match = random.pick(all)
  return [match.index, match.index + match[0].length]
}
const LINE = /[^\n]*\n?/g
const WORD = /[\w.-]+/g
const NUMBER = /-?\d+(\.\d+)?/g

const COMMON: readonly Mutation[] = [
  (input, random) => replace(input, ...cut(input, random), ''),
  (input, random) => {
    const [a, b] = cut(input, random)
    return insert(input, random, input.slice(a, b))
  },
  (input, random, { others }) => {
    const other = random.pick(others)
    return input.slice(0, random.below(input.length + 1)) + other.slice(random.below(other.length + 1))
  },
  (input, random, { others }) => {
    const other = random.pick(others)
    const [a, b] = cut(other, random)
    return insert(input, random, other.slice(a, b))
  },
  (input, random, { dictionary }) => insert(input, random, random.pick(dictionary)),
  (input, random, { dictionary }) => replace(input, ...cut(input, random), random.pick(dictionary)),
  (input, random) => {
    const [a, b] = cut(input, random)
    return insert(
      input,
      random,
      input
        .slice(a, b)
        .repeat(random.pick([2, 3, 50, 1000]))
        .slice(0, 40_000),
    )
  },
]

const TEXT: readonly Mutation[] = [
  ...COMMON,
  (input, random, { dictionary }) => replace(input, ...part(input, random, WORD), random.pick(dictionary)),
  (input, random) => replace(input, ...part(input, random, NUMBER), random.pick(NUMBERS)),
  (input, random) => insert(input, random, random.pick(CHARACTERS)),
  (input, random) => insert(input, random, random.pick(NESTS).repeat(random.pick(LONG)).slice(0, 60_000)),
  (input, random) => insert(input, random, random.pick(CHARACTERS).repeat(random.pick(LONG))),
  (input, random) => replace(input, ...part(input, random, LINE), ''),
  (input, random, { others }) => {
    const other = random.pick(others)
    const [a, b] = part(other, random, LINE)
    return insert(input, random, other.slice(a, b))
  },
  (input, random) => {
    const [a, b] = part(input, random, LINE)
    const line = input.slice(a, b)
    return replace(input, a, b, random.below(2) ? ` ${line}` : line.replace(/^ {1,2}/, ''))
  },
  (input, random) => {
    const [a, b] = part(input, random, WORD)
    const [c, d] = part(input, random, WORD)
    return replace(input, a, b, input.slice(c, d))
  },
]

const BYTES: readonly Mutation[] = [
  ...COMMON,
  (input, random) => {
    const at = random.below(input.length)
    return replace(input, at, at + 1, String.fromCharCode((input.charCodeAt(at) ^ (1 << random.below(8))) & 255))
  },
  (input, random) => {
    const at = random.below(input.length)
    return replace(
      input,
      at,
      at + 1,
      String.fromCharCode(random.pick([0, 1, 2, 4, 5, 8, 20, 63, 64, 127, 128, 192, 254, 255])),
    )
  },
  (input, random) => {
    const at = random.below(input.length)
    return replace(input, at, at + 2, String.fromCharCode(random.below(256), random.below(256)))
  },
  (input, random) => input.slice(0, random.below(input.length + 1)),
  (input, random) => insert(input, random, '\0'.repeat(random.pick(LONG))),
]

/** One to five changes of an input, of the kinds that its language knows. */
export function mutate(input: string, random: Random, pool: Pool, limit: number): string {
  const kinds = pool.bytes ? BYTES : TEXT
  let mutant = input
  for (let n = 1 + random.below(5); n > 0; n--) mutant = random.pick(kinds)(mutant, random, pool)
  return mutant.slice(0, limit)
}
