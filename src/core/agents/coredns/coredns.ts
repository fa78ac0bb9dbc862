import { IPV4_LOOPBACK } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { DNS_TYPE } from '../../wire/constants.ts'
import { parseDns } from '../../wire/dns-parse.ts'
import type { HttpResponse } from '../../wire/http.ts'
import type { ClusterReader } from '../contracts/cluster-reader.ts'
import { dnsQuery } from '../contracts/dns-message.ts'
import { type HttpExchange, NO_CONNECTIONS, httpEvent, httpListen, textResponse } from '../contracts/http-server.ts'
import type { Program, ProgramEvent } from '../contracts/program.ts'
import { type ServerConfig, readServer } from './config.ts'
import { parseCorefile } from './corefile.ts'
import { forwardEvent } from './forward.ts'
import { handleQuery } from './query.ts'
import type { CorednsCtx, CorednsState } from './state.ts'

export const COREDNS_VERSION = '1.13.1'

/** plugin/reload: polls every 30 s, give or take. */
const RELOAD_INTERVAL = 30 * SEC
const RELOAD_JITTER = 15 * SEC

const DEFAULT_COREFILE = '.:53 {\n    whoami\n    log\n}\n'

/** CoreDNS as a program. `reader`: what its kubernetes plugin sees of the cluster. */
export const corednsProgram = (reader: ClusterReader): Program<CorednsState> => ({
  name: 'coredns',
  catches: ['TERM', 'INT'],
  start(ctx) {
    const corefile = ctx.readFile(confPath(ctx)) ?? DEFAULT_COREFILE
    const servers = readConfig(ctx, corefile)
    if (servers) open(ctx, corefile, servers, true)
  },
  on(ctx, event) {
    if (event.type === 'signal') return terminate(ctx)
    if (!ctx.state) return
    if (event.type === 'timer' && event.tag === 'lameduck') return ctx.exit(0)
    if (event.type === 'timer' && event.tag === 'reload') return reload(ctx)
    const next = step(ctx, ctx.state, reader, event)
    if (next !== ctx.state) ctx.set(next)
  },
})

function confPath(ctx: CorednsCtx): string {
  const at = ctx.argv.findIndex((word) => word === '-conf' || word === '--conf')
  return at >= 0 ? (ctx.argv[at + 1] ?? 'Corefile') : '/Corefile'
}

function readConfig(ctx: CorednsCtx, corefile: string): readonly ServerConfig[] | null {
  const blocks = parseCorefile(corefile, confPath(ctx))
  if (blocks.ok) return blocks.value.map((block) => readServer(block, (path) => ctx.readFile(path)))
  ctx.write(2, `${blocks.error}\n`)
  if (!ctx.state) ctx.exit(1)
  return null
}

/** Binds every port; a port that is taken ends the process, as it ends CoreDNS. */
function open(ctx: CorednsCtx, corefile: string, servers: readonly ServerConfig[], first: boolean): void {
  const ports = [...new Set(servers.map((server) => server.port))]
  const webPorts = [...new Set(servers.flatMap((s) => [s.health, s.ready, s.prometheus]))].filter((port) => port > 0)
  const web: number[] = []
  for (const port of webPorts) {
    const listening = httpListen(ctx, port)
    if (listening.ok) web.push(listening.value)
  }
  const udp: { fd: number; port: number }[] = []
  const tcp: { fd: number; port: number }[] = []
  for (const port of ports) {
    const fd = ctx.socket('udp')
    const listening = httpListen(ctx, port)
    if (!ctx.bind(fd, 0, port).ok || !listening.ok) {
      ctx.write(2, `Listen: listen tcp :${port}: bind: address already in use\n`)
      return ctx.exit(1)
    }
    udp.push({ fd, port })
    tcp.push({ fd: listening.value, port })
  }
  const looping = first && servers.some((server) => server.loop)
  const loopName = `${ctx.random(2 ** 32)}${ctx.random(2 ** 31)}.${ctx.random(2 ** 32)}${ctx.random(2 ** 31)}.`
  const common = { conns: {}, http: NO_CONNECTIONS, pending: [], cache: {}, requests: 0 }
  ctx.set({ ...common, corefile, servers, udp, tcp, web, loop: looping ? { name: loopName, seen: 0 } : null })
  for (const { zones, port } of servers) for (const zone of zones) ctx.write(1, `${zone}:${port}\n`)
  if (first) ctx.write(1, `CoreDNS-${COREDNS_VERSION}\nlinux/amd64\n`)
  if (servers.some((server) => server.reload)) ctx.setTimer(RELOAD_INTERVAL + ctx.random(RELOAD_JITTER), 'reload')
  if (looping) askItself(ctx, loopName, ports[0] ?? 53)
}

/** plugin/loop: a query with a random name, which must not come back. */
function askItself(ctx: CorednsCtx, name: string, port: number): void {
  const fd = ctx.socket('udp')
  if (ctx.connect(fd, IPV4_LOOPBACK, port).ok) ctx.send(fd, dnsQuery(ctx.random(65536), name, DNS_TYPE.HINFO))
}

