import { formatIpv4, parseIpv4 } from '../../base/ipv4.ts'
import type { ObjectRef } from '../../base/ref.ts'
import type { EndpointSlice, Service } from '../../api/kinds/types.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { ConntrackRow } from '../../kernel/tables.ts'
import { IP_PROTO } from '../../wire/constants.ts'
import { type Deed, recordDeed } from '../contracts/agent-trace.ts'
import { endpointsMap, endpointsOf } from './iptables/endpoints.ts'
import { type ServicePortInfo, servicePorts } from './iptables/service-port.ts'

interface Frontends {
  /** `address/port` of ClusterIPs, external IPs and load balancers; NodePorts by number alone. */
  readonly addresses: ReadonlyMap<string, Backends>
  readonly nodePorts: ReadonlyMap<number, Backends>
}
interface Backends {
  readonly service: ObjectRef
  readonly ips: ReadonlySet<number>
}

/**
 * Deletes UDP connections to a Service that do not lead to one of its serving endpoints (CleanStaleEntries of pkg/proxy/conntrack/
 * cleanup.go): those to endpoints that have gone, and those that began before there was any. A Service without endpoints is left
 * alone, and so is TCP.
 */
export function cleanStaleConntrack(
  k: Kernel,
  deed: Deed,
  services: readonly Service[],
  slices: readonly EndpointSlice[],
): void {
  const flows = k.t.conntrackByNetns
    .at(deed.netns)
    .rows()
    .filter((row) => row.orig.proto === IP_PROTO.udp && row.confirmed)
  if (flows.length === 0) return
  const frontends = udpFrontends(services, slices)
  for (const flow of flows) {
    const stale = staleFor(flow, frontends)
    if (stale === null) continue
    const { dst, dport } = flow.orig
    const text = `conntrack -D -p udp --orig-dst ${formatIpv4(dst)} --orig-port-dst ${dport} --reply-src ${formatIpv4(flow.reply.src)}`
    recordDeed(k, { ...deed, ref: stale, verdict: 'delete' }, text)
    k.world.delete(k.t.conntrack, flow.id)
  }
}

function staleFor({ orig, reply }: ConntrackRow, { addresses, nodePorts }: Frontends): ObjectRef | null {
  for (const backends of [addresses.get(`${orig.dst}/${orig.dport}`), nodePorts.get(orig.dport)]) {
    if (backends && !backends.ips.has(reply.src)) return backends.service
  }
  return null
}

function udpFrontends(services: readonly Service[], slices: readonly EndpointSlice[]): Frontends {
  const endpoints = endpointsMap(slices, 'IPv4', '')
  const addresses = new Map<string, Backends>()
  const nodePorts = new Map<number, Backends>()
  for (const port of services.flatMap((service) => servicePorts(service, 'IPv4'))) {
    if (port.protocol !== 'udp') continue
    const serving = endpointsOf(endpoints, port.key).filter((endpoint) => endpoint.serving)
    if (serving.length === 0) continue
    const backends: Backends = {
      service: port.ref,
      ips: new Set(serving.map((endpoint) => parseIpv4(endpoint.ip) ?? 0)),
    }
    for (const ip of frontendIps(port)) addresses.set(`${parseIpv4(ip) ?? 0}/${port.port}`, backends)
    if (port.nodePort !== 0) nodePorts.set(port.nodePort, backends)
  }
  return { addresses, nodePorts }
}

const frontendIps = (port: ServicePortInfo): readonly string[] => [
  port.clusterIp,
  ...port.externalIps,
  ...port.loadBalancerVips,
]
