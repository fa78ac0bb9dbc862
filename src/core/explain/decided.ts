import type { Frame } from '../wire/types.ts'
import { formatIpv4 } from '../base/ipv4.ts'
import { formatMac, isGroupMac } from '../base/mac.ts'
import type { Key } from '../base/order.ts'
import type { ObjectRef } from '../base/ref.ts'
import type { PathDetail } from '../kernel/details.ts'
import type { Rule } from '../kernel/netfilter/types.ts'
import { neighKey } from '../kernel/tables.ts'
import type { CauseId } from '../world/table.ts'
import type { ExplainEnv } from './env.ts'
import { deviceName, endpointText } from './places.ts'
import { conntrackText, tupleText } from './print/conntrack.ts'
import { fdbText, neighText } from './print/neigh.ts'
import { routeText, tableName } from './print/route.ts'
import { programOf, socketDecided } from './decided-socket.ts'
import { type TraceRecord, recordAt, recordBefore } from './record.ts'
import type { DecisionView } from './views.ts'

/** What decided a step, without its history: cheap enough for lists of thousands of steps. */
export interface Decided {
  readonly kind: DecisionView['kind']
  readonly where: string
  readonly text: string
  readonly failedTerm: string | null
  readonly subject: readonly ObjectRef[]
  readonly cause: CauseId
  /** The row it stands in, for the lit row of a table. A rule's is `nat/KUBE-SERVICES/3`. */
  readonly table: string
  readonly key: Key
  readonly rule: Rule | null
}

const NOBODY: Pick<Decided, 'failedTerm' | 'subject' | 'cause' | 'table' | 'key' | 'rule'> = {
  failedTerm: null,
  subject: [],
  cause: 0,
  table: '',
  key: '',
  rule: null,
}

export const note = (text: string, where = ''): Decided => ({ ...NOBODY, kind: 'note', where, text })

/** A decision that is a row of a table: its provenance is the row's entry as it stands now. */
export function fromRow(
  env: ExplainEnv,
  kind: Decided['kind'],
  where: string,
  text: string,
  table: string,
  key: Key,
): Decided {
  const entry = env.world.table(table)?.entry(key)
  return { ...NOBODY, kind, where, text, table, key, subject: entry?.subject ?? [], cause: entry?.cause ?? 0 }
}

/** `-A CHAIN …` as iptables-save prints the rule. */
export const ruleLine = (chain: string, rule: Rule): string =>
  rule.text === '' ? `-A ${chain}` : `-A ${chain} ${rule.text}`

export const ruleKey = (table: string, chain: string, num: number): string => `${table}/${chain}/${num}`

/** What decided a step; `null` when the step only tells where the packet is. */
export function decided(env: ExplainEnv, record: TraceRecord): Decided | null {
  const { detail } = record
  if (detail === null) return null
  switch (detail.d) {
    case 'rule':
    case 'miss':
    case 'policy':
    case 'chain-end':
      return decidedByRule(detail)
    case 'route':
    case 'no-route':
    case 'rpfilter':
      return decidedByRoute(env, record, detail)
    case 'fdb':
    case 'fdb-miss':
    case 'learn':
      return decidedByFdb(env, record, detail)
    case 'neigh':
    case 'arp':
      return decidedByNeigh(env, record, detail)
    case 'conntrack':
    case 'nat':
      return decidedByConnection(env, record, detail)
    case 'vxlan':
      return decidedByTunnel(env, record, detail)
    case 'tunnel': {
      const name = deviceName(env, detail.dev)
      const text = [name, detail.kind, 'remote', formatIpv4(detail.remote), detail.label].filter(Boolean).join(' ')
      return fromRow(env, 'note', name, text, 'link', detail.dev)
    }
    case 'wireguard': {
      const name = deviceName(env, detail.dev)
      const text = `${name} peer ${detail.peer} endpoint ${formatIpv4(detail.remote)}:${detail.port}`
      return fromRow(env, 'note', name, text, 'wgPeer', `${detail.dev}/${detail.peer}`)
    }
    case 'handed':
      return fromRow(env, 'note', detail.to, `${record.point} ${detail.to}: ${detail.why}`, 'link', detail.dev)
    case 'mtu':
      return note(`length ${detail.length} > mtu ${detail.mtu}`, deviceName(env, record.dev))
    case 'ttl':
      return note(`ttl ${detail.ttl}`)
    case 'icmp':
      return note(`icmp type ${detail.type} code ${detail.code}`, formatIpv4(detail.to))
    case 'mark':
      return note(`mark 0x${detail.before.toString(16)} → 0x${detail.after.toString(16)}`)
    case 'fragment':
      return note(
        `fragment ${detail.index + 1}${detail.count > 0 ? `/${detail.count}` : ''}${detail.mtu > 0 ? ` mtu ${detail.mtu}` : ''}`,
      )
    case 'tproxy': {
      const end = `${detail.proto} ${endpointText(detail.addr, detail.port)}`
      if (detail.socket === 0) return note(`${end}: no socket`)
      return fromRow(env, 'socket', programOf(env, detail.pid), `${end}: ${detail.found}`, 'socket', detail.socket)
    }
    case 'note':
      return decidedByNote(env, record, detail)
    case 'api': {
      const row = fromRow(env, 'object', detail.actor, `${detail.verb} ${detail.ref}`, 'object', detail.ref)
      return { ...row, subject: [detail.ref] }
    }
    case 'agent':
      return {
        ...NOBODY,
        kind: 'object',
        where: detail.actor,
        text: detail.text,
        subject: detail.ref ? [detail.ref] : [],
      }
    default:
      return socketDecided(env, record, detail)
  }
}

