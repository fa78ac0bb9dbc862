import { compareKeys } from '../../../base/order.ts'
import type { ObjectRef } from '../../../base/ref.ts'
import type { EndpointSlice, Service } from '../../../api/kinds/types.ts'
import { categorizeEndpoints } from './categorize.ts'
import { isServiceChainName } from './chain-names.ts'
import type { ProxyConfig } from './config.ts'
import { endpointsMap, endpointsOf, type EndpointsMap } from './endpoints.ts'
import { ensureJumps, type Jump, writeClosing, writeOpening } from './fixed-rules.ts'
import { chainLine, newOutput, NOBODY, type Output, type RestoreLine } from './output.ts'
import { servicePorts, type ServicePortInfo } from './service-port.ts'
import { writeService } from './service-rules.ts'

/** From this many endpoints on, comments are dropped and stale chains are deleted less often. */
export const LARGE_CLUSTER_ENDPOINTS = 1000

/** What one sync leaves for the next: enough to tell which service ports changed. Plain data. */
export interface SyncState {
  /** A fingerprint of each service port and its endpoints, by key. */
  readonly ports: { readonly [key: string]: string }
  /** The per-service chains in use, sorted. */
  readonly chains: readonly string[]
  readonly largeCluster: boolean
}

export interface SyncInput {
  readonly services: readonly Service[]
  readonly endpointSlices: readonly EndpointSlice[]
  readonly config: ProxyConfig
  /** The state of the last sync that went through. Absent: this is a full sync. */
  readonly previous?: SyncState
  /** The chains of the nat table, for finding stale ones. Absent: those of `previous`. */
  readonly natChains?: readonly string[]
  /** In a large cluster, stale chains are deleted once per syncPeriod only. Default true. */
  readonly cleanupDue?: boolean
}

/** What a healthCheckNodePort answers: 200 while there are local endpoints. */
export interface HealthCheck {
  readonly service: ObjectRef
  readonly port: number
  readonly localEndpoints: number
}

export interface SyncOutput {
  /** For `iptables-restore --noflush --counters`. */
  readonly lines: readonly RestoreLine[]
  /** To be ensured before the restore; empty in a partial sync. */
  readonly ensureJumps: readonly Jump[]
  readonly staleChains: readonly string[]
  readonly healthChecks: readonly HealthCheck[]
  readonly state: SyncState
  readonly stats: {
    readonly fullSync: boolean
    readonly services: number
    readonly endpoints: number
    /** Service ports whose chains are in `lines`. */
    readonly written: number
    readonly natRules: number
    readonly filterRules: number
  }
}

/**
 * What kube-proxy hands to iptables-restore for these objects (syncProxyRules of pkg/proxy/iptables/proxier.go), rule text
 * and order as the daemon writes them, except that Services come in key order where the daemon's is random.
 */
export function syncProxyRules(input: SyncInput): SyncOutput {
  const { config, previous } = input
  const endpoints = endpointsMap(input.endpointSlices, config.family, config.nodeName)
  const ports = input.services
    .flatMap((service) => servicePorts(service, config.family))
    .sort((a, b) => compareKeys(a.key, b.key))
  const total = ports.reduce((count, port) => count + endpointsOf(endpoints, port.key).length, 0)
  const largeCluster = total > LARGE_CLUSTER_ENDPOINTS
  // Without comments every chain reads differently: the switch itself takes a full write.
  const known = previous && previous.largeCluster === largeCluster ? previous.ports : null
  const out = newOutput()
  writeOpening(out, config)
  const fingerprints: { [key: string]: string } = {}
  let written = 0
  for (const port of ports) {
    const all = endpointsOf(endpoints, port.key)
    // Both are built field by field here, always in the same order.
    const fingerprint = JSON.stringify([port, all])
    fingerprints[port.key] = fingerprint
    const changed = known?.[port.key] !== fingerprint
    if (changed) written++
    const found = categorizeEndpoints(all, port, config.nodeName, config.nodeLabels)
    writeService(out, { config, port, found, largeCluster }, changed)
  }
  const staleChains = largeCluster && input.cleanupDue === false ? [] : stale(input, out)
  for (const chain of staleChains) {
    out.natChains.push(chainLine(chain))
    out.natRules.push({ text: `-X ${chain}`, subject: NOBODY })
  }
  writeClosing(out, config)
  return {
    lines: assemble(out),
    ensureJumps: previous ? [] : ensureJumps(config),
    staleChains,
    healthChecks: healthChecks(ports, endpoints),
    state: { ports: fingerprints, chains: [...out.activeChains].sort(compareKeys), largeCluster },
    stats: {
      fullSync: !previous,
      services: input.services.length,
      endpoints: total,
      written,
      natRules: out.natRules.length,
      filterRules: out.filterRules.length,
    },
  }
}

/** Chains of deleted Services and endpoints: they are declared, which empties them, and then deleted. */
function stale(input: SyncInput, out: Output): readonly string[] {
  const existing = input.natChains ?? input.previous?.chains ?? []
  return existing.filter((chain) => isServiceChainName(chain) && !out.activeChains.has(chain)).sort(compareKeys)
}

function assemble(out: Output): readonly RestoreLine[] {
  const plain = (text: string): RestoreLine => ({ text, subject: NOBODY })
  return [
    plain('*filter'),
    ...out.filterChains,
    ...out.filterRules,
    plain('COMMIT'),
    plain('*nat'),
    ...out.natChains,
    ...out.natRules,
    plain('COMMIT'),
  ]
}

function healthChecks(ports: readonly ServicePortInfo[], endpoints: EndpointsMap): readonly HealthCheck[] {
  const checks = new Map<string, HealthCheck>()
  for (const port of ports) {
    if (port.healthCheckNodePort === 0) continue
    const local = endpointsOf(endpoints, port.key).filter((endpoint) => endpoint.isLocal && endpoint.ready)
    const before = checks.get(port.ref)?.localEndpoints ?? 0
    // Endpoints are counted by address over all ports of the Service; ports share their pods.
    const count = Math.max(before, new Set(local.map((endpoint) => endpoint.ip)).size)
    checks.set(port.ref, { service: port.ref, port: port.healthCheckNodePort, localEndpoints: count })
  }
  return [...checks.values()].sort((a, b) => compareKeys(a.service, b.service))
}
