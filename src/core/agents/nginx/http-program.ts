import { formatIpv4 } from '../../base/ipv4.ts'
import { ERRNO_TEXT } from '../../kernel/errno.ts'
import { type HttpResponse, httpHeader } from '../../wire/http.ts'
import {
  type HttpExchange,
  type HttpServer,
  NO_CONNECTIONS,
  calendar,
  httpEvent,
  httpListen,
} from '../contracts/http-server.ts'
import type { Ctx, Program, ProgramEvent } from '../contracts/program.ts'

export interface HttpProgramState {
  readonly http: HttpServer
}

export interface HttpProgramSpec {
  readonly name: string
  /** TCP ports to listen on. */
  ports(ctx: Ctx<HttpProgramState>): readonly number[]
  answer(ctx: Ctx<HttpProgramState>, exchange: HttpExchange): HttpResponse
  /** What it prints when a port cannot be bound. */
  bindFailed?(port: number, errorText: string): string
  /** A line for the log of a request. */
  log?(ctx: Ctx<HttpProgramState>, exchange: HttpExchange, response: HttpResponse): string
  started?(ctx: Ctx<HttpProgramState>, ports: readonly number[]): void
  /** Events that are not HTTP's: datagrams, timers. */
  other?(ctx: Ctx<HttpProgramState>, event: ProgramEvent): void
}

/** A program that serves HTTP and ends on TERM or INT. */
export const httpProgram = (spec: HttpProgramSpec): Program<HttpProgramState> => ({
  name: spec.name,
  catches: ['TERM', 'INT'],
  start(ctx) {
    const ports = spec.ports(ctx)
    for (const port of ports) {
      const listening = httpListen(ctx, port)
      if (listening.ok) continue
      const text = ERRNO_TEXT[listening.error]
      ctx.write(2, spec.bindFailed?.(port, text) ?? `listen tcp :${port}: bind: ${text.toLowerCase()}\n`)
      return ctx.exit(1)
    }
    ctx.set({ http: NO_CONNECTIONS })
    spec.started?.(ctx, ports)
  },
  on(ctx, event) {
    if (event.type === 'signal') return ctx.exit(0)
    if (!ctx.state) return
    const http = httpEvent(ctx, ctx.state.http, event, (exchange) => {
      const response = spec.answer(ctx, exchange)
      const line = spec.log?.(ctx, exchange, response)
      if (line) ctx.write(1, `${line}\n`)
      return response
    })
    ctx.set({ http })
    spec.other?.(ctx, event)
  },
})

/** The "combined" log format, as nginx and httpd write it; nginx's image adds X-Forwarded-For. */
export function combinedLog<S>(
  ctx: Ctx<S>,
  { request, remote }: HttpExchange,
  response: HttpResponse,
  forwarded = false,
): string {
  const { year, month, day, clock } = calendar(ctx.now)
  const quoted = (name: string): string => `"${httpHeader(request.headers, name) ?? '-'}"`
  const time = `[${String(day).padStart(2, '0')}/${month}/${year}:${clock} +0000]`
  const line = `${formatIpv4(remote.addr)} - - ${time} "${request.method} ${request.target} ${request.version}" ${response.status} ${response.body.length}`
  return `${line} ${quoted('Referer')} ${quoted('User-Agent')}${forwarded ? ` ${quoted('X-Forwarded-For')}` : ''}`
}

/** The value of `-name value`, `-name=value`, `--name value` or `--name=value`. */
export function option(argv: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [i, word] of argv.entries()) {
    for (const name of names) {
      if (word === `-${name}` || word === `--${name}`) return argv[i + 1]
      for (const dashes of ['-', '--']) {
        if (word.startsWith(`${dashes}${name}=`)) return word.slice(dashes.length + name.length + 1)
      }
    }
  }
  return undefined
}
