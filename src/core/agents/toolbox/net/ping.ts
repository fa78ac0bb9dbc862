import { type Ipv4, IPV4_LOOPBACK, formatIpv4, parseIpv4 } from '../../../base/ipv4.ts'
import { EPOCH_MS, MS, SEC, type SimTime, US } from '../../../base/time.ts'
import { ERRNO_TEXT } from '../../../kernel/errno.ts'
import type { Ctx, IcmpErrorReport, IcmpReply, Program, SyscallError } from '../../contracts/program.ts'
import type { ResolveResult, Resolving } from '../../contracts/resolver.ts'
import { onLookUp, lookUp, lookUpErrorText } from '../lookup.ts'
import { type PingOptions, readPingOptions } from './ping-options.ts'

interface PingState {
  readonly options: PingOptions
  /** As it is shown: its canonical name, once that is known. */
  readonly host: string
  readonly addr: Ipv4
  readonly resolving: Resolving | null
  readonly fd: number
  readonly started: SimTime
  readonly last: SimTime
  readonly sent: number
  readonly received: number
  readonly duplicates: number
  readonly errors: number
  /** The most that were on their way at a time. */
  readonly pipe: number
  readonly sentAt: Readonly<Record<string, SimTime>>
  readonly answered: readonly number[]
  /** Round trips in µs: smallest, largest, sum, sum of squares. */
  readonly rtt: readonly [number, number, number, number]
}

type PingCtx = Ctx<PingState>

/** Below that a packet has no room for the time it was sent at. */
const TIMED = 16

/**
 * iputils ping (20221126). Not modelled: reverse lookups of the answering addresses, flooding and adaptive pings, record route and timestamps, marks,
 * IPv6. `-v` says nothing more.
 */
export const ping: Program<PingState> = {
  name: 'ping',
  catches: ['INT'],
  start(ctx) {
    const read = readPingOptions(ctx.argv.slice(1))
    if (!read.ok) {
      ctx.write(2, read.error.text)
      return ctx.exit(read.error.exit)
    }
    const options = read.value
    const { ttl, tos, pmtu, from, host } = options
    const fd = ctx.socket('icmp', { ttl, tos, pmtu })
    const source = parseIpv4(from)
    const bound = source !== null ? ctx.bind(fd, source, 0) : from ? ctx.setOptions(fd, { device: from }) : null
    if (bound && !bound.ok) {
      ctx.write(2, `ping: ${source !== null ? 'bind' : `SO_BINDTODEVICE ${from}`}: ${ERRNO_TEXT[bound.error]}\n`)
      return ctx.exit(2)
    }
    const state: PingState = {
      options,
      host,
      addr: 0,
      resolving: null,
      fd,
      started: 0,
      last: 0,
      sent: 0,
      received: 0,
      duplicates: 0,
      errors: 0,
      pipe: 0,
      sentAt: {},
      answered: [],
      rtt: [0, 0, 0, 0],
    }
    lookUp(ctx, state, host, resolved)
  },
  on(ctx, event) {
    const { state } = ctx
    if (!state) return
    if (event.type === 'signal') return finish(ctx, state)
    if (onLookUp(ctx, state, event, resolved)) return
    if (event.type === 'timer') {
      if (event.tag === 'send') return sendNext(ctx, state)
      return finish(ctx, state)
    }
    if (event.type === 'icmp') replied(ctx, state, event.reply)
    if (event.type === 'icmp-error') refused(ctx, state, event.error)
  },
}

function resolved(ctx: PingCtx, state: PingState, result: ResolveResult): void {
  if (!result.ok) {
    ctx.write(2, `ping: ${state.host}: ${lookUpErrorText(result)}\n`)
    return ctx.exit(2)
  }
  // A socket that is connected to no address in particular is connected to the machine itself.
  const addr = result.addresses[0] || IPV4_LOOPBACK
  let connected = ctx.connect(state.fd, addr, 0)
  if (!connected.ok && connected.error.errno === 'EACCES' && state.options.broadcast) {
    ctx.write(2, 'WARNING: pinging broadcast address\n')
    ctx.setOptions(state.fd, { broadcast: true })
    connected = ctx.connect(state.fd, addr, 0)
  }
  if (!connected.ok) return connectFailed(ctx, connected.error)
  const shown = result.canonical.replace(/\.$/, '')
  const { size, from, pattern, deadline } = state.options
  if (pattern.length > 0)
    ctx.write(1, `PATTERN: 0x${pattern.map((byte) => byte.toString(16).padStart(2, '0')).join('')}\n`)
  const by =
    from === '' ? '' : ` from ${formatIpv4(ctx.localEnd(state.fd).addr)} ${parseIpv4(from) === null ? from : ''}:`
  ctx.write(1, `PING ${shown} (${formatIpv4(addr)})${by} ${size}(${size + 28}) bytes of data.\n`)
  if (deadline > 0) ctx.setTimer(deadline, 'deadline')
  sendNext(ctx, { ...state, host: shown, addr, started: ctx.now })
}

