import { formatIpv4 } from '../../base/ipv4.ts'
import type { AddressRow } from '../../kernel/tables.ts'

/** An address as `ip addr` shows it: `10.0.0.1/24`, `10.0.0.1 peer 10.0.0.2/32`. */
export const formatAddress = (row: AddressRow): string =>
  `${formatIpv4(row.addr)}${row.peer === row.addr ? '' : ` peer ${formatIpv4(row.peer)}`}/${row.len}`
