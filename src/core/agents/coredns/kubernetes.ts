/**
 * The `kubernetes` plugin: names of Services, endpoints and pods, out of API objects (coredns plugin/kubernetes; Kubernetes DNS
 * specification 1.1.0). Not modelled: IPv6, zonal and multicluster names, the delay between an object's change and the plugin's watch.
 */
import { type Ipv4, parseIpv4 } from '../../base/ipv4.ts'
import { EPOCH_MS, SEC, type SimTime } from '../../base/time.ts'
import { DNS_RCODE, DNS_TYPE } from '../../wire/constants.ts'
import type { DnsName, DnsRecord } from '../../wire/types.ts'
import type { Service } from '../../api/kinds/types.ts'
import type { ClusterReader } from '../contracts/cluster-reader.ts'
import type { KubernetesConfig } from './config.ts'
import { inZone, matchZone } from './corefile.ts'
import { clusterIps, endpointsOf, isHeadless, serviceOfSlice, sliceEndpoints } from './endpoints.ts'

export interface DnsAnswer {
  readonly rcode: number
  readonly aa: boolean
  readonly answers: readonly DnsRecord[]
  readonly authority: readonly DnsRecord[]
  readonly additional: readonly DnsRecord[]
  /** The alias at the end of `answers`, whose addresses are still to be looked up. */
  readonly alias?: DnsName | undefined
}

/** A target of a name: an address, with what SRV says about it, or an alias. */
interface Target {
  readonly addr: Ipv4
  readonly alias: string
  readonly port: number
  /** What SRV points to. */
  readonly target: DnsName
}

export interface KubernetesQuery {
  readonly config: KubernetesConfig
  readonly reader: ClusterReader
  readonly now: SimTime
  /** As asked, absolute. */
  readonly name: DnsName
  readonly type: number
}

/** The answer, or `null`: none of the plugin's business, or a miss in a zone that falls through. */
export function answerKubernetes(q: KubernetesQuery): DnsAnswer | null {
  const name = q.name.toLowerCase()
  const zone = matchZone(name, q.config.zones)
  if (zone === undefined) return null
  if (inZone(name, 'in-addr.arpa.') || inZone(name, 'ip6.arpa.')) return answerReverse(q, name, zone)
  const labels = name
    .slice(0, name.length - zone.length)
    .split('.')
    .filter((label) => label !== '')
  const found = find(q, zone, labels)
  if (found === 'missing') return throughOr(q, name, zone, DNS_RCODE.nxDomain)
  if (found === 'empty') return negative(q, zone, DNS_RCODE.noError)
  return records(q, zone, found)
}

function throughOr(q: KubernetesQuery, name: string, zone: string, rcode: number): DnsAnswer | null {
  return q.config.fallthrough?.some((through) => inZone(name, through)) ? null : negative(q, zone, rcode)
}

const positive = (answers: readonly DnsRecord[], additional: readonly DnsRecord[] = []): DnsAnswer => ({
  rcode: DNS_RCODE.noError,
  aa: true,
  answers,
  authority: [],
  additional,
})

const negative = (q: KubernetesQuery, zone: string, rcode: number): DnsAnswer => ({
  rcode,
  aa: true,
  answers: [],
  authority: [soa(zone, q.config.ttl, q.now)],
  additional: [],
})

export const soa = (zone: string, ttl: number, now: SimTime): Extract<DnsRecord, { type: 'SOA' }> => ({
  type: 'SOA',
  name: zone,
  class: 1,
  ttl,
  mname: `ns.dns.${zone}`,
  rname: `hostmaster.${zone}`,
  serial: Math.floor(EPOCH_MS / 1000) + Math.floor(now / SEC),
  refresh: 7200,
  retry: 1800,
  expire: 86400,
  minimum: ttl,
})

type Found = readonly Target[] | readonly DnsRecord[] | 'missing' | 'empty'

