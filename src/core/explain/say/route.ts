import { formatIpv4 } from '../../base/ipv4.ts'
import type { RouteRow } from '../../kernel/tables.ts'
import { fiveTuple } from '../../wire/flow.ts'
import type { Said, Told } from '../narrate.ts'
import { deviceName } from '../places.ts'
import { prefixText } from '../print/route.ts'

/** What the routing table answered. */
export function sayRoute({ env, record }: Told): Said {
  const { detail } = record
  if (detail?.d !== 'route') return null
  const { route } = detail
  const flow = record.frame && fiveTuple(record.frame)
  const dst = flow ? formatIpv4(flow.dst) : ''
  const params = {
    dst,
    prefix: prefixText(route),
    out: deviceName(env, route.dev),
    via: formatIpv4(route.via),
    type: route.type,
  }
  return [keyOf(route, record.point === 'route.output'), params]
}

function keyOf(route: RouteRow, output: boolean): string {
  switch (route.type) {
    case 'local':
      return output ? 'route-self' : 'route-local'
    case 'broadcast':
      return 'route-broadcast'
    case 'unicast':
      if (route.nexthops.length > 1) return 'route-multipath'
      return route.via === 0 ? 'route-link' : 'route-via'
    default:
      return 'route-refusing'
  }
}
