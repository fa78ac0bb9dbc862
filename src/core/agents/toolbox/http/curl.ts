import { parseIpv4 } from '../../../base/ipv4.ts'
import { MS, SEC, type SimTime } from '../../../base/time.ts'
import { type HttpResponse, httpHeader } from '../../../wire/http.ts'
import { decodeUtf8 } from '../../../wire/utf8.ts'
import type { Ctx, Program, ProgramEvent } from '../../contracts/program.ts'
import type { Options } from '../options.ts'
import { type HttpCall, type HttpProblem, type HttpStep, onCall, startCall } from './client.ts'
import { CURL_VERSION, optionsOf, override, requestBytes } from './curl-options.ts'
import { headLines, tell } from './curl-verbose.ts'
import { type Url, parseUrl, resolveUrl } from './url.ts'
import { writeOut } from './write-out.ts'

export interface CurlState {
  readonly url: Url | null
  readonly urlAt: number
  readonly redirects: number
  readonly call: HttpCall | null
  readonly begun: SimTime
  /** Verbose lines printed so far: what of the call's progress was told. */
  readonly told: 'nothing' | 'trying' | 'sent'
  readonly exit: number
}
type CurlCtx = Ctx<CurlState>

/** curl 8: HTTP only. Not modelled: TLS, the progress meter, cookies, proxies, HTTP/2, keeping the connection for a second URL. */
export const curl: Program<CurlState> = {
  name: 'curl',
  start(ctx) {
    const options = optionsOf(ctx.argv)
    if (options.has('V')) {
      ctx.write(1, `curl ${CURL_VERSION} (x86_64-pc-linux-gnu) libcurl/${CURL_VERSION}\nProtocols: http\n`)
      return ctx.exit(0)
    }
    if (options.bad) {
      const { name, why } = options.bad
      const what = why === 'unknown' ? 'is unknown' : 'requires parameter'
      ctx.write(2, `curl: option ${name}: ${what}\ncurl: try 'curl --help' for more information\n`)
      return ctx.exit(2)
    }
    if (options.rest.length === 0) {
      ctx.write(2, "curl: (2) no URL specified\ncurl: try 'curl --help' for more information\n")
      return ctx.exit(2)
    }
    const limit = Number(options.value('m') ?? 0)
    if (limit > 0) ctx.setTimer(Math.round(limit * SEC), 'max-time')
    open(
      ctx,
      { url: null, urlAt: 0, redirects: 0, call: null, begun: ctx.now, told: 'nothing', exit: 0 },
      options.rest[0]!,
    )
  },
  on(ctx, event) {
    const { state } = ctx
    if (!state?.call) return
    if (event.type === 'timer' && (event.tag === 'max-time' || event.tag === 'connect-timeout'))
      return timedOut(ctx, state, event.tag)
    const step = onCall(ctx, state.call, event)
    if (step) proceed(ctx, state, step, event)
  },
}

function open(ctx: CurlCtx, state: CurlState, text: string): void {
  const options = optionsOf(ctx.argv)
  const url = parseUrl(text)
  if (!url.ok) {
    const unsupported = url.error !== 'malformed'
    const message = unsupported
      ? `Protocol "${(url.error as { scheme: string }).scheme}" not supported`
      : 'URL rejected: Malformed input to a URL function'
    return fail(ctx, state, unsupported ? 1 : 3, message)
  }
  const limit = Number(options.value('connect-timeout') ?? 0)
  if (limit > 0) ctx.setTimer(Math.round(limit * SEC), 'connect-timeout')
  const device = options.value('interface')
  const tls = url.value.scheme === 'https'
  const step = startCall(ctx, {
    host: url.value.host,
    port: url.value.port,
    request: tls ? '' : requestBytes(url.value, options),
    toHead: options.has('I') && !options.has('X'),
    socket: device !== undefined && parseIpv4(device) === null ? { device } : {},
    override: override(options, url.value),
  })
  proceed(ctx, { ...state, url: url.value, told: 'nothing' }, step)
}

function proceed(ctx: CurlCtx, before: CurlState, step: HttpStep, event?: ProgramEvent): void {
  const state = tell(ctx, { ...before, call: step.call }, step, event)
  if (step.t === 'going') {
    if (step.call.phase === 'waiting') ctx.cancelTimer('connect-timeout')
    if (step.call.phase === 'waiting' && state.url!.scheme === 'https') {
      return withoutTls(ctx, state)
    }
    return ctx.set(state)
  }
  ctx.cancelTimer('connect-timeout')
  if (step.t === 'response') respond(ctx, state, step.response)
  else problem(ctx, state, step.problem)
}

