import { formatIpv4 } from '../../base/ipv4.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { ROUTE_TABLE } from '../../kernel/route/row.ts'
import { ROUTE_METRICS, type RouteMetric, type RouteRow, type RuleRow } from '../../kernel/tables.ts'

/** /etc/iproute2/rt_protos; `boot` is not shown. */
const PROTOS: Readonly<Record<number, string>> = {
  1: 'redirect',
  2: 'kernel',
  4: 'static',
  9: 'ra',
  11: 'zebra',
  12: 'bird',
  16: 'dhcp',
  186: 'bgp',
}
const BOOT = 3

export const tableName = (id: number): string =>
  id === ROUTE_TABLE.local
    ? 'local'
    : id === ROUTE_TABLE.main
      ? 'main'
      : id === ROUTE_TABLE.default
        ? 'default'
        : String(id)

/** `10.244.2.0/24`, `10.244.1.2` for a host, `default` for everything. */
export const prefixText = (r: { readonly dst: number; readonly len: number }): string =>
  r.len === 0 ? 'default' : r.len === 32 ? formatIpv4(r.dst) : `${formatIpv4(r.dst)}/${r.len}`

const devText = (k: Kernel, dev: number): string => k.t.link.get(dev)?.name ?? `if${dev}`

/** A route as `ip route` (iproute2 6.1) prints it, without the space at the line's end. `withTable` as in `show table all`. */
export function routeText(k: Kernel, r: RouteRow, withTable = false): string {
  const words: string[] = r.type === 'unicast' ? [] : [r.type]
  words.push(prefixText(r))
  if (r.tos !== 0) words.push('tos', `0x${r.tos.toString(16).padStart(2, '0')}`)
  const multipath = r.nexthops.length > 1
  if (!multipath && r.via !== 0) words.push('via', formatIpv4(r.via))
  if (!multipath && r.dev !== 0) words.push('dev', devText(k, r.dev))
  if (withTable && r.table !== ROUTE_TABLE.main) words.push('table', tableName(r.table))
  if (r.proto !== BOOT) words.push('proto', PROTOS[r.proto] ?? String(r.proto))
  if (r.scope !== 'global') words.push('scope', r.scope)
  if (r.src !== 0) words.push('src', formatIpv4(r.src))
  if (r.metric !== 0) words.push('metric', String(r.metric))
  if (r.onlink) words.push('onlink')
  words.push(...metricWords(r, 'input'))
  const hops = multipath
    ? r.nexthops.map((hop) => `\n\tnexthop via ${formatIpv4(hop.via)} dev ${devText(k, hop.dev)} weight ${hop.weight}`)
    : []
  return words.join(' ') + hops.join('')
}

/** In the order of `ip route`: by prefix, the default route first, longer prefixes of one address last, then by metric. */
export function routeOrder(a: RouteRow, b: RouteRow): number {
  if ((a.len === 0) !== (b.len === 0)) return a.len === 0 ? -1 : 1
  return a.dst - b.dst || a.len - b.len || a.metric - b.metric || a.dev - b.dev
}

const IN_MS: ReadonlySet<RouteMetric> = new Set(['rtt', 'rttvar', 'rto_min'])

/** The metrics of a route as `ip route` prints them, or as it takes them: a minimal RTO is always locked, and is not said to be. */
export function metricWords(r: Pick<RouteRow, 'mtu' | 'mtuLock' | 'metrics'>, form: 'output' | 'input'): string[] {
  const words = r.mtu === 0 ? [] : [r.mtuLock ? 'mtu lock' : 'mtu', String(r.mtu)]
  for (const name of ROUTE_METRICS) {
    const value = r.metrics[name]
    if (value === undefined) continue
    const lock = name === 'rto_min' && form === 'output' ? ' lock' : ''
    words.push(`${name}${lock}`, IN_MS.has(name) ? `${value}ms` : String(value))
  }
  return words
}

/** A line of `ip rule`, the tab behind the colon included. `here`: whether the namespace has a device, or a rule of this preference. */
export function ruleText(
  r: RuleRow,
  here: { dev(name: string): boolean; pref(target: number): boolean } = ALL,
): string {
  const prefix = (p: RuleRow['from']): string => (p ? prefixText({ dst: p.addr, len: p.len }) : 'all')
  const words = [...(r.invert ? ['not'] : []), 'from', prefix(r.from)]
  if (r.to) words.push('to', prefix(r.to))
  if (r.tos !== 0) words.push('tos', `0x${r.tos.toString(16)}`)
  if (r.fwmark !== 0 || r.fwmask !== 0) {
    const mask = r.fwmask === 0xffffffff || r.fwmask === 0 ? '' : `/0x${r.fwmask.toString(16)}`
    words.push('fwmark', `0x${r.fwmark.toString(16)}${mask}`)
  }
  for (const [key, name] of [['iif', r.iif] as const, ['oif', r.oif] as const]) {
    if (name) words.push(key, here.dev(name) ? name : `${name} [detached]`)
  }
  if (r.action === 'lookup') words.push('lookup', tableName(r.table))
  else words.push(r.action)
  if (r.action === 'goto') words.push(here.pref(r.target) ? String(r.target) : `${r.target} [unresolved]`)
  if (r.suppress >= 0) words.push('suppress_prefixlength', String(r.suppress))
  return `${r.pref}:\t${words.join(' ')}`
}
const ALL = { dev: () => true, pref: () => true }
