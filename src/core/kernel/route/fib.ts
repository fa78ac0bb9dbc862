import { maskOf } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { NextHop, RouteRow } from '../tables.ts'
import { addressType, fibLookup } from './lookup.ts'
import { forgetLearned } from './pmtu.ts'
import { ROUTE_PROTO, ROUTE_TABLE, type RouteSpec, routeRow } from './row.ts'

function routeKey(r: RouteRow): string {
  const prefix = `${r.netns}/${r.table}/${r.dst}/${r.len}/${r.tos}/${r.metric}${r.order === 0 ? '' : `+${r.order}`}`
  // Connected routes of two devices on one subnet stand side by side (NLM_F_APPEND).
  return r.proto === ROUTE_PROTO.kernel ? `${prefix}/${r.dev}` : prefix
}

/** Writes a route as the kernel itself does, without asking whether its next hop can be reached. */
export function putRoute(k: Kernel, row: RouteRow, subject?: readonly ObjectRef[]): void {
  k.world.put(k.t.route, routeKey(row), row, subject)
}

export function deleteRoute(k: Kernel, row: RouteRow): boolean {
  const key = routeKey(row)
  if (!k.t.route.has(key)) return false
  k.world.delete(k.t.route, key)
  return true
}

/** Where a new route goes when one with its prefix, TOS and metric is there (NLM_F_*). */
export type Placement = 'create' | 'replace' | 'append' | 'prepend'

/** `ip route add` (or `replace` …): checks device, next hops and preferred source as fib_create_info does. */
export function addRoute(
  k: Kernel,
  spec: RouteSpec,
  options: { readonly place?: Placement; readonly subject?: readonly ObjectRef[] } = {},
): Result<RouteRow, Errno> {
  if ((spec.dst & maskOf(spec.len)) >>> 0 !== spec.dst) return err('EINVAL')
  const hops = resolveHops(k, spec)
  if (!hops.ok) return hops
  const [first] = hops.value
  const row = routeRow({
    ...spec,
    ...(first && { dev: first.dev, via: first.via }),
    nexthops: hops.value.length > 1 ? hops.value : [],
  })
  if (row.src !== 0 && addressType(k, row.netns, row.src) !== 'local') return err('EADDRNOTAVAIL')
  return place(k, row, options.place ?? 'create', options.subject)
}

function place(k: Kernel, row: RouteRow, how: Placement, subject?: readonly ObjectRef[]): Result<RouteRow, Errno> {
  const alike = siblings(k, row)
  const [first] = alike
  if (how === 'create' && first) return err('EEXIST')
  const order =
    how === 'replace' || !first ? (first?.order ?? 0) : how === 'append' ? alike.at(-1)!.order + 1 : first.order - 1
  const placed = { ...row, order }
  if (how === 'replace' && first) deleteRoute(k, first)
  putRoute(k, placed, subject)
  return ok(placed)
}

/** Routes alike in table, prefix, TOS and metric, in the order in which they are asked. */
const siblings = (k: Kernel, row: RouteRow): readonly RouteRow[] =>
  k.t.routeByNetns
    .at(row.netns)
    .rows()
    .filter((r) => r.table === row.table && r.dst === row.dst && r.len === row.len)
    .filter((r) => r.tos === row.tos && r.metric === row.metric)
    .sort((a, b) => a.order - b.order)

/** The next hops of a route with their devices; none for a route that refuses. */
function resolveHops(k: Kernel, spec: RouteSpec): Result<readonly NextHop[], Errno> {
  if (spec.type && spec.type !== 'unicast' && spec.type !== 'local' && spec.type !== 'broadcast') return ok([])
  const alone = { via: spec.via ?? 0, dev: spec.dev ?? 0, weight: 1, onlink: spec.onlink ?? false }
  const hops: NextHop[] = []
  for (const hop of spec.nexthops?.length ? spec.nexthops : [alone]) {
    const dev = resolveHop(k, spec.netns, hop)
    if (!dev.ok) return dev
    hops.push({ ...hop, dev: dev.value })
  }
  return ok(hops)
}

/** The output device of a next hop: given, or found through the gateway, which must be on link (fib_check_nh). */
function resolveHop(k: Kernel, netns: number, { via, dev, onlink }: NextHop): Result<number, Errno> {
  if (dev !== 0) {
    const link = k.t.link.get(dev)
    if (!link) return err('ENODEV')
    if (!link.up) return err('ENETDOWN')
    if (!via || onlink) return ok(dev)
  }
  if (!via) return err('ENODEV')
  const hop = fibLookup(k, netns, via, dev === 0 ? {} : { oif: dev })
  if (!hop || hop.route.type !== 'unicast' || hop.route.via !== 0) return err('ENETUNREACH')
  return ok(dev || hop.route.dev)
}

/** `ip route del`: the first route of the table with this prefix that fits what was given. ESRCH when there is none. */
export function removeRoute(
  k: Kernel,
  netns: number,
  what: { dst: Ipv4; len: number; table?: number; dev?: number; via?: Ipv4; metric?: number },
): Result<void, Errno> {
  const fits = (r: RouteRow): boolean =>
    r.dst === what.dst &&
    r.len === what.len &&
    r.table === (what.table ?? ROUTE_TABLE.main) &&
    (what.dev === undefined || r.dev === what.dev) &&
    (what.via === undefined || r.via === what.via) &&
    (what.metric === undefined || r.metric === what.metric)
  const row = k.t.routeByNetns.at(netns).rows().find(fits)
  if (!row) return err('ESRCH')
  deleteRoute(k, row)
  return ok(undefined)
}

/** fib_sync_down_dev: a device goes down. Routes that have no other way are gone, of the others this next hop is dead. */
export function deleteRoutesThrough(k: Kernel, dev: number): void {
  const link = k.t.link.get(dev)
  if (!link) return
  for (const row of [...k.t.routeByNetns.at(link.netns).rows()]) {
    if (row.nexthops.length < 2) {
      // What is on the machine itself can be reached without the device (nexthops of scope nowhere are spared).
      if (row.dev === dev && row.type !== 'local') deleteRoute(k, row)
      continue
    }
    const nexthops = row.nexthops.map((hop) => (hop.dev === dev ? { ...hop, dead: true } : hop))
    if (nexthops.every((hop) => hop.dead)) deleteRoute(k, row)
    else putRoute(k, { ...row, nexthops })
  }
  forgetLearned(k, link.netns, dev)
}

/** fib_sync_up: a device is up again, and next hops by it live. */
export function reviveRoutesThrough(k: Kernel, dev: number): void {
  const link = k.t.link.get(dev)
  if (!link) return
  for (const row of [...k.t.routeByNetns.at(link.netns).rows()]) {
    if (!row.nexthops.some((hop) => hop.dead && hop.dev === dev)) continue
    putRoute(k, { ...row, nexthops: row.nexthops.map((hop) => (hop.dev === dev ? { ...hop, dead: false } : hop)) })
  }
}
