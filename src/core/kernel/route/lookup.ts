import { maskOf } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import { Cache } from '../cache.ts'
import type { Kernel } from '../kernel.ts'
import type { RouteRow, RuleRow } from '../tables.ts'
import { rulesOf } from './rule.ts'

/** What a lookup may depend on besides the destination. */
export interface FlowKey {
  readonly src?: Ipv4
  readonly tos?: number
  readonly mark?: number
  /** Name of the device the packet came in by; `lo` or absent for packets made here. */
  readonly iif?: string
  /** Bound output link id; 0 or absent = any. */
  readonly oif?: number
}

export interface FibResult {
  readonly route: RouteRow
  /** The rule that led to the table. */
  readonly rule: RuleRow
}

/** One table by prefix length, longest first. */
interface CompiledTable {
  readonly prefixes: { readonly mask: number; readonly routes: Map<Ipv4, readonly RouteRow[]> }[]
}
interface CompiledFib {
  /** Versions of the two tables, and of this namespace's rows in them. */
  routeTable: number
  ruleTable: number
  routes: number
  rules: number
  readonly tables: Map<number, CompiledTable>
  readonly order: readonly RuleRow[]
  /** Every rule is a plain lookup without selectors: the usual case. */
  readonly plain: boolean
  /** Results by destination, where nothing else matters: plain rules, no route for one TOS. `null` where something does. */
  readonly results: Map<Ipv4, FibResult | null> | null
  /** What the local table says of an address. */
  readonly types: Map<Ipv4, RouteRow['type']>
}

/** How many destinations a namespace remembers; when there are more, it starts afresh. */
const REMEMBERED = 1024

const fibs = new Cache<CompiledFib>()

function fibOf(k: Kernel, netns: number): CompiledFib {
  const perNetns = fibs.of(k)
  const known = perNetns[netns]
  const routeTable = k.t.route.version
  const ruleTable = k.t.rule.version
  if (known && known.routeTable === routeTable && known.ruleTable === ruleTable) return known
  const routes = k.t.routeByNetns.at(netns)
  const rules = k.t.ruleByNetns.at(netns).version
  if (known && known.routes === routes.version && known.rules === rules) {
    known.routeTable = routeTable
    known.ruleTable = ruleTable
    return known
  }
  const order = rulesOf(k, netns)
  const plain = order.every(isPlain)
  const fresh: CompiledFib = {
    routeTable,
    ruleTable,
    routes: routes.version,
    rules,
    tables: compile(routes.rows()),
    order,
    plain,
    results: plain && routes.rows().every((route) => route.tos === 0) ? new Map() : null,
    types: new Map(),
  }
  perNetns[netns] = fresh
  return fresh
}

const isPlain = (r: RuleRow): boolean =>
  !r.from && !r.to && r.iif === '' && r.oif === '' && r.fwmask === 0 && r.action === 'lookup'

function compile(rows: readonly RouteRow[]): Map<number, CompiledTable> {
  const tables = new Map<number, Map<number, Map<Ipv4, RouteRow[]>>>()
  for (const row of rows) {
    let lengths = tables.get(row.table)
    if (!lengths) tables.set(row.table, (lengths = new Map()))
    let prefixes = lengths.get(row.len)
    if (!prefixes) lengths.set(row.len, (prefixes = new Map()))
    const routes = prefixes.get(row.dst)
    if (routes) routes.push(row)
    else prefixes.set(row.dst, [row])
  }
  const result = new Map<number, CompiledTable>()
  for (const [id, lengths] of tables) {
    const prefixes = [...lengths]
      .sort((a, b) => b[0] - a[0])
      .map(([len, routes]) => ({ mask: maskOf(len), routes: routes as Map<Ipv4, readonly RouteRow[]> }))
    for (const { routes } of prefixes) {
      for (const list of routes.values()) (list as RouteRow[]).sort((a, b) => b.tos - a.tos || a.metric - b.metric)
    }
    result.set(id, { prefixes })
  }
  return result
}

