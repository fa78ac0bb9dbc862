import { KubectlStop } from './context.ts'

/** `bool`: no value. `text`: the last one counts. `list`: all of them. `bare`: what it means without a value. `absent`: kubectl knows it, the lab does not. */
export type FlagKind = 'bool' | 'text' | 'list' | 'absent' | { readonly bare: string }

/** `name|n`: long name and letter. */
export type FlagTable = Readonly<Record<string, FlagKind>>

const GLOBAL: FlagTable = {
  'namespace|n': 'text',
  context: 'text',
  cluster: 'text',
  user: 'text',
  kubeconfig: 'absent',
  'server|s': 'absent',
  'request-timeout': 'text',
  'v|v': 'text',
  'help|h': 'bool',
  as: 'absent',
  'as-group': 'absent',
  token: 'absent',
}

/** The words of a command line, sorted. */
export class Flags {
  /** What is no flag, before `--`. */
  readonly words: readonly string[]
  /** What follows `--`; `null` without it. */
  readonly rest: readonly string[] | null
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(
    words: readonly string[],
    rest: readonly string[] | null,
    values: ReadonlyMap<string, readonly string[]>,
  ) {
    this.words = words
    this.rest = rest
    this.#values = values
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** A switch that was set, and not to false. */
  on(name: string, otherwise = false): boolean {
    const value = this.#values.get(name)?.at(-1)
    return value === undefined ? otherwise : value !== 'false'
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1)
  }

  /** All values, those with commas cut apart. */
  list(name: string): readonly string[] {
    return (this.#values.get(name) ?? []).flatMap((value) => value.split(','))
  }

  /** All values as they were given. */
  each(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  /** A whole number; complains like pflag. */
  number(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (!/^-?\d{1,9}$/.test(value)) {
      throw new KubectlStop(
        `error: invalid argument ${JSON.stringify(value)} for "--${name}" flag: strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax\n`,
      )
    }
    return Number(value)
  }
}

interface Known {
  readonly name: string
  readonly kind: FlagKind
}

const absent = (name: string): never => {
  throw new KubectlStop(`error: --${name} is not available in this lab\n`)
}

/**
 * Reads a command line as cobra and pflag do: flags and words mixed, letters together, `--` ends the flags. `stopAtWord`: flags
 * after the first word belong to that word's own command (`exec pod ls -l`).
 */
export function parseFlags(
  verb: string,
  table: FlagTable,
  argv: readonly string[],
  stopAtWord = Number.POSITIVE_INFINITY,
): Flags {
  const byName = new Map<string, Known>()
  const byLetter = new Map<string, Known>()
  for (const [key, kind] of [...Object.entries(GLOBAL), ...Object.entries(table)]) {
    const [name = '', letter] = key.split('|')
    byName.set(name, { name, kind })
    if (letter) byLetter.set(letter, { name, kind })
  }
  const words: string[] = []
  const values = new Map<string, string[]>()
  const set = (name: string, value: string): void => {
    const known = values.get(name)
    if (known) known.push(value)
    else values.set(name, [value])
  }
  const fail = (message: string): never => {
    throw new KubectlStop(`error: ${message}\nSee 'kubectl ${verb} --help' for usage.\n`)
  }
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (word === '--') return new Flags(words, argv.slice(i + 1), values)
    if (!word.startsWith('-') || word === '-' || words.length >= stopAtWord) {
      words.push(word)
      continue
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=')
      const name = equals < 0 ? word.slice(2) : word.slice(2, equals)
      const known = byName.get(name) ?? fail(`unknown flag: --${name}`)
      if (known.kind === 'absent') absent(name)
      if (equals >= 0) set(name, word.slice(equals + 1))
      else if (known.kind === 'bool') set(name, 'true')
      else if (typeof known.kind === 'object') set(name, known.kind.bare)
      else if (i + 1 < argv.length) set(name, argv[++i]!)
      else fail(`flag needs an argument: --${name}`)
      continue
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!
      const known = byLetter.get(letter) ?? fail(`unknown shorthand flag: '${letter}' in ${word}`)
      if (known.kind === 'absent') absent(known.name)
      if (known.kind === 'bool') {
        set(known.name, 'true')
        continue
      }
      const value = word.slice(at + 1).replace(/^=/, '')
      if (value !== '') set(known.name, value)
      else if (typeof known.kind === 'object') set(known.name, known.kind.bare)
      else if (i + 1 < argv.length) set(known.name, argv[++i]!)
      else fail(`flag needs an argument: '${letter}' in ${word}`)
      break
    }
  }
  return new Flags(words, null, values)
}

/** The verb of a command line, with global flags before it moved behind: `kubectl -n kube-system get pods`. */
export function splitVerb(argv: readonly string[]): { readonly verb: string; readonly rest: readonly string[] } {
  const before: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (!word.startsWith('-')) return { verb: word, rest: [...before, ...argv.slice(i + 1)] }
    before.push(word)
    const takesValue =
      /^(-n|-s|-v|--namespace|--context|--cluster|--user|--kubeconfig|--server|--request-timeout|--as|--token)$/.test(
        word,
      )
    if (takesValue && i + 1 < argv.length) before.push(argv[++i]!)
  }
  return { verb: '', rest: before }
}
