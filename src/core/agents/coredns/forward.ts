import { formatIpv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { DNS_RCODE } from '../../wire/constants.ts'
import type { Dns, DnsRecord } from '../../wire/types.ts'
import { dnsQuery } from '../contracts/dns-message.ts'
import type { ProgramEvent, SocketFd } from '../contracts/program.ts'
import { cacheKey, remember } from './cache.ts'
import { failure, reply, typeName } from './reply.ts'
import type { Client, CorednsCtx, CorednsState, Pending } from './state.ts'

/** plugin/forward: how long one upstream may take, and all of them together. */
const READ_TIMEOUT = 2 * SEC
const DEADLINE = 5 * SEC

const timerTag = (fd: SocketFd): string => `forward/${fd}`

/** Asks an upstream server chosen at random for `name`; its answer goes behind `prefix` to the client. */
export function forward(
  ctx: CorednsCtx,
  state: CorednsState,
  server: number,
  client: Client,
  query: Dns,
  name: string,
  prefix: readonly DnsRecord[],
): CorednsState {
  const config = state.servers[server]?.forward
  if (!config || config.upstreams.length === 0) {
    reply(ctx, state.servers[server], client, query, prefixed(prefix, failure(DNS_RCODE.servFail)), false)
    return state
  }
  const upstream = ctx.random(config.upstreams.length)
  return attempt(ctx, state, {
    fd: 0,
    id: 0,
    query,
    client,
    server,
    name,
    prefix,
    upstream,
    tries: 0,
    deadline: ctx.now + DEADLINE,
  })
}

/** When the name behind an alias cannot be had, the alias alone is the answer. */
const prefixed = (prefix: readonly DnsRecord[], answer: ReturnType<typeof failure>): ReturnType<typeof failure> =>
  prefix.length === 0 ? answer : { ...answer, rcode: DNS_RCODE.noError, answers: [...prefix, ...answer.answers] }

function attempt(ctx: CorednsCtx, state: CorednsState, p: Pending): CorednsState {
  const to = state.servers[p.server]!.forward!.upstreams[p.upstream]!
  const fd = ctx.socket('udp')
  const id = ctx.random(65536)
  const connected = ctx.connect(fd, to.addr, to.port)
  const message = { ...dnsQuery(id, p.name, p.query.questions[0]!.type), additional: p.query.additional }
  const sent = connected.ok ? ctx.send(fd, message) : connected
  const next = { ...p, fd, id }
  if (!sent.ok)
    return failed(ctx, state, next, `dial udp ${formatIpv4(to.addr)}:${to.port}: connect: network is unreachable`)
  ctx.setTimer(READ_TIMEOUT, timerTag(fd))
  return { ...state, pending: [...state.pending, next] }
}

const without = (state: CorednsState, fd: SocketFd): CorednsState => ({
  ...state,
  pending: state.pending.filter((p) => p.fd !== fd),
})

/** The next upstream of the list, until each was asked or the time is up: then SERVFAIL. */
function failed(ctx: CorednsCtx, state: CorednsState, p: Pending, why: string): CorednsState {
  ctx.cancelTimer(timerTag(p.fd))
  ctx.close(p.fd)
  const rest = without(state, p.fd)
  const config = state.servers[p.server]!
  const { upstreams } = config.forward!
  const tries = p.tries + 1
  // Upstreams are tried in turn until the deadline: at least twice each when they answer fast with an error.
  if (tries < upstreams.length * 2 && ctx.now < p.deadline) {
    return attempt(ctx, rest, { ...p, tries, upstream: (p.upstream + 1) % upstreams.length })
  }
  if (config.errors) {
    const { name, type } = p.query.questions[0]!
    ctx.write(1, `[ERROR] plugin/errors: 2 ${name} ${typeName(type)}: ${why}\n`)
  }
  reply(ctx, config, p.client, p.query, prefixed(p.prefix, failure(DNS_RCODE.servFail)), false)
  return rest
}

/** Takes an event if it is about a query that was sent upstream; `null` if not. */
export function forwardEvent(ctx: CorednsCtx, state: CorednsState, event: ProgramEvent): CorednsState | null {
  if (event.type === 'timer') {
    const p = state.pending.find((q) => timerTag(q.fd) === event.tag)
    return p ? failed(ctx, state, p, readError(ctx, p, 'i/o timeout')) : null
  }
  if (event.type !== 'datagram' && event.type !== 'error') return null
  const p = state.pending.find((q) => q.fd === event.fd)
  if (!p) return null
  if (event.type === 'error') return failed(ctx, state, p, readError(ctx, p, 'read: connection refused'))
  const { payload } = event.datagram
  if (payload.l !== 'dns' || payload.id !== p.id || !payload.qr) return state
  return answered(ctx, state, p, payload)
}

function readError(ctx: CorednsCtx, p: Pending, what: string): string {
  const [local, remote] = [ctx.localEnd(p.fd), ctx.remoteEnd(p.fd)]
  return `read udp ${formatIpv4(local.addr)}:${local.port}->${formatIpv4(remote.addr)}:${remote.port}: ${what}`
}

function answered(ctx: CorednsCtx, state: CorednsState, p: Pending, answer: Dns): CorednsState {
  ctx.cancelTimer(timerTag(p.fd))
  ctx.close(p.fd)
  const config = state.servers[p.server]!
  const { name, type } = p.query.questions[0]!
  const got = {
    rcode: answer.rcode,
    aa: answer.aa,
    answers: [...p.prefix, ...answer.answers],
    authority: answer.authority,
    additional: answer.additional.filter((record) => record.type !== 'OPT'),
  }
  reply(ctx, config, p.client, p.query, got, true)
  return remember(without(state, p.fd), config.cache, cacheKey(p.server, name, type), name, got, true, ctx.now)
}
