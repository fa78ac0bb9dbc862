import type { Ctx, SpawnOptions } from '../../contracts/program.ts'
import type { Redirect } from './code.ts'
import type { Word } from './words.ts'

export type Sink =
  | { readonly to: 'session' }
  /** `>&2`: standard output to where standard error goes. */
  | { readonly to: 'stderr' }
  | { readonly to: 'null' }
  | { readonly to: 'pipe' }
  | { readonly to: 'file'; readonly path: string; readonly append: boolean }

/** Characters of a file that a shell writes: each version of it is kept, so that time can go back. */
const FILE_AT_MOST = 65_536

/** Where the output of a command goes. */
export interface Sinks {
  readonly out: Sink
  readonly err: Sink | { readonly to: 'out' }
  readonly stdin?: string | undefined
}

const SESSION: Sink = { to: 'session' }

function sinkOf(path: string, append: boolean): Sink {
  if (path === '/dev/null') return { to: 'null' }
  if (path === '/dev/stdout' || path === '/dev/stderr' || path.startsWith('/proc/1/fd/')) return SESSION
  return { to: 'file', path: path.startsWith('/') ? path : `/${path}`, append }
}

/** Reads redirections from left to right. A text is what the shell complains about. */
export function resolveRedirects(
  ctx: Ctx<unknown>,
  redirects: readonly Redirect[],
  expand: (word: Word) => string,
): Sinks | string {
  let out: Sink = SESSION
  let err: Sinks['err'] = SESSION
  let stdin: string | undefined
  for (const { kind, target } of redirects) {
    const path = target ? expand(target) : ''
    const append = kind.endsWith('>>')
    if (kind === '<') {
      const text = path === '/dev/null' ? '' : ctx.readFile(path.startsWith('/') ? path : `/${path}`)
      if (text === null) return `can't open ${path}: no such file`
      stdin = text
    } else if (kind === '<<') stdin = path
    else if (kind === '<<<') stdin = `${path}\n`
    else if (kind === '2>&1') err = { to: 'out' }
    else if (kind === '1>&2') out = err.to === 'out' ? out : err.to === 'session' ? { to: 'stderr' } : err
    else if (kind.startsWith('&>')) [out, err] = [sinkOf(path, append), { to: 'out' }]
    else if (kind.startsWith('2>')) err = sinkOf(path, append)
    else if (kind.startsWith('1>')) {
      // `2>&1 >file`: standard error stays where standard output was.
      if (err.to === 'out') err = out
      out = sinkOf(path, append)
    }
  }
  return { out, err, stdin }
}

/** open(2) before the command runs: files are there at once, and empty unless they are to be added to. */
export function openFiles(ctx: Ctx<unknown>, { out, err }: Sinks): void {
  for (const sink of [out, err]) {
    if (sink.to === 'file' && !(sink.append && ctx.readFile(sink.path) !== null)) ctx.writeFile(sink.path, '')
  }
}

/** How a child has to be started so that its output can get there. */
export function spawnModes(sinks: Sinks): SpawnOptions {
  const mode = (sink: Sink): 'session' | 'null' | 'capture' =>
    sink.to === 'session' ? 'session' : sink.to === 'null' ? 'null' : 'capture'
  return { stdout: mode(sinks.out), stderr: sinks.err.to === 'out' ? 'stdout' : mode(sinks.err) }
}

/** Puts captured output where it belongs. Answers what goes into the pipe. */
export function writeSinks(ctx: Ctx<unknown>, sinks: Sinks, stdout: string, stderr: string): string {
  const merged = sinks.err.to === 'out'
  const pipe = put(ctx, sinks.out, 1, merged ? stdout + stderr : stdout)
  if (sinks.err.to !== 'out') put(ctx, sinks.err, 2, stderr)
  return pipe
}

function put(ctx: Ctx<unknown>, sink: Sink, fd: 1 | 2, text: string): string {
  if (sink.to === 'session') ctx.write(fd, text)
  else if (sink.to === 'stderr') ctx.write(2, text)
  else if (sink.to === 'file') {
    const whole = (sink.append ? (ctx.readFile(sink.path) ?? '') : '') + text
    ctx.writeFile(sink.path, whole.slice(0, FILE_AT_MOST))
    if (whole.length > FILE_AT_MOST) ctx.write(2, 'write error: No space left on device\n')
  }
  return sink.to === 'pipe' ? text : ''
}
