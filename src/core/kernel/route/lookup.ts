import { maskOf } from '../../base/cidr.ts'
import { type Ipv4, IPV4_BROADCAST, isMulticast } from '../../base/ipv4.ts'
import { Cache } from '../cache.ts'
import type { Kernel } from '../kernel.ts'
import type { RouteRow, RuleRow } from '../tables.ts'
import { routeRow } from './row.ts'
import { isPlain, rulesOf } from './rule.ts'
import { ignoresLinkdown, isUsable } from './usable.ts'

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
  /** Of the namespace's sysctls: ignore_routes_with_linkdown is one. */
  readonly sysctls: number
  readonly tables: Map<number, CompiledTable>
  readonly order: readonly RuleRow[]
  /** Every rule is a plain lookup without selectors: the usual case. */
  readonly plain: boolean
  /** Results by destination, where nothing else matters: plain rules, no route for one TOS. `null` where something does. */
  readonly results: Map<Ipv4, FibResult | null> | null
  /** Whether a next hop is to be had depends on more than the routes: some is dead, or devices without carrier are not to be used. */
  readonly linkState: boolean
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
  const sysctls = k.t.sysctlByNetns.at(netns).version
  if (known && known.routeTable === routeTable && known.ruleTable === ruleTable && known.sysctls === sysctls)
    return known
  const routes = k.t.routeByNetns.at(netns)
  const rules = k.t.ruleByNetns.at(netns).version
  if (known && known.routes === routes.version && known.rules === rules && known.sysctls === sysctls) {
    known.routeTable = routeTable
    known.ruleTable = ruleTable
    return known
  }
  const order = rulesOf(k, netns)
  const linkState = ignoresLinkdown(k, netns) || routes.rows().some((route) => route.nexthops.some((hop) => hop.dead))
  const plain = order.every(isPlain)
  const fresh: CompiledFib = {
    routeTable,
    ruleTable,
    routes: routes.version,
    rules,
    sysctls,
    tables: compile(routes.rows()),
    order,
    plain,
    results: plain && !linkState && routes.rows().every((route) => route.tos === 0) ? new Map() : null,
    linkState,
    types: new Map(),
  }
  perNetns[netns] = fresh
  return fresh
}

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
      for (const list of routes.values()) (list as RouteRow[]).sort(inOrder)
    }
    result.set(id, { prefixes })
  }
  return result
}

/** fib_insert_alias: the higher TOS first, then the smaller metric. */
const inOrder = (a: RouteRow, b: RouteRow): number => b.tos - a.tos || a.metric - b.metric || a.order - b.order

/** INET_DSCP_LEGACY_TOS_MASK: what of a packet's TOS routes and rules look at. */
const tosOf = (key: FlowKey): number => (key.tos ?? 0) & 0x1c

/** fib_rule_match, with `not`. */
const matches = (rule: RuleRow, dst: Ipv4, key: FlowKey, oifName: string): boolean =>
  selects(rule, dst, key, oifName) !== rule.invert

function selects(rule: RuleRow, dst: Ipv4, key: FlowKey, oifName: string): boolean {
  if (rule.from && (((key.src ?? 0) ^ rule.from.addr) & maskOf(rule.from.len)) !== 0) return false
  if (rule.to && ((dst ^ rule.to.addr) & maskOf(rule.to.len)) !== 0) return false
  if (rule.iif !== '' && rule.iif !== (key.iif ?? 'lo')) return false
  if (rule.oif !== '' && rule.oif !== oifName) return false
  if (rule.tos !== 0 && rule.tos !== tosOf(key)) return false
  return (((key.mark ?? 0) ^ rule.fwmark) & rule.fwmask) === 0
}

function tableLookup(k: Kernel, fib: CompiledFib, id: number, dst: Ipv4, key: FlowKey): RouteRow | null {
  const table = fib.tables.get(id)
  if (!table) return null
  const { prefixes } = table
  for (let i = 0; i < prefixes.length; i++) {
    const { mask, routes } = prefixes[i]!
    const list = routes.get((dst & mask) >>> 0)
    if (!list) continue
    for (let j = 0; j < list.length; j++) {
      const route = list[j]!
      if (route.tos !== 0 && route.tos !== tosOf(key)) continue
      if (route.type === 'unicast' && (fib.linkState || key.oif) && !isUsable(k, route, key.oif ?? 0)) continue
      return route
    }
  }
  return null
}

const verdicts = new WeakMap<RuleRow, RouteRow>()
/** A result of a rule that is no lookup: `unreachable`, `blackhole`, `prohibit`. */
function verdictRoute(rule: RuleRow): RouteRow {
  let route = verdicts.get(rule)
  if (!route) {
    const type = rule.action as 'unreachable' | 'blackhole' | 'prohibit'
    verdicts.set(rule, (route = routeRow({ netns: rule.netns, dst: 0, len: 0, table: 0, proto: 0, type })))
  }
  return route
}

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

/** fib_rules_lookup (net/core/fib_rules.c). */
function search(k: Kernel, fib: CompiledFib, dst: Ipv4, key: FlowKey): FibResult | null {
  const oifName = fib.plain || !key.oif ? '' : (k.t.link.get(key.oif)?.name ?? '')
  const { order } = fib
  for (let i = 0; i < order.length; i++) {
    const rule = order[i]!
    if (!fib.plain && !matches(rule, dst, key, oifName)) continue
    if (rule.action === 'goto') {
      // One whose target is not there is passed over.
      const target = order.findIndex((each) => each.pref === rule.target)
      if (target > i) i = target - 1
    } else if (rule.action === 'lookup') {
      const route = tableLookup(k, fib, rule.table, dst, key)
      if (route && route.type !== 'throw' && route.len > rule.suppress) return { route, rule }
    } else if (rule.action !== 'nop') return { route: verdictRoute(rule), rule }
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
  if (ip === IPV4_BROADCAST) return 'broadcast'
  if (isMulticast(ip)) return 'multicast'
  const fib = fibOf(k, netns)
  const known = fib.types.get(ip | 0)
  if (known !== undefined) return known
  const type = tableLookup(k, fib, 255, ip, NO_KEY)?.type ?? 'unicast'
  remember(fib.types, ip, type)
  return type
}
