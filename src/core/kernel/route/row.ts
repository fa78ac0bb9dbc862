import type { RouteRow } from '../tables.ts'

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

export type RouteSpec = Pick<RouteRow, 'netns' | 'dst' | 'len'> & Partial<RouteRow>

/** A route with every field that was left out at its default: table main, unicast, boot, scope by kind. */
export function routeRow(spec: RouteSpec): RouteRow {
  const type = spec.type ?? 'unicast'
  const onLink = type === 'broadcast' || ((spec.via ?? 0) === 0 && (spec.dev ?? 0) !== 0)
  return {
    table: ROUTE_TABLE.main,
    tos: 0,
    metric: 0,
    type,
    scope: type === 'local' ? 'host' : (type === 'unicast' || type === 'broadcast') && onLink ? 'link' : 'global',
    proto: ROUTE_PROTO.boot,
    dev: 0,
    via: 0,
    src: 0,
    onlink: false,
    mtu: 0,
    mtuLock: false,
    metrics: {},
    order: 0,
    nexthops: [],
    ...spec,
  }
}
