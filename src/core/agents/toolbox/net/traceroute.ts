import { type Ipv4, formatIpv4 } from '../../../base/ipv4.ts'
import { MS, SEC, type SimTime } from '../../../base/time.ts'
import { ERRNO_TEXT } from '../../../kernel/errno.ts'
import type { Ctx, Program, ProgramEvent } from '../../contracts/program.ts'
import { type Resolving, onResolve, startResolve } from '../../contracts/resolver.ts'
import { type Options, readOptions } from '../options.ts'

interface Probe {
  readonly fd: number
  readonly at: SimTime
  /** `null` while it waits; `from` 0 = no answer. */
  readonly result: {
    readonly from: Ipv4
    readonly took: SimTime
    readonly note: string
    readonly final: boolean
  } | null
}

interface TraceState {
  readonly host: string
  readonly addr: Ipv4
  readonly resolving: Resolving | null
  readonly method: 'udp' | 'icmp' | 'tcp'
  readonly fd: number
  readonly hops: number
  readonly queries: number
  readonly wait: SimTime
  readonly port: number
  readonly probes: readonly Probe[]
  /** Hops printed. */
  readonly printed: number
}
type TraceCtx = Ctx<TraceState>

/** How many probes are on their way at once. */
const SIMULTANEOUS = 16
const FIRST_PORT = 33434

/** Dmitry Butskoy's traceroute: UDP, -I echo, -T SYN. Not modelled: reverse lookups (as if -n were given), -m above 255, AS paths. */
export const traceroute: Program<TraceState> = {
  name: 'traceroute',
  start(ctx) {
    const options = readOptions(ctx.argv.slice(1), {
      flags: '46nITUdFr',
      values: 'mqwpfisNz',
      long: { icmp: 'I', tcp: 'T' },
    })
    const host = options.rest[0]
    if (options.bad || host === undefined) {
      ctx.write(2, 'Specify "host" missing argument.\n')
      return ctx.exit(2)
    }
    const state = initial(options, host)
    const step = startResolve(ctx, host)
    if (!step.done) return ctx.set({ ...state, resolving: step.state })
    resolved(ctx, state, step.result)
  },
  on(ctx, event) {
    const { state } = ctx
    if (!state) return
    if (state.resolving) {
      const step = onResolve(ctx, state.resolving, event)
      if (!step) return
      if (!step.done) return ctx.set({ ...state, resolving: step.state })
      return resolved(ctx, { ...state, resolving: null }, step.result)
    }
    const next = take(ctx, state, event)
    if (next) proceed(ctx, next)
  },
}

function initial(options: Options, host: string): TraceState {
  const method = options.has('I') ? 'icmp' : options.has('T') ? 'tcp' : 'udp'
  return {
    host,
    addr: 0,
    resolving: null,
    method,
    fd: 0,
    hops: Math.min(255, Number(options.value('m') ?? 30) || 30),
    queries: Math.min(10, Number(options.value('q') ?? 3) || 3),
    wait: Math.round((Number(options.value('w') ?? 5) || 5) * SEC),
    port: Number(options.value('p') ?? (method === 'tcp' ? 80 : FIRST_PORT)),
    probes: [],
    printed: 0,
  }
}

function resolved(
  ctx: TraceCtx,
  state: TraceState,
  result: Extract<ReturnType<typeof startResolve>, { done: true }>['result'],
): void {
  if (!result.ok) {
    const why = result.error === 'again' ? 'Temporary failure in name resolution' : 'Name or service not known'
    ctx.write(
      2,
      `${state.host}: ${why}\nCannot handle "host" cmdline arg \`${state.host}' on position 1 (argc ${ctx.argv.length - 1})\n`,
    )
    return ctx.exit(2)
  }
  const addr = result.addresses[0]!
  const source = ctx.sourceFor(addr)
  if (!source.ok) {
    ctx.write(2, `connect: ${ERRNO_TEXT[source.error]}\n`)
    return ctx.exit(1)
  }
  ctx.write(1, `traceroute to ${state.host} (${formatIpv4(addr)}), ${state.hops} hops max, 60 byte packets\n`)
  const fd = state.method === 'icmp' ? ctx.socket('icmp') : 0
  proceed(ctx, { ...state, addr, fd })
}

const DATA = Array.from({ length: 32 }, (_, i) => String.fromCharCode(64 + i)).join('')

