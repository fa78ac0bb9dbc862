import { type Ipv4, formatIpv4 } from '../../../base/ipv4.ts'
import { MS, type SimTime } from '../../../base/time.ts'
import { ERRNO_TEXT } from '../../../kernel/errno.ts'
import type { Ctx, Program, ProgramEvent } from '../../contracts/program.ts'
import type { ResolveResult, Resolving } from '../../contracts/resolver.ts'
import { onLookUp, lookUp, lookUpErrorText } from '../lookup.ts'
import { type TraceOptions, readTraceOptions } from './traceroute-options.ts'

interface Probe {
  readonly fd: number
  readonly at: SimTime
  /** `null` while it waits. */
  readonly result: Answer | null
}

interface Answer {
  /** 0 = no answer. */
  readonly from: Ipv4
  /** -1 = none came. */
  readonly took: SimTime
  /** `!H` and the like. */
  readonly note: string
  /** The destination was reached, or somebody says that it cannot be. */
  readonly final: boolean
}

interface TraceState {
  readonly options: TraceOptions
  readonly addr: Ipv4
  readonly resolving: Resolving | null
  /** ICMP has one socket for all probes; 0 = one for each. */
  readonly fd: number
  /** By hop and query; those before the first hop are absent. */
  readonly probes: readonly Probe[]
  /** Hops printed. */
  readonly printed: number
  /** What has been heard is looked at when the tool is done with sending. */
  readonly turn: boolean
}
type TraceCtx = Ctx<TraceState>

/** How long the tool takes to send what may go at once: answers that come meanwhile are read together, as poll(2) hands them over. */
const TURN: SimTime = MS / 2
/** Added to a round trip before the factors of -w, because clocks are coarse. */
const PRECISION: SimTime = MS

/** Dmitry Butskoy's traceroute 2.1: UDP, -I echo, -T SYN. */
export const traceroute: Program<TraceState> = {
  name: 'traceroute',
  start(ctx) {
    const options = readTraceOptions(ctx.argv)
    if (typeof options === 'string') {
      ctx.write(2, `${options}\n`)
      return ctx.exit(2)
    }
    const state = { options, addr: 0, resolving: null, fd: 0, probes: [], printed: options.first - 1, turn: false }
    lookUp(ctx, state, options.host, resolved)
  },
  on(ctx, event) {
    const { state } = ctx
    if (!state) return
    if (onLookUp(ctx, state, event, resolved)) return
    if (event.type === 'timer') return proceed(ctx, expire(ctx, { ...state, turn: false }))
    const next = take(ctx, state, event)
    if (!next) return
    // One socket is read one message at a time.
    if (state.fd !== 0) return proceed(ctx, next)
    if (!state.turn) ctx.setTimer(TURN, 'turn')
    ctx.set({ ...next, turn: true })
  },
}

function resolved(ctx: TraceCtx, state: TraceState, result: ResolveResult): void {
  const { options } = state
  const { host, method } = options
  if (!result.ok) {
    const { position, index } = options.hostAt
    ctx.write(
      2,
      `${host}: ${lookUpErrorText(result)}\nCannot handle "host" cmdline arg \`${host}' on position ${position} (argc ${index})\n`,
    )
    return ctx.exit(2)
  }
  const addr = result.addresses[0]!
  const header = `traceroute to ${host} (${formatIpv4(addr)}), ${options.hops} hops max, ${options.size} byte packets\n`
  // Modules with a socket for all open it before anything is printed.
  const early = method !== 'udp'
  if (!early) ctx.write(1, header)
  const problem = tryOut(ctx, options, addr)
  if (problem !== null) {
    ctx.write(2, `${early ? '\n' : ''}${problem}\n`)
    return ctx.exit(1)
  }
  if (early) ctx.write(1, header)
  const fd = method === 'icmp' ? ctx.socket('icmp', socketOptions(options)) : 0
  if (fd !== 0 && options.source !== null) ctx.bind(fd, options.source, 0)
  proceed(ctx, { ...state, addr, fd })
}

