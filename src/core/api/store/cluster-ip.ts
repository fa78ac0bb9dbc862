import { type Cidr, contains, formatCidr, lastAddress, network } from '../../base/cidr.ts'
import { type Ipv4, formatIpv4, parseIpv4 } from '../../base/ipv4.ts'
import type { ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { ObjectStore } from './object-store.ts'

/** How many addresses a Service range can hand out, and how many of the lowest are left for explicit requests. */
export interface AddressRange {
  /** The first address that may be allocated: that of the `kubernetes` Service. */
  readonly first: Ipv4
  readonly size: number
  readonly staticBand: number
}

/** k8s pkg/registry/core/service/ipallocator: neither network nor broadcast address; band min(max(16, size/16), 256). */
export function addressRange(cidr: Cidr): AddressRange {
  const total = lastAddress(cidr) - network(cidr) + 1
  const staticBand = total <= 16 ? 0 : Math.min(Math.max(16, Math.floor(total / 16)), 256)
  return { first: network(cidr) + 1, size: Math.max(0, total - 2), staticBand }
}

/** An explicit request. The error is the allocator's own text. */
export function claimClusterIp(store: ObjectStore, text: string, ref: ObjectRef): Result<Ipv4, string> {
  const { serviceCIDR } = store.config
  const ip = parseIpv4(text)
  const outside =
    ip === null || !contains(serviceCIDR, ip) || ip === network(serviceCIDR) || ip === lastAddress(serviceCIDR)
  if (outside) {
    const range = formatCidr({ addr: network(serviceCIDR), len: serviceCIDR.len })
    return err(`the provided IP (${text}) is not in the valid range. The range of valid IPs is ${range}`)
  }
  if (store.tables.clusterIps.has(ip)) return err('provided IP is already allocated')
  store.world.put(store.tables.clusterIps, ip, { ref })
  return ok(ip)
}

/** A random free address: above the static band first, then inside it. `null` when the range is full. */
export function allocateClusterIp(store: ObjectStore, ref: ObjectRef): string | null {
  const { first, size, staticBand } = addressRange(store.config.serviceCIDR)
  // Offsets count from the network address, so offset 0 is never used and the band has one address less.
  const low = Math.max(0, staticBand - 1)
  const ip = freeIn(store, first + low, size - low) ?? freeIn(store, first, low)
  if (ip === null) return null
  store.world.put(store.tables.clusterIps, ip, { ref })
  return formatIpv4(ip)
}

/** A random start, then the next free one, around once. */
function freeIn(store: ObjectStore, from: Ipv4, count: number): Ipv4 | null {
  if (count <= 0) return null
  const start = store.world.randomBelow('clusterIP', count)
  for (let i = 0; i < count; i++) {
    const ip = from + ((start + i) % count)
    if (!store.tables.clusterIps.has(ip)) return ip
  }
  return null
}

export function releaseClusterIp(store: ObjectStore, text: string | undefined): void {
  const ip = text === undefined ? null : parseIpv4(text)
  if (ip !== null) store.world.delete(store.tables.clusterIps, ip)
}
