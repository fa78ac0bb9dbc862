import { formatIpv4 } from '../../base/ipv4.ts'
import { STAND_IN } from '../contracts/image.ts'
import { type HttpExchange, httpDate, textResponse } from '../contracts/http-server.ts'
import type { Ctx, Program } from '../contracts/program.ts'
import { type HttpProgramState, httpProgram, option } from './http-program.ts'

const PLAIN = ['Content-Type', 'text/plain; charset=utf-8'] as const

/** hashicorp/http-echo: one text for everybody. */
export const httpEcho: Program<HttpProgramState> = httpProgram({
  name: 'http-echo',
  ports: (ctx) => [Number((option(ctx.argv, 'listen') ?? ':5678').split(':').at(-1)) || 5678],
  started: (ctx, ports) => ctx.write(1, `[INFO] server is listening on :${ports[0]}\n`),
  answer: (ctx) =>
    textResponse(200, `${option(ctx.argv, 'text') ?? 'hello-world'}\n`, [
      ['X-App-Name', 'http-echo'],
      ['X-App-Version', '1.0.0'],
      ['Date', httpDate(ctx.now)],
      PLAIN,
    ]),
})

/** The request as it arrived, line by line. */
const requestText = ({ request }: HttpExchange): string =>
  [
    `${request.method} ${request.target} ${request.version}`,
    ...request.headers.map(([name, value]) => `${name}: ${value}`),
  ].join('\n')

/** traefik/whoami. */
export const whoami: Program<HttpProgramState> = httpProgram({
  name: 'whoami',
  ports: (ctx) => [Number(option(ctx.argv, 'port') ?? ctx.env['WHOAMI_PORT_NUMBER'] ?? '80')],
  started: (ctx, ports) => ctx.write(1, `Starting up on port ${ports[0]}\n`),
  answer(ctx, exchange) {
    const { local, remote } = exchange
    const name = option(ctx.argv, 'name') ?? ctx.env['WHOAMI_NAME']
    const lines = [
      ...(name ? [`Name: ${name}`] : []),
      `Hostname: ${ctx.hostname}`,
      'IP: 127.0.0.1',
      `IP: ${formatIpv4(local.addr)}`,
      `RemoteAddr: ${formatIpv4(remote.addr)}:${remote.port}`,
      requestText(exchange),
    ]
    if (exchange.path === '/health') return textResponse(200, '', [['Date', httpDate(ctx.now)]])
    return textResponse(200, `${lines.join('\n')}\n\n`, [['Date', httpDate(ctx.now)], PLAIN])
  },
})

/** ealen/echo-server: what it knows of the request, as JSON. */
export const echoServer: Program<HttpProgramState> = httpProgram({
  name: 'echo-server',
  ports: (ctx) => [Number(option(ctx.argv, 'port') ?? ctx.env['PORT'] ?? '80')],
  started: (ctx, ports) => ctx.write(1, `Listening on port ${ports[0]}.\n`),
  answer(ctx, { request, remote, path, query }) {
    const headers = Object.fromEntries(request.headers.map(([name, value]) => [name.toLowerCase(), value]))
    const body = {
      host: { hostname: (headers['host'] ?? '').split(':')[0], ip: `::ffff:${formatIpv4(remote.addr)}`, ips: [] },
      http: { method: request.method, baseUrl: '', originalUrl: request.target, protocol: 'http' },
      request: { params: { 0: path }, query, cookies: {}, body: request.body, headers },
      environment: { ...ctx.env, HOSTNAME: ctx.hostname },
    }
    return textResponse(200, JSON.stringify(body), [
      ['Content-Type', 'application/json; charset=utf-8'],
      ['Date', httpDate(ctx.now)],
    ])
  },
})

/** Takes the place of an image that nobody here knows: `stand-in IMAGE PORT…`. */
export const standIn: Program<HttpProgramState> = httpProgram({
  name: STAND_IN,
  ports: (ctx) => standInPorts(ctx.argv),
  started(ctx, ports) {
    const where = ports.length > 0 ? `listens on ${ports.join(', ')}` : 'listens on no port'
    ctx.write(1, `stand-in: the image ${ctx.argv[1] ?? ''} is not simulated; this container ${where}\n`)
  },
  answer: (ctx, { local }) => textResponse(200, standInPage(ctx, local.port), [['Server', 'hopscope-stand-in'], PLAIN]),
})

const standInPorts = (argv: readonly string[]): number[] =>
  [...new Set(argv.slice(2).map(Number))].filter((port) => port > 0 && port < 65536)

const standInPage = (ctx: Ctx<HttpProgramState>, port: number): string =>
  `This is a stand-in for ${ctx.argv[1] ?? 'an image'}, which this lab does not simulate.\nhostname: ${ctx.hostname}\nport: ${port}\n`