/** A prohibit route makes connect(2) fail with EACCES, which ping takes for a broadcast address. */
function connectFailed(ctx: PingCtx, error: SyscallError): void {
  const broadcast = 'ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\n'
  // Linux words for "no route at all" and for an unreachable route.
  ctx.write(2, error.errno === 'EACCES' ? broadcast : `ping: connect: ${ERRNO_TEXT[error.errno]}\n`)
  ctx.exit(2)
}

/** The time of day, then a pattern, as ping fills its packets. */
function payload(now: SimTime, { size, pattern }: PingOptions): string {
  const word = (value: number, bytes: number): string =>
    Array.from({ length: bytes }, (_, i) => String.fromCharCode(Math.floor(value / 256 ** i) % 256)).join('')
  const stamp = word(Math.floor(EPOCH_MS / 1000) + Math.floor(now / SEC), 8) + word(Math.floor((now % SEC) / US), 8)
  const filler = Array.from({ length: size }, (_, i) =>
    String.fromCharCode(pattern.length > 0 ? pattern[i % pattern.length]! : i & 255),
  ).join('')
  return size < TIMED ? filler : stamp + filler.slice(TIMED)
}

function sendNext(ctx: PingCtx, state: PingState): void {
  const { options } = state
  const seq = state.sent + 1
  if (options.outstanding && state.sent > 0 && !state.answered.includes(state.sent & 0xffff))
    ctx.write(1, `${stamp(ctx, options)}no answer yet for icmp_seq=${state.sent}\n`)
  const sent = ctx.sendEcho(state.fd, state.addr, seq & 0xffff, payload(ctx.now, options))
  const next = { ...state, sent: seq, last: ctx.now, sentAt: { ...recent(state, ctx.now), [seq & 0xffff]: ctx.now } }
  const after = sent.ok ? next : sendFailed(ctx, next, sent.error)
  ctx.set(after)
  if (options.count === 0 || seq < options.count) ctx.setTimer(seq < options.preload ? 0 : options.interval, 'send')
  else waitForLast(ctx, after)
}

/** A ping that runs for hours must not remember every packet. */
function recent(state: PingState, now: SimTime): PingState['sentAt'] {
  const entries = Object.entries(state.sentAt)
  return entries.length < 128 ? state.sentAt : Object.fromEntries(entries.filter(([, at]) => now - at < 60 * SEC))
}

function sendFailed(ctx: PingCtx, state: PingState, error: SyscallError): PingState {
  if (error.errno === 'EMSGSIZE') {
    ctx.write(
      2,
      error.mtu ? `ping: local error: message too long, mtu=${error.mtu}\n` : 'ping: local error: Message too long\n',
    )
    return { ...state, errors: state.errors + 1 }
  }
  ctx.write(2, `ping: sendmsg: ${ERRNO_TEXT[error.errno]}\n`)
  return state
}

/** With all answered it ends; else it waits twice the longest round trip, or -W, or 10 s. */
function waitForLast(ctx: PingCtx, state: PingState): void {
  const { count, linger } = state.options
  if (state.received + state.errors >= count) return finish(ctx, state)
  const some = state.received > 0
  const wait = linger >= 0 ? linger : some ? Math.max(2 * state.rtt[1] * US, SEC) : 10 * SEC
  ctx.setTimer(wait, 'finish')
}

function replied(ctx: PingCtx, state: PingState, reply: IcmpReply): void {
  const at = state.sentAt[reply.seq]
  if (at === undefined || state.resolving) return
  const micros = Math.round((ctx.now - at) / US)
  const duplicate = state.answered.includes(reply.seq)
  const { quiet, size, count } = state.options
  if (!quiet) {
    const time = size < TIMED ? '' : ` time=${roundTrip(micros)} ms`
    const tail = duplicate ? ' (DUP!)' : ''
    ctx.write(
      1,
      `${stamp(ctx, state.options)}${reply.data.length + 8} bytes from ${formatIpv4(reply.from)}: icmp_seq=${reply.seq} ttl=${reply.ttl}${time}${tail}\n`,
    )
  }
  const [min, max, sum, squares] = state.rtt
  const next: PingState = {
    ...state,
    last: ctx.now,
    received: state.received + (duplicate ? 0 : 1),
    duplicates: state.duplicates + (duplicate ? 1 : 0),
    pipe: pipeAt(state, reply.seq),
    answered: duplicate ? state.answered : [...state.answered.slice(-127), reply.seq],
    rtt: [min === 0 ? micros : Math.min(min, micros), Math.max(max, micros), sum + micros, squares + micros * micros],
  }
  ctx.set(next)
  if (count > 0 && next.received + next.errors >= count) finish(ctx, next)
}

