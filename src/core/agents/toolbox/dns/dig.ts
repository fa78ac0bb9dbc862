import { formatIpv4, parseIpv4, type Ipv4 } from '../../../base/ipv4.ts'
import { MS } from '../../../base/time.ts'
import { DNS_TYPE } from '../../../wire/constants.ts'
import { dnsLength } from '../../../wire/dns.ts'
import { isDnsName } from '../../../wire/dns-name.ts'
import type { Dns, DnsRecord } from '../../../wire/types.ts'
import { reverseName } from '../../contracts/dns-message.ts'
import { calendar } from '../../contracts/http-server.ts'
import type { Ctx, Program } from '../../contracts/program.ts'
import { parseResolvConf } from '../../contracts/resolv-conf.ts'
import type { ResolveResult, Resolving } from '../../contracts/resolver.ts'
import { onLookUp, lookUp } from '../lookup.ts'
import { type DnsAsking, type DnsOutcome, ask, onDns } from './client.ts'
import { rcodeName, rdataText, recordType, typeName, typeNumber } from './text.ts'

interface Query {
  readonly names: readonly string[]
  /** +search: the names are candidates for one another. */
  readonly search: boolean
  readonly type: number
  readonly server: string
  readonly port: number
  readonly short: boolean
  readonly sections: ReadonlyArray<'comments' | 'question' | 'answer' | 'authority' | 'additional' | 'stats'>
  readonly edns: number
  readonly cookie: boolean
  readonly timeout: number
  readonly tries: number
}
interface DigState {
  readonly query: Query
  /** The name of the list that is asked. */
  readonly at: number
  readonly serverAddr: Ipv4
  readonly resolving: Resolving | null
  readonly asking: DnsAsking | null
  readonly problems: string
}
type DigCtx = Ctx<DigState>

export const DIG_VERSION = '9.18.41'
const ALL = ['comments', 'question', 'answer', 'authority', 'additional', 'stats'] as const

/** dig of BIND 9.18: one or several names, @server, type, -x, +short, +search, +noall and sections. UDP only. */
export const dig: Program<DigState> = {
  name: 'dig',
  start(ctx) {
    const query = readArguments(ctx)
    if (typeof query === 'string') {
      ctx.write(2, query)
      return ctx.exit(1)
    }
    const state = { query, at: 0, serverAddr: 0, resolving: null, asking: null, problems: '' }
    const addr =
      query.server === ''
        ? parseResolvConf(ctx.readFile('/etc/resolv.conf') ?? '').nameservers[0]!
        : parseIpv4(query.server)
    if (addr !== null) return begin(ctx, { ...state, serverAddr: addr })
    lookUp(ctx, state, query.server, serverKnown)
  },
  on(ctx, event) {
    const { state } = ctx
    if (!state) return
    if (onLookUp(ctx, state, event, serverKnown)) return
    const outcome = state.asking && onDns(ctx, state.asking, event)
    if (outcome) proceed(ctx, state, outcome)
  },
}

function serverKnown(ctx: DigCtx, state: DigState, result: ResolveResult): void {
  if (result.ok) return begin(ctx, { ...state, serverAddr: result.addresses[0]! })
  const why = result.error === 'again' ? 'timed out' : 'not found'
  ctx.write(2, `dig: couldn't get address for '${state.query.server}': ${why}\n`)
  ctx.exit(10)
}

