import { formatIpv4, parseIpv4 } from '../../base/ipv4.ts'
import { MS, SEC, timestamp } from '../../base/time.ts'
import { decodeUtf8, encodeUtf8 } from '../../wire/utf8.ts'
import {
  NO_CONNECTIONS,
  httpEvent,
  httpListen,
  httpDate,
  textResponse,
  type HttpExchange,
  type HttpServer,
} from '../contracts/http-server.ts'
import type { Ctx, Program, ProgramEvent } from '../contracts/program.ts'
import { type Resolving, onResolve, startResolve } from '../contracts/resolver.ts'
import { type HttpResponse, httpHeader } from '../../wire/http.ts'
import { option } from './http-program.ts'

type Mode =
  | { readonly mode: 'serve'; readonly http: HttpServer; readonly udp: number }
  | { readonly mode: 'connect'; readonly port: number; readonly resolving: Resolving | null; readonly fd: number }
  | { readonly mode: 'pause' }

type AgnhostCtx = Ctx<Mode>

/** registry.k8s.io/e2e-test-images/agnhost: netexec, serve-hostname, pause, connect; what else it can do, it refuses by name. */
export const agnhost: Program<Mode> = {
  name: 'agnhost',
  catches: ['TERM', 'INT'],
  start(ctx) {
    const command = ctx.argv[1] ?? 'pause'
    if (command === 'netexec')
      return serve(ctx, Number(option(ctx.argv, 'http-port') ?? 8080), Number(option(ctx.argv, 'udp-port') ?? 8081))
    if (command === 'serve-hostname') return serve(ctx, Number(option(ctx.argv, 'port') ?? 9376), 0)
    if (command === 'pause') {
      ctx.write(1, 'Paused\n')
      return ctx.set({ mode: 'pause' })
    }
    if (command === 'connect') return connect(ctx)
    ctx.write(2, `Error: unknown command "${command}" for "app"\n`)
    ctx.exit(1)
  },
  on(ctx, event) {
    const { state } = ctx
    if (event.type === 'signal') return ctx.exit(0)
    if (!state || state.mode === 'pause') return
    if (state.mode === 'connect') return connecting(ctx, state, event)
    if (event.type === 'datagram') return answerDatagram(ctx, event)
    const http = httpEvent(ctx, state.http, event, (exchange) => answer(ctx, exchange))
    ctx.set({ ...state, http })
  },
}

function serve(ctx: AgnhostCtx, port: number, udpPort: number): void {
  const listening = httpListen(ctx, port)
  if (!listening.ok) {
    ctx.write(2, `listen tcp :${port}: bind: address already in use\n`)
    return ctx.exit(1)
  }
  const udp = udpPort > 0 ? ctx.socket('udp') : 0
  if (udp !== 0) ctx.bind(udp, 0, udpPort)
  ctx.write(
    1,
    udp === 0
      ? `Serving on port ${port}.\n`
      : `Started HTTP server on port ${port}\nStarted UDP server on port  ${udpPort}\n`,
  )
  ctx.set({ mode: 'serve', http: NO_CONNECTIONS, udp })
}

function answer(ctx: AgnhostCtx, { path, query, remote, request }: HttpExchange): HttpResponse {
  const plain = [
    ['Date', httpDate(ctx.now)],
    ['Content-Type', 'text/plain; charset=utf-8'],
  ] as const
  const text = (body: string, status = 200): HttpResponse => textResponse(status, body, plain)
  if (ctx.argv[1] === 'serve-hostname') return text(ctx.hostname)
  ctx.write(1, `${timestamp(ctx.now)} ${request.method} ${path}\n`)
  switch (path.toLowerCase()) {
    case '/':
      return text(`NOW: ${timestamp(ctx.now)}`)
    case '/hostname':
      return text(ctx.hostname)
    case '/clientip':
      return text(`${formatIpv4(remote.addr)}:${remote.port}`)
    case '/echo':
      return text(decodeUtf8(query['msg'] ?? ''), Number(query['code'] ?? '200') || 200)
    case '/header':
      return text(httpHeader(request.headers, query['key'] ?? '') ?? '')
    case '/healthz':
      return text('')
    default:
      return text('404 page not found\n', 404)
  }
}

/** netexec's UDP side: `hostname`, `echo TEXT`, `clientip`; anything else gets an empty answer. */
function answerDatagram(ctx: AgnhostCtx, event: Extract<ProgramEvent, { type: 'datagram' }>): void {
  const { datagram, fd } = event
  const { from, payload, packet } = datagram
  const request = payload.l === 'data' ? decodeUtf8(payload.data).trimEnd() : ''
  const reply = /^hostname$/i.test(request)
    ? ctx.hostname
    : /^clientip$/i.test(request)
      ? `${formatIpv4(from.addr)}:${from.port}`
      : /^echo /i.test(request)
        ? request.slice(5)
        : ''
  ctx.sendto(fd, from, encodeUtf8(reply), { origin: packet, src: datagram.to })
}

/** `agnhost connect HOST:PORT`: exits 0, or says TIMEOUT, REFUSED, DNS or OTHER on standard error. */
function connect(ctx: AgnhostCtx): void {
  const target = ctx.argv.slice(2).find((word) => !word.startsWith('-')) ?? ''
  const colon = target.lastIndexOf(':')
  const port = Number(target.slice(colon + 1))
  const limit = /^(\d+)(ms|s|m)?$/.exec(option(ctx.argv, 'timeout') ?? '1s')
  const unit = limit?.[2] === 'ms' ? MS : limit?.[2] === 'm' ? 60 * SEC : SEC
  ctx.setTimer(Number(limit?.[1] ?? '1') * unit, 'connect')
  const step = startResolve(ctx, target.slice(0, colon))
  if (!step.done) return ctx.set({ mode: 'connect', port, resolving: step.state, fd: 0 })
  open(ctx, port, step.result.ok ? step.result.addresses[0]! : parseIpv4(target.slice(0, colon)))
}

function open(ctx: AgnhostCtx, port: number, addr: number | null): void {
  if (addr === null) return failed(ctx, 'DNS: no such host')
  const fd = ctx.socket('tcp')
  const started = ctx.connect(fd, addr, port)
  if (!started.ok) return failed(ctx, `OTHER: connect: ${started.error.errno}`)
  ctx.set({ mode: 'connect', port, resolving: null, fd })
}

function connecting(ctx: AgnhostCtx, state: Extract<Mode, { mode: 'connect' }>, event: ProgramEvent): void {
  if (event.type === 'timer' && event.tag === 'connect') return failed(ctx, 'TIMEOUT')
  if (state.resolving) {
    const step = onResolve(ctx, state.resolving, event)
    if (!step) return
    if (!step.done) return ctx.set({ ...state, resolving: step.state })
    return open(ctx, state.port, step.result.ok ? step.result.addresses[0]! : null)
  }
  if (event.type === 'connected') return ctx.exit(0)
  if (event.type === 'connect-failed') {
    failed(
      ctx,
      event.errno === 'ECONNREFUSED' ? 'REFUSED' : event.errno === 'ETIMEDOUT' ? 'TIMEOUT' : `OTHER: ${event.errno}`,
    )
  }
}

function failed(ctx: AgnhostCtx, text: string): void {
  ctx.write(2, `${text}\n`)
  ctx.exit(1)
}
