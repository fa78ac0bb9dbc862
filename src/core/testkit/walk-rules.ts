import { ipv4, isLoopback } from '../base/ipv4.ts'
import { type MatchContext, matchTerm } from '../kernel/netfilter/evaluate.ts'
import { findChain, tableOf } from '../kernel/netfilter/ruleset.ts'
import { natRangeText } from '../kernel/netfilter/save-text.ts'
import { ADDR_TYPE, CT_STATE, type Ruleset, type Table, type TableName, TCP_FLAG } from '../kernel/netfilter/types.ts'

/** A new connection, as rule tables see its first packet. */
export interface Flow {
  readonly protocol: 'TCP' | 'UDP'
  readonly source: string
  readonly destination: string
  readonly port: number
  /** Addresses of the node, beside loopback. */
  readonly local: readonly string[]
}

/** What happens to it: the DNAT targets it may get, or a verdict of the filter table ('' where nothing is decided). */
export interface FlowOutcome {
  readonly output: string
  readonly masqueraded: boolean
}

type Packet = { -readonly [K in keyof MatchContext]: MatchContext[K] }
type Verdict = { readonly verdict: 'ACCEPT' | 'DROP' | 'REJECT' | 'DNAT'; readonly to: string }

/**
 * Walks the first packet of a connection through nat and, unless it was rewritten there, filter. Random rules are tried
 * both ways, so that every endpoint that may be chosen is found. No conntrack, no routing: rules alone.
 */
export function walkFlow(ruleset: Ruleset, flow: Flow): FlowOutcome {
  const targets = new Set<string>()
  let masqueraded = false
  const nat = tableOf(ruleset, 'nat')
  const entry = isLocal(flow, ipv4(flow.source)) ? 'OUTPUT' : 'PREROUTING'
  for (let choice = 0; ; choice++) {
    const draws = { taken: choice, seen: 0 }
    const packet = packetOf(flow, draws)
    const verdict = walkChain(nat, entry, packet)
    if (verdict?.verdict === 'DNAT') targets.add(verdict.to)
    if (packet.mark !== 0) masqueraded = true
    if (draws.seen <= choice) break
  }
  if (targets.size > 0) return { output: [...targets].sort().join(', '), masqueraded }
  const packet = packetOf(flow, { taken: 0, seen: 0 })
  for (const hook of filterHooks(flow)) {
    const verdict = walkChain(tableOf(ruleset, 'filter' satisfies TableName), hook, packet)
    if (verdict) return { output: verdict.verdict, masqueraded }
  }
  return { output: '', masqueraded }
}

const isLocal = (flow: Flow, ip: number): boolean => isLoopback(ip) || flow.local.some((own) => ipv4(own) === ip)

function filterHooks(flow: Flow): readonly string[] {
  const from = isLocal(flow, ipv4(flow.source))
  const to = isLocal(flow, ipv4(flow.destination))
  return from && to ? ['OUTPUT', 'INPUT'] : from ? ['OUTPUT'] : to ? ['INPUT'] : ['FORWARD']
}

function walkChain(table: Table, name: string, packet: Packet): Verdict | null {
  for (const rule of findChain(table, name)?.rules ?? []) {
    packet.rule = rule
    if (!rule.matches.every((match) => matchTerm(match, packet))) continue
    const target = rule.target
    if (!target) continue
    if (target.t === 'MARK') packet.mark = ((packet.mark & ~target.mask) ^ target.value) >>> 0
    else if (target.t === 'jump' || target.t === 'goto') {
      const verdict = walkChain(table, target.chain, packet)
      if (verdict || target.t === 'goto') return verdict
    } else if (target.t === 'RETURN') return null
    else if (target.t === 'DNAT') return { verdict: 'DNAT', to: natRangeText(target.range) }
    else if (target.t === 'ACCEPT' || target.t === 'DROP' || target.t === 'REJECT') return { verdict: target.t, to: '' }
  }
  return null
}

function packetOf(flow: Flow, draws: { taken: number; seen: number }): Packet {
  const tcp = flow.protocol === 'TCP'
  return {
    rule: { id: 0 },
    src: ipv4(flow.source),
    dst: ipv4(flow.destination),
    proto: tcp ? 6 : 17,
    ttl: 64,
    tos: 0,
    length: 60,
    laterFragment: false,
    sport: 40000,
    dport: flow.port,
    tcpFlags: tcp ? TCP_FLAG.SYN : -1,
    tcpMss: -1,
    icmpType: -1,
    icmpCode: -1,
    in: '',
    out: '',
    physIn: '',
    physOut: '',
    bridged: false,
    mark: 0,
    ctState: CT_STATE.NEW,
    conntrack: null,
    srcMac: -1,
    pktType: 'unicast',
    uid: -1,
    hasSocket: false,
    gid: -1,
    addrType: (ip) => (isLocal(flow, ip) ? ADDR_TYPE.LOCAL : ADDR_TYPE.UNICAST),
    hasTcpOption: () => false,
    // The draw that is taken hits; the others miss.
    random: () => (draws.seen++ === draws.taken ? 0 : 0x7fffffff),
    nth: () => false,
    recent: () => false,
    limit: () => true,
    hashlimit: () => true,
    inSet: () => false,
    socket: () => false,
    rpfilter: () => true,
  }
}
