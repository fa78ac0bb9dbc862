import { type Ipv4, formatIpv4, parseIpv4 } from '../../../base/ipv4.ts'
import { MAC_BROADCAST, type Mac, formatMac } from '../../../base/mac.ts'
import { SEC, type SimTime, US } from '../../../base/time.ts'
import { ERRNO_TEXT } from '../../../kernel/errno.ts'
import { ARP_OP } from '../../../wire/constants.ts'
import type { ArpHeard, Ctx, Program } from '../../contracts/program.ts'
import type { ResolveResult, Resolving } from '../../contracts/resolver.ts'
import { onLookUp, lookUp, lookUpErrorText } from '../lookup.ts'
import { type Options, readOptions } from '../options.ts'
import { ARPING_USAGE } from './arping-usage.ts'

interface ArpingState {
  readonly target: string
  readonly resolving: Resolving | null
  /** Of -I; '' = by the route. */
  readonly device: string
  /** Of -s. */
  readonly source: string
  /** -D, -U, -A: whether the address is in use, an announcement as a request, an announcement as an answer. */
  readonly mode: 'ask' | 'detect' | 'announce' | 'advertise'
  readonly broadcastOnly: boolean
  readonly quiet: boolean
  readonly quitOnReply: boolean
  /** 0 = for ever. */
  readonly count: number
  readonly interval: SimTime
  /** 0 = none. */
  readonly timeout: SimTime
  readonly fd: number
  readonly own: Mac
  readonly from: Ipv4
  readonly to: Ipv4
  /** Where the next probe goes: everybody, until somebody has answered. */
  readonly peer: Mac
  readonly started: SimTime
  readonly last: SimTime
  readonly sent: number
  readonly broadcasts: number
  readonly received: number
  readonly heardRequests: number
  readonly heardBroadcasts: number
}

type ArpingCtx = Ctx<ArpingState>

/** arping of iputils (20221126): asks for a MAC address from a packet socket, past the machine's own ARP table. */
export const arping: Program<ArpingState> = {
  name: 'arping',
  catches: ['INT', 'TERM'],
  start(ctx) {
    const options = readOptions(ctx.argv.slice(1), { flags: 'bfDUAqVh', values: 'cwisI' })
    if (options.bad) ctx.write(2, `arping: ${badOption(options.bad)}\n`)
    if (!options.bad && options.has('V')) {
      ctx.write(1, 'arping from iputils 20221126\n')
      return ctx.exit(0)
    }
    const [target] = options.rest
    if (options.bad || options.has('h') || target === undefined || options.rest.length > 1) {
      ctx.write(2, ARPING_USAGE)
      return ctx.exit(2)
    }
    const wrong = badNumber(options)
    if (wrong !== null) {
      ctx.write(2, `arping: invalid argument: ${wrong}\n`)
      return ctx.exit(1)
    }
    const state = initial(options, target)
    lookUp(ctx, state, target, resolved)
  },
  on(ctx, event) {
    const { state } = ctx
    if (!state) return
    if (event.type === 'signal') return finish(ctx, state)
    if (onLookUp(ctx, state, event, resolved)) return
    if (event.type === 'arp') heard(ctx, state, event.heard)
    if (event.type === 'timer' && event.tag === 'next') next(ctx, state)
    if (event.type === 'timer' && event.tag === 'timeout') timeOut(ctx, state)
  },
}

const badOption = ({ name, why }: NonNullable<Options['bad']>): string =>
  `${why === 'unknown' ? 'invalid option' : 'option requires an argument'} -- '${name.replace(/^-+/, '')}'`

const INT_MAX = 2147483647

/** What is wrong with -c, -w or -i. */
function badNumber(options: Options): string | null {
  for (const name of ['c', 'w', 'i']) {
    const least = name === 'c' ? 1 : 0
    for (const text of options.all(name)) {
      if (!/^-?\d+$/.test(text)) return `'${text}'`
      if (Number(text) < least || Number(text) > INT_MAX)
        return `'${text}': out of range: ${least} <= value <= ${INT_MAX}`
    }
  }
  return null
}

