import { type Cidr, contains, formatCidr, lastAddress, network, parseCidr } from '../../../base/cidr.ts'
import { type Ipv4, formatIpv4, parseIpv4 } from '../../../base/ipv4.ts'
import { type Result, err, ok } from '../../../base/result.ts'

/** One range of addresses, canonical: first and last usable, and the gateway, which is never given out. */
export interface Range {
  readonly subnet: Cidr
  readonly start: Ipv4
  readonly end: Ipv4
  readonly gateway: Ipv4
}

interface IpamConfig {
  readonly subnet?: unknown
  readonly rangeStart?: unknown
  readonly rangeEnd?: unknown
  readonly gateway?: unknown
  readonly ranges?: unknown
  readonly routes?: unknown
}

/** The range sets of an `ipam` object; the short form (`subnet` at the top) is a set of one (backend/allocator/config.go). */
export function readRanges(ipam: IpamConfig): Result<readonly (readonly Range[])[], string> {
  const sets: unknown[] = Array.isArray(ipam.ranges) ? [...ipam.ranges] : []
  if (ipam.subnet !== undefined) sets.unshift([ipam])
  if (sets.length === 0) return err('no IP ranges specified')
  const read: (readonly Range[])[] = []
  for (const [index, set] of sets.entries()) {
    if (!Array.isArray(set) || set.length === 0) return err(`invalid range set ${index}: empty range set`)
    const ranges: Range[] = []
    for (const entry of set) {
      const range = readRange(entry as IpamConfig)
      if (!range.ok) return err(`invalid range set ${index}: ${range.error}`)
      ranges.push(range.value)
    }
    read.push(ranges)
  }
  return ok(read)
}

/** Range.Canonicalize: the network's own address, its broadcast address and the gateway are not for use. */
function readRange(entry: IpamConfig): Result<Range, string> {
  const subnet = typeof entry.subnet === 'string' ? parseCidr(entry.subnet) : null
  if (!subnet) return err(`invalid CIDR address: ${String(entry.subnet)}`)
  if (subnet.len > 30) return err(`Network ${formatCidr(subnet)} too small to allocate from`)
  if (subnet.addr !== network(subnet)) {
    const right = formatCidr({ addr: network(subnet), len: subnet.len })
    return err(
      `Network has host bits set. For a subnet mask of length ${subnet.len} the network address is ${right.split('/')[0]}`,
    )
  }
  const address = (value: unknown, otherwise: Ipv4): Ipv4 | null =>
    value === undefined ? otherwise : typeof value === 'string' ? parseIpv4(value) : null
  const gateway = address(entry.gateway, subnet.addr + 1)
  const start = address(entry.rangeStart, subnet.addr + 1)
  const end = address(entry.rangeEnd, lastAddress(subnet) - 1)
  if (gateway === null) return err(`invalid gateway ${String(entry.gateway)}`)
  if (start === null || !contains(subnet, start))
    return err(`RangeStart ${String(entry.rangeStart)} not in network ${formatCidr(subnet)}`)
  if (end === null || !contains(subnet, end))
    return err(`RangeEnd ${String(entry.rangeEnd)} not in network ${formatCidr(subnet)}`)
  return ok({ subnet, start, end, gateway })
}

export const rangeSetText = (set: readonly Range[]): string =>
  set.map((range) => `${formatIpv4(range.start)}-${formatIpv4(range.end)}`).join(',')