function respond(ctx: CurlCtx, state: CurlState, response: HttpResponse): void {
  const options = optionsOf(ctx.argv)
  const { call, url } = state
  const location = httpHeader(response.headers, 'Location')
  const redirected = options.has('L') && response.status >= 300 && response.status < 400 && location !== undefined
  const head =
    options.has('I') || options.has('i')
      ? headLines(response)
          .map((line) => `${line}\r\n`)
          .join('') + '\r\n'
      : ''
  const failing = options.has('f') && response.status >= 400
  ctx.close(call!.fd)
  if (redirected) {
    print(ctx, options, head)
    if (state.redirects >= Number(options.value('max-redirs') ?? 50))
      return fail(ctx, state, 47, 'Maximum (50) redirects followed')
    return open(ctx, { ...state, redirects: state.redirects + 1 }, resolveUrl(url!, location))
  }
  if (failing) return fail(ctx, state, 22, `The requested URL returned error: ${response.status}`, response)
  print(ctx, options, head + decodeUtf8(response.body))
  finish(ctx, state, 0, '', response)
}

/** To standard output, or to the file of -o. */
function print(ctx: CurlCtx, options: Options, text: string): void {
  const file = options.value('o')
  if (file === undefined || file === '-') ctx.write(1, text)
  else if (file !== '/dev/null') ctx.writeFile(file.startsWith('/') ? file : `/${file}`, text)
}

const since = (ctx: CurlCtx, from: SimTime): number => Math.floor((ctx.now - from) / MS)

function problem(ctx: CurlCtx, state: CurlState, what: HttpProblem): void {
  const { call } = state
  switch (what.at) {
    case 'resolve':
      return fail(ctx, state, 6, `Could not resolve host: ${call!.host}`)
    case 'connect': {
      const late = what.errno === 'ETIMEDOUT'
      const why = late ? 'Timeout was reached' : "Couldn't connect to server"
      return fail(
        ctx,
        state,
        late ? 28 : 7,
        `Failed to connect to ${call!.host} port ${call!.port} after ${since(ctx, call!.started)} ms: ${why}`,
      )
    }
    case 'receive':
      return fail(
        ctx,
        state,
        56,
        `Recv failure: ${what.errno === 'ETIMEDOUT' ? 'Connection timed out' : 'Connection reset by peer'}`,
      )
    case 'empty':
      return fail(ctx, state, 52, 'Empty reply from server')
    case 'partial':
      return fail(ctx, state, 18, 'transfer closed with outstanding read data remaining')
    case 'malformed':
      return fail(ctx, state, 1, 'Received HTTP/0.9 when not allowed')
  }
}

function timedOut(ctx: CurlCtx, state: CurlState, which: 'max-time' | 'connect-timeout'): void {
  const call = state.call!
  const took = since(ctx, which === 'max-time' ? state.begun : call.started)
  ctx.close(call.fd)
  if (call.phase === 'resolving') return fail(ctx, state, 28, `Resolving timed out after ${took} milliseconds`)
  if (call.phase === 'waiting') {
    return fail(
      ctx,
      state,
      28,
      `Operation timed out after ${took} milliseconds with ${call.buffer.length} bytes received`,
    )
  }
  if (which === 'max-time') return fail(ctx, state, 28, `Connection timed out after ${took} milliseconds`)
  fail(ctx, state, 28, `Failed to connect to ${call.host} port ${call.port} after ${took} ms: Timeout was reached`)
}

function fail(ctx: CurlCtx, state: CurlState, code: number, message: string, response?: HttpResponse): void {
  const options = optionsOf(ctx.argv)
  if (options.has('v')) ctx.write(2, `* ${message}\n* closing connection #0\n`)
  if (!options.has('s') || options.has('S')) ctx.write(2, `curl: (${code}) ${message}\n`)
  finish(ctx, state, code, message, response)
}

/** What the lab cannot do is said also where -s asks for silence. */
function withoutTls(ctx: CurlCtx, state: CurlState): void {
  const message = 'TLS connect error: TLS is not modelled in this lab'
  const options = optionsOf(ctx.argv)
  if (options.has('s') && !options.has('S')) ctx.write(2, `curl: (35) ${message}\n`)
  fail(ctx, state, 35, message)
}

/** Each that fails at once begins the next one on the same stack. */
const URLS_AT_MOST = 200

/** -w, then the next URL or the end. */
function finish(ctx: CurlCtx, state: CurlState, code: number, message: string, response?: HttpResponse): void {
  const options = optionsOf(ctx.argv)
  const format = options.value('w')
  if (format !== undefined)
    ctx.write(1, writeOut(ctx, state, format, { code, message, response, redirects: state.redirects }))
  const next = state.urlAt + 1
  const url = options.rest[next]
  const exit = code
  if (url === undefined) return ctx.exit(exit)
  if (next === URLS_AT_MOST) {
    ctx.write(2, `curl: in this lab one command fetches ${URLS_AT_MOST} URLs at most\n`)
    return ctx.exit(2)
  }
  open(ctx, { ...state, urlAt: next, redirects: 0, begun: ctx.now, exit, call: null }, url)
}