/** What a note stands for in a tool's words; `null` where the sentence of the step says all there is. */
function decidedByNote(env: ExplainEnv, record: TraceRecord, { code, value }: Of<'note'>): Decided | null {
  const dev = deviceName(env, record.dev)
  switch (code) {
    case 'forwarding-off':
      return note('net.ipv4.ip_forward = 0')
    case 'device-down':
      return note(`ip link show ${dev}: state DOWN`, dev)
    case 'hairpin-off':
      return note(`bridge link set dev ${value ?? dev} hairpin off`, value ?? dev)
    case 'no-listener':
      return note(`ss -ln: ${listenerText(record.frame)}`)
    case 'bridged-dnat':
      return note('net.bridge.bridge-nf-call-iptables = 1')
    case 'local-address':
      return record.point === 'bridge.nf' ? note('net.bridge.bridge-nf-call-iptables = 1') : null
    case 'no-vni':
      return note(`ip -d link: vxlan id ${value ?? ''}: no device`)
    case 'unmodelled-match':
    case 'unmodelled-target':
    case 'log':
    case 'tee':
      return value === undefined ? null : note(value)
    default:
      return null
  }
}

/** What nobody listens on: `udp 10.244.1.2:5353: no socket`. */
function listenerText(frame: Frame | null): string {
  const ip = frame?.l === 'eth' ? frame.payload : frame
  if (ip?.l !== 'ipv4') return 'no socket'
  const { payload } = ip
  const port = payload.l === 'udp' || payload.l === 'tcp' ? `:${payload.dport}` : ''
  return `${payload.l} ${formatIpv4(ip.dst)}${port}: no socket`
}

type Of<D extends PathDetail['d']> = PathDetail & { readonly d: D }

function decidedByRule(detail: Of<'rule' | 'miss' | 'policy' | 'chain-end'>): Decided {
  const { table, chain } = detail
  if (detail.d === 'policy') {
    return {
      ...NOBODY,
      kind: 'policy',
      where: `${table} ${chain}`,
      text: `-P ${chain} ${detail.policy}`,
      table: 'netfilter',
      key: `${table}/${chain}`,
    }
  }
  if (detail.d === 'chain-end') return note(`-N ${chain}`, `${table} ${chain}`)
  const { rule, num } = detail
  return {
    kind: 'rule',
    where: `${table} ${chain} rule ${num}`,
    text: ruleLine(chain, rule),
    failedTerm: detail.d === 'miss' ? detail.term : null,
    subject: rule.subject,
    cause: rule.cause,
    table: 'netfilter',
    key: ruleKey(table, chain, num),
    rule,
  }
}

function decidedByRoute(env: ExplainEnv, record: TraceRecord, detail: Of<'route' | 'no-route' | 'rpfilter'>): Decided {
  if (detail.d === 'no-route') return note(`ip route get ${formatIpv4(detail.dst)}: no route`, 'main')
  if (detail.d === 'rpfilter')
    return note(`net.ipv4.conf.${deviceName(env, record.dev)}.rp_filter = ${detail.mode}`, formatIpv4(detail.src))
  const { route } = detail
  const { t } = env.kernel
  const bucket = t.routeByNetns.at(route.netns)
  const at = bucket.rows().indexOf(route)
  const key = at < 0 ? '' : bucket.keys()[at]!
  return fromRow(env, 'route', tableName(route.table), routeText(env.kernel, route), 'route', key)
}

