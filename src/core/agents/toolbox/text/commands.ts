import { EPOCH_MS, MS, SEC, timestamp } from '../../../base/time.ts'
import { calendar } from '../../contracts/http-server.ts'
import { FILTERS, absolute, input } from './filters.ts'
import { grep } from './grep.ts'
import type { InstantCommand } from './instant.ts'

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

/** Columns that a field of printf may ask for: a model's memory is smaller than a machine's. */
const WIDEST = 4096

const printf: InstantCommand = (_, [format = '', ...args]) => {
  let used = 0
  const once = (): string =>
    unescape(format).replaceAll(/%(-?\d*)([sdi%])/g, (_match, width: string, kind: string) => {
      if (kind === '%') return '%'
      const value = args[used++] ?? ''
      const text = kind === 's' ? value : String(Math.trunc(Number(value)) || 0)
      const room = Math.min(Number(width.replace('-', '')), WIDEST)
      return width.startsWith('-') ? text.padEnd(room) : text.padStart(room)
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
  seq,
  which: (ctx, names) => {
    const found = names.filter((name) => ctx.isCommand(name))
    return { out: found.map((name) => `/usr/bin/${name}\n`).join(''), code: found.length === names.length ? 0 : 1 }
  },
  pwd: () => ({ out: '/\n' }),
  id: () => ({ out: 'uid=0(root) gid=0(root) groups=0(root)\n' }),
  uname: (ctx, args) => ({
    out: args.includes('-a')
      ? `Linux ${ctx.hostname} 6.18.0 #1 SMP x86_64 GNU/Linux\n`
      : args.includes('-r')
        ? '6.18.0\n'
        : 'Linux\n',
  }),
  ...FILTERS,
  grep,
}
