import type { Ctx, Program, ProgramEvent, SpawnOptions } from '../../contracts/program.ts'
import { BUILTINS, type ShellEffect } from './builtins.ts'
import type { Code, Command, Instruction } from './code.ts'
import { compile } from './compile.ts'
import { type Scope, commandScripts, expand, expandOne } from './expand.ts'
import { type Sinks, openFiles, resolveRedirects, spawnModes, writeSinks } from './redirect.ts'
import type { Word } from './words.ts'

interface Loop {
  readonly top: number
  readonly end: number
  readonly items: readonly string[]
  readonly at: number
  readonly name: string
}

type Waiting =
  | { readonly for: 'command'; readonly pid: number; readonly sinks: Sinks; readonly piped: boolean }
  /** A `$(…)` of the present instruction. */
  | { readonly for: 'substitution'; readonly pid: number }
  /** `exec`: its status is the shell's. */
  | { readonly for: 'exec'; readonly pid: number }
  | { readonly for: 'jobs' }

export interface ShellState {
  readonly code: Code
  readonly pc: number
  readonly status: number
  readonly vars: Readonly<Record<string, string>>
  readonly args: readonly string[]
  readonly loops: readonly Loop[]
  readonly waiting: Waiting | null
  /** Output of the left side of a pipeline. */
  readonly pipe: string
  readonly substituted: readonly string[]
  /** Background jobs that run, with where their output goes. */
  readonly jobs: Readonly<Record<string, Sinks>>
  readonly lastJob: number
  readonly errexit: boolean
}

type ShellCtx = Ctx<ShellState>

/** Instructions run without a pause: a loop that never waits must not stop the world. */
const BURST = 2000
const PAUSE = 1_000_000

/** A POSIX shell under one of its names: `sh -c SCRIPT [NAME ARG…]`, `sh FILE [ARG…]`, or a script on standard input. */
export const shellProgram = (name: string): Program<ShellState> => ({
  name,
  start(ctx) {
    const script = scriptOf(ctx)
    if (script.text === null) {
      ctx.write(2, `${name}: can't open '${ctx.argv[1]}': No such file or directory\n`)
      return ctx.exit(2)
    }
    const compiled = compile(script.text)
    if (!compiled.ok) {
      ctx.write(2, `${name}: ${compiled.error.message}\n`)
      return ctx.exit(2)
    }
    run(ctx, {
      code: compiled.value,
      pc: 0,
      status: 0,
      vars: {},
      args: script.args,
      loops: [],
      waiting: null,
      pipe: '',
      substituted: [],
      jobs: {},
      lastJob: 0,
      errexit: script.errexit,
    })
  },
  on(ctx, event) {
    const state = ctx.state
    if (!state) return
    if (event.type === 'child-exit') childExit(ctx, state, event)
    else if (event.type === 'timer' && event.tag === 'pause') run(ctx, state)
  },
})

function scriptOf(ctx: ShellCtx): { text: string | null; args: readonly string[]; errexit: boolean } {
  let at = 1
  let errexit = false
  for (; /^-[a-z]+$/.test(ctx.argv[at] ?? ''); at++) {
    const flags = ctx.argv[at]!
    if (flags.includes('e')) errexit = true
    if (flags.includes('c')) return { text: ctx.argv[at + 1] ?? '', args: ctx.argv.slice(at + 3), errexit }
  }
  const file = ctx.argv[at]
  if (file === undefined) return { text: ctx.stdin, args: [], errexit }
  return { text: ctx.readFile(file.startsWith('/') ? file : `/${file}`), args: ctx.argv.slice(at + 1), errexit }
}

const scopeOf = (ctx: ShellCtx, state: ShellState): Scope => ({
  vars: { HOSTNAME: ctx.hostname, ...state.vars, '!': String(state.lastJob) },
  env: ctx.env,
  args: state.args,
  name: ctx.argv[0] ?? 'sh',
  status: state.status,
  pid: ctx.pid,
  commands: state.substituted,
})