function reload(ctx: CorednsCtx): void {
  ctx.setTimer(RELOAD_INTERVAL + ctx.random(RELOAD_JITTER), 'reload')
  const corefile = ctx.readFile(confPath(ctx)) ?? DEFAULT_COREFILE
  if (corefile === ctx.state.corefile) return
  ctx.write(1, '[INFO] Reloading\n')
  const servers = readConfig(ctx, corefile)
  if (!servers) return ctx.write(1, '[ERROR] Corefile changed but reload failed: the old one stays\n')
  const { udp, tcp, web, conns, http } = ctx.state
  for (const fd of [...udp, ...tcp].map((socket) => socket.fd)) ctx.close(fd)
  for (const fd of [...web, ...Object.keys(conns).map(Number), ...Object.keys(http.conns).map(Number)]) ctx.close(fd)
  open(ctx, corefile, servers, false)
  ctx.write(1, '[INFO] Reloading complete\n')
}

/** plugin/health's lameduck: serves on for a while, so that clients learn of the end before it comes. */
function terminate(ctx: CorednsCtx): void {
  ctx.write(1, '[INFO] SIGTERM: Shutting down servers then terminating\n')
  const lameduck = Math.max(0, ...(ctx.state?.servers.map((server) => server.lameduck) ?? []))
  if (lameduck === 0) return ctx.exit(0)
  ctx.write(1, `[INFO] plugin/health: Going into lameduck mode for ${lameduck / SEC}s\n`)
  ctx.setTimer(lameduck, 'lameduck')
}

function step(ctx: CorednsCtx, state: CorednsState, reader: ClusterReader, event: ProgramEvent): CorednsState {
  const forwarded = forwardEvent(ctx, state, event)
  if (forwarded) return forwarded
  if (event.type === 'datagram') {
    const server = state.udp.find((socket) => socket.fd === event.fd)
    const { payload, from, to, packet } = event.datagram
    if (!server) return state.loop ? { ...state, loop: null } : state
    if (payload.l !== 'dns') return state
    const client = { fd: event.fd, tcp: false, addr: from.addr, port: from.port, local: to, packet, at: ctx.now }
    return handleQuery(ctx, state, reader, server.port, client, payload)
  }
  if (event.type === 'accepted') {
    const server = state.tcp.find((socket) => socket.fd === event.fd)
    if (server) return { ...state, conns: { ...state.conns, [event.conn]: { port: server.port, buffer: '' } } }
  }
  if ((event.type === 'data' || event.type === 'eof' || event.type === 'reset') && event.fd in state.conns) {
    return event.type === 'data' ? receive(ctx, state, reader, event.fd) : hangUp(ctx, state, event.fd)
  }
  const http = httpEvent(ctx, state.http, event, (exchange) => answerHttp(state, exchange))
  return http === state.http ? state : { ...state, http }
}

function hangUp(ctx: CorednsCtx, state: CorednsState, fd: number): CorednsState {
  ctx.close(fd)
  const { [fd]: _, ...conns } = state.conns
  return { ...state, conns }
}

/** DNS over TCP: each message behind its length (RFC 7766). */
function receive(ctx: CorednsCtx, before: CorednsState, reader: ClusterReader, fd: number): CorednsState {
  const { port, buffer: old } = before.conns[fd]!
  let buffer = old + ctx.recv(fd)
  let state = before
  while (buffer.length >= 2) {
    const length = buffer.charCodeAt(0) * 256 + buffer.charCodeAt(1)
    if (buffer.length < 2 + length) break
    const query = parseDns(buffer.slice(2, 2 + length))
    buffer = buffer.slice(2 + length)
    const [local, remote] = [ctx.localEnd(fd), ctx.remoteEnd(fd)]
    const client = { fd, tcp: true, addr: remote.addr, port: remote.port, local: local.addr, packet: 0, at: ctx.now }
    if (query) state = handleQuery(ctx, state, reader, port, client, query)
  }
  return { ...state, conns: { ...state.conns, [fd]: { port, buffer } } }
}

function answerHttp(state: CorednsState, { path, local }: HttpExchange): HttpResponse {
  const plain = [['Content-Type', 'text/plain; charset=utf-8']] as const
  const { servers } = state
  if (path === '/health' && servers.some((server) => server.health === local.port))
    return textResponse(200, 'OK', plain)
  if (path === '/ready' && servers.some((server) => server.ready === local.port)) return textResponse(200, 'OK', plain)
  if (path === '/metrics' && servers.some((server) => server.prometheus === local.port)) {
    const text = `# TYPE coredns_build_info gauge\ncoredns_build_info{version="${COREDNS_VERSION}"} 1\n# TYPE coredns_dns_requests_total counter\ncoredns_dns_requests_total ${state.requests}\n`
    return textResponse(200, text, plain)
  }
  return textResponse(404, '404 page not found\n', plain)
}
