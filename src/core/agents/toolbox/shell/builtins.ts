import type { Ctx } from '../../contracts/program.ts'
import type { Instant } from '../text/instant.ts'

/** What a builtin may change besides printing. */
export interface ShellEffect extends Instant {
  readonly set?: Readonly<Record<string, string>>
  readonly unset?: readonly string[]
  readonly exit?: number
  readonly loop?: 'break' | 'continue'
  readonly wait?: boolean
  readonly shift?: number
  readonly errexit?: boolean
}

type Builtin = (ctx: Ctx<unknown>, args: readonly string[], status: number) => ShellEffect

const test = (args: readonly string[], ctx: Ctx<unknown>): boolean => {
  if (args[0] === '!') return !test(args.slice(1), ctx)
  const or = args.indexOf('-o')
  if (or > 0) return test(args.slice(0, or), ctx) || test(args.slice(or + 1), ctx)
  const and = args.indexOf('-a')
  if (and > 0) return test(args.slice(0, and), ctx) && test(args.slice(and + 1), ctx)
  if (args.length === 3) return compare(args[0]!, args[1]!, args[2]!)
  if (args.length === 2) {
    const path = args[1]!
    if (args[0] === '-n') return path !== ''
    if (args[0] === '-z') return path === ''
    if (args[0] === '-d') return ctx.listFiles(path).length > 0
    if (args[0] === '-s') return (ctx.readFile(path) ?? '') !== ''
    return (
      /^-[efrxw]$/.test(args[0]!) &&
      (ctx.readFile(path) !== null || (args[0] === '-e' && ctx.listFiles(path).length > 0))
    )
  }
  return (args[0] ?? '') !== ''
}

function compare(a: string, operator: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)]
  switch (operator) {
    case '=':
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '-eq':
      return x === y
    case '-ne':
      return x !== y
    case '-lt':
      return x < y
    case '-le':
      return x <= y
    case '-gt':
      return x > y
    case '-ge':
      return x >= y
    default:
      return false
  }
}

const SIGNALS: Readonly<Record<string, 'HUP' | 'INT' | 'KILL' | 'TERM'>> = {
  '1': 'HUP',
  '2': 'INT',
  '9': 'KILL',
  '15': 'TERM',
  HUP: 'HUP',
  INT: 'INT',
  KILL: 'KILL',
  TERM: 'TERM',
}

function kill(ctx: Ctx<unknown>, args: readonly string[]): ShellEffect {
  const named = args[0]?.startsWith('-') ? SIGNALS[args[0].replace(/^-(SIG|s$)?/, '')] : undefined
  const pids = args.filter((arg) => /^\d+$/.test(arg)).map(Number)
  const missing = pids.filter((pid) => !ctx.kill(pid, named ?? 'TERM').ok)
  return missing.length > 0 ? { err: `sh: can't kill pid ${missing[0]}: No such process\n`, code: 1 } : {}
}

const NOTHING: Builtin = () => ({})

/** Builtins of the shell. `cd`, `trap`, `umask` and `ulimit` are taken and do nothing. */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  ':': NOTHING,
  cd: NOTHING,
  trap: NOTHING,
  umask: NOTHING,
  ulimit: NOTHING,
  exit: (_, args, status) => ({ exit: args[0] === undefined ? status : Number(args[0]) & 255 }),
  export: (_, args) => ({
    set: Object.fromEntries(
      args
        .filter((arg) => arg.includes('='))
        .map((arg) => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)]),
    ),
  }),
  unset: (_, args) => ({ unset: args.filter((arg) => !arg.startsWith('-')) }),
  set: (_, args) => {
    const flags = args.filter((arg) => /^[-+]/.test(arg))
    const errexit = flags.findLast((flag) => flag.includes('e'))
    return errexit === undefined ? {} : { errexit: errexit.startsWith('-') }
  },
  break: () => ({ loop: 'break' }),
  continue: () => ({ loop: 'continue' }),
  shift: (_, args) => ({ shift: Number(args[0] ?? 1) }),
  wait: () => ({ wait: true }),
  test: (ctx, args) => ({ code: test(args, ctx) ? 0 : 1 }),
  '[': (ctx, args) =>
    args.at(-1) === ']' ? { code: test(args.slice(0, -1), ctx) ? 0 : 1 } : { err: 'sh: [: missing ]\n', code: 2 },
  kill,
  command: (ctx, args) => lookUp(ctx, args[0] === '-v' ? args.slice(1) : []),
  type: (ctx, args) => lookUp(ctx, args, ' is '),
}

function lookUp(ctx: Ctx<unknown>, names: readonly string[], between = ''): ShellEffect {
  const known = (name: string): boolean => name in BUILTINS || ctx.isCommand(name)
  const out = names.filter(known).map((name) => {
    const path = name in BUILTINS ? name : `/bin/${name}`
    return between === '' ? `${path}\n` : `${name}${between}${path}\n`
  })
  const missing = names.find((name) => !known(name))
  if (missing === undefined) return { out: out.join('') }
  return { out: out.join(''), err: between === '' ? '' : `${missing}: not found\n`, code: 127 }
}