/** The query, or what dig says about its arguments. */
function readArguments(ctx: DigCtx): Query | string {
  const names: string[] = []
  let [type, server, port, short, edns, cookie, timeout, tries, search] = [0, '', 53, false, 1232, true, 5, 3, false]
  let sections: Query['sections'] = ALL
  const args = ctx.argv.slice(1)
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg.startsWith('@')) server = arg.slice(1)
    else if (arg === '-x') {
      const ip = parseIpv4(args[++i] ?? '')
      if (ip === null) return `dig: Invalid IP address ${args[i] ?? ''}\n`
      names.push(reverseName(ip))
      type ||= DNS_TYPE.PTR
    } else if (arg === '-t' || arg === '-p' || arg === '-q') {
      const value = args[++i] ?? ''
      if (arg === '-p') port = Number(value) || 53
      else if (arg === '-q') names.push(value)
      else type = typeNumber(value) ?? type
    } else if (arg === '+short') short = true
    else if (arg === '+search') search = true
    else if (arg === '+noedns' || arg === '+noedns=0') edns = 0
    else if (arg === '+nocookie') cookie = false
    else if (arg === '+noall') sections = []
    else if (arg.startsWith('+no')) sections = sections.filter((name) => name !== sectionName(arg.slice(3)))
    else if (/^\+(timeout|time|tries|retry)=/.test(arg)) {
      const value = Number(arg.split('=')[1]) || 1
      if (arg.startsWith('+time')) timeout = value
      else tries = arg.startsWith('+retry') ? value + 1 : value
    } else if (arg.startsWith('+')) {
      const name = sectionName(arg.slice(1))
      if (name && !sections.includes(name)) sections = [...sections, name]
    } else if (arg === '-4' || arg === 'IN' || arg === '-c') continue
    else if (arg.startsWith('-')) return `Invalid option: ${arg}\n`
    // A bare word that is a type is one, before the name as after it.
    else if (typeNumber(arg) !== null) type = typeNumber(arg)!
    else names.push(arg)
  }
  const asked = (names.length > 0 ? names : ['.']).map((name) => (name.endsWith('.') ? name : `${name}.`))
  const wrong = asked.find((name) => !isDnsName(name))
  if (wrong) return `dig: '${wrong.slice(0, -1)}' is not a legal name (empty label)\n`
  const list = search ? searchList(ctx, asked) : asked
  type ||= names.length > 0 ? DNS_TYPE.A : DNS_TYPE.NS
  return { names: list, search, type, server, port, short, sections, edns, cookie, timeout, tries }
}

const sectionName = (text: string): Query['sections'][number] | undefined =>
  ALL.find((name) => name.startsWith(text) && text.length >= 3)

function searchList(ctx: DigCtx, names: readonly string[]): readonly string[] {
  const { search } = parseResolvConf(ctx.readFile('/etc/resolv.conf') ?? '')
  return names.flatMap((name) => [...search.map((domain) => `${name}${domain}.`), name])
}

function begin(ctx: DigCtx, state: DigState): void {
  const { query } = state
  const name = query.names[state.at]
  if (name === undefined) return ctx.exit(0)
  proceed(ctx, state, ask(ctx, { ...query, name, server: state.serverAddr }))
}

function proceed(ctx: DigCtx, state: DigState, outcome: DnsOutcome): void {
  if (outcome.t === 'waiting') return ctx.set({ ...state, asking: outcome.asking })
  if (outcome.t === 'problem') {
    const server = `${formatIpv4(state.serverAddr)}#${state.query.port}`
    const why =
      outcome.why === 'network unreachable'
        ? `;; UDP setup with ${server} failed: network unreachable.`
        : `;; communications error to ${server}: ${outcome.why}`
    ctx.write(1, `${why}\n`)
    if (outcome.again) return ctx.set({ ...state, asking: outcome.again })
    ctx.write(1, `${state.query.short ? '' : banner(ctx)};; no servers could be reached\n`)
    return ctx.exit(9)
  }
  const { reply, took } = outcome
  const { query } = state
  const more = query.names.length > state.at + 1
  if (more && query.search && reply.answers.length === 0) return begin(ctx, { ...state, at: state.at + 1 })
  ctx.write(1, query.short ? shortText(reply) : fullText(ctx, state, reply, took))
  if (more && !query.search) return begin(ctx, { ...state, at: state.at + 1 })
  ctx.exit(0)
}

