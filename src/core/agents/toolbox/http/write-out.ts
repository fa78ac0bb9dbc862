import { formatIpv4 } from '../../../base/ipv4.ts'
import { SEC } from '../../../base/time.ts'
import { type HttpResponse, httpHeader } from '../../../wire/http.ts'
import type { Ctx } from '../../contracts/program.ts'
import type { CurlState } from './curl.ts'

interface Outcome {
  readonly code: number
  readonly message: string
  readonly response: HttpResponse | undefined
  readonly redirects: number
}

/** The text of `curl -w FORMAT`: `%{variable}`, `\n`, `\t`, `%%`. */
export function writeOut(ctx: Ctx<CurlState>, state: CurlState, format: string, outcome: Outcome): string {
  const { call } = state
  const { response } = outcome
  const since = (at: number): string => ((call && at > 0 ? at - call.started : 0) / SEC).toFixed(6)
  const local = call ? ctx.localEnd(call.fd) : { addr: 0, port: 0 }
  const address = call?.addresses[call.at]
  const values: Readonly<Record<string, string>> = {
    http_code: String(response?.status ?? 0).padStart(3, '0'),
    response_code: String(response?.status ?? 0).padStart(3, '0'),
    time_namelookup: since(call?.lookedUp ?? 0),
    time_connect: since(call?.connected ?? 0),
    time_starttransfer: since(call?.firstByte ?? 0),
    time_total: ((ctx.now - (call?.started ?? ctx.now)) / SEC).toFixed(6),
    size_download: String(response?.body.length ?? 0),
    content_type: response ? (httpHeader(response.headers, 'Content-Type') ?? '') : '',
    remote_ip: call && call.connected > 0 && address !== undefined ? formatIpv4(address) : '',
    remote_port: call && call.connected > 0 ? String(call.port) : '0',
    local_ip: local.addr === 0 ? '' : formatIpv4(local.addr),
    local_port: String(local.port),
    url_effective: state.url?.text ?? '',
    url: state.url?.text ?? '',
    num_redirects: String(outcome.redirects),
    num_connects: call && call.connected > 0 ? '1' : '0',
    exitcode: String(outcome.code),
    errormsg: outcome.message,
  }
  return format
    .replaceAll(/\\([nrt\\])/g, (_, code: string) => ({ n: '\n', r: '\r', t: '\t', '\\': '\\' })[code]!)
    .replaceAll(/%%|%\{([a-z_]+)\}/g, (all, name?: string) =>
      name === undefined ? '%' : (values[name] ?? `curl: unknown --write-out variable: '${all}'`),
    )
}
