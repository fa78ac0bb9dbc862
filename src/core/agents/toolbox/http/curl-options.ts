import { parseIpv4 } from '../../../base/ipv4.ts'
import { type HttpHeader, emitHttp } from '../../../wire/http.ts'
import { encodeUtf8 } from '../../../wire/utf8.ts'
import { type Options, readOptions } from '../options.ts'
import type { Url } from './url.ts'

export const CURL_VERSION = '8.14.1'
/** Its User-Agent. */
export const CURL_AGENT = `curl/${CURL_VERSION}`

const LONG: Readonly<Record<string, string>> = {
  silent: 's',
  'show-error': 'S',
  verbose: 'v',
  'output=': 'o',
  'write-out=': 'w',
  'max-time=': 'm',
  'connect-timeout=': 'connect-timeout',
  head: 'I',
  include: 'i',
  'request=': 'X',
  'data=': 'd',
  'data-raw=': 'd',
  'header=': 'H',
  'user-agent=': 'A',
  insecure: 'k',
  fail: 'f',
  location: 'L',
  'resolve=': 'resolve',
  'interface=': 'interface',
  'retry=': 'retry',
  'http1.1': '0',
  'http1.0': '0',
  ipv4: '4',
  'no-progress-meter': '#',
  'local-port=': 'local-port',
  'referer=': 'e',
  version: 'V',
  'keepalive-time=': 'ignored',
  'no-keepalive': '#',
  'max-redirs=': 'max-redirs',
}

export const optionsOf = (argv: readonly string[]): Options =>
  readOptions(argv.slice(1), { flags: 'sSvIikfLN4#0gV', values: 'owmXdHAe', long: LONG })

/** --resolve HOST:PORT:ADDRESS */
export function override(options: Options, url: Url): number | undefined {
  for (const rule of options.all('resolve')) {
    const [host, port, address] = rule.split(':')
    if (host === url.host && Number(port) === url.port) return parseIpv4(address ?? '') ?? undefined
  }
  return undefined
}

/** The request that the options ask for, as bytes. */
export function requestBytes(url: Url, options: Options): string {
  const data = options.has('d') ? encodeUtf8(options.all('d').join('&')) : ''
  const method = options.value('X') ?? (options.has('I') ? 'HEAD' : options.has('d') ? 'POST' : 'GET')
  const own = options.all('H').map((line): HttpHeader => {
    const at = line.search(/[:;]/)
    return [at < 0 ? line : line.slice(0, at).trim(), at < 0 ? '' : line.slice(at + 1).trim()]
  })
  const given = (name: string): boolean => own.some(([other]) => other.toLowerCase() === name.toLowerCase())
  const standard: HttpHeader[] = [
    ['Host', url.explicitPort ? `${url.host}:${url.port}` : url.host],
    ['User-Agent', options.value('A') ?? CURL_AGENT],
    ['Accept', '*/*'],
    ...(options.value('e') ? [['Referer', options.value('e')!] as const] : []),
  ]
  const body: HttpHeader[] = options.has('d')
    ? [
        ['Content-Length', String(data.length)],
        ['Content-Type', 'application/x-www-form-urlencoded'],
      ]
    : []
  const headers = [
    ...standard.filter(([name]) => !given(name)),
    ...own.filter(([, value]) => value !== ''),
    ...body.filter(([name]) => !given(name)),
  ].map(([name, value]): HttpHeader => [name, encodeUtf8(value)])
  return emitHttp({ kind: 'request', method, target: encodeUtf8(url.target), version: 'HTTP/1.1', headers, body: data })
}
