/**
 * getaddrinfo(3) for programs: /etc/hosts, then DNS by /etc/resolv.conf as glibc does it (resolv/res_query.c, res_send.c): search
 * list and ndots, A and AAAA in parallel from one socket, timeouts and attempts. Its state is a JSON value of the program's.
 * Not modelled: nsswitch.conf, TCP after a truncated answer, `rotate`, `single-request`.
 */
import { type Ipv4, parseInetAton, parseIpv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { DNS_RCODE, DNS_TYPE } from '../../wire/constants.ts'
import { isDnsName } from '../../wire/dns-name.ts'
import type { Dns, DnsRecord } from '../../wire/types.ts'
import { dnsQuery } from './dns-message.ts'
import type { Ctx, ProgramEvent, SocketFd } from './program.ts'
import { type ResolvConf, candidates, parseResolvConf } from './resolv-conf.ts'

export type ResolveResult =
  | { readonly ok: true; readonly addresses: readonly Ipv4[]; readonly canonical: string }
  /** `again`: EAI_AGAIN, "Temporary failure in name resolution"; else EAI_NONAME, "Name or service not known". */
  | { readonly ok: false; readonly error: 'not-found' | 'no-data' | 'again' }

export interface Resolving {
  readonly conf: ResolvConf
  readonly names: readonly string[]
  /** Which name, server and attempt it is at. */
  readonly at: number
  readonly server: number
  readonly attempt: number
  readonly fd: SocketFd
  readonly ids: readonly [a: number, aaaa: number]
  readonly answers: readonly [a: Dns | null, aaaa: Dns | null]
  readonly servfail: boolean
  readonly nodata: boolean
}

export type ResolveStep =
  | { readonly done: true; readonly result: ResolveResult }
  | { readonly done: false; readonly state: Resolving }

export const RESOLVER_TIMER = 'resolver'

const finished = (result: ResolveResult): ResolveStep => ({ done: true, result })

/** Begins to look a name up. Done at once for an address, a name of /etc/hosts, or what is no name. */
export function startResolve<S>(ctx: Ctx<S>, name: string): ResolveStep {
  const literal = parseInetAton(name)
  if (literal !== null) return finished({ ok: true, addresses: [literal], canonical: name })
  const listed = hostsLookup(ctx.readFile('/etc/hosts') ?? '', name)
  if (listed.length > 0) return finished({ ok: true, addresses: listed, canonical: name })
  if (!isDnsName(name.endsWith('.') ? name : `${name}.`)) return finished({ ok: false, error: 'not-found' })
  const conf = parseResolvConf(ctx.readFile('/etc/resolv.conf') ?? '')
  const names = candidates(name, conf).filter(isDnsName)
  const fresh = { conf, names, at: 0, server: 0, attempt: 0, fd: 0, ids: [0, 0], answers: [null, null] } as const
  return ask(ctx, { ...fresh, servfail: false, nodata: false })
}

/** All addresses that /etc/hosts gives a name (hosts(5)). */
export function hostsLookup(text: string, name: string): readonly Ipv4[] {
  const wanted = name.replace(/\.$/, '').toLowerCase()
  const found: Ipv4[] = []
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const ip = parseIpv4(address ?? '')
    if (ip !== null && names.some((other) => other.toLowerCase() === wanted)) found.push(ip)
  }
  return found
}

/** Sends both queries for the present name to the present server, from a socket of their own. */
function ask<S>(ctx: Ctx<S>, r: Resolving): ResolveStep {
  const name = r.names[r.at]
  if (name === undefined) return exhausted(r)
  const fd = ctx.socket('udp')
  const ids = [ctx.random(65536), ctx.random(65536)] as const
  const state: Resolving = { ...r, fd, ids, answers: [null, null] }
  const connected = ctx.connect(fd, r.conf.nameservers[r.server]!, 53)
  const sent = connected.ok && ctx.send(fd, dnsQuery(ids[0], name, DNS_TYPE.A)).ok
  if (!sent) return nextServer(ctx, state)
  ctx.send(fd, dnsQuery(ids[1], name, DNS_TYPE.AAAA))
  const share = r.server > 0 ? r.conf.nameservers.length : 1
  ctx.setTimer(Math.max(1, Math.floor((r.conf.timeout * 2 ** r.server) / share)) * SEC, RESOLVER_TIMER)
  return { done: false, state }
}