function decidedByFdb(env: ExplainEnv, record: TraceRecord, detail: Of<'fdb' | 'fdb-miss' | 'learn'>): Decided | null {
  const { t } = env.kernel
  const master = t.link.get(record.dev)?.master || record.dev
  const where = deviceName(env, detail.d === 'fdb' ? detail.row.table : master)
  if (detail.d === 'fdb')
    return fromRow(env, 'fdb', where, fdbText(env.kernel, detail.row), 'fdb', `${detail.row.table}/${detail.row.mac}`)
  const mac = formatMac(detail.mac)
  if (detail.d === 'fdb-miss' && isGroupMac(detail.mac)) return null
  if (detail.d === 'fdb-miss') return note(`${mac}: not in the forwarding database`, where)
  const key = `${master}/${detail.mac}`
  const row = t.fdb.get(key)
  return fromRow(env, 'fdb', where, row ? fdbText(env.kernel, row) : `${mac} dev ${detail.port}`, 'fdb', key)
}

/** A tunnel: on the way in the entry that knows the remote end, on the way out the device itself. */
function decidedByTunnel(env: ExplainEnv, record: TraceRecord, detail: Of<'vxlan'>): Decided {
  const name = deviceName(env, detail.dev)
  const inner = innerFrame(record.frame)
  const key = `${detail.dev}/${inner?.l === 'eth' ? inner.dst : 0}`
  const row = record.verdict === 'encapsulate' ? env.kernel.t.fdb.get(key) : undefined
  if (row) return fromRow(env, 'fdb', name, `${fdbText(env.kernel, row)} · vni ${detail.vni}`, 'fdb', key)
  const text = `${name} vxlan id ${detail.vni} from ${formatIpv4(detail.remote)}`
  return fromRow(env, 'note', name, text, 'link', detail.dev)
}

const innerFrame = (frame: Frame | null): Frame | null => {
  const ip = frame?.l === 'eth' ? frame.payload : frame
  return ip?.l === 'ipv4' && ip.payload.l === 'udp' && ip.payload.payload.l === 'vxlan'
    ? ip.payload.payload.payload
    : null
}

function decidedByNeigh(env: ExplainEnv, record: TraceRecord, detail: Of<'neigh' | 'arp'>): Decided {
  const dev = detail.d === 'neigh' ? detail.dev : record.dev
  const key = neighKey(dev, detail.ip)
  const name = deviceName(env, dev)
  if (detail.d === 'neigh') {
    const known = detail.state !== 'INCOMPLETE' && detail.state !== 'FAILED'
    const text = `${formatIpv4(detail.ip)} dev ${name} ${known ? `lladdr ${formatMac(detail.mac)} ` : ''}${detail.state}`
    return fromRow(env, 'neigh', name, text, 'neigh', key)
  }
  const row = env.kernel.t.neigh.get(key)
  return fromRow(
    env,
    'neigh',
    name,
    row ? neighText(env.kernel, row) : `${formatIpv4(detail.ip)} ${detail.what}`,
    'neigh',
    key,
  )
}

function decidedByConnection(env: ExplainEnv, record: TraceRecord, detail: Of<'conntrack' | 'nat'>): Decided {
  const row = env.kernel.t.conntrack.get(detail.id)
  const service = row ? serviceOf(env, row.orig.dst) : []
  const written = row
    ? conntrackText(row, record.t)
    : detail.d === 'conntrack'
      ? `${tupleText(detail.orig)} ${tupleText(detail.reply)}`
      : ''
  if (detail.d === 'conntrack') {
    const seen = fromRow(env, 'conntrack', detail.info, written, 'conntrack', detail.id)
    return { ...seen, subject: service }
  }
  const rule = natRule(env, record)
  if (rule) return { ...rule, kind: 'nat' }
  const change = `${endpointText(detail.from, detail.fromPort)} → ${endpointText(detail.to, detail.toPort)}`
  const bound = fromRow(env, 'nat', change, written, 'conntrack', detail.id)
  return { ...bound, subject: service }
}

/** The rule that has just bound this translation; `null` when the connection had it already. */
export function natRule(env: ExplainEnv, record: TraceRecord): Decided | null {
  const before = recordAt(env.trace, recordBefore(env.trace, record.packet, record.cursor))
  if (before?.detail?.d !== 'rule' || before.detail.table !== 'nat' || before.verdict !== 'match') return null
  return decidedByRule(before.detail)
}

/** The Service that an address belongs to, as a subject. */
export function serviceOf(env: ExplainEnv, address: number): readonly ObjectRef[] {
  const ref = env.api?.tables.clusterIps.get(address)?.ref
  return ref ? [ref] : []
}
