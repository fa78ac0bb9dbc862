import { type Cidr, maskOf } from '../../core/base/cidr.ts'
import { type Placement, addRoute, deleteRoute } from '../../core/kernel/route/fib.ts'
import { ROUTE_TABLE } from '../../core/kernel/route/row.ts'
import { type NextHop, ROUTE_METRICS, type RouteMetric, type RouteRow } from '../../core/kernel/tables.ts'
import { type Done, done } from '../types.ts'
import { type IpContext, extack, needAddress, needDevice, needPrefix, refused } from './context.ts'
import { TYPES, needProtocol, needScope, needTable } from './route-filter.ts'
import { USAGE } from './route-usage.ts'
import { type Words, abbreviates, pick, stop, wrongArgument } from './words.ts'

type Spec = { -readonly [key in keyof RouteRow]?: RouteRow[key] }

interface Said {
  readonly spec: Spec
  readonly dst: Cidr
  readonly hops: readonly NextHop[]
}

/** The words of iproute_modify: `[TYPE] PREFIX [via A] [dev D] [src A] …` in any order. */
function readRoute(ip: IpContext, words: Words): Said {
  const spec: Spec = {}
  const hops: NextHop[] = []
  let dst: Cidr | null = null
  while (!words.done) {
    const word = words.next()
    if (word === 'via') spec.via = hopAddress(words)
    else if (word === 'src') spec.src = needAddress(words.value())
    else if (word === 'dev' || word === 'oif') spec.dev = needDevice(ip, words.value()).id
    else if (abbreviates(word, 'metric') || abbreviates(word, 'priority') || abbreviates(word, 'preference')) {
      spec.metric = metricOf(words.value())
    } else if (abbreviates(word, 'table')) spec.table = needTable(words.value())
    else if (abbreviates(word, 'protocol')) spec.proto = needProtocol(words.value())
    else if (abbreviates(word, 'scope')) spec.scope = needScope(words.value())
    else if (word === 'mtu') Object.assign(spec, mtuOf(words))
    else if (word === 'tos' || abbreviates(word, 'dsfield')) spec.tos = tosOf(words.value())
    else if (word === 'onlink') spec.onlink = true
    else if (isMetric(word)) spec.metrics = { ...spec.metrics, [word]: metricValue(word, words) }
    else if (['realms', 'weight', 'congctl', 'features'].includes(word)) words.value()
    else if (word === 'nexthop') hops.push(readHop(ip, words))
    else if (word === 'to') dst = readDestination(words.value(), words, spec)
    else if (dst !== null) stop(`Error: either "to" is duplicate, or "${word}" is a garbage.\n`, 255)
    else dst = readDestination(word, words, spec)
  }
  if (!dst) return stop(USAGE, 255)
  return { spec, dst, hops }
}

/** A type's name may stand before the prefix. */
function readDestination(word: string, words: Words, spec: Spec): Cidr {
  const type = word.length > 1 ? pick(word, TYPES) : undefined
  if (type && !/^\d/.test(word)) {
    spec.type = type
    return needPrefix(words.value())
  }
  // The tool reads an unknown word as a type it does not know, and then stumbles over the next one.
  if (!/^[0-9]|^(default|any|all)$/.test(word) && !words.done) return needPrefix(words.next())
  return needPrefix(word)
}

function hopAddress(words: Words): number {
  const word = words.value()
  return needAddress(word === 'inet' ? words.value() : word)
}

const metricOf = (word: string): number =>
  /^\d{1,10}$/.test(word) ? Number(word) : wrongArgument(word, '"metric" value is invalid')
const tosOf = (word: string): number =>
  /^(0x)?[0-9a-f]{1,2}$/i.test(word) ? Number.parseInt(word, 16) : wrongArgument(word, '"tos" value is invalid')

function mtuOf(words: Words): Pick<RouteRow, 'mtu' | 'mtuLock'> {
  const word = words.value()
  const value = word === 'lock' ? words.value() : word
  const mtu = /^\d{1,5}$/.test(value) ? Number(value) : wrongArgument(value, '"mtu" value is invalid')
  return { mtu, mtuLock: word === 'lock' }
}

const METRICS: ReadonlySet<string> = new Set(ROUTE_METRICS)
const isMetric = (word: string): word is RouteMetric => METRICS.has(word)

