import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { neighState } from '../../kernel/neigh/state.ts'
import type { FdbRow, NeighRow } from '../../kernel/tables.ts'

const devText = (k: Kernel, dev: number): string => k.t.link.get(dev)?.name ?? `if${dev}`

/** A neighbour as `ip neigh` prints it, without the space at the line's end. */
export function neighText(k: Kernel, row: NeighRow): string {
  const state = neighState(row, k.now)
  const unknown = state === 'INCOMPLETE' || state === 'FAILED'
  return `${formatIpv4(row.ip)} dev ${devText(k, row.link)} ${unknown ? '' : `lladdr ${formatMac(row.mac)} `}${state}`
}

/** A forwarding entry as `bridge fdb` prints it, without the space at the line's end. */
export function fdbText(k: Kernel, row: FdbRow): string {
  const mac = formatMac(row.mac)
  const table = devText(k, row.table)
  if (row.dst !== 0 || row.port === 0) {
    const dst = row.dst === 0 ? '' : ` dst ${formatIpv4(row.dst)}`
    return `${mac} dev ${table}${dst} self${row.state === 'learned' ? '' : ` ${row.state}`}`
  }
  return `${mac} dev ${devText(k, row.port)} master ${table}${row.state === 'learned' ? '' : ` ${row.state}`}`
}
