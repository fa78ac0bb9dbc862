import { maskOf } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { RouteRow } from '../tables.ts'
import { fibLookup } from './lookup.ts'

export const ROUTE_TABLE = { local: 255, main: 254, default: 253 } as const
/** rtnetlink.h RTPROT_* */
export const ROUTE_PROTO = {
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  zebra: 11,
  bird: 12,
  dhcp: 16,
  bgp: 186,
} as const

type RouteSpec = Pick<RouteRow, 'netns' | 'dst' | 'len'> & Partial<RouteRow>

/** A route with every field that was left out at its default: table main, unicast, boot, scope by kind. */
export function routeRow(spec: RouteSpec): RouteRow {
  const type = spec.type ?? 'unicast'
  const onLink = (spec.via ?? 0) === 0 && (spec.dev ?? 0) !== 0
  return {
    table: ROUTE_TABLE.main,
    tos: 0,
    metric: 0,
    type,
    scope: type === 'local' ? 'host' : type === 'unicast' && onLink ? 'link' : 'global',
    proto: ROUTE_PROTO.boot,
    dev: 0,
    via: 0,
    src: 0,
    onlink: false,
    mtu: 0,
    nexthops: [],
    ...spec,
  }
}

function routeKey(r: RouteRow): string {
  const prefix = `${r.netns}/${r.table}/${r.dst}/${r.len}/${r.tos}/${r.metric}`
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

/** `ip route add` (or `replace`): checks device and next hop as fib_check_nh does. */
export function addRoute(
  k: Kernel,
  spec: RouteSpec,
  options: { readonly replace?: boolean; readonly subject?: readonly ObjectRef[] } = {},
): Result<RouteRow, Errno> {
  if ((spec.dst & maskOf(spec.len)) >>> 0 !== spec.dst) return err('EINVAL')
  const reachable = resolveNextHop(k, spec)
  if (!reachable.ok) return reachable
  const row = routeRow({ ...spec, dev: reachable.value })
  if (!options.replace && k.t.route.has(routeKey(row))) return err('EEXIST')
  putRoute(k, row, options.subject)
  return ok(row)
}

/** The output device of a route: given, or found through the next hop, which must be on link (fib_check_nh). */
function resolveNextHop(k: Kernel, spec: RouteSpec): Result<number, Errno> {
  if (spec.type && spec.type !== 'unicast' && spec.type !== 'local' && spec.type !== 'broadcast') return ok(0)
  const dev = spec.dev ?? 0
  if (dev !== 0) {
    const link = k.t.link.get(dev)
    if (!link) return err('ENODEV')
    if (!link.up) return err('ENETDOWN')
    if (!spec.via || spec.onlink) return ok(dev)
  }
  if (!spec.via) return spec.nexthops?.length ? ok(spec.nexthops[0]!.dev) : err('ENODEV')
  const hop = fibLookup(k, spec.netns, spec.via)
  if (!hop || hop.route.type !== 'unicast' || hop.route.via !== 0) return err('ENETUNREACH')
  if (dev !== 0 && hop.route.dev !== dev) return err('ENETUNREACH')
  return ok(hop.route.dev)
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

/** fib_sync_down_dev: every route of any table that leaves through the device. */
export function deleteRoutesThrough(k: Kernel, dev: number): void {
  const link = k.t.link.get(dev)
  if (!link) return
  for (const row of [...k.t.routeByNetns.at(link.netns).rows()]) if (row.dev === dev) deleteRoute(k, row)
}