function matches(rule: RuleRow, dst: Ipv4, key: FlowKey, oifName: string): boolean {
  if (rule.from && (((key.src ?? 0) ^ rule.from.addr) & maskOf(rule.from.len)) !== 0) return false
  if (rule.to && ((dst ^ rule.to.addr) & maskOf(rule.to.len)) !== 0) return false
  if (rule.iif !== '' && rule.iif !== (key.iif ?? 'lo')) return false
  if (rule.oif !== '' && rule.oif !== oifName) return false
  return (((key.mark ?? 0) ^ rule.fwmark) & rule.fwmask) === 0
}

function tableLookup(table: CompiledTable | undefined, dst: Ipv4, key: FlowKey): RouteRow | null {
  if (!table) return null
  const { prefixes } = table
  for (let i = 0; i < prefixes.length; i++) {
    const { mask, routes } = prefixes[i]!
    const list = routes.get((dst & mask) >>> 0)
    if (!list) continue
    for (let j = 0; j < list.length; j++) {
      const route = list[j]!
      if (route.tos !== 0 && route.tos !== (key.tos ?? 0)) continue
      if (key.oif && route.dev !== key.oif && route.type === 'unicast') continue
      return route
    }
  }
  return null
}

/** A result of a rule that is no lookup: `unreachable`, `blackhole`, `prohibit`. */
const verdictRoute = (rule: RuleRow, dst: Ipv4): RouteRow => ({
  netns: rule.netns,
  table: rule.table,
  dst,
  len: 0,
  tos: 0,
  metric: 0,
  type: rule.action === 'lookup' ? 'throw' : rule.action,
  scope: 'global',
  proto: 0,
  dev: 0,
  via: 0,
  src: 0,
  onlink: false,
  mtu: 0,
  nexthops: [],
})

/**
 * fib_lookup (net/ipv4/fib_rules.c, fib_trie.c): asks the rules in order of preference; the first whose table has a route wins, a
 * miss or `throw` goes on. Longest prefix, then TOS, then metric. `null`: ENETUNREACH.
 */
export function fibLookup(k: Kernel, netns: number, dst: Ipv4, key: FlowKey = NO_KEY): FibResult | null {
  const fib = fibOf(k, netns)
  if (!fib.results || key.oif) return search(k, fib, dst, key)
  const known = fib.results.get(dst | 0)
  if (known !== undefined) return known
  const found = search(k, fib, dst, key)
  remember(fib.results, dst, found)
  return found
}

function search(k: Kernel, fib: CompiledFib, dst: Ipv4, key: FlowKey): FibResult | null {
  const oifName = fib.plain || !key.oif ? '' : (k.t.link.get(key.oif)?.name ?? '')
  for (let i = 0; i < fib.order.length; i++) {
    const rule = fib.order[i]!
    if (!fib.plain && !matches(rule, dst, key, oifName)) continue
    if (rule.action !== 'lookup') return { route: verdictRoute(rule, dst), rule }
    const route = tableLookup(fib.tables.get(rule.table), dst, key)
    if (route && route.type !== 'throw') return { route, rule }
  }
  return null
}
const NO_KEY: FlowKey = {}

/** Keyed by the address as a signed integer: a `Map` is slow with keys above 2^31. */
function remember<T>(map: Map<Ipv4, T>, ip: Ipv4, value: T): void {
  if (map.size >= REMEMBERED) map.clear()
  map.set(ip | 0, value)
}

/** inet_addr_type: what kind of destination an address is, as addrtype and source validation see it. */
export function addressType(k: Kernel, netns: number, ip: Ipv4): RouteRow['type'] | 'multicast' | 'unspec' {
  if (ip === 0 || ip >>> 24 === 0) return 'broadcast'
  if (ip === 0xffffffff) return 'broadcast'
  if (ip >>> 28 === 0xe) return 'multicast'
  const fib = fibOf(k, netns)
  const known = fib.types.get(ip | 0)
  if (known !== undefined) return known
  const type = tableLookup(fib.tables.get(255), ip, NO_KEY)?.type ?? 'unicast'
  remember(fib.types, ip, type)
  return type
}