function initial(options: Options, target: string): ArpingState {
  const mode = options.has('D') ? 'detect' : options.has('A') ? 'advertise' : options.has('U') ? 'announce' : 'ask'
  return {
    target,
    resolving: null,
    device: options.value('I') ?? '',
    source: options.value('s') ?? '',
    mode,
    broadcastOnly: options.has('b'),
    quiet: options.has('q'),
    quitOnReply: options.has('f') || mode === 'detect',
    count: Number(options.value('c') ?? 0),
    interval: Number(options.value('i') ?? 1) * SEC,
    timeout: Number(options.value('w') ?? 0) * SEC,
    fd: 0,
    own: 0,
    from: 0,
    to: 0,
    peer: MAC_BROADCAST,
    started: 0,
    last: 0,
    sent: 0,
    broadcasts: 0,
    received: 0,
    heardRequests: 0,
    heardBroadcasts: 0,
  }
}

function resolved(ctx: ArpingCtx, asked: ArpingState, result: ResolveResult): void {
  const fail = (text: string, code = 2): void => {
    ctx.write(2, `arping: ${text}\n`)
    ctx.exit(code)
  }
  if (!result.ok) return fail(`${asked.target}: ${lookUpErrorText(result)}`)
  const to = result.addresses[0]!
  const byRoute = asked.device === '' ? ctx.deviceFor(to) : null
  if (byRoute && !byRoute.ok) return fail('NETLINK_ROUTE unexpected iov element', 1)
  const device = byRoute?.ok ? byRoute.value : asked.device
  const link = ctx.device(device)
  if (!link) return fail(`Device ${device} not available.`)
  const unfit = !link.up ? 'down' : !link.arp ? 'not ARPable' : null
  if (unfit !== null) {
    if (!asked.quiet) ctx.write(1, `Interface "${device}" is ${unfit}\n`)
    return ctx.exit(asked.mode === 'detect' && link.up ? 0 : 2)
  }
  const from = sourceOf(ctx, asked, to, device)
  if (typeof from === 'string') return fail(from)
  if (!asked.quiet) ctx.write(1, `ARPING ${formatIpv4(to)} from ${formatIpv4(from)} ${device}\n`)
  if (from === 0 && asked.mode !== 'detect' && asked.source === '') return fail('no source address in not-DAD mode')
  const fd = ctx.socket('arp', { device })
  const state = { ...asked, device, to, from, fd, own: link.mac, started: ctx.now }
  if (state.timeout > 0) ctx.setTimer(state.timeout, 'timeout')
  send(ctx, state)
}

/** The sender's address in the probes, tried out by a socket of its own; or what is wrong with it. */
function sourceOf(ctx: ArpingCtx, state: ArpingState, to: Ipv4, device: string): Ipv4 | string {
  const given = state.source === '' ? null : parseIpv4(state.source)
  if (state.source !== '' && given === null) return `invalid source ${state.source}`
  if (state.mode === 'detect' && given === null) return 0
  const wanted = given ?? (state.mode === 'ask' ? 0 : to)
  if (wanted === 0) {
    const chosen = ctx.sourceFor(to, device)
    return chosen.ok ? chosen.value : 0
  }
  const probe = ctx.socket('udp', { device })
  const bound = ctx.bind(probe, wanted, 0)
  ctx.close(probe)
  return bound.ok ? wanted : `bind: ${ERRNO_TEXT[bound.error]}`
}

function send(ctx: ArpingCtx, state: ArpingState): void {
  const advertise = state.mode === 'advertise'
  const op = advertise ? ARP_OP.reply : ARP_OP.request
  const tha = advertise ? state.own : state.peer
  const done = ctx.sendArp(state.fd, { op, sha: state.own, spa: state.from, tha, tpa: state.to }, state.peer)
  const unicast = state.peer !== MAC_BROADCAST
  const after = done.ok
    ? { ...state, last: ctx.now, sent: state.sent + 1, broadcasts: state.broadcasts + (unicast ? 0 : 1) }
    : state
  ctx.set(after)
  if (state.interval > 0) ctx.setTimer(state.interval, 'next')
}