/** What the first socket would fail with. */
function tryOut(ctx: TraceCtx, { source, device }: TraceOptions, addr: Ipv4): string | null {
  const fd = ctx.socket('udp')
  const bound = source === null ? null : ctx.bind(fd, source, 0)
  const set = device === '' ? null : ctx.setOptions(fd, { device })
  ctx.close(fd)
  if (bound && !bound.ok) return `bind: ${ERRNO_TEXT[bound.error]}`
  if (set && !set.ok) return `setsockopt SO_BINDTODEVICE: No such device`
  const route = ctx.sourceFor(addr, device)
  return route.ok ? null : `connect: ${ERRNO_TEXT[route.error]}`
}

const socketOptions = ({ device, noFragment, tos }: TraceOptions) => ({
  recvErr: true,
  pmtu: noFragment ? ('do' as const) : ('dont' as const),
  tos,
  ...(device === '' ? {} : { device }),
})

/** `@ABC…`, as many as the packet has room for behind its headers. */
const payload = (length: number): string =>
  Array.from({ length: Math.max(0, length) }, (_, i) => String.fromCharCode(64 + (i & 63))).join('')

/** The next probe. `null`: sending failed for good, and the tool has ended. */
function sendProbe(ctx: TraceCtx, state: TraceState): TraceState | null {
  const { options, addr, probes } = state
  const index = probes.length + (options.first - 1) * options.queries
  const ttl = Math.floor(index / options.queries) + 1
  const settings = { ...socketOptions(options), ttl }
  const fd = state.fd !== 0 ? state.fd : ctx.socket(options.method === 'tcp' ? 'tcp' : 'udp', settings)
  if (state.fd !== 0) ctx.setOptions(fd, { ttl })
  else if (options.source !== null) ctx.bind(fd, options.source, 0)
  const port = options.samePort ? options.port : options.port + probes.length
  const data = payload(options.size - 28)
  const sent =
    options.method === 'icmp'
      ? ctx.sendEcho(fd, addr, probes.length + 1, data)
      : options.method === 'tcp'
        ? ctx.connect(fd, addr, port)
        : ctx.sendto(fd, { addr, port }, data)
  const next = { ...state, probes: [...probes, { fd, at: ctx.now, result: null }] }
  if (sent.ok || sent.error.errno === 'EHOSTUNREACH') return next
  if (sent.error.errno === 'EMSGSIZE')
    return settle(ctx, next, probes.length, { from: 0, took: 0, note: ` !F-${sent.error.mtu ?? 0}`, final: true })
  ctx.write(2, `${options.method === 'tcp' ? 'connect' : 'send'}: ${ERRNO_TEXT[sent.error.errno]}\n`)
  ctx.exit(1)
  return null
}

/** What "destination unreachable" means, by code (RFC 792, RFC 1812 section 5.2.7.1). */
const UNREACHABLE = '!N !H !P  !F !S !N !H !N !X !X !N !H !X !V !C'.split(' ')

const noteOf = (code: number, mtu: number): string => {
  const mark = UNREACHABLE[code] ?? `!<${code}>`
  return mark === '' ? '' : ` ${mark}${code === 4 ? `-${mtu}` : ''}`
}

/** The state after an event, or `null` when it tells nothing new. */
function take(ctx: TraceCtx, state: TraceState, event: ProgramEvent): TraceState | null {
  const reached = (index: number, from: Ipv4): TraceState | null =>
    settle(ctx, state, index, { from, took: -1, note: '', final: true })
  if (event.type === 'icmp') return reached(event.reply.seq - 1, event.reply.from)
  const byFd = 'fd' in event ? state.probes.findIndex((probe) => probe.fd === event.fd) : -1
  if (event.type === 'icmp-error') {
    const { from, icmpType, code, port, mtu } = event.error
    const index = state.options.method === 'icmp' ? port - 1 : byFd
    const exceeded = icmpType === 11
    return settle(ctx, state, index, { from, took: -1, note: exceeded ? '' : noteOf(code, mtu), final: !exceeded })
  }
  if (event.type === 'connected') return reached(byFd, state.addr)
  if (event.type === 'connect-failed' && event.errno === 'ECONNREFUSED') return reached(byFd, state.addr)
  return null
}