/** A number, or a time such as `300ms` or `1s`, which is kept in milliseconds. */
function metricValue(name: RouteMetric, words: Words): number {
  const word = words.value()
  const value = word === 'lock' ? words.value() : word
  const parsed = /^(\d{1,9})(ms|s)?$/.exec(value)
  if (!parsed) return wrongArgument(value, `"${name}" value is invalid`)
  return Number(parsed[1]) * (parsed[2] === 's' ? 1000 : 1)
}

function readHop(ip: IpContext, words: Words): NextHop {
  const hop = { via: 0, dev: 0, weight: 1, onlink: false }
  while (!words.done && words.peek() !== 'nexthop') {
    const word = words.next()
    if (word === 'via') hop.via = hopAddress(words)
    else if (word === 'dev') hop.dev = needDevice(ip, words.value()).id
    else if (word === 'weight') hop.weight = Math.max(1, metricOf(words.value()))
    else if (word === 'onlink') hop.onlink = true
    else stop(`Error: "nexthop" or end of line is expected instead of "${word}"\n`, 255)
  }
  return hop
}

type Verb = 'add' | 'change' | 'replace' | 'append' | 'prepend'
const PLACEMENT: Readonly<Record<Verb, Placement>> = {
  add: 'create',
  change: 'replace',
  replace: 'replace',
  append: 'append',
  prepend: 'prepend',
}

export function changeRoute(ip: IpContext, words: Words, how: Verb): Done {
  const { spec, dst, hops } = readRoute(ip, words)
  const { addr, len } = dst
  if ((addr & maskOf(len)) >>> 0 !== addr) return extack('Invalid prefix for given prefix length.')
  const { kernel } = ip.env
  const table =
    spec.table ?? (spec.type === 'local' || spec.type === 'broadcast' ? ROUTE_TABLE.local : ROUTE_TABLE.main)
  const same = (route: RouteRow): boolean =>
    route.table === table && route.dst === addr && route.len === len && route.metric === (spec.metric ?? 0)
  if (how === 'change' && !kernel.t.routeByNetns.at(ip.netns).rows().some(same)) return refused('ENOENT')
  const row = { ...spec, netns: ip.netns, dst: addr, len, table, ...(hops.length > 0 && { nexthops: hops }) }
  const result = addRoute(kernel, row, { place: PLACEMENT[how] })
  return result.ok ? done('') : explain(spec, result.error)
}

/** What the kernel says besides the number (net/ipv4/fib_semantics.c). */
function explain(spec: Spec, errno: 'EINVAL' | 'EEXIST' | 'ENODEV' | 'ENETDOWN' | 'ENETUNREACH' | (string & {})): Done {
  if (errno === 'ENETUNREACH') return extack('Nexthop has invalid gateway.')
  if (errno === 'ENETDOWN') {
    if (spec.via && !spec.onlink) return extack('Nexthop has invalid gateway.')
    return extack(spec.via ? 'Nexthop device is not up.' : 'Device for nexthop is not up.')
  }
  if (errno === 'EADDRNOTAVAIL') return extack('Invalid prefsrc address.')
  if (errno === 'EEXIST') return refused('EEXIST')
  if (errno === 'ENODEV') return refused('ENODEV')
  return refused('EINVAL')
}

export function deleteRouteBy(ip: IpContext, words: Words): Done {
  const { spec, dst } = readRoute(ip, words)
  const { kernel } = ip.env
  const { addr, len } = dst
  if ((addr & maskOf(len)) >>> 0 !== addr) return extack('Invalid prefix for given prefix length.')
  const fits = (route: RouteRow): boolean =>
    route.dst === addr &&
    route.len === len &&
    route.table === (spec.table ?? ROUTE_TABLE.main) &&
    matches(spec.dev, route.dev) &&
    matches(spec.via, route.via) &&
    matches(spec.metric, route.metric) &&
    matches(spec.proto, route.proto) &&
    matches(spec.src, route.src) &&
    matches(spec.type, route.type) &&
    matches(spec.scope, route.scope)
  const row = kernel.t.routeByNetns.at(ip.netns).rows().find(fits)
  if (!row) return refused('ESRCH')
  deleteRoute(kernel, row)
  return done('')
}

const matches = <T>(wanted: T | undefined, value: T): boolean => wanted === undefined || wanted === value
