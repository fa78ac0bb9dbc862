import { EPOCH_MS, MS, SEC, timestamp } from '../../../base/time.ts'
import { calendar } from '../../contracts/http-server.ts'
import { LINUX_RELEASE } from '../../contracts/linux-release.ts'
import type { Ctx } from '../../contracts/program.ts'
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
  const option = args.find((arg) => /^-./.test(arg) && arg !== '-u')
  if (option !== undefined) return { err: `cat: invalid option -- '${option.slice(1)}'\n`, code: 1 }
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
  const flags = args.filter((arg) => /^-./.test(arg)).join('')
  const unknown = /[^-1aAlhF]/.exec(flags)?.[0]
  if (unknown !== undefined) return { err: `ls: invalid option -- '${unknown}'\n`, code: 2 }
  const paths = args.filter((arg) => !/^-./.test(arg))
  const listed = (paths.length === 0 ? ['/'] : paths).map((path) => ({ path, names: namesIn(ctx, path) }))
  const files = listed.flatMap(({ path, names }) => (names === 'file' ? `${path}\n` : []))
  const places = listed.flatMap(({ path, names }) => {
    if (!Array.isArray(names)) return []
    return `${paths.length > 1 ? `${path}:\n` : ''}${names.map((name) => `${name}\n`).join('')}`
  })
  const missing = listed.filter(({ names }) => names === null)
  const err = missing.map(({ path }) => `ls: ${path}: No such file or directory\n`).join('')
  const bare = flags.includes('l') ? 'ls: files of this lab have no owners, modes or dates: names only\n' : ''
  return {
    out: [...(files.length > 0 ? [files.join('')] : []), ...places].join('\n'),
    ...(err + bare !== '' && { err: err + bare }),
    code: missing.length > 0 ? 1 : 0,
  }
}

/** What is in a directory; `null` where there is nothing of that name. */
function namesIn(ctx: Ctx<unknown>, given: string): readonly string[] | 'file' | null {
  const path = absolute(given).replace(/(?<=.)\/$/, '')
  if (ctx.readFile(path) !== null) return 'file'
  const prefix = path === '/' ? '/' : `${path}/`
  const names = new Set(ctx.listFiles(path).map((file) => file.slice(prefix.length).split('/')[0]!))
  return names.size === 0 && path !== '/' ? null : [...names].sort()
}

const date: InstantCommand = (ctx, args) => {
  const { year, month, day, weekday, clock } = calendar(ctx.now)
  const format = args.find((arg) => arg.startsWith('+'))?.slice(1)
  const other = args.find((arg) => !arg.startsWith('+') && arg !== '-u')
  if (other !== undefined) return { err: `date: invalid option ${other}\n`, code: 1 }
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

/** Its own name, or what /etc/hosts knows of it: `-f` the first name of its line, `-d` what follows the dot, `-i` the address. */
const hostname: InstantCommand = (ctx, args) => {
  const [flag, ...more] = args
  if (flag === undefined) return { out: `${ctx.hostname}\n` }
  if (!/^-[fdsiI]$/.test(flag) || more.length > 0)
    return {
      err: flag.startsWith('-') ? `hostname: invalid option -- '${flag.replace(/^-+/, '')}'\n` : NO_RENAMING,
      code: 1,
    }
  const words = (ctx.readFile('/etc/hosts') ?? '').split('\n').map((text) => text.trim().split(/\s+/))
  const [address, canonical = ctx.hostname] = words.find((line) => line.slice(1).includes(ctx.hostname)) ?? []
  if (flag === '-s') return { out: `${ctx.hostname.split('.')[0]}\n` }
  if (address === undefined) return { err: 'hostname: Name or service not known\n', code: 1 }
  if (flag === '-f') return { out: `${canonical}\n` }
  if (flag === '-d') return { out: `${canonical.split('.').slice(1).join('.')}\n` }
  return { out: `${address}\n` }
}
const NO_RENAMING = 'hostname: sethostname: Operation not permitted\n'

const uname: InstantCommand = (ctx, args) => {
  const parts: Readonly<Record<string, string>> = {
    s: 'Linux',
    n: ctx.hostname,
    r: LINUX_RELEASE,
    v: '#1 SMP',
    m: 'x86_64',
    o: 'GNU/Linux',
  }
  const letters = args.map((arg) => arg.replace(/^-/, '')).join('') || 's'
  const unknown = [...letters].find((letter) => letter !== 'a' && !Object.hasOwn(parts, letter))
  if (unknown !== undefined) return { err: `uname: invalid option -- '${unknown}'\n`, code: 1 }
  const wanted = Object.keys(parts).filter((letter) => letters.includes('a') || letters.includes(letter))
  return { out: `${wanted.map((letter) => parts[letter]).join(' ')}\n` }
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
  uname,
  ...FILTERS,
  grep,
}
