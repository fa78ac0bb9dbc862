import { type Ipv4, formatIpv4 } from '../../../base/ipv4.ts'
import { SEC } from '../../../base/time.ts'
import { ERRNO_TEXT } from '../../../kernel/errno.ts'
import { decodeUtf8, encodeUtf8 } from '../../../wire/utf8.ts'
import type { Ctx, Endpoint, Program, ProgramEvent } from '../../contracts/program.ts'
import type { ResolveResult, Resolving } from '../../contracts/resolver.ts'
import { onLookUp, lookUp, lookUpErrorText } from '../lookup.ts'
import { type Options, readOptions } from '../options.ts'

interface NcState {
  readonly host: string
  readonly ports: readonly number[]
  readonly at: number
  readonly addr: Ipv4
  readonly resolving: Resolving | null
  readonly fd: number
  readonly peer: Endpoint | null
  readonly failed: boolean
}
type NcCtx = Ctx<NcState>

const optionsOf = (ctx: NcCtx): Options => readOptions(ctx.argv.slice(1), { flags: 'zvulnNk46dt', values: 'wpqsI' })

/** OpenBSD's netcat: connect, scan (-z), listen (-l), TCP and UDP (-u). Standard input is what was piped in. */
export const nc: Program<NcState> = {
  name: 'nc',
  start(ctx) {
    const options = optionsOf(ctx)
    if (options.bad) {
      ctx.write(2, `nc: invalid option -- '${options.bad.name.replace(/^-+/, '')}'\n`)
      return ctx.exit(1)
    }
    if (options.has('l')) return listen(ctx, options)
    const [host, range] = options.rest
    const ports = portsOf(range)
    if (host === undefined || ports.length === 0) {
      ctx.write(2, 'usage: nc [-klnuvz] [-p source_port] [-w timeout] [destination] [port]\n')
      return ctx.exit(1)
    }
    const state = { host, ports, at: 0, addr: 0, resolving: null, fd: 0, peer: null, failed: false }
    lookUp(ctx, state, host, resolved)
  },
  on(ctx, event) {
    const { state } = ctx
    if (!state) return
    if (onLookUp(ctx, state, event, resolved)) return
    handle(ctx, state, event)
  },
}

/** `80`, or `8000-8003`. */
function portsOf(range: string | undefined): readonly number[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(range ?? '')
  if (!match) return []
  const first = Number(match[1])
  const last = Math.min(Number(match[2] ?? first), first + 1023, 65535)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
}

function listen(ctx: NcCtx, options: Options): void {
  const port = Number(options.value('p') ?? options.rest.at(-1) ?? 0)
  const fd = ctx.socket(options.has('u') ? 'udp' : 'tcp', { reuseAddr: true })
  const bound = ctx.bind(fd, 0, port)
  const listening = bound.ok && !options.has('u') ? ctx.listen(fd, 1) : bound
  if (!listening.ok) {
    ctx.write(2, `nc: ${ERRNO_TEXT[listening.error]}\n`)
    return ctx.exit(1)
  }
  if (options.has('v')) ctx.write(2, `${options.has('u') ? 'Bound' : 'Listening'} on 0.0.0.0 ${port}\n`)
  ctx.set({ host: '', ports: [port], at: 0, addr: 0, resolving: null, fd, peer: null, failed: false })
}

function resolved(ctx: NcCtx, state: NcState, result: ResolveResult): void {
  if (!result.ok) {
    ctx.write(2, `nc: getaddrinfo for host "${state.host}" port ${state.ports[0]}: ${lookUpErrorText(result)}\n`)
    return ctx.exit(1)
  }
  dial(ctx, { ...state, addr: result.addresses[0]! })
}

function dial(ctx: NcCtx, state: NcState): void {
  const options = optionsOf(ctx)
  const port = state.ports[state.at]
  if (port === undefined) return ctx.exit(state.failed ? 1 : 0)
  const udp = options.has('u')
  const fd = ctx.socket(udp ? 'udp' : 'tcp')
  const local = Number(options.value('p') ?? 0)
  if (local > 0) ctx.bind(fd, 0, local)
  const next = { ...state, fd }
  ctx.set(next)
  const started = ctx.connect(fd, state.addr, port)
  if (!started.ok) return failed(ctx, next, ERRNO_TEXT[started.error.errno])
  const limit = Number(options.value('w') ?? 0)
  if (limit > 0) ctx.setTimer(limit * SEC, 'limit')
  if (udp) connected(ctx, next)
}