/** acknowledge(): how many had been sent since the one that is answered, itself included. */
const pipeAt = ({ pipe, sent }: PingState, seq: number): number => Math.max(pipe, ((sent - seq) & 0xffff) + 1)

const stamp = (ctx: PingCtx, { stamps }: PingOptions): string =>
  stamps
    ? `[${Math.floor(EPOCH_MS / 1000) + Math.floor(ctx.now / SEC)}.${String(Math.floor((ctx.now % SEC) / US)).padStart(6, '0')}] `
    : ''

const MESSAGES: Readonly<Record<string, string>> = {
  '3/0': 'Destination Net Unreachable',
  '3/1': 'Destination Host Unreachable',
  '3/2': 'Destination Protocol Unreachable',
  '3/3': 'Destination Port Unreachable',
  '3/5': 'Source Route Failed',
  '3/6': 'Destination Net Unknown',
  '3/7': 'Destination Host Unknown',
  '3/9': 'Destination Net Prohibited',
  '3/10': 'Destination Host Prohibited',
  '3/13': 'Packet filtered',
  '11/0': 'Time to live exceeded',
  '11/1': 'Frag reassembly time exceeded',
}

function refused(ctx: PingCtx, state: PingState, error: IcmpErrorReport): void {
  const key = `${error.icmpType}/${error.code}`
  const tooBig = key === '3/4'
  const text = tooBig ? `Frag needed and DF set (mtu = ${error.mtu})` : MESSAGES[key]
  if (text === undefined) return
  const { quiet, count } = state.options
  if (!quiet)
    ctx.write(1, `${stamp(ctx, state.options)}From ${formatIpv4(error.from)} icmp_seq=${error.port} ${text}\n`)
  const next = { ...state, errors: state.errors + 1, last: ctx.now, pipe: pipeAt(state, error.port) }
  ctx.set(next)
  if (count > 0 && state.sent >= count && next.received + next.errors >= count) finish(ctx, next)
}

/** Three significant digits behind the point at most, as ping.c prints round trips given in µs. */
export function roundTrip(micros: number): string {
  if (micros >= 99_950) return String(Math.floor((micros + 500) / 1000))
  if (micros >= 9_995) return (Math.floor((micros + 50) / 100) / 10).toFixed(1)
  if (micros >= 1000) return (Math.floor((micros + 5) / 10) / 100).toFixed(2)
  return (micros / 1000).toFixed(3)
}

const millis = (micros: number): string => (Math.floor(micros) / 1000).toFixed(3)

function finish(ctx: PingCtx, state: PingState): void {
  if (state.started === 0 && state.sent === 0) return ctx.exit(2)
  const { sent, received, duplicates, errors } = state
  const loss = sent === 0 ? 0 : Math.floor(((sent - received) * 100) / sent)
  const extra = `${duplicates > 0 ? `+${duplicates} duplicates, ` : ''}${errors > 0 ? `+${errors} errors, ` : ''}`
  const took = Math.floor((state.last - state.started) / MS)
  ctx.write(
    1,
    `\n--- ${state.host} ping statistics ---\n${sent} packets transmitted, ${received} received, ${extra}${loss}% packet loss, time ${took}ms\n`,
  )
  const parts = [...roundTrips(state), ...(state.pipe > 1 ? [`pipe ${state.pipe}`] : [])]
  ctx.write(1, `${parts.join(', ')}\n`)
  const { deadline, count } = state.options
  const enough = deadline > 0 && count > 0 ? received >= count : received > 0
  ctx.exit(enough ? 0 : 1)
}

function roundTrips({ received, duplicates, options, rtt: [min, max, sum, squares] }: PingState): readonly string[] {
  const n = received + duplicates
  if (n === 0 || options.size < TIMED) return []
  const mean = sum / n
  const deviation = Math.sqrt(Math.max(0, squares / n - mean * mean))
  return [`rtt min/avg/max/mdev = ${millis(min)}/${millis(mean)}/${millis(max)}/${millis(deviation)} ms`]
}
