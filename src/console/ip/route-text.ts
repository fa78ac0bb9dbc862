import { formatIpv4 } from '../../core/base/ipv4.ts'
import { hasCarrier } from '../../core/kernel/link/carrier.ts'
import { metricWords } from '../../core/explain/print/route.ts'
import { carriesTraffic } from '../../core/kernel/route/usable.ts'
import type { NextHop, RouteRow } from '../../core/kernel/tables.ts'
import { type IpContext, deviceName } from './context.ts'
import type { JsonRow } from './json.ts'
import type { RouteFilter } from './route-filter.ts'

/** /etc/iproute2/rt_protos and rt_tables, as Debian 12 ships them. */
const PROTOCOLS: readonly (readonly [string, number])[] = [
  ['redirect', 1],
  ['kernel', 2],
  ['boot', 3],
  ['static', 4],
  ['gated', 8],
  ['ra', 9],
  ['mrt', 10],
  ['zebra', 11],
  ['bird', 12],
  ['babel', 42],
  ['openr', 99],
  ['dhcp', 16],
  ['bgp', 186],
  ['isis', 187],
  ['ospf', 188],
  ['rip', 189],
  ['eigrp', 192],
]
const TABLES: readonly (readonly [string, number])[] = [
  ['local', 255],
  ['main', 254],
  ['default', 253],
]
const nameFor = (names: readonly (readonly [string, number])[], value: number): string =>
  names.find(([, number]) => number === value)?.[0] ?? String(value)

function numberFor(names: readonly (readonly [string, number])[], word: string): number | null {
  const named = names.find(([name]) => name === word)
  if (named) return named[1]
  if (/^0x[0-9a-f]{1,8}$/i.test(word) || /^\d{1,10}$/.test(word)) return Number(word)
  return null
}

export const tableName = (table: number): string => nameFor(TABLES, table)
export const tableNumber = (word: string): number | null => numberFor(TABLES, word)
export const protocolName = (proto: number): string => nameFor(PROTOCOLS, proto)
export const protocolNumber = (word: string): number | null => numberFor(PROTOCOLS, word)

const BOOT = 3
const MAIN = 254

export const prefixText = (route: Pick<RouteRow, 'dst' | 'len'>): string => {
  if (route.len === 0 && route.dst === 0) return 'default'
  return route.len === 32 ? formatIpv4(route.dst) : `${formatIpv4(route.dst)}/${route.len}`
}

/** One route as ip/iproute.c print_route has it, with the blank at the end; what the filter fixes is not repeated. */
export function routeText(ip: IpContext, route: RouteRow, filter: RouteFilter): string {
  const words: string[] = []
  if (route.type !== 'unicast' || ip.details) words.push(route.type)
  words.push(prefixText(route))
  if (route.tos !== 0) words.push(`tos 0x${route.tos.toString(16).padStart(2, '0')}`)
  const multipath = route.nexthops.length > 1
  if (route.via !== 0 && !multipath && filter.via === null) words.push(`via ${formatIpv4(route.via)}`)
  if (route.dev !== 0 && !multipath && filter.dev === null) words.push(`dev ${deviceName(ip, route.dev)}`)
  if (filter.table === 'all' && route.table !== MAIN) words.push(`table ${tableName(route.table)}`)
  if ((route.proto !== BOOT || ip.details) && filter.proto === null) words.push(`proto ${protocolName(route.proto)}`)
  if ((route.scope !== 'global' || ip.details) && filter.scope === null) words.push(`scope ${route.scope}`)
  if (route.src !== 0 && filter.src === null) words.push(`src ${formatIpv4(route.src)}`)
  if (route.metric !== 0) words.push(`metric ${route.metric}`)
  words.push(...flagWords(ip, route, multipath))
  words.push(...metricWords(route, 'output'))
  const line = `${words.join(' ')} `
  return multipath ? [line, ...hopLines(ip, route)].join(ip.oneline ? '\\' : '\n') : line
}

function flagWords(ip: IpContext, route: RouteRow, multipath: boolean): readonly string[] {
  return multipath ? [] : hopFlags(ip, route)
}

/** `dead`: its device is down, or has no carrier and the device's settings say to ignore such routes. */
function hopFlags(ip: IpContext, hop: Pick<NextHop, 'dev' | 'dead' | 'onlink'>): readonly string[] {
  const { kernel } = ip.env
  const link = kernel.t.link.get(hop.dev)
  const down = link !== undefined && !(link.up && hasCarrier(kernel, link))
  const dead = hop.dead || (down && !carriesTraffic(kernel, ip.netns, hop))
  return [...(dead ? ['dead'] : []), ...(hop.onlink ? ['onlink'] : []), ...(down ? ['linkdown'] : [])]
}

const hopLines = (ip: IpContext, route: RouteRow): readonly string[] =>
  route.nexthops.map((hop) => {
    const via = hop.via === 0 ? '' : `via ${formatIpv4(hop.via)} `
    const flags = hopFlags(ip, hop).map((flag) => `${flag} `)
    return `\tnexthop ${via}dev ${deviceName(ip, hop.dev)} weight ${hop.weight} ${flags.join('')}`
  })

export function routeJson(ip: IpContext, route: RouteRow, filter: RouteFilter): JsonRow {
  return {
    ...(route.type !== 'unicast' && { type: route.type }),
    dst: prefixText(route),
    ...(route.via !== 0 && { gateway: formatIpv4(route.via) }),
    ...(route.dev !== 0 && { dev: deviceName(ip, route.dev) }),
    ...(filter.table === 'all' && route.table !== MAIN && { table: tableName(route.table) }),
    ...(route.proto !== BOOT && { protocol: protocolName(route.proto) }),
    ...(route.scope !== 'global' && { scope: route.scope }),
    ...(route.src !== 0 && { prefsrc: formatIpv4(route.src) }),
    ...(route.metric !== 0 && { metric: route.metric }),
    flags: route.onlink ? ['onlink'] : [],
  }
}