function exhausted(r: Resolving): ResolveStep {
  return finished({ ok: false, error: r.servfail ? 'again' : r.nodata ? 'no-data' : 'not-found' })
}

function hangUp<S>(ctx: Ctx<S>, r: Resolving): void {
  ctx.close(r.fd)
  ctx.cancelTimer(RESOLVER_TIMER)
}

/** Takes an event if it is the resolver's; `null` if it is not. */
export function onResolve<S>(ctx: Ctx<S>, r: Resolving, event: ProgramEvent): ResolveStep | null {
  if (event.type === 'timer' && event.tag === RESOLVER_TIMER) return nextServer(ctx, r)
  if (event.type === 'error' && event.fd === r.fd) return nextServer(ctx, r)
  if (event.type !== 'datagram' || event.fd !== r.fd) return null
  const { payload } = event.datagram
  if (payload.l !== 'dns' || !payload.qr) return { done: false, state: r }
  const which = payload.id === r.ids[0] && r.answers[0] === null ? 0 : payload.id === r.ids[1] ? 1 : -1
  if (which < 0) return { done: false, state: r }
  if (
    payload.rcode === DNS_RCODE.servFail ||
    payload.rcode === DNS_RCODE.refused ||
    payload.rcode === DNS_RCODE.notImp
  ) {
    return nextServer(ctx, { ...r, servfail: true })
  }
  const answers = which === 0 ? ([payload, r.answers[1]] as const) : ([r.answers[0], payload] as const)
  const state = { ...r, answers }
  return answers[0] && answers[1] ? judge(ctx, state, answers[0], answers[1]) : { done: false, state }
}

/** The next server of the list; then the list again, `attempts` times; then the name counts as unanswered. */
function nextServer<S>(ctx: Ctx<S>, r: Resolving): ResolveStep {
  hangUp(ctx, r)
  if (r.server + 1 < r.conf.nameservers.length) return ask(ctx, { ...r, server: r.server + 1 })
  if (r.attempt + 1 < r.conf.attempts) return ask(ctx, { ...r, server: 0, attempt: r.attempt + 1 })
  // After SERVFAIL the search goes on; after silence only the name as it stands is tried (res_search: "anything else implies done").
  const last = r.names.length - 1
  const next = r.servfail ? r.at + 1 : r.at < last ? last : r.names.length
  return ask(ctx, { ...r, at: next, server: 0, attempt: 0, servfail: true })
}

function judge<S>(ctx: Ctx<S>, r: Resolving, a: Dns, aaaa: Dns): ResolveStep {
  hangUp(ctx, r)
  const addresses = a.answers.flatMap((record) => (record.type === 'A' ? [record.address] : []))
  if (addresses.length > 0)
    return finished({ ok: true, addresses, canonical: canonicalName(r.names[r.at]!, a.answers) })
  const nodata = a.rcode === DNS_RCODE.noError || aaaa.rcode === DNS_RCODE.noError
  return ask(ctx, { ...r, at: r.at + 1, server: 0, attempt: 0, nodata: r.nodata || nodata })
}

/** The end of the chain of aliases that begins at `name`. */
export function canonicalName(name: string, answers: readonly DnsRecord[]): string {
  let at = name
  for (let i = 0; i < 16; i++) {
    const alias = answers.find((record) => record.type === 'CNAME' && record.name.toLowerCase() === at.toLowerCase())
    if (alias?.type !== 'CNAME') break
    at = alias.target
  }
  return at
}
