import { textResponse, httpDate, type HttpExchange } from '../contracts/http-server.ts'
import type { Ctx, Program } from '../contracts/program.ts'
import { type HttpProgramState, combinedLog, httpProgram } from './http-program.ts'
import { HTTPD_INDEX, NGINX_INDEX, errorPage } from './pages.ts'
import type { HttpHeader, HttpResponse } from '../../wire/http.ts'

export const NGINX_VERSION = 'nginx/1.29.3'
const HTTPD_VERSION = 'Apache/2.4.66 (Unix)'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  txt: 'text/plain',
  css: 'text/css',
  js: 'application/javascript',
  json: 'application/json',
}

interface Site {
  readonly ports: readonly number[]
  readonly root: string
  /** `return CODE "TEXT";` in the server's or its `/` location. */
  readonly fixed: { readonly status: number; readonly text: string } | null
}

/** The directives of an nginx configuration that the simulated nginx heeds: listen, root, return. */
function readSite<S>(ctx: Ctx<S>): Site {
  const paths = ctx.listFiles('/etc/nginx/conf.d').filter((path) => path.endsWith('.conf'))
  const text = paths
    .map((path) => ctx.readFile(path) ?? '')
    .join('\n')
    .replaceAll(/#.*$/gm, '')
  const ports = [...text.matchAll(/\blisten\s+(?:[\d.]+:)?(\d+)[^;]{0,200};/g)].map((match) => Number(match[1]))
  const root = /\broot\s+([^;\s]+)\s*;/.exec(text)?.[1] ?? '/usr/share/nginx/html'
  const fixed = /\breturn\s+(\d{3})(?:\s+(?:"([^"]*)"|'([^']*)'|([^;\s]+)))?\s*;/.exec(text)
  const body = fixed?.[2] ?? fixed?.[3] ?? fixed?.[4] ?? ''
  return {
    ports: ports.length > 0 ? [...new Set(ports)] : [80],
    root,
    fixed: fixed ? { status: Number(fixed[1]), text: body.replaceAll('\\n', '\n') } : null,
  }
}

function serveFile(
  ctx: Ctx<HttpProgramState>,
  root: string,
  { request, path }: HttpExchange,
  server: string,
): HttpResponse {
  const common: HttpHeader[] = [
    ['Server', server],
    ['Date', httpDate(ctx.now)],
  ]
  const refuse = (status: number, reason: string): HttpResponse =>
    textResponse(status, errorPage(status, reason, server), [...common, ['Content-Type', 'text/html']])
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Not Allowed')
  const file = path.endsWith('/') ? `${path}index.html` : path
  const text = ctx.readFile(`${root}${file}`) ?? (file === '/index.html' ? defaultPage(root) : null)
  if (text === null) return refuse(404, 'Not Found')
  const type = TYPES[file.split('.').at(-1)!] ?? 'application/octet-stream'
  return textResponse(200, text, [
    ...common,
    ['Content-Type', type],
    ['Connection', 'keep-alive'],
    ['Accept-Ranges', 'bytes'],
  ])
}

const defaultPage = (root: string): string | null =>
  root === '/usr/share/nginx/html' ? NGINX_INDEX : root === '/usr/local/apache2/htdocs' ? HTTPD_INDEX : null

export const nginx: Program<HttpProgramState> = httpProgram({
  name: 'nginx',
  ports: (ctx) => readSite(ctx).ports,
  bindFailed: (port, text) => `nginx: [emerg] bind() to 0.0.0.0:${port} failed (98: ${text})\n`,
  answer(ctx, exchange) {
    const { root, fixed } = readSite(ctx)
    if (!fixed) return serveFile(ctx, root, exchange, NGINX_VERSION)
    const headers: HttpHeader[] = [
      ['Server', NGINX_VERSION],
      ['Date', httpDate(ctx.now)],
      ['Content-Type', 'text/plain'],
    ]
    return textResponse(fixed.status, fixed.text, headers)
  },
  log: (ctx, exchange, response) => combinedLog(ctx, exchange, response, true),
})

export const httpd: Program<HttpProgramState> = httpProgram({
  name: 'httpd-foreground',
  ports: () => [80],
  bindFailed: (port) => `(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:${port}\n`,
  answer: (ctx, exchange) => serveFile(ctx, '/usr/local/apache2/htdocs', exchange, HTTPD_VERSION),
  log: (ctx, exchange, response) => combinedLog(ctx, exchange, response),
})
