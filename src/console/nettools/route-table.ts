import { maskOf } from '../../core/base/cidr.ts'
import { formatIpv4 } from '../../core/base/ipv4.ts'
import type { RouteRow } from '../../core/kernel/tables.ts'
import { ROUTE_TABLE } from '../../core/kernel/route/row.ts'
import type { ConsoleEnv, ConsolePlace } from '../types.ts'

/** A line of /proc/net/route, which net-tools reads: the main table, of several next hops the first. */
export interface RouteLine {
  readonly destination: string
  readonly gateway: string
  readonly mask: string
  readonly flags: string
  readonly device: string
  readonly row: RouteRow
  /** Refused: `!` instead of most columns. */
  readonly refuses: boolean
}

/** fib_route_seq_show and INET_rprint_fib, in the order of destinations. */
export function routeLines({ kernel }: ConsoleEnv, { netns }: ConsolePlace): readonly RouteLine[] {
  return kernel.t.routeByNetns
    .at(netns)
    .rows()
    .filter((row) => row.table === ROUTE_TABLE.main && row.type !== 'broadcast')
    .toSorted((a, b) => a.dst - b.dst || b.len - a.len || a.metric - b.metric)
    .map((row) => {
      const refuses = row.type === 'unreachable' || row.type === 'prohibit'
      const device = kernel.t.link.get(row.dev)?.name ?? '*'
      const flags = `U${row.via === 0 ? '' : 'G'}${row.len === 32 ? 'H' : ''}`
      return {
        destination: formatIpv4(row.dst),
        gateway: refuses ? '-' : formatIpv4(row.via),
        mask: formatIpv4(maskOf(row.len)),
        flags: refuses ? `!${row.len === 32 ? 'H' : ''}` : flags,
        device: refuses ? '-' : device,
        row,
        refuses,
      }
    })
}

export const routeColumns = (line: RouteLine): string =>
  [line.destination, line.gateway, line.mask].map((cell) => cell.padEnd(15)).join(' ')
