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

/** A filter over lines: `run` gets the lines without their ends. */
const filter =
  (
    name: string,
    run: (lines: readonly string[], flags: Flags) => readonly string[] | Instant,
    withValue = '',
  ): InstantCommand =>
  (ctx, args) => {
    const flags = readFlags(args, withValue)
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

const grep: InstantCommand = (ctx, args) => {
  const flags = readFlags(args, 'e')
  const pattern = flags.value ?? flags.rest[0] ?? ''
  const text = input(ctx, 'grep', flags.value === undefined ? flags.rest.slice(1) : flags.rest)
  if (typeof text !== 'string') return { ...text, code: 2 }
  const test = matcher(pattern, flags.set.has('F'), flags.set.has('i'))
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const hits = lines.filter((line) => test(line) !== flags.set.has('v'))
  const code = hits.length > 0 ? 0 : 1
  if (flags.set.has('q')) return { code }
  if (flags.set.has('c')) return { out: `${hits.length}\n`, code }
  return { out: hits.map((line) => `${line}\n`).join(''), code }
}

/** Expressions that do not compile match as plain text; long lines and patterns are cut so that nothing can hang. */
function matcher(pattern: string, fixed: boolean, anyCase: boolean): (line: string) => boolean {
  const plain = (line: string): boolean =>
    anyCase ? line.toLowerCase().includes(pattern.toLowerCase()) : line.includes(pattern)
  const simple = pattern.length <= 200 && !/[*+}][)]*[*+{]/.test(pattern)
  if (fixed || !simple) return plain
  try {
    const expression = new RegExp(pattern, anyCase ? 'i' : '')
    return (line) => expression.test(line.slice(0, 2000))
  } catch {
    return plain
  }
}

const wc: InstantCommand = (ctx, args) => {
  const { set, rest } = readFlags(args, '')
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
  grep,
  wc,
  cut,
  head: filter('head', (lines, flags) => lines.slice(0, count(flags)), 'n'),
  tail: filter('tail', (lines, flags) => (count(flags) === 0 ? [] : lines.slice(-count(flags))), 'n'),
  sort: filter('sort', (lines, { set }) => {
    const byText = [...lines].sort((a, b) => (set.has('n') ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0))
    const ordered = set.has('r') ? byText.reverse() : byText
    return set.has('u') ? [...new Set(ordered)] : ordered
  }),
  uniq: filter('uniq', (lines, { set }) => {
    const groups: { line: string; n: number }[] = []
    for (const line of lines) {
      if (groups.at(-1)?.line === line) groups.at(-1)!.n += 1
      else groups.push({ line, n: 1 })
    }
    return groups.map(({ line, n }) => (set.has('c') ? `${String(n).padStart(7)} ${line}` : line))
  }),
}
