/** Command line flags as Go's flag and pflag read them: `-x=v`, `--x=v`, `--x v`, and booleans without a value. */
export interface GoFlags {
  text(name: string, otherwise: string): string
  flag(name: string, otherwise: boolean): boolean
  number(name: string, otherwise: number): number
  /** Every value of a flag that may be repeated, in order. */
  all(name: string): readonly string[]
  /** Names that were given, in order. */
  readonly names: readonly string[]
}

/** `booleans`: names whose value has to be attached with `=`. */
export function goFlags(args: readonly string[], booleans: readonly string[]): GoFlags {
  const values = new Map<string, string>()
  const given: (readonly [string, string])[] = []
  const put = (name: string, value: string): void => {
    values.set(name, value)
    given.push([name, value])
  }
  for (let i = 0; i < args.length; i++) {
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(args[i]!)
    if (!match) continue
    const [, name = '', value] = match
    if (value !== undefined) put(name, value)
    else if (booleans.includes(name)) put(name, 'true')
    else put(name, args[++i] ?? '')
  }
  return {
    text: (name, otherwise) => values.get(name) ?? otherwise,
    flag: (name, otherwise) => {
      const value = values.get(name)
      return value === undefined ? otherwise : ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)
    },
    number: (name, otherwise) => Number(values.get(name) ?? otherwise),
    all: (name) => given.flatMap(([each, value]) => (each === name ? [value] : [])),
    names: [...values.keys()],
  }
}