/** `took` -1: until now. */
function settle(ctx: TraceCtx, state: TraceState, index: number, answer: Answer): TraceState | null {
  const probe = state.probes[index]
  if (!probe || probe.result !== null) return null
  if (state.fd === 0) ctx.close(probe.fd)
  const result = { ...answer, took: answer.took < 0 ? ctx.now - probe.at : answer.took }
  return { ...state, probes: state.probes.map((other, i) => (i === index ? { ...other, result } : other)) }
}

/** How long to wait for a probe: three times what an answer from the same hop took, ten times what a later one took, or five seconds (-w). */
function patience({ options, probes }: TraceState, index: number): SimTime {
  const { queries, wait } = options
  const took = (probe: Probe): SimTime => (probe.result && probe.result.from !== 0 ? probe.result.took : 0)
  const hop = index - (index % queries)
  const scaled = (probe: Probe, factor: number): SimTime => Math.min((took(probe) + PRECISION) * factor, wait.max)
  const here = wait.here > 0 && probes.slice(hop, hop + queries).find((probe) => took(probe) > 0)
  if (here) return scaled(here, wait.here)
  const near = wait.near > 0 && probes.slice(index + 1).find((probe) => took(probe) > 0)
  return near ? scaled(near, wait.near) : wait.max
}

/** Gives up on probes that have waited long enough. */
function expire(ctx: TraceCtx, from: TraceState): TraceState {
  let state = from
  from.probes.forEach((probe, index) => {
    if (probe.result !== null || ctx.now - probe.at < patience(state, index)) return
    state = settle(ctx, state, index, { from: 0, took: 0, note: '', final: false }) ?? state
  })
  return state
}

/** Prints the hops that are complete, sends what may be sent, and ends when the destination or the last hop is printed. */
function proceed(ctx: TraceCtx, from: TraceState): void {
  let state = from
  const { queries, hops, first, together } = from.options
  while (state.probes.length < lastHop(state) * queries - (first - 1) * queries && waiting(state) < together) {
    const next = sendProbe(ctx, state)
    if (!next) return
    state = next
  }
  for (;;) {
    const start = (state.printed - first + 1) * queries
    const hop = state.probes.slice(start, start + queries)
    if (hop.length < queries || hop.some((probe) => probe.result === null)) break
    ctx.write(1, hopLine(state.printed + 1, hop, state.options))
    state = { ...state, printed: state.printed + 1 }
    if (state.printed >= Math.min(lastHop(state), hops)) return ctx.exit(0)
  }
  ctx.set(state)
  const due = state.probes.flatMap((probe, i) => (probe.result === null ? [probe.at + patience(state, i)] : []))
  if (due.length > 0) ctx.setTimer(Math.max(0, Math.min(...due) - ctx.now), 'expire')
}

const waiting = (state: TraceState): number => state.probes.filter((probe) => probe.result === null).length

/** The hop of the first final answer, or where the search ends. */
function lastHop({ probes, options }: TraceState): number {
  const final = probes.findIndex((probe) => probe.result?.final)
  return final < 0 ? options.hops : Math.floor(final / options.queries) + options.first
}

function hopLine(number: number, probes: readonly Probe[], { numeric }: TraceOptions): string {
  let line = `${String(number).padStart(2)} `
  let last = 0
  for (const { result } of probes) {
    if (!result || result.from === 0) line += ' *'
    else if (result.from !== last) {
      last = result.from
      const shown = formatIpv4(last)
      line += numeric ? ` ${shown}` : ` ${shown} (${shown})`
    }
    if (result && (result.from !== 0 || result.note !== ''))
      line += `  ${(result.took / MS).toFixed(3)} ms${result.note}`
  }
  return `${line}\n`
}
