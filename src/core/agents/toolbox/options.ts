/** Reads arguments as getopt_long does. */
export interface OptionSpec {
  /** Letters without value. */
  readonly flags: string
  /** Letters with a value. */
  readonly values: string
  /** Long names without `--`, and the letter or name they stand for; a trailing `=` in the key says that it takes a value. */
  readonly long?: Readonly<Record<string, string>>
}

export interface Options {
  readonly has: (name: string) => boolean
  /** The last value. */
  readonly value: (name: string) => string | undefined
  readonly all: (name: string) => readonly string[]
  readonly rest: readonly string[]
  /** The first argument that is no known option, or lacks its value. */
  readonly bad: { readonly name: string; readonly why: 'unknown' | 'no-value' } | null
}

export function readOptions(args: readonly string[], spec: OptionSpec): Options {
  const given: [string, string][] = []
  const rest: string[] = []
  let bad: Options['bad'] = null
  const long = spec.long ?? {}
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--') {
      rest.push(...args.slice(i + 1))
      break
    }
    if (arg.startsWith('--')) {
      const at = arg.indexOf('=')
      const name = arg.slice(2, at < 0 ? undefined : at)
      const valued = long[`${name}=`]
      const plain = long[name]
      if (valued !== undefined) {
        const value = at < 0 ? args[++i] : arg.slice(at + 1)
        if (value === undefined) bad ??= { name: arg, why: 'no-value' }
        else given.push([valued, value])
      } else if (plain !== undefined) given.push([plain, ''])
      else bad ??= { name: arg, why: 'unknown' }
    } else if (/^-./.test(arg)) {
      for (let j = 1; j < arg.length; j++) {
        const letter = arg[j]!
        if (spec.flags.includes(letter)) given.push([letter, ''])
        else if (spec.values.includes(letter)) {
          const value = arg.slice(j + 1) || args[++i]
          if (value === undefined) bad ??= { name: `-${letter}`, why: 'no-value' }
          else given.push([letter, value])
          break
        } else {
          bad ??= { name: `-${letter}`, why: 'unknown' }
          break
        }
      }
    } else rest.push(arg)
  }
  const all = (name: string): readonly string[] => given.filter(([key]) => key === name).map(([, value]) => value)
  return { has: (name) => all(name).length > 0, value: (name) => all(name).at(-1), all, rest, bad }
}
