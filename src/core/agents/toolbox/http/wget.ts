import { formatIpv4 } from '../../../base/ipv4.ts'
import { SEC } from '../../../base/time.ts'
import { ERRNO_TEXT } from '../../../kernel/errno.ts'
import { type HttpHeader, emitHttp } from '../../../wire/http.ts'
import { decodeUtf8, encodeUtf8 } from '../../../wire/utf8.ts'
import type { Ctx, Program } from '../../contracts/program.ts'
import { type Options, readOptions } from '../options.ts'
import { type HttpCall, type HttpStep, onCall, startCall } from './client.ts'
import { type Url, parseUrl } from './url.ts'

interface WgetState {
  readonly url: Url
  readonly call: HttpCall
  readonly told: boolean
}
type WgetCtx = Ctx<WgetState>

const optionsOf = (ctx: WgetCtx): Options =>
  readOptions(ctx.argv.slice(1), {
    flags: 'qcSs4',
    values: 'OTUtYP',
    long: {
      'header=': 'header',
      'post-data=': 'post-data',
      spider: 's',
      'timeout=': 'T',
      'output-document=': 'O',
      quiet: 'q',
      'tries=': 't',
      'no-check-certificate': 'c',
    },
  })

/** BusyBox's wget: one URL. Not modelled: TLS, FTP, redirections, resuming. */
export const wget: Program<WgetState> = {
  name: 'wget',
  start(ctx) {
    const options = optionsOf(ctx)
    const url = parseUrl(options.rest[0] ?? '')
    if (options.bad || !url.ok) {
      const text = options.bad
        ? `unrecognized option: ${options.bad.name.replace(/^-+/, '')}`
        : `bad address '${options.rest[0] ?? ''}'`
      ctx.write(2, `wget: ${text}\n`)
      return ctx.exit(1)
    }
    if (url.value.scheme === 'https') {
      ctx.write(2, 'wget: TLS is not modelled in this lab\n')
      return ctx.exit(1)
    }
    const limit = Number(options.value('T') ?? 0)
    if (limit > 0) ctx.setTimer(limit * SEC, 'timeout')
    const { host, port } = url.value
    const step = startCall(ctx, { host, port, request: requestBytes(url.value, options), toHead: options.has('s') })
    proceed(ctx, url.value, false, step)
  },
  on(ctx, event) {
    const { state } = ctx
    if (!state) return
    if (event.type === 'timer' && event.tag === 'timeout') {
      ctx.write(2, 'wget: download timed out\n')
      return ctx.exit(1)
    }
    const step = onCall(ctx, state.call, event)
    if (step) proceed(ctx, state.url, state.told, step)
  },
}

function requestBytes(url: Url, options: Options): string {
  const data = options.value('post-data')
  const headers: HttpHeader[] = [
    ['Host', url.explicitPort ? `${url.host}:${url.port}` : url.host],
    ['User-Agent', options.value('U') ?? 'Wget'],
    ...options
      .all('header')
      .map((line): HttpHeader => [line.split(':')[0]!.trim(), encodeUtf8(line.slice(line.indexOf(':') + 1).trim())]),
    ['Connection', 'close'],
  ]
  const method = data !== undefined ? 'POST' : options.has('s') ? 'HEAD' : 'GET'
  return emitHttp({
    kind: 'request',
    method,
    target: url.target,
    version: 'HTTP/1.1',
    headers,
    body: encodeUtf8(data ?? ''),
  })
}

function proceed(ctx: WgetCtx, url: Url, toldBefore: boolean, step: HttpStep): void {
  const options = optionsOf(ctx)
  const { call } = step
  const quiet = options.has('q')
  const addr = call.addresses[call.at] ?? call.addresses.at(-1)
  const told = toldBefore || addr !== undefined
  if (!quiet && told && !toldBefore) ctx.write(2, `Connecting to ${call.host} (${formatIpv4(addr!)}:${call.port})\n`)
  if (step.t === 'going') return ctx.set({ url, call, told })
  if (step.t === 'problem') {
    ctx.write(2, `wget: ${problemText(step)}\n`)
    return ctx.exit(1)
  }
  const { response } = step
  if (options.has('S')) {
    ctx.write(
      2,
      `  ${response.version} ${response.status} ${response.reason}\n${response.headers.map(([name, value]) => `  ${name}: ${value}\n`).join('')}  \n`,
    )
  }
  if (response.status >= 400 || response.status < 200) {
    ctx.write(2, `wget: server returned error: ${response.version} ${response.status} ${response.reason}\n`)
    return ctx.exit(1)
  }
  if (options.has('s')) {
    if (!quiet) ctx.write(2, 'remote file exists\n')
    return ctx.exit(0)
  }
  save(ctx, options, url, decodeUtf8(response.body), response.body.length)
  ctx.exit(0)
}

function problemText(step: Extract<HttpStep, { t: 'problem' }>): string {
  const { problem, call } = step
  switch (problem.at) {
    case 'resolve':
      return `bad address '${call.host}'`
    case 'connect':
      return `can't connect to remote host (${formatIpv4(call.addresses.at(-1) ?? 0)}): ${problem.errno === 'ETIMEDOUT' ? 'Operation timed out' : ERRNO_TEXT[problem.errno]}`
    case 'empty':
    case 'partial':
      return problem.at === 'empty' ? 'error getting response' : 'connection closed prematurely'
    case 'receive':
      return 'error getting response: Connection reset by peer'
    case 'malformed':
      return 'error getting response: Invalid argument'
  }
}

function save(ctx: WgetCtx, options: Options, url: Url, text: string, size: number): void {
  const quiet = options.has('q')
  const name = options.value('O') ?? (url.target.split('?')[0]!.split('/').at(-1) || 'index.html')
  const toStdout = name === '-'
  if (!quiet) ctx.write(2, toStdout ? 'writing to stdout\n' : `saving to '${name}'\n`)
  if (toStdout) ctx.write(1, text)
  else if (name !== '/dev/null') ctx.writeFile(name.startsWith('/') ? name : `/${name}`, text)
  if (quiet) return
  const label = toStdout ? '-' : name
  ctx.write(2, `${label.padEnd(20)} 100% |********************************| ${String(size).padStart(5)}  0:00:00 ETA\n`)
  ctx.write(2, toStdout ? 'written to stdout\n' : `'${name}' saved\n`)
}
