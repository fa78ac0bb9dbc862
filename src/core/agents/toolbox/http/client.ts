import type { Ipv4 } from '../../../base/ipv4.ts'
import type { SimTime } from '../../../base/time.ts'
import type { Errno } from '../../../kernel/errno.ts'
import { type HttpResponse, parseHttp } from '../../../wire/http.ts'
import type { Ctx, ProgramEvent, SocketOptions } from '../../contracts/program.ts'
import { type ResolveResult, type Resolving, onResolve, startResolve } from '../../contracts/resolver.ts'

/** One HTTP exchange: look the host up, connect, send, receive. Its state is part of the program's. */
export interface HttpCall {
  readonly host: string
  readonly port: number
  readonly request: string
  readonly toHead: boolean
  readonly options: SocketOptions
  readonly phase: 'resolving' | 'connecting' | 'waiting'
  readonly resolving: Resolving | null
  readonly addresses: readonly Ipv4[]
  /** Which address it is at. */
  readonly at: number
  readonly fd: number
  readonly buffer: string
  /** When it began, and how long each step took; 0 = not yet. */
  readonly started: SimTime
  readonly lookedUp: SimTime
  readonly connectBegan: SimTime
  readonly connected: SimTime
  readonly firstByte: SimTime
}

export type HttpProblem =
  | { readonly at: 'resolve'; readonly again: boolean }
  | { readonly at: 'connect'; readonly errno: Errno }
  | { readonly at: 'receive'; readonly errno: Errno }
  | { readonly at: 'empty' }
  | { readonly at: 'partial' }
  | { readonly at: 'malformed' }

export type HttpStep =
  | { readonly t: 'going'; readonly call: HttpCall }
  | { readonly t: 'response'; readonly call: HttpCall; readonly response: HttpResponse }
  | { readonly t: 'problem'; readonly call: HttpCall; readonly problem: HttpProblem }

export interface CallOptions {
  readonly host: string
  readonly port: number
  readonly request: string
  readonly toHead: boolean
  readonly socket?: SocketOptions
  /** Address to use instead of a lookup. */
  readonly override?: Ipv4 | undefined
}

export function startCall<S>(ctx: Ctx<S>, options: CallOptions): HttpStep {
  const call: HttpCall = {
    host: options.host,
    port: options.port,
    request: options.request,
    toHead: options.toHead,
    options: { noDelay: true, ...options.socket },
    phase: 'resolving',
    resolving: null,
    addresses: [],
    at: 0,
    fd: 0,
    buffer: '',
    started: ctx.now,
    lookedUp: 0,
    connectBegan: 0,
    connected: 0,
    firstByte: 0,
  }
  if (options.override !== undefined)
    return looked(ctx, call, { ok: true, addresses: [options.override], canonical: '' })
  const step = startResolve(ctx, options.host)
  return step.done ? looked(ctx, call, step.result) : { t: 'going', call: { ...call, resolving: step.state } }
}

function looked<S>(ctx: Ctx<S>, call: HttpCall, result: ResolveResult): HttpStep {
  if (!result.ok) return { t: 'problem', call, problem: { at: 'resolve', again: result.error === 'again' } }
  const next = {
    ...call,
    resolving: null,
    addresses: result.addresses,
    lookedUp: ctx.now,
    phase: 'connecting',
  } as const
  return connect(ctx, { ...next, connectBegan: ctx.now }, 'ENETUNREACH')
}

/** Tries the addresses from `at` on. `last`: what the one before failed with. */
function connect<S>(ctx: Ctx<S>, call: HttpCall, last: Errno): HttpStep {
  const addr = call.addresses[call.at]
  if (addr === undefined) return { t: 'problem', call, problem: { at: 'connect', errno: last } }
  const fd = ctx.socket('tcp', call.options)
  const started = ctx.connect(fd, addr, call.port)
  if (started.ok) return { t: 'going', call: { ...call, fd } }
  ctx.close(fd)
  return connect(ctx, { ...call, at: call.at + 1 }, started.error.errno)
}

/** Takes an event if it is about the call; `null` if not. */
export function onCall<S>(ctx: Ctx<S>, call: HttpCall, event: ProgramEvent): HttpStep | null {
  if (call.resolving) {
    const step = onResolve(ctx, call.resolving, event)
    if (!step) return null
    return step.done ? looked(ctx, call, step.result) : { t: 'going', call: { ...call, resolving: step.state } }
  }
  if (!('fd' in event) || event.fd !== call.fd) return null
  switch (event.type) {
    case 'connected': {
      if (call.request !== '') ctx.send(call.fd, call.request)
      return { t: 'going', call: { ...call, phase: 'waiting', connected: ctx.now } }
    }
    case 'connect-failed':
      return connect(ctx, { ...call, at: call.at + 1 }, event.errno)
    case 'data':
      return received({ ...call, buffer: call.buffer + ctx.recv(call.fd), firstByte: call.firstByte || ctx.now }, false)
    case 'eof':
      return received(call, true)
    case 'reset':
      return { t: 'problem', call, problem: { at: 'receive', errno: event.errno } }
    default:
      return null
  }
}

function received(call: HttpCall, ended: boolean): HttpStep {
  const parsed = parseHttp(call.buffer, { toHead: call.toHead, ended })
  if (parsed.state === 'message' && parsed.message.kind === 'response') {
    // 1xx responses announce another one.
    if (parsed.message.status >= 200) return { t: 'response', call, response: parsed.message }
    return received({ ...call, buffer: call.buffer.slice(parsed.consumed) }, ended)
  }
  if (parsed.state === 'error' && !ended) return { t: 'problem', call, problem: { at: 'malformed' } }
  if (!ended) return { t: 'going', call }
  return { t: 'problem', call, problem: { at: call.buffer === '' ? 'empty' : 'partial' } }
}
