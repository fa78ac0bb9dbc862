import { type Ipv4, formatIpv4, parseIpv4 } from '../../../base/ipv4.ts'
import { DNS_RCODE, DNS_TYPE } from '../../../wire/constants.ts'
import { isDnsName } from '../../../wire/dns-name.ts'
import { formatIpv6 } from '../../../wire/ipv6.ts'
import type { Dns, DnsRecord } from '../../../wire/types.ts'
import { reverseName } from '../../contracts/dns-message.ts'
import type { Ctx, Program } from '../../contracts/program.ts'
import { candidates, parseResolvConf } from '../../contracts/resolv-conf.ts'
import type { ResolveResult, Resolving } from '../../contracts/resolver.ts'
import { onLookUp, lookUp } from '../lookup.ts'
import { type DnsAsking, type DnsOutcome, ask, onDns } from './client.ts'
import { rcodeName, rdataText, typeNumber } from './text.ts'

interface LookupState {
  readonly host: string
  readonly type: number
  readonly names: readonly string[]
  readonly at: number
  readonly server: string
  readonly serverAddr: Ipv4
  readonly timeout: number
  readonly tries: number
  readonly port: number
  readonly resolving: Resolving | null
  readonly asking: DnsAsking | null
  /** The A answer was printed; AAAA is asked for its name now. */
  readonly second: boolean
  readonly head: boolean
}
type LookupCtx = Ctx<LookupState>

/** nslookup of BIND: name [server], -type=, -port=, -timeout=, -retry=. Not interactive. */
export const nslookup: Program<LookupState> = {
  name: 'nslookup',
  start(ctx) {
    const options = new Map<string, string>()
    const rest: string[] = []
    for (const arg of ctx.argv.slice(1)) {
      const match = /^-([a-z]+)=(.*)$/.exec(arg)
      if (match) options.set(match[1]!, match[2]!)
      else if (!arg.startsWith('-')) rest.push(arg)
    }
    const [host, server = ''] = rest
    if (host === undefined) {
      ctx.write(2, 'nslookup: no name given, and there is no interactive mode here\n')
      return ctx.exit(1)
    }
    const conf = parseResolvConf(ctx.readFile('/etc/resolv.conf') ?? '')
    const ip = parseIpv4(host)
    const wanted = options.get('type') ?? options.get('query') ?? options.get('q') ?? options.get('querytype')
    const state: LookupState = {
      host,
      type: (wanted === undefined ? null : typeNumber(wanted)) ?? (ip === null ? DNS_TYPE.A : DNS_TYPE.PTR),
      names: (ip === null ? candidates(host, conf) : [reverseName(ip)]).filter(isDnsName),
      at: 0,
      server,
      serverAddr: server === '' ? conf.nameservers[0]! : (parseIpv4(server) ?? 0),
      timeout: Number(options.get('timeout') ?? conf.timeout) || 5,
      tries: Number(options.get('retry') ?? 2) + 1,
      port: Number(options.get('port') ?? 53) || 53,
      resolving: null,
      asking: null,
      second: wanted !== undefined || ip !== null,
      head: false,
    }
    if (state.serverAddr !== 0) return next(ctx, state)
    lookUp(ctx, state, server, serverKnown)
  },
  on(ctx, event) {
    const { state } = ctx
    if (!state) return
    if (onLookUp(ctx, state, event, serverKnown)) return
    const outcome = state.asking && onDns(ctx, state.asking, event)
    if (outcome) proceed(ctx, state, outcome)
  },
}

function serverKnown(ctx: LookupCtx, state: LookupState, result: ResolveResult): void {
  if (result.ok) return next(ctx, { ...state, serverAddr: result.addresses[0]! })
  ctx.write(1, `nslookup: couldn't get address for '${state.server}': not found\n`)
  ctx.exit(1)
}

function next(ctx: LookupCtx, state: LookupState): void {
  const name = state.names[state.at]
  if (name === undefined) return ctx.exit(1)
  send(ctx, state, name, state.type)
}

function send(ctx: LookupCtx, state: LookupState, name: string, type: number): void {
  const { serverAddr, port, timeout, tries } = state
  proceed(ctx, state, ask(ctx, { server: serverAddr, port, name, type, edns: 0, cookie: false, timeout, tries }))
}

function proceed(ctx: LookupCtx, state: LookupState, outcome: DnsOutcome): void {
  if (outcome.t === 'waiting') return ctx.set({ ...state, asking: outcome.asking })
  if (outcome.t === 'problem') {
    ctx.write(1, `;; communications error to ${formatIpv4(state.serverAddr)}#${state.port}: ${outcome.why}\n`)
    if (outcome.again) return ctx.set({ ...state, asking: outcome.again })
    ctx.write(1, ';; no servers could be reached\n\n')
    return ctx.exit(1)
  }
  const { reply } = outcome
  if (reply.rcode === DNS_RCODE.noError && reply.answers.length > 0) return answered(ctx, state, reply)
  if (state.second && state.asking?.type === DNS_TYPE.AAAA && state.type === DNS_TYPE.A) return done(ctx, 0)
  const last = state.at + 1 >= state.names.length
  if (!last && (reply.rcode === DNS_RCODE.nxDomain || reply.rcode === DNS_RCODE.noError)) {
    return next(ctx, { ...state, at: state.at + 1 })
  }
  header(ctx, state)
  const name = state.names.length > 1 && last ? state.host : state.asking!.name.replace(/\.$/, '')
  if (reply.rcode === DNS_RCODE.noError) ctx.write(1, `*** Can't find ${name}: No answer\n\n`)
  else ctx.write(1, `** server can't find ${name}: ${rcodeName(reply.rcode)}\n\n`)
  ctx.exit(1)
}

function header(ctx: LookupCtx, state: LookupState): void {
  if (state.head) return
  const addr = formatIpv4(state.serverAddr)
  ctx.write(1, `Server:\t\t${state.server || addr}\nAddress:\t${addr}#${state.port}\n\n`)
}

function answered(ctx: LookupCtx, state: LookupState, reply: Dns): void {
  header(ctx, state)
  if (!reply.aa && !state.head) ctx.write(1, 'Non-authoritative answer:\n')
  ctx.write(1, reply.answers.map(answerText).join(''))
  if (state.second) return done(ctx, 0)
  const owner = reply.answers.findLast((record) => record.type === 'A')
  const name = owner?.type === 'A' ? owner.name : state.names[state.at]!
  send(ctx, { ...state, second: true, head: true }, name, DNS_TYPE.AAAA)
}

function answerText(record: DnsRecord): string {
  if (record.type === 'OPT') return ''
  const name = record.name.replace(/\.$/, '')
  switch (record.type) {
    case 'A':
      return `Name:\t${name}\nAddress: ${formatIpv4(record.address)}\n`
    case 'AAAA':
      return `Name:\t${name}\nAddress: ${formatIpv6(record.address)}\n`
    case 'CNAME':
      return `${name}\tcanonical name = ${record.target}\n`
    case 'PTR':
      return `${name}\tname = ${record.target}\n`
    case 'SRV':
      return `${name}\tservice = ${rdataText(record)}\n`
    case 'TXT':
      return `${name}\ttext = ${rdataText(record)}\n`
    case 'NS':
      return `${name}\tnameserver = ${record.target}\n`
    default:
      return `${name}\trdata_${record.type} = ${rdataText(record)}\n`
  }
}

function done(ctx: LookupCtx, code: number): void {
  ctx.write(1, '\n')
  ctx.exit(code)
}
