import type { Ipv4 } from '../../base/ipv4.ts'
import { type Result, err } from '../../base/result.ts'
import { EPOCH_MS, MS, type SimTime } from '../../base/time.ts'
import type { Errno } from '../../kernel/errno.ts'
import {
  type HttpHeader,
  type HttpRequest,
  type HttpResponse,
  emitHttp,
  httpHeader,
  parseHttp,
} from '../../wire/http.ts'
import { encodeUtf8 } from '../../wire/utf8.ts'
import type { Ctx, Endpoint, ProgramEvent, SocketFd } from './program.ts'

/** The connections of an HTTP server: bytes received and not answered yet, by descriptor. Part of the program's state. */
export interface HttpServer {
  readonly conns: Readonly<Record<string, string>>
}
export const NO_CONNECTIONS: HttpServer = { conns: {} }

export interface HttpExchange {
  readonly request: HttpRequest
  readonly local: Endpoint
  readonly remote: Endpoint
  /** Path without query, and the query's parameters, percent-decoded. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

export type HttpHandler = (exchange: HttpExchange) => HttpResponse

/** Opens a listening socket as servers do: SO_REUSEADDR, no Nagle. */
export function httpListen<S>(ctx: Ctx<S>, port: number, addr: Ipv4 = 0): Result<SocketFd, Errno> {
  const fd = ctx.socket('tcp', { reuseAddr: true, noDelay: true })
  const bound = ctx.bind(fd, addr, port)
  if (!bound.ok) return err(bound.error)
  const listening = ctx.listen(fd, 511)
  return listening.ok ? { ok: true, value: fd } : err(listening.error)
}

/** Takes a socket event of the server's own listeners and connections, answers what is complete, and gives the new state. */
export function httpEvent<S>(ctx: Ctx<S>, server: HttpServer, event: ProgramEvent, handle: HttpHandler): HttpServer {
  switch (event.type) {
    case 'accepted':
      return { conns: { ...server.conns, [event.conn]: '' } }
    case 'data':
      return event.fd in server.conns ? receive(ctx, server, event.fd, handle) : server
    case 'eof':
      if (event.fd in server.conns) ctx.close(event.fd)
      return without(server, event.fd)
    case 'reset':
      return without(server, event.fd)
    default:
      return server
  }
}

function without(server: HttpServer, fd: SocketFd): HttpServer {
  if (!(fd in server.conns)) return server
  const { [fd]: _, ...conns } = server.conns
  return { conns }
}

function receive<S>(ctx: Ctx<S>, server: HttpServer, fd: SocketFd, handle: HttpHandler): HttpServer {
  let buffer = server.conns[fd]! + ctx.recv(fd)
  const [local, remote] = [ctx.localEnd(fd), ctx.remoteEnd(fd)]
  for (;;) {
    const parsed = parseHttp(buffer)
    if (parsed.state === 'incomplete') return { conns: { ...server.conns, [fd]: buffer } }
    if (parsed.state === 'error' || parsed.message.kind !== 'request') {
      ctx.send(fd, emitHttp(textResponse(400, 'Bad Request\n', [['Connection', 'close']])))
      ctx.close(fd)
      return without(server, fd)
    }
    const request = parsed.message
    buffer = buffer.slice(parsed.consumed)
    const last = wantsClose(request)
    const response = handle({ request, local, remote, ...splitTarget(request.target) })
    ctx.send(fd, bytesOf(response, request, last))
    if (last) {
      ctx.close(fd)
      return without(server, fd)
    }
  }
}

const wantsClose = (request: HttpRequest): boolean => {
  const connection = httpHeader(request.headers, 'Connection')?.toLowerCase()
  return connection === 'close' || (request.version === 'HTTP/1.0' && connection !== 'keep-alive')
}

function bytesOf(response: HttpResponse, request: HttpRequest, last: boolean): string {
  const named = (name: string): boolean => httpHeader(response.headers, name) !== undefined
  const headers: HttpHeader[] = [...response.headers]
  if (!named('Content-Length')) headers.push(['Content-Length', String(response.body.length)])
  if (last && !named('Connection')) headers.push(['Connection', 'close'])
  const body = request.method === 'HEAD' ? '' : response.body
  return emitHttp({ ...response, headers, body })
}

function splitTarget(target: string): { readonly path: string; readonly query: Readonly<Record<string, string>> } {
  const mark = target.indexOf('?')
  const path = percentDecode(mark < 0 ? target : target.slice(0, mark))
  const pairs =
    mark < 0
      ? []
      : target
          .slice(mark + 1)
          .split('&')
          .filter((pair) => pair !== '')
  const query = Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      const value = at < 0 ? '' : pair.slice(at + 1).replaceAll('+', ' ')
      return [percentDecode(at < 0 ? pair : pair.slice(0, at)), percentDecode(value)]
    }),
  )
  return { path, query }
}

const percentDecode = (text: string): string =>
  text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  301: 'Moved Permanently',
  302: 'Found',
  304: 'Not Modified',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}

/** A response with a text body (encoded as UTF-8). */
export function textResponse(status: number, text: string, headers: readonly HttpHeader[] = []): HttpResponse {
  const reason = REASONS[status] ?? ''
  return { kind: 'response', version: 'HTTP/1.1', status, reason, headers, body: encodeUtf8(text) }
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const two = (n: number): string => String(n).padStart(2, '0')

interface Calendar {
  readonly year: number
  readonly month: string
  readonly day: number
  readonly weekday: string
  readonly clock: string
}

/** The lab's wall clock in UTC. */
export function calendar(now: SimTime): Calendar {
  const date = new Date(EPOCH_MS + Math.floor(now / MS))
  return {
    year: date.getUTCFullYear(),
    month: MONTHS[date.getUTCMonth()]!,
    day: date.getUTCDate(),
    weekday: DAYS[date.getUTCDay()]!,
    clock: `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`,
  }
}

/** IMF-fixdate (RFC 9110 section 5.6.7), for the Date header. */
export function httpDate(now: SimTime): string {
  const { weekday, day, month, year, clock } = calendar(now)
  return `${weekday}, ${two(day)} ${month} ${year} ${clock} GMT`
}
