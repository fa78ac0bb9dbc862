import type { Instant, InstantCommand } from './instant.ts'

const noFile = (name: string, path: string): Instant => ({
  err: `${name}: ${path}: No such file or directory\n`,
  code: 1,
})

export const absolute = (path: string): string => (path.startsWith('/') ? path : `/${path}`)

/** Text of the files named, or standard input when there are none; or what is wrong. */
export function input(ctx: Parameters<InstantCommand>[0], name: string, paths: readonly string[]): string | Instant {
  let text = ''
  for (const path of paths.length > 0 ? paths : ['-']) {
    const content = path === '-' ? ctx.stdin : ctx.readFile(absolute(path))
    if (content === null) return noFile(name, path)
    text += content
  }
  return text
}

/** What the tools say of an option that they, or the lab, do not have. */
function unknownFlag(name: string, { set }: Flags, known: string): Instant | null {
  const unknown = [...set].find((letter) => !known.includes(letter))
  if (unknown === undefined) return null
  return {
    err: `${name}: invalid option -- '${unknown}'\nTry '${name} --help' for more information.\n`,
    code: name === 'sort' ? 2 : 1,
  }
}

/** A filter over lines: `run` gets the lines without their ends. */
const filter =
  (
    name: string,
    run: (lines: readonly string[], flags: Flags) => readonly string[] | Instant,
    switches: string,
    withValue = '',
  ): InstantCommand =>
  (ctx, args) => {
    const flags = readFlags(args, withValue)
    const problem = unknownFlag(name, flags, switches + withValue)
    if (problem) return problem
    const text = input(ctx, name, flags.rest)
    if (typeof text !== 'string') return text
    const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
    const result = run(lines, flags)
    return Array.isArray(result) ? { out: result.map((line) => `${line}\n`).join('') } : (result as Instant)
  }

interface Flags {
  readonly set: ReadonlySet<string>
  readonly value: string | undefined
  readonly rest: readonly string[]
}

/** Single-letter flags; those in `withValue` take a value; `-5` is a value, too. */
function readFlags(args: readonly string[], withValue: string): Flags {
  const set = new Set<string>()
  const rest: string[] = []
  let value: string | undefined
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (!/^-./.test(arg)) rest.push(arg)
    else if (/^-\d+$/.test(arg)) value = arg.slice(1)
    else {
      for (let j = 1; j < arg.length; j++) {
        set.add(arg[j]!)
        if (!withValue.includes(arg[j]!)) continue
        value = arg.slice(j + 1) || args[++i]
        break
      }
    }
  }
  return { set, value, rest }
}

const wc: InstantCommand = (ctx, args) => {
  const flags = readFlags(args, '')
  const { set, rest } = flags
  const problem = unknownFlag('wc', flags, 'clw')
  if (problem) return problem
  const text = input(ctx, 'wc', rest)
  if (typeof text !== 'string') return text
  const lines = text.split('\n').length - 1
  const words = text.split(/\s+/).filter((word) => word !== '').length
  const wanted = [
    ...(set.has('l') ? [lines] : []),
    ...(set.has('w') ? [words] : []),
    ...(set.has('c') ? [text.length] : []),
  ]
  const counts = set.size > 0 ? wanted : [lines, words, text.length]
  const name = rest[0] === undefined ? '' : ` ${rest[0]}`
  return { out: `${counts.length === 1 ? counts[0] : counts.map((n) => String(n).padStart(8)).join(' ')}${name}\n` }
}

const cut: InstantCommand = (ctx, args) => {
  const at = (flag: string): string | undefined => {
    const i = args.findIndex((arg) => arg.startsWith(flag))
    return i < 0 ? undefined : args[i]!.slice(2) || args[i + 1]
  }
  const delimiter = at('-d') ?? '\t'
  const fields = (at('-f') ?? '1').split(',').map(Number)
  const lines = ctx.stdin === '' ? [] : ctx.stdin.replace(/\n$/, '').split('\n')
  const pick = (line: string): string =>
    line.includes(delimiter) ? fields.map((n) => line.split(delimiter)[n - 1] ?? '').join(delimiter) : line
  return { out: lines.map((line) => `${pick(line)}\n`).join('') }
}

const count = (flags: Flags): number => Math.max(0, Number(flags.value ?? 10) || 0)

/** Commands that read lines, and print some of them. */
export const FILTERS: Readonly<Record<string, InstantCommand>> = {
  wc,
  cut,
  head: filter('head', (lines, flags) => lines.slice(0, count(flags)), '', 'n'),
  tail: filter(
    'tail',
    (lines, flags) => {
      if (flags.value?.startsWith('+')) return lines.slice(Math.max(0, count(flags) - 1))
      return count(flags) === 0 ? [] : lines.slice(-count(flags))
    },
    '',
    'n',
  ),
  sort: filter(
    'sort',
    (lines, { set }) => {
      const byText = [...lines].sort((a, b) => (set.has('n') ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0))
      const ordered = set.has('r') ? byText.reverse() : byText
      return set.has('u') ? [...new Set(ordered)] : ordered
    },
    'nru',
  ),
  uniq: filter(
    'uniq',
    (lines, { set }) => {
      const groups: { line: string; n: number }[] = []
      for (const line of lines) {
        if (groups.at(-1)?.line === line) groups.at(-1)!.n += 1
        else groups.push({ line, n: 1 })
      }
      return groups.map(({ line, n }) => (set.has('c') ? `${String(n).padStart(7)} ${line}` : line))
    },
    'c',
  ),
}
