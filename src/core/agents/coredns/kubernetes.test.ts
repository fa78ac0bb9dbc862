import { describe, expect, it } from 'vitest'
import { formatIpv4 } from '../../base/ipv4.ts'
import { DNS_TYPE } from '../../wire/constants.ts'
import type { EndpointSlice, Namespace, Pod, Service } from '../../api/kinds/types.ts'
import type { ClusterReader } from '../contracts/cluster-reader.ts'
import type { KubernetesConfig } from './config.ts'
import { type DnsAnswer, answerKubernetes } from './kubernetes.ts'

const service = (name: string, spec: Service['spec'], namespace = 'default'): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec,
})

const slice = (
  service: string,
  endpoints: EndpointSlice['endpoints'],
  ports: EndpointSlice['ports'],
): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${service}-x1`, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  endpoints,
  ports,
})

const POD: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: { containers: [] },
  status: { podIP: '10.244.1.5' },
}

const HTTP = [{ name: 'http', port: 80, protocol: 'TCP' as const }]

const reader: ClusterReader = {
  namespaces: () =>
    ['default', 'other'].map((name): Namespace => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  services: () => [
    service('web', {
      clusterIP: '10.96.0.20',
      ports: [
        { name: 'http', port: 80 },
        { name: 'tls', port: 443 },
      ],
    }),
    service('lone', { clusterIP: '10.96.0.21', ports: [{ port: 7 }] }),
    service('db', { clusterIP: 'None', ports: [{ name: 'http', port: 80 }] }),
    service('none', { clusterIP: 'None', ports: [{ port: 80 }] }),
    service('ext', { type: 'ExternalName', externalName: 'www.example.com' }),
    service('web', { clusterIP: '10.96.0.30', ports: [{ port: 80 }] }, 'other'),
  ],
  endpointSlices: () => [
    slice('web', [{ addresses: ['10.244.1.5'], conditions: { ready: true } }], HTTP),
    slice(
      'db',
      [
        { addresses: ['10.244.1.6'], hostname: 'db-0', conditions: { ready: true } },
        { addresses: ['10.244.2.7'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'db-1' } },
        { addresses: ['10.244.2.8'], hostname: 'db-2', conditions: { ready: false } },
      ],
      HTTP,
    ),
    slice('none', [{ addresses: ['10.244.2.9'], conditions: { ready: false } }], [{ port: 80 }]),
  ],
  pods: () => [POD],
}

const CONFIG: KubernetesConfig = {
  zones: ['cluster.local.', 'in-addr.arpa.', 'ip6.arpa.'],
  pods: 'insecure',
  ttl: 30,
  fallthrough: ['in-addr.arpa.', 'ip6.arpa.'],
  endpointPodNames: false,
  ignoreEmptyService: false,
}

const ask = (name: string, type: keyof typeof DNS_TYPE, config: Partial<KubernetesConfig> = {}): DnsAnswer | null =>
  answerKubernetes({ config: { ...CONFIG, ...config }, reader, now: 0, name, type: DNS_TYPE[type] })

/** An answer in short: its records, or the kind of its absence. */
function short(answer: DnsAnswer | null): string {
  if (!answer) return 'next'
  if (answer.rcode === 3) return 'NXDOMAIN'
  if (answer.answers.length === 0) return 'NODATA'
  return answer.answers
    .map((record) => {
      if (record.type === 'A') return formatIpv4(record.address)
      if (record.type === 'SRV') return `${record.priority} ${record.weight} ${record.port} ${record.target}`
      if (record.type === 'TXT') return record.texts.join(' ')
      return 'target' in record ? `${record.type} ${record.target}` : record.type
    })
    .join(', ')
}

const ZONE = 'svc.cluster.local.'

describe('the kubernetes plugin', () => {
  it.each([
    ['dns-version.cluster.local.', 'TXT', '1.1.0'],
    [`web.default.${ZONE}`, 'A', '10.96.0.20'],
    [`WEB.Default.${ZONE}`, 'A', '10.96.0.20'],
    [`web.other.${ZONE}`, 'A', '10.96.0.30'],
    [`web.default.${ZONE}`, 'AAAA', 'NODATA'],
    [`nosuch.default.${ZONE}`, 'A', 'NXDOMAIN'],
    [`web.nosuch.${ZONE}`, 'A', 'NXDOMAIN'],
    [`default.${ZONE}`, 'A', 'NODATA'],
    [`nosuch.${ZONE}`, 'A', 'NXDOMAIN'],
    [ZONE, 'A', 'NODATA'],
    ['pod.cluster.local.', 'A', 'NODATA'],
    ['cluster.local.', 'A', 'NODATA'],
    ['cluster.local.', 'SOA', 'SOA'],
    ['web.default.cluster.local.', 'A', 'NXDOMAIN'],
    // A Service without endpoints answers its ClusterIP; a headless one without ready endpoints does not exist.
    [`lone.default.${ZONE}`, 'A', '10.96.0.21'],
    [`none.default.${ZONE}`, 'A', 'NXDOMAIN'],
    [`db.default.${ZONE}`, 'A', '10.244.1.6, 10.244.2.7'],
    [`db-0.db.default.${ZONE}`, 'A', '10.244.1.6'],
    [`10-244-2-7.db.default.${ZONE}`, 'A', '10.244.2.7'],
    [`db-2.db.default.${ZONE}`, 'A', 'NXDOMAIN'],
    [`10-244-1-5.web.default.${ZONE}`, 'A', '10.244.1.5'],
    [`_http._tcp.web.default.${ZONE}`, 'SRV', `0 100 80 web.default.${ZONE}`],
    [`_http._udp.web.default.${ZONE}`, 'SRV', 'NXDOMAIN'],
    [`_nosuch._tcp.web.default.${ZONE}`, 'SRV', 'NXDOMAIN'],
    [`_http._tcp.db.default.${ZONE}`, 'SRV', `0 50 80 db-0.db.default.${ZONE}, 0 50 80 10-244-2-7.db.default.${ZONE}`],
    [`ext.default.${ZONE}`, 'A', 'CNAME www.example.com.'],
    [`ext.default.${ZONE}`, 'CNAME', 'CNAME www.example.com.'],
    ['20.0.96.10.in-addr.arpa.', 'PTR', `PTR web.default.${ZONE}`],
    ['6.1.244.10.in-addr.arpa.', 'PTR', `PTR db-0.db.default.${ZONE}`],
    ['7.2.244.10.in-addr.arpa.', 'PTR', `PTR 10-244-2-7.db.default.${ZONE}`],
    ['9.9.9.9.in-addr.arpa.', 'PTR', 'next'],
    ['10-244-1-5.default.pod.cluster.local.', 'A', '10.244.1.5'],
    ['10-244-9-9.default.pod.cluster.local.', 'A', '10.244.9.9'],
    ['10-244-1-5.nosuch.pod.cluster.local.', 'A', 'NXDOMAIN'],
    ['10-244-1.default.pod.cluster.local.', 'A', 'NXDOMAIN'],
    ['www.example.com.', 'A', 'next'],
  ] as const)('%s %s → %s', (name, type, expected) => {
    expect(short(ask(name, type))).toBe(expected)
  })

  it('pods verified asks for a pod with that address, disabled knows none', () => {
    expect(short(ask('10-244-1-5.default.pod.cluster.local.', 'A', { pods: 'verified' }))).toBe('10.244.1.5')
    expect(short(ask('10-244-1-5.other.pod.cluster.local.', 'A', { pods: 'verified' }))).toBe('NXDOMAIN')
    expect(short(ask('10-244-1-5.default.pod.cluster.local.', 'A', { pods: 'disabled' }))).toBe('NXDOMAIN')
  })

  it('endpoint_pod_names names endpoints after their pods', () => {
    expect(short(ask(`db-1.db.default.${ZONE}`, 'A', { endpointPodNames: true }))).toBe('10.244.2.7')
  })

  it('denies with the authority of the zone, and is authoritative', () => {
    const answer = ask(`nosuch.default.${ZONE}`, 'A')!
    expect(answer.aa).toBe(true)
    expect(answer.authority[0]).toMatchObject({
      type: 'SOA',
      name: 'cluster.local.',
      mname: 'ns.dns.cluster.local.',
      rname: 'hostmaster.cluster.local.',
      refresh: 7200,
      retry: 1800,
      expire: 86400,
      minimum: 30,
    })
  })

  it('adds the addresses of SRV targets', () => {
    expect(ask(`_http._tcp.db.default.${ZONE}`, 'SRV')!.additional).toHaveLength(2)
  })
})