/** What stands behind the labels below the zone; `empty`: the name exists, but has no records of its own. */
function find(q: KubernetesQuery, zone: string, labels: readonly string[]): Found {
  const { name, config } = q
  if (labels.length === 0) return q.type === DNS_TYPE.SOA ? [{ ...soa(zone, config.ttl, q.now), name }] : 'empty'
  if (labels.join('.') === 'dns-version') {
    return q.type === DNS_TYPE.TXT ? [{ type: 'TXT', name, class: 1, ttl: 28800, texts: ['1.1.0'] }] : 'empty'
  }
  const kind = labels.at(-1)
  if (kind !== 'svc' && kind !== 'pod') return 'missing'
  const [namespace, service, ...rest] = labels.slice(0, -1).reverse()
  if (namespace === undefined) return 'empty'
  if (!q.reader.namespaces().some((row) => row.metadata.name === namespace)) return 'missing'
  if (service === undefined) return 'empty'
  if (kind === 'pod') return rest.length > 0 ? 'missing' : findPod(q, namespace, service)
  if (rest.length > 2) return 'missing'
  return findService(q, zone, namespace, service, rest.reverse())
}

/** `10-244-1-5`: exactly three dashes and no two in a row. */
function dashedIp(label: string): Ipv4 | null {
  return /^\d+-\d+-\d+-\d+$/.test(label) ? parseIpv4(label.replaceAll('-', '.')) : null
}

function findPod(q: KubernetesQuery, namespace: string, label: string): Found {
  const addr = q.config.pods === 'disabled' ? null : dashedIp(label)
  if (addr === null) return 'missing'
  const here = q.reader
    .pods()
    .some((pod) => pod.metadata.namespace === namespace && parseIpv4(pod.status?.podIP ?? '') === addr)
  if (q.config.pods === 'verified' && !here) return 'missing'
  return [{ addr, alias: '', port: 0, target: q.name }]
}

/** `rest`: `[endpoint]`, or `[_port, _protocol]`. */
function findService(
  q: KubernetesQuery,
  zone: string,
  namespace: string,
  name: string,
  rest: readonly string[],
): Found {
  const service = q.reader.services().find((row) => row.metadata.namespace === namespace && row.metadata.name === name)
  if (!service) return 'missing'
  const endpoint = rest.length === 1 ? rest[0]! : ''
  const [port, protocol] = rest.length === 2 ? rest.map((label) => label.replace(/^_/, '')) : ['', '']
  const fullName = `${name}.${namespace}.svc.${zone}`
  if (service.spec.type === 'ExternalName') {
    const alias = service.spec.externalName ?? ''
    return alias === ''
      ? 'missing'
      : [{ addr: 0, alias: alias.endsWith('.') ? alias : `${alias}.`, port: 0, target: fullName }]
  }
  const fits = (portName: string, proto: string): boolean => port === '' || (portName === port && proto === protocol)
  const list =
    endpoint !== '' || isHeadless(service)
      ? endpointsOf(q.reader, namespace, name, q.config.endpointPodNames)
          .filter((e) => (endpoint === '' || e.host.toLowerCase() === endpoint) && fits(e.portName, e.protocol))
          .map((e) => ({ addr: e.addr, alias: '', port: e.port, target: `${e.host}.${fullName}` }))
      : clusterTargets(q, service, fullName, fits)
  return list.length > 0 ? list : 'missing'
}

function clusterTargets(
  q: KubernetesQuery,
  service: Service,
  fullName: string,
  fits: (name: string, protocol: string) => boolean,
): readonly Target[] {
  const { namespace = '', name } = service.metadata
  if (q.config.ignoreEmptyService && endpointsOf(q.reader, namespace, name, false).length === 0) return []
  const ports = (service.spec.ports ?? []).filter((port) =>
    fits(port.name ?? '', (port.protocol ?? 'TCP').toLowerCase()),
  )
  return ports.flatMap((port) =>
    clusterIps(service).map((addr) => ({ addr, alias: '', port: port.port, target: fullName })),
  )
}

