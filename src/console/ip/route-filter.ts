import { type Cidr, containsCidr, contains } from '../../core/base/cidr.ts'
import type { RouteRow, RouteScope } from '../../core/kernel/tables.ts'
import { type IpContext, needAddress, needDevice, needPrefix } from './context.ts'
import { protocolNumber, tableNumber } from './route-text.ts'
import { type Words, abbreviates, pick, wrongArgument } from './words.ts'

export interface RouteFilter {
  readonly table: number | 'all'
  readonly dev: number | null
  readonly via: number | null
  readonly proto: number | null
  readonly scope: RouteScope | null
  readonly src: number | null
  readonly type: RouteRow['type'] | null
  readonly exact: Cidr | null
  /** Routes below the prefix, and routes above it. */
  readonly root: Cidr | null
  readonly match: Cidr | null
  /** `cache`: what has been learned of single destinations, instead of routes. */
  readonly cached: boolean
}

export const NO_FILTER: RouteFilter = {
  table: 254,
  dev: null,
  via: null,
  proto: null,
  scope: null,
  src: null,
  type: null,
  exact: null,
  root: null,
  match: null,
  cached: false,
}

export const TYPES: readonly RouteRow['type'][] = [
  'unicast',
  'local',
  'broadcast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
]

/** What may follow `ip route show` and `ip route flush`. */
export function readRouteFilter(ip: IpContext, words: Words): RouteFilter {
  const filter: { -readonly [key in keyof RouteFilter]: RouteFilter[key] } = { ...NO_FILTER }
  while (!words.done) {
    const word = words.next()
    if (abbreviates(word, 'table')) filter.table = tableOf(words.value())
    else if (word === 'dev' || word === 'oif' || word === 'iif') filter.dev = needDevice(ip, words.value()).id
    else if (word === 'via') filter.via = needAddress(words.value())
    else if (abbreviates(word, 'protocol')) filter.proto = needProtocol(words.value())
    else if (abbreviates(word, 'scope')) filter.scope = needScope(words.value())
    else if (word === 'src') filter.src = needAddress(words.value())
    else if (word === 'type') filter.type = pick(words.value(), TYPES) ?? null
    else if (word === 'root') filter.root = needPrefix(words.value(), 'any valid')
    else if (word === 'match') filter.match = needPrefix(words.value(), 'any valid')
    else if (word === 'cached' || word === 'cache' || word === 'cloned') filter.cached = true
    else {
      const exact = word === 'to' || word === 'exact' ? words.value() : word
      if (exact === 'root') filter.root = needPrefix(words.value(), 'any valid')
      else if (exact === 'match') filter.match = needPrefix(words.value(), 'any valid')
      else filter.exact = needPrefix(exact)
    }
  }
  return filter
}

function tableOf(word: string): number | 'all' {
  if (word === 'all' || word === '0') return 'all'
  return tableNumber(word) ?? wrongArgument(word, 'table id value is invalid')
}

export const needTable = (word: string): number => tableNumber(word) ?? wrongArgument(word, '"table" value is invalid')
export const needProtocol = (word: string): number =>
  protocolNumber(word) ?? wrongArgument(word, '"protocol" value is invalid')

export function needScope(word: string): RouteScope {
  if (word === 'universe' || word === '0') return 'global'
  return pick(word, ['global', 'link', 'host'] as const) ?? wrongArgument(word, '"scope" value is invalid')
}

/** Whether a route is shown. */
export function passes(filter: RouteFilter, route: RouteRow): boolean {
  const { exact, root, match } = filter
  const prefix = { addr: route.dst, len: route.len }
  if (filter.table !== 'all' && route.table !== filter.table) return false
  // A multipath route says its devices and gateways inside its next hops, where the tool does not look.
  const multipath = route.nexthops.length > 1
  if (filter.dev !== null && (multipath || route.dev !== filter.dev)) return false
  if (filter.via !== null && (multipath || route.via !== filter.via)) return false
  if (filter.proto !== null && route.proto !== filter.proto) return false
  if (filter.scope !== null && route.scope !== filter.scope) return false
  if (filter.src !== null && route.src !== filter.src) return false
  if (filter.type !== null && route.type !== filter.type) return false
  if (exact && (prefix.addr !== exact.addr || prefix.len !== exact.len)) return false
  if (root && !containsCidr(root, prefix)) return false
  return !match || (prefix.len <= match.len && contains(prefix, match.addr))
}

/** fib_trie's walk: by prefix, longer ones of one address first, then by metric; other tables after main, local last but one. */
export function inDumpOrder(routes: readonly RouteRow[]): readonly RouteRow[] {
  const rank = (table: number): number => table % 256
  return [...routes].sort(
    (a, b) =>
      rank(a.table) - rank(b.table) ||
      a.table - b.table ||
      a.dst - b.dst ||
      b.len - a.len ||
      b.tos - a.tos ||
      a.metric - b.metric ||
      a.order - b.order ||
      a.dev - b.dev,
  )
}
