import { formatIpv4 } from '../../base/ipv4.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { liveEntries } from '../../kernel/conntrack/conntrack.ts'
import type { EndpointSlice, Service } from '../../api/kinds/types.ts'
import { endpointsMap, endpointsOf } from './iptables/endpoints.ts'
import { servicePorts } from './iptables/service-port.ts'

const UDP = 17

/**
 * Deletes connection tracking entries of UDP that lead to endpoints that are no more, or that were made while a Service had none
 * (pkg/proxy/conntrack/cleanup.go). TCP flows are left alone: they end by themselves. Returns how many.
 */
export function deleteStaleEntries(k: Kernel, netns: number, services: readonly Service[], slices: readonly EndpointSlice[], node: string): number {
  const endpoints = endpointsMap(slices, 'IPv4', node)
  const byAddress = new Map<string, ReadonlySet<string>>()
  for (const port of services.flatMap((service) => servicePorts(service, 'IPv4'))) {
    if (port.protocol !== 'udp') continue
    const live = new Set(endpointsOf(endpoints, port.key).filter((e) => e.ready || e.serving).map((e) => e.text))
    if (live.size === 0) continue
    for (const ip of [port.clusterIp, ...port.externalIps, ...port.loadBalancerVips]) byAddress.set(`${ip}:${port.port}`, live)
    if (port.nodePort !== 0) byAddress.set(`:${port.nodePort}`, live)
  }
  if (byAddress.size === 0) return 0
  let deleted = 0
  for (const entry of liveEntries(k, netns)) {
    if (entry.orig.proto !== UDP) continue
    const live = byAddress.get(`${formatIpv4(entry.orig.dst)}:${entry.orig.dport}`) ?? byAddress.get(`:${entry.orig.dport}`)
    if (!live || live.has(`${formatIpv4(entry.reply.src)}:${entry.reply.sport}`)) continue
    k.world.delete(k.t.conntrack, entry.id)
    deleted++
  }
  return deleted
}