/** Runs until something has to be waited for, or the script ends. */
function run(ctx: ShellCtx, from: ShellState): void {
  let state = from
  for (let n = 0; n < BURST; n++) {
    const instruction = state.code[state.pc]
    if (!instruction) return ctx.exit(state.status)
    const next = execute(ctx, state, instruction)
    if (next === null) return
    state = next
    if (state.waiting !== null) return ctx.set(state)
  }
  ctx.set(state)
  ctx.setTimer(PAUSE, 'pause')
}

/** One instruction; `null` when the shell has ended. */
function execute(ctx: ShellCtx, state: ShellState, i: Instruction): ShellState | null {
  const next = { ...state, pc: state.pc + 1 }
  switch (i.op) {
    case 'jump': {
      const taken = i.when === 'always' || (i.when === 'ok') === (state.status === 0)
      return taken ? { ...state, pc: i.to } : next
    }
    case 'not':
      return { ...next, status: state.status === 0 ? 1 : 0 }
    case 'status':
      return { ...next, status: i.value }
    case 'enter':
      return { ...next, loops: [...state.loops, { top: i.top, end: i.end, items: [], at: 0, name: '' }] }
    case 'leave':
      return { ...next, loops: state.loops.slice(0, -1) }
    case 'for': {
      const ready = substitute(ctx, state, i.words)
      if (ready) return ready
      const items = expand(i.words, scopeOf(ctx, state))
      const loop = { top: state.pc + 1, end: i.end, items, at: 0, name: i.name }
      return { ...next, loops: [...state.loops, loop], substituted: [], status: 0 }
    }
    case 'next': {
      const loop = state.loops.at(-1)!
      const item = loop.items[loop.at]
      if (item === undefined) return { ...state, pc: i.end }
      return {
        ...next,
        vars: { ...state.vars, [loop.name]: item },
        loops: [...state.loops.slice(0, -1), { ...loop, at: loop.at + 1 }],
      }
    }
    case 'run':
      return runCommand(ctx, state, i)
  }
}

/** Starts the next `$(…)` of some words that has no output yet; `null` when all have. */
function substitute(ctx: ShellCtx, state: ShellState, words: readonly Word[]): ShellState | null {
  const script = commandScripts(words)[state.substituted.length]
  if (script === undefined) return null
  const env = { ...ctx.env, ...state.vars }
  const child = ctx.spawn([ctx.argv[0] ?? 'sh', '-c', script], { stdout: 'capture', env })
  if (!child.ok) return { ...state, substituted: [...state.substituted, ''] }
  return { ...state, waiting: { for: 'substitution', pid: child.value } }
}

const wordsOf = (command: Command): readonly Word[] => [
  ...command.assigns.map((assign) => assign.value),
  ...command.words,
  ...command.redirects.flatMap((redirect) => redirect.target ?? []),
]