const isRecord = (item: Target | DnsRecord): item is DnsRecord => 'type' in item

/** Records of the asked type for what was found (coredns plugin/backend_lookup.go). */
function records(q: KubernetesQuery, zone: string, found: readonly (Target | DnsRecord)[]): DnsAnswer {
  const ready = found.filter(isRecord)
  if (ready.length > 0) return positive(ready)
  const targets = found.filter((item): item is Target => !isRecord(item))
  const head = { name: q.name, class: 1, ttl: q.config.ttl }
  const alias = targets.find((target) => target.alias !== '')?.alias
  if (alias !== undefined) {
    if (q.type !== DNS_TYPE.A && q.type !== DNS_TYPE.AAAA && q.type !== DNS_TYPE.CNAME)
      return negative(q, zone, DNS_RCODE.noError)
    const answer = positive([{ ...head, type: 'CNAME', target: alias }])
    return q.type === DNS_TYPE.CNAME ? answer : { ...answer, alias }
  }
  if (q.type === DNS_TYPE.A)
    return positive(unique(targets.map((t) => t.addr)).map((address) => ({ ...head, type: 'A', address })))
  if (q.type === DNS_TYPE.SRV) return serviceRecords(q, targets)
  return negative(q, zone, DNS_RCODE.noError)
}

function serviceRecords(q: KubernetesQuery, targets: readonly Target[]): DnsAnswer {
  const head = { class: 1, ttl: q.config.ttl }
  const pairs = targets.filter(
    (t, i) =>
      targets.findIndex((other) => other.port === t.port && other.target === t.target && other.addr === t.addr) === i,
  )
  const weight = Math.max(1, Math.floor(100 / pairs.length))
  const answers = pairs.map(({ port, target }): DnsRecord => ({
    ...head,
    type: 'SRV',
    name: q.name,
    priority: 0,
    weight,
    port,
    target,
  }))
  const glue = pairs
    .filter((t, i) => pairs.findIndex((other) => other.addr === t.addr && other.target === t.target) === i)
    .map(({ addr, target }): DnsRecord => ({ ...head, type: 'A', name: target, address: addr }))
  return positive(answers, glue)
}

const unique = (list: readonly Ipv4[]): Ipv4[] => [...new Set(list)]

/** PTR: ClusterIPs first, then endpoints; an address in several Services has several names (reverse.go). */
function answerReverse(q: KubernetesQuery, name: string, zone: string): DnsAnswer | null {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa\.$/.exec(name)
  const addr = match ? parseIpv4(match.slice(1, 5).reverse().join('.')) : null
  const targets = addr === null ? [] : reverseNames(q, addr)
  if (targets.length === 0) return throughOr(q, name, zone, DNS_RCODE.nxDomain)
  if (q.type !== DNS_TYPE.PTR) return negative(q, zone, DNS_RCODE.noError)
  return positive(targets.map((target) => ({ type: 'PTR', name: q.name, class: 1, ttl: q.config.ttl, target })))
}

function reverseNames(q: KubernetesQuery, addr: Ipv4): readonly DnsName[] {
  const zone = q.config.zones.find((candidate) => !candidate.endsWith('.arpa.')) ?? 'cluster.local.'
  for (const service of q.reader.services()) {
    if (!isHeadless(service) && clusterIps(service).includes(addr)) {
      return [`${service.metadata.name}.${service.metadata.namespace}.svc.${zone}`]
    }
  }
  const names = q.reader.endpointSlices().flatMap((slice) =>
    sliceEndpoints(slice, q.config.endpointPodNames)
      .filter((endpoint) => endpoint.addr === addr)
      .map((endpoint) => `${endpoint.host}.${serviceOfSlice(slice)}.${slice.metadata.namespace}.svc.${zone}`),
  )
  return [...new Set(names)]
}