function next(ctx: ArpingCtx, state: ArpingState): void {
  if (state.count > 0 && state.sent >= state.count) finish(ctx, state)
  else send(ctx, state)
}

/** Where the next probe is due at the same moment, it still goes out. */
function timeOut(ctx: ArpingCtx, state: ArpingState): void {
  if (state.interval > 0 && (ctx.now - state.started) % state.interval === 0) next(ctx, state)
  finish(ctx, ctx.state)
}

/** Whether a packet is an answer, or in -D a sign that somebody else has the address. */
function concerns({ arp, cast }: ArpHeard, state: ArpingState): boolean {
  if (cast === 'other' || arp.spa !== state.to) return false
  if (state.mode === 'detect') return arp.sha !== state.own && (state.from === 0 || state.from === arp.tpa)
  return arp.tpa === state.from && arp.tha === state.own
}

function heard(ctx: ArpingCtx, state: ArpingState, it: ArpHeard): void {
  if (!concerns(it, state)) return
  const { arp, cast } = it
  const request = arp.op === ARP_OP.request
  const unicast = cast === 'host'
  if (!state.quiet) ctx.write(1, heardLine(ctx, state, it))
  const after = {
    ...state,
    received: state.received + 1,
    heardRequests: state.heardRequests + (request ? 1 : 0),
    heardBroadcasts: state.heardBroadcasts + (unicast ? 0 : 1),
    peer: state.broadcastOnly ? state.peer : arp.sha,
  }
  ctx.set(after)
  // With -w nothing more is waited for than -c asks.
  const enough = state.timeout > 0 && after.received === state.count
  if (enough || state.quitOnReply) finish(ctx, after)
}

function heardLine(ctx: ArpingCtx, state: ArpingState, { arp, cast }: ArpHeard): string {
  const hex = (mac: Mac): string => formatMac(mac).toUpperCase()
  const kind = `${cast === 'host' ? 'Unicast' : 'Broadcast'} ${arp.op === ARP_OP.request ? 'request' : 'reply'}`
  const forAddress = arp.tpa === state.from ? '' : `for ${formatIpv4(arp.tpa)} `
  const forMac = arp.tha === state.own ? '' : `${forAddress === '' ? 'for ' : ''}[${hex(arp.tha)}]`
  return `${kind} from ${formatIpv4(arp.spa)} [${hex(arp.sha)}] ${forAddress}${forMac} ${elapsed(ctx.now - state.last)}ms\n`
}

/** The real tool rounds to milliseconds first, and so is half a millisecond off. */
function elapsed(time: SimTime): string {
  const micros = Math.round(time / US)
  const millis = Math.floor((micros + 500) / 1000)
  return `${millis}.${String(micros - millis * 1000 + 500).padStart(3, '0')}`
}

function finish(ctx: ArpingCtx, state: ArpingState): void {
  const { sent, broadcasts, received, heardRequests, heardBroadcasts, mode, count } = state
  if (!state.quiet && state.fd !== 0) {
    const notes = [
      heardRequests > 0 ? `${heardRequests} request(s)` : '',
      heardBroadcasts > 0 ? `${heardBroadcasts} broadcast(s)` : '',
    ].filter((note) => note !== '')
    const extra = notes.length > 0 ? ` (${notes.join(', ')})` : ''
    ctx.write(1, `Sent ${sent} probes (${broadcasts} broadcast(s))\nReceived ${received} response(s)${extra}\n`)
  }
  if (mode === 'detect') return ctx.exit(received > 0 ? 1 : 0)
  if (mode !== 'ask') return ctx.exit(0)
  const all = state.timeout > 0 && count > 0 && !state.quitOnReply
  ctx.exit(all ? (received >= count ? 0 : 1) : received > 0 ? 0 : 1)
}