const shortText = (reply: Dns): string => reply.answers.map((record) => `${rdataText(record)}\n`).join('')

const banner = (ctx: DigCtx): string =>
  `\n; <<>> DiG ${DIG_VERSION} <<>> ${ctx.argv.slice(1).join(' ')}\n;; global options: +cmd\n`

function fullText(ctx: DigCtx, state: DigState, reply: Dns, took: number): string {
  const { sections } = state.query
  const shows = (name: Query['sections'][number]): boolean => sections.includes(name)
  const opt = reply.additional.find((record) => record.type === 'OPT')
  let out = shows('comments') ? banner(ctx) + header(reply) : ''
  if (shows('comments') && opt?.type === 'OPT') {
    out += `;; OPT PSEUDOSECTION:\n; EDNS: version: ${opt.version}, flags:${opt.flags & 0x8000 ? ' do' : ''}; udp: ${opt.udpSize}\n`
  }
  if (shows('question')) {
    out += `${shows('comments') ? ';; QUESTION SECTION:\n' : ''}${reply.questions.map(({ name, type }) => `;${columns(name, ['', 'IN', typeName(type)])}\n`).join('')}\n`
  }
  const section = (name: 'answer' | 'authority' | 'additional', records: readonly DnsRecord[]): string => {
    if (!shows(name) || records.length === 0) return ''
    const title = shows('comments') ? `;; ${name.toUpperCase()} SECTION:\n` : ''
    const end = shows('comments') || name !== 'answer' ? '\n' : ''
    return `${title}${records.map((record) => `${recordLine(record)}\n`).join('')}${end}`
  }
  out += section('answer', reply.answers) + section('authority', reply.authority)
  out += section(
    'additional',
    reply.additional.filter((record) => record.type !== 'OPT'),
  )
  if (!shows('stats')) return out
  const { weekday, month, day, clock, year } = calendar(ctx.now)
  const server = `${formatIpv4(state.serverAddr)}#${state.query.port}(${state.query.server || formatIpv4(state.serverAddr)}) (UDP)`
  const when = `${weekday} ${month} ${String(day).padStart(2, '0')} ${clock} UTC ${year}`
  return `${out};; Query time: ${Math.floor(took / MS)} msec\n;; SERVER: ${server}\n;; WHEN: ${when}\n;; MSG SIZE  rcvd: ${dnsLength(reply)}\n\n`
}

function header(reply: Dns): string {
  const { qr, aa, tc, rd, ra, ad, cd } = reply
  const flags = Object.entries({ qr, aa, tc, rd, ra, ad, cd }).flatMap(([name, on]) => (on ? [name] : []))
  const counts = `QUERY: ${reply.questions.length}, ANSWER: ${reply.answers.length}, AUTHORITY: ${reply.authority.length}, ADDITIONAL: ${reply.additional.length}`
  const warning = rd && !ra ? ';; WARNING: recursion requested but not available\n' : ''
  return `;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${rcodeName(reply.rcode)}, id: ${reply.id}\n;; flags: ${flags.join(' ')}; ${counts}\n${warning}\n`
}

const recordLine = (record: DnsRecord): string =>
  record.type === 'OPT' ? '' : columns(record.name, [String(record.ttl), 'IN', recordType(record), rdataText(record)])

const STOPS = [24, 32, 40, 48]

/** Tabs to the columns of BIND's master file style; a column that is passed already costs one space (lib/dns/masterdump.c `indent`). */
function columns(name: string, fields: readonly string[]): string {
  let out = name
  let at = name.length
  for (const [i, field] of fields.entries()) {
    if (field === '') continue
    const to = Math.max(STOPS[i]!, at + 1)
    const tabs = Math.floor(to / 8) - Math.floor(at / 8)
    out += '\t'.repeat(tabs) + ' '.repeat(tabs > 0 ? to % 8 : to - at) + field
    at = to + field.length
  }
  return out
}