const protocol = (options: Options): string => (options.has('u') ? 'udp' : 'tcp')

function failed(ctx: NcCtx, state: NcState, why: string): void {
  const options = optionsOf(ctx)
  const port = state.ports[state.at]
  if (options.has('v') || !options.has('z')) {
    ctx.write(2, `nc: connect to ${target(state)} port ${port} (${protocol(options)}) failed: ${why}\n`)
  }
  ctx.cancelTimer('limit')
  dial(ctx, { ...state, at: state.at + 1, failed: true })
}

/** `web (10.96.0.20)`, or the address alone. */
const target = (state: NcState): string =>
  state.host === formatIpv4(state.addr) ? state.host : `${state.host} (${formatIpv4(state.addr)})`

const SERVICES: Readonly<Record<number, string>> = {
  22: 'ssh',
  25: 'smtp',
  53: 'domain',
  80: 'http',
  443: 'https',
  8080: 'http-alt',
}

function connected(ctx: NcCtx, state: NcState): void {
  const options = optionsOf(ctx)
  const port = state.ports[state.at]!
  ctx.cancelTimer('limit')
  if (options.has('v')) {
    ctx.write(
      2,
      `Connection to ${target(state)} ${port} port [${protocol(options)}/${SERVICES[port] ?? '*'}] succeeded!\n`,
    )
  }
  if (options.has('z')) {
    ctx.close(state.fd)
    return dial(ctx, { ...state, at: state.at + 1 })
  }
  sendInput(ctx, state, options)
}

function sendInput(ctx: NcCtx, state: NcState, options: Options): void {
  waitForMore(ctx, options)
  if (ctx.stdin === '') return
  ctx.send(state.fd, encodeUtf8(ctx.stdin))
  if (options.has('N')) ctx.shutdown(state.fd)
  if (options.has('q')) ctx.setTimer(Math.max(1, Number(options.value('q')) * SEC), 'quit')
}

/** -w also ends a connection on which nothing has come for so long. */
function waitForMore(ctx: NcCtx, options: Options): void {
  const limit = Number(options.value('w') ?? 0)
  if (limit > 0 && !options.has('l')) ctx.setTimer(limit * SEC, 'idle')
}

function handle(ctx: NcCtx, state: NcState, event: ProgramEvent): void {
  const options = optionsOf(ctx)
  switch (event.type) {
    case 'connected':
      return connected(ctx, state)
    case 'connect-failed':
    case 'error':
      return failed(ctx, state, ERRNO_TEXT[event.errno])
    case 'accepted': {
      if (options.has('v')) ctx.write(2, `Connection received on ${formatIpv4(event.from.addr)} ${event.from.port}\n`)
      if (!options.has('k')) ctx.close(event.fd)
      const next = { ...state, fd: event.conn, peer: event.from }
      ctx.set(next)
      return sendInput(ctx, next, options)
    }
    case 'data':
      waitForMore(ctx, options)
      return ctx.write(1, decodeUtf8(ctx.recv(event.fd)))
    case 'datagram': {
      waitForMore(ctx, options)
      const { payload } = event.datagram
      if (payload.l === 'data') ctx.write(1, decodeUtf8(payload.data))
      if (state.peer === null && options.has('l')) {
        ctx.set({ ...state, peer: event.datagram.from })
        ctx.connect(event.fd, event.datagram.from.addr, event.datagram.from.port)
      }
      return
    }
    case 'eof':
      ctx.close(event.fd)
      return options.has('k') ? undefined : ctx.exit(0)
    case 'reset':
      return options.has('k') ? undefined : ctx.exit(1)
    case 'timer':
      if (event.tag === 'limit') {
        ctx.close(state.fd)
        return timedOut(ctx, state, options)
      }
      return ctx.exit(0)
    default:
  }
}

function timedOut(ctx: NcCtx, state: NcState, options: Options): void {
  ctx.write(
    2,
    `nc: connect to ${target(state)} port ${state.ports[state.at]} (${protocol(options)}) timed out: Operation now in progress\n`,
  )
  dial(ctx, { ...state, at: state.at + 1, failed: true })
}