function sendProbe(ctx: TraceCtx, state: TraceState): TraceState {
  const index = state.probes.length
  const ttl = Math.floor(index / state.queries) + 1
  const fd = state.fd !== 0 ? state.fd : ctx.socket(state.method === 'tcp' ? 'tcp' : 'udp', { ttl, recvErr: true })
  if (state.fd !== 0) ctx.setOptions(fd, { ttl })
  const to = { addr: state.addr, port: state.method === 'udp' ? state.port + index : state.port }
  if (state.method === 'icmp') ctx.sendEcho(fd, state.addr, index + 1, DATA)
  else if (state.method === 'tcp') ctx.connect(fd, to.addr, to.port)
  else ctx.sendto(fd, to, DATA)
  ctx.setTimer(state.wait, `probe/${index}`)
  return { ...state, probes: [...state.probes, { fd, at: ctx.now, result: null }] }
}

const NOTES: Readonly<Record<string, string>> = {
  '3/0': ' !N',
  '3/1': ' !H',
  '3/2': ' !P',
  '3/9': ' !X',
  '3/10': ' !X',
  '3/13': ' !X',
  '3/5': ' !S',
}

/** The state after an event, or `null` when it tells nothing new. */
function take(ctx: TraceCtx, state: TraceState, event: ProgramEvent): TraceState | null {
  if (event.type === 'timer') {
    const index = Number(/^probe\/(\d+)$/.exec(event.tag)?.[1] ?? -1)
    return settle(ctx, state, index, 0, '', false)
  }
  if (event.type === 'icmp') return settle(ctx, state, event.reply.seq - 1, event.reply.from, '', true)
  if (event.type === 'icmp-error') {
    const { from, icmpType, code, port, mtu } = event.error
    const index = state.method === 'icmp' ? port - 1 : state.probes.findIndex((probe) => probe.fd === event.fd)
    if (icmpType === 11) return settle(ctx, state, index, from, '', false)
    const there = state.method === 'udp' && code === 3 && from === state.addr
    const note = code === 4 ? ` !F-${mtu}` : code === 3 ? '' : (NOTES[`${icmpType}/${code}`] ?? ` !<${code}>`)
    return settle(ctx, state, index, from, note, there || note !== '' || code === 3)
  }
  const index = 'fd' in event ? state.probes.findIndex((probe) => probe.fd === event.fd) : -1
  if (event.type === 'connected') return settle(ctx, state, index, state.addr, '', true)
  if (event.type === 'connect-failed' && event.errno === 'ECONNREFUSED')
    return settle(ctx, state, index, state.addr, '', true)
  return null
}

function settle(
  ctx: TraceCtx,
  state: TraceState,
  index: number,
  from: Ipv4,
  note: string,
  final: boolean,
): TraceState | null {
  const probe = state.probes[index]
  if (!probe || probe.result !== null) return null
  ctx.cancelTimer(`probe/${index}`)
  if (state.fd === 0) ctx.close(probe.fd)
  const result = { from, took: ctx.now - probe.at, note, final }
  return { ...state, probes: state.probes.map((other, i) => (i === index ? { ...other, result } : other)) }
}

/** Prints the hops that are complete, sends what may be sent, and ends when the destination or the last hop is printed. */
function proceed(ctx: TraceCtx, from: TraceState): void {
  let state = from
  const lastHop = (): number => {
    const final = state.probes.findIndex((probe) => probe.result?.final)
    return final < 0 ? state.hops : Math.floor(final / state.queries) + 1
  }
  const total = lastHop() * state.queries
  const waiting = (): number => state.probes.filter((probe) => probe.result === null).length
  while (state.probes.length < total && waiting() < SIMULTANEOUS) state = sendProbe(ctx, state)
  for (;;) {
    const hop = state.probes.slice(state.printed * state.queries, (state.printed + 1) * state.queries)
    if (hop.length < state.queries || hop.some((probe) => probe.result === null)) break
    ctx.write(1, hopLine(state.printed + 1, hop))
    state = { ...state, printed: state.printed + 1 }
    if (state.printed >= lastHop()) return ctx.exit(0)
  }
  ctx.set(state)
}

function hopLine(number: number, probes: readonly Probe[]): string {
  let line = `${String(number).padStart(2)} `
  let last = 0
  for (const { result } of probes) {
    if (!result || result.from === 0) {
      line += ' *'
      continue
    }
    if (result.from !== last) line += ` ${last === 0 ? '' : ' '}${formatIpv4(result.from)}`
    last = result.from
    line += `  ${(result.took / MS).toFixed(3)} ms${result.note}`
  }
  return `${line}\n`
}
