import { EPOCH_MS, MS, SEC, timestamp } from '../../../base/time.ts'
import { calendar } from '../../contracts/http-server.ts'
import type { Instant, InstantCommand } from './instant.ts'

const noFile = (name: string, path: string): Instant => ({
  err: `${name}: ${path}: No such file or directory\n`,
  code: 1,
})

const absolute = (path: string): string => (path.startsWith('/') ? path : `/${path}`)

/** Text of the files named, or standard input when there are none; or what is wrong. */
function input(ctx: Parameters<InstantCommand>[0], name: string, paths: readonly string[]): string | Instant {
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

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  '\\': '\\',
  '0': '\0',
  e: '\x1b',
}
const unescape = (text: string): string => text.replaceAll(/\\([ntrab\\0e])/g, (_, code: string) => ESCAPES[code]!)

const echo: InstantCommand = (_, args) => {
  let at = 0
  let [newline, escapes] = [true, false]
  while (/^-[neE]+$/.test(args[at] ?? '')) {
    const flags = args[at++]!
    if (flags.includes('n')) newline = false
    if (flags.includes('e')) escapes = true
  }
  const text = args.slice(at).join(' ')
  return { out: (escapes ? unescape(text) : text) + (newline ? '\n' : '') }
}

const printf: InstantCommand = (_, [format = '', ...args]) => {
  let used = 0
  const once = (): string =>
    unescape(format).replaceAll(/%(-?\d*)([sdi%])/g, (_match, width: string, kind: string) => {
      if (kind === '%') return '%'
      const value = args[used++] ?? ''
      const text = kind === 's' ? value : String(Math.trunc(Number(value)) || 0)
      return width.startsWith('-') ? text.padEnd(Number(width.slice(1))) : text.padStart(Number(width))
    })
  let out = once()
  while (used > 0 && used < args.length) out += once()
  return { out }
}

const cat: InstantCommand = (ctx, args) => {
  const text = input(
    ctx,
    'cat',
    args.filter((arg) => arg === '-' || !arg.startsWith('-')),
  )
  return typeof text === 'string'
    ? { out: text }
    : { ...text, err: text.err!.replace(/^cat: /, "cat: can't open '").replace(/: No such/, "': No such") }
}

const ls: InstantCommand = (ctx, args) => {
  const paths = args.filter((arg) => !arg.startsWith('-'))
  const path = absolute(paths[0] ?? '/').replace(/(?<=.)\/$/, '')
  if (ctx.readFile(path) !== null) return { out: `${paths[0]}\n` }
  const prefix = path === '/' ? '/' : `${path}/`
  const names = new Set(ctx.listFiles(path).map((file) => file.slice(prefix.length).split('/')[0]!))
  if (names.size === 0 && path !== '/') return { err: `ls: ${paths[0]}: No such file or directory\n`, code: 1 }
  return {
    out: [...names]
      .sort()
      .map((name) => `${name}\n`)
      .join(''),
  }
}

const date: InstantCommand = (ctx, args) => {
  const { year, month, day, weekday, clock } = calendar(ctx.now)
  const format = args.find((arg) => arg.startsWith('+'))?.slice(1)
  if (format === undefined) return { out: `${weekday} ${month} ${String(day).padStart(2)} ${clock} UTC ${year}\n` }
  const iso = timestamp(ctx.now)
  const parts: Readonly<Record<string, string>> = {
    s: String(Math.floor(EPOCH_MS / 1000) + Math.floor(ctx.now / SEC)),
    N: String(ctx.now % SEC).padStart(9, '0'),
    T: clock,
    H: clock.slice(0, 2),
    M: clock.slice(3, 5),
    S: clock.slice(6, 8),
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    F: iso.slice(0, 10),
    R: clock.slice(0, 5),
    '%': '%',
  }
  return {
    out: `${format.replaceAll(/%3N/g, String(Math.floor((ctx.now % SEC) / MS)).padStart(3, '0')).replaceAll(/%(.)/g, (all, code: string) => parts[code] ?? all)}\n`,
  }
}

const hostname: InstantCommand = (ctx, args) => {
  if (!args.includes('-i') && !args.includes('-I')) return { out: `${ctx.hostname}\n` }
  const line = (ctx.readFile('/etc/hosts') ?? '')
    .split('\n')
    .find((text) => text.split(/\s+/).slice(1).includes(ctx.hostname))
  return line ? { out: `${line.split(/\s+/)[0]}\n` } : { err: 'hostname: Unknown host\n', code: 1 }
}

const env: InstantCommand = (ctx, args) => {
  const all = { ...ctx.env, HOSTNAME: ctx.hostname }
  if (args[0] !== undefined) {
    const value = all[args[0] as keyof typeof all]
    return value === undefined ? { code: 1 } : { out: `${value}\n` }
  }
  return {
    out: Object.keys(all)
      .sort()
      .map((name) => `${name}=${all[name as keyof typeof all]}\n`)
      .join(''),
  }
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

const seq: InstantCommand = (_, args) => {
  const numbers = args.map(Number)
  const [first, step, last] =
    numbers.length === 1
      ? [1, 1, numbers[0]!]
      : numbers.length === 2
        ? [numbers[0]!, 1, numbers[1]!]
        : [numbers[0]!, numbers[1]!, numbers[2]!]
  const out: string[] = []
  if (step === 0 || numbers.some(Number.isNaN)) return { err: 'seq: invalid number\n', code: 1 }
  for (let n = first; step > 0 ? n <= last : n >= last; n += step) {
    if (out.length >= 100_000) break
    out.push(`${n}\n`)
  }
  return { out: out.join('') }
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

/** Commands that need no waiting, by name. Standard input is whatever was piped in. */
export const INSTANT: Readonly<Record<string, InstantCommand>> = {
  echo,
  printf,
  true: () => ({}),
  false: () => ({ code: 1 }),
  cat,
  ls,
  date,
  hostname,
  env,
  printenv: env,
  grep,
  wc,
  seq,
  cut,
  pwd: () => ({ out: '/\n' }),
  id: () => ({ out: 'uid=0(root) gid=0(root) groups=0(root)\n' }),
  uname: (ctx, args) => ({
    out: args.includes('-a')
      ? `Linux ${ctx.hostname} 6.18.0 #1 SMP x86_64 GNU/Linux\n`
      : args.includes('-r')
        ? '6.18.0\n'
        : 'Linux\n',
  }),
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