function runCommand(ctx: ShellCtx, state: ShellState, i: Extract<Instruction, { op: 'run' }>): ShellState | null {
  const { command } = i
  const all = wordsOf(command)
  const waiting = substitute(ctx, state, all)
  if (waiting) return waiting
  const scope = scopeOf(ctx, state)
  const cursor = { at: 0 }
  const assigned = Object.fromEntries(command.assigns.map(({ name, value }) => [name, expandOne(value, scope, cursor)]))
  const rest = { ...scope, commands: scope.commands.slice(cursor.at) }
  const argv = expand(command.words, rest)
  const sinks = resolveRedirects(ctx, command.redirects, (word) => expandOne(word, rest))
  const ready = { ...state, pc: state.pc + 1, substituted: [] }
  if (typeof sinks === 'string') {
    ctx.write(2, `sh: ${sinks}\n`)
    return settle(ctx, ready, 1)
  }
  openFiles(ctx, sinks)
  const to: Sinks = i.pipeOut && sinks.out.to === 'session' ? { ...sinks, out: { to: 'pipe' } } : sinks
  if (argv.length === 0) {
    writeSinks(ctx, to, '', '')
    return {
      ...ready,
      vars: { ...state.vars, ...assigned },
      status: all.length > 0 && state.substituted.length > 0 ? state.status : 0,
    }
  }
  const builtin = Object.hasOwn(BUILTINS, argv[0]!) ? BUILTINS[argv[0]!] : undefined
  if (builtin) return runBuiltin(ctx, ready, builtin(ctx, argv.slice(1), state.status), to, argv[0]!)
  const replace = argv[0] === 'exec'
  const words = replace ? argv.slice(1) : argv
  if (words.length === 0) return ready
  const options: SpawnOptions = {
    ...spawnModes(to),
    stdin: sinks.stdin ?? (i.pipeIn ? state.pipe : ctx.stdin),
    env: { ...state.vars, ...assigned },
  }
  const child = ctx.spawn(words, options)
  if (!child.ok) {
    const crowded = child.error === 'EAGAIN'
    const why = crowded ? "can't fork: Resource temporarily unavailable" : `${words[0]}: not found`
    const pipe = writeSinks(ctx, to, '', `${ctx.argv[0]?.split('/').at(-1) ?? 'sh'}: ${why}\n`)
    return settle(ctx, { ...ready, pipe }, crowded ? 2 : 127)
  }
  if (replace) return { ...ready, waiting: { for: 'exec', pid: child.value } }
  if (i.background) {
    return { ...ready, jobs: { ...state.jobs, [child.value]: to }, lastJob: child.value, status: 0 }
  }
  return { ...ready, waiting: { for: 'command', pid: child.value, sinks: to, piped: i.pipeOut } }
}

/** `set -e`: a command that failed ends the shell, unless a condition asked for its status. */
function settle(ctx: ShellCtx, state: ShellState, status: number): ShellState | null {
  const asked = state.code[state.pc]
  const condition = asked?.op === 'jump' || asked?.op === 'not'
  if (status !== 0 && state.errexit && !condition) {
    ctx.exit(status)
    return null
  }
  return { ...state, status }
}

function runBuiltin(ctx: ShellCtx, state: ShellState, effect: ShellEffect, to: Sinks, name: string): ShellState | null {
  const pipe = writeSinks(ctx, to, effect.out ?? '', effect.err ?? '')
  if (effect.exit !== undefined) {
    ctx.exit(effect.exit)
    return null
  }
  const vars = Object.fromEntries(Object.entries(state.vars).filter(([key]) => !effect.unset?.includes(key)))
  const next = {
    ...state,
    pipe,
    vars: { ...vars, ...effect.set },
    args: state.args.slice(effect.shift ?? 0),
    errexit: effect.errexit ?? state.errexit,
  }
  const loop = state.loops.at(-1)
  if (effect.loop && loop) return { ...next, pc: effect.loop === 'break' ? loop.end : loop.top }
  if (effect.wait && Object.keys(state.jobs).length > 0) return { ...next, waiting: { for: 'jobs' } }
  return settle(ctx, next, effect.code ?? (name === 'wait' ? 0 : 0))
}

function childExit(ctx: ShellCtx, state: ShellState, event: Extract<ProgramEvent, { type: 'child-exit' }>): void {
  const { waiting } = state
  const job = state.jobs[event.pid]
  if (job) {
    writeSinks(ctx, job, event.stdout, event.stderr)
    const { [event.pid]: _, ...jobs } = state.jobs
    const after = { ...state, jobs }
    const done = waiting?.for === 'jobs' && Object.keys(jobs).length === 0
    return done ? run(ctx, { ...after, waiting: null, status: event.code }) : ctx.set(after)
  }
  if (!waiting || waiting.for === 'jobs' || waiting.pid !== event.pid) return
  if (waiting.for === 'exec') return ctx.exit(event.code)
  if (waiting.for === 'substitution') {
    return run(ctx, { ...state, waiting: null, status: event.code, substituted: [...state.substituted, event.stdout] })
  }
  const pipe = writeSinks(ctx, waiting.sinks, event.stdout, event.stderr)
  const next = settle(ctx, { ...state, waiting: null, pipe: waiting.piped ? pipe : '' }, event.code)
  if (next) run(ctx, next)
}
