import { describe, expect, it } from 'vitest'
import { endpointText, prefixHolds } from './addresses.ts'
import { categorizeEndpoints, topologyMode } from './categorize.ts'
import { defaultProxyConfig, localDetector, nodePortIps, type ProxyConfig } from './config.ts'
import { type EndpointInfo, endpointsMap } from './endpoints.ts'
import { type ServicePortInfo, servicePorts } from './service-port.ts'

function endpoint(ip: string, extra: Partial<EndpointInfo> = {}): EndpointInfo {
  const states = { isLocal: false, ready: true, serving: true, terminating: false, zoneHints: [], nodeHints: [] }
  return { ip, port: 80, text: `${ip}:80`, subject: [], ...states, ...extra }
}

function port(spec: object): ServicePortInfo {
  const all = { clusterIP: '172.30.0.1', ports: [{ port: 80, nodePort: 30080 }], ...spec }
  return servicePorts(
    { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'a', name: 'b' }, spec: all },
    'IPv4',
  )[0]!
}

const CLUSTER = port({ type: 'NodePort' })
const EXTERNAL_LOCAL = port({ type: 'NodePort', externalTrafficPolicy: 'Local' })
const INTERNAL_LOCAL = port({ ports: [{ port: 80 }], internalTrafficPolicy: 'Local' })
const DYING = { ready: false, serving: true, terminating: true }
const NOT_SERVING = { ready: false, serving: false, terminating: true }
const HERE = { isLocal: true }

function sort(of: ServicePortInfo, endpoints: readonly EndpointInfo[], labels: { [key: string]: string } = {}) {
  const found = categorizeEndpoints(endpoints, of, 'node1', labels)
  const ips = (list: readonly EndpointInfo[]): string => list.map((e) => e.ip).join(' ')
  return [ips(found.cluster), ips(found.local), ips(found.reachable), found.hasAny]
}

describe('categorizeEndpoints', () => {
  it('traffic policy Cluster: ready ones; the serving and terminating ones only where none is ready', () => {
    expect(sort(CLUSTER, [endpoint('1'), endpoint('2', DYING), endpoint('3', HERE)])).toEqual(['1 3', '', '1 3', true])
    expect(sort(CLUSTER, [endpoint('2', DYING), endpoint('4', NOT_SERVING)])).toEqual(['2', '', '2', true])
    expect(sort(CLUSTER, [endpoint('4', NOT_SERVING)])).toEqual(['', '', '', false])
  })

  it('external policy Local: both lists; local ones may be terminating while others are ready elsewhere', () => {
    const endpoints = [endpoint('1'), endpoint('2', { ...HERE, ...DYING })]
    expect(sort(EXTERNAL_LOCAL, endpoints)).toEqual(['1', '2', '1 2', true])
    expect(sort(EXTERNAL_LOCAL, [...endpoints, endpoint('3', HERE)])).toEqual(['1 3', '3', '1 3', true])
    expect(sort(EXTERNAL_LOCAL, [endpoint('1')])).toEqual(['1', '', '1', true])
  })

  it('internal policy Local without an outside address: local ones alone', () => {
    expect(sort(INTERNAL_LOCAL, [endpoint('1'), endpoint('2', HERE)])).toEqual(['', '2', '2', true])
    expect(sort(INTERNAL_LOCAL, [endpoint('1')])).toEqual(['', '', '', true])
    expect(sort(INTERNAL_LOCAL, [endpoint('1', NOT_SERVING)])).toEqual(['', '', '', false])
  })

  it('topology hints: only if every ready endpoint has them and one is for this node or zone', () => {
    const zones = { 'topology.kubernetes.io/zone': 'z1' }
    const hinted = [endpoint('1', { zoneHints: ['z1'] }), endpoint('2', { zoneHints: ['z2'] })]
    expect(sort(CLUSTER, hinted, zones)).toEqual(['1', '', '1', true])
    expect(sort(CLUSTER, hinted)).toEqual(['1 2', '', '1 2', true])
    expect(sort(CLUSTER, [...hinted, endpoint('3')], zones)).toEqual(['1 2 3', '', '1 2 3', true])
    const byNode = hinted.map((e, i) => ({ ...e, nodeHints: [`node${i + 1}`] }))
    expect(sort(CLUSTER, byNode, zones)).toEqual(['1', '', '1', true])
    expect(topologyMode(byNode, 'node2', 'z1')).toBe('PreferSameNode')
    expect(topologyMode(byNode, 'node9', 'z1')).toBe('PreferSameZone')
    expect(topologyMode(byNode, 'node9', 'z9')).toBe(null)
  })
})

describe('what kube-proxy reads', () => {
  const slice = (name: string, nodeName: string, conditions?: object) =>
    ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace: 'a', name, labels: { 'kubernetes.io/service-name': 'b' } },
      addressType: 'IPv4',
      ports: [{ port: 80 }, { name: 'none' }],
      endpoints: [
        { addresses: ['10.0.0.1'], nodeName, conditions, targetRef: { kind: 'Pod', name: 'p', namespace: 'a' } },
      ],
    }) as const

  it('one endpoint from two slices, local if either says so', () => {
    const map = endpointsMap([slice('s1', 'node1'), slice('s2', 'node2')], 'IPv4', 'node2')
    const [only, ...more] = map.get('a/b/tcp') ?? []
    expect(more).toEqual([])
    expect(only).toMatchObject({ isLocal: true, ready: true, subject: ['EndpointSlice/a/s2', 'Pod/a/p'] })
    expect([...map.keys()]).toEqual(['a/b/tcp'])
  })

  it('conditions that are not given', () => {
    const read = (conditions?: object) => endpointsMap([slice('s', 'n', conditions)], 'IPv4', '').get('a/b/tcp')?.[0]
    expect(read()).toMatchObject({ ready: true, serving: true, terminating: false })
    expect(read({ ready: false })).toMatchObject({ ready: false, serving: false })
    expect(read({ ready: false, serving: true, terminating: true })).toMatchObject({ serving: true, terminating: true })
  })

  it('no ports of headless and ExternalName Services, one family at a time', () => {
    const of = (spec: object) =>
      servicePorts(
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'b' }, spec: { ports: [{ port: 1 }], ...spec } },
        'IPv6',
      )
    expect(of({ clusterIP: 'None' })).toEqual([])
    expect(of({ clusterIP: '10.0.0.1' })).toEqual([])
    expect(of({ type: 'ExternalName', clusterIP: 'fd00::1' })).toEqual([])
    expect(of({ clusterIPs: ['10.0.0.1', 'fd00::1'] })[0]?.clusterIp).toBe('fd00::1')
  })

  it('load balancer addresses that the node handles', () => {
    const spec = { clusterIP: '10.0.0.1', ports: [{ port: 1 }], sessionAffinity: 'ClientIP' } as const
    const ingress = [{ ip: '1.1.1.1' }, { ip: '2.2.2.2', ipMode: 'Proxy' }, { hostname: 'x' }] as const
    const status = { loadBalancer: { ingress } }
    const [read] = servicePorts({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'b' }, spec, status }, 'IPv4')
    expect(read).toMatchObject({ loadBalancerVips: ['1.1.1.1'], affinitySeconds: 10800, externallyAccessible: true })
  })
})

describe('configuration', () => {
  const config: ProxyConfig = {
    ...defaultProxyConfig('n', '192.168.0.2'),
    nodeIps: ['127.0.0.1', '192.168.0.2', '10.1.0.1'],
  }

  it('NodePort addresses', () => {
    const of = (nodePortAddresses: readonly string[] | null, localhostNodePorts = true) =>
      nodePortIps({ ...config, nodePortAddresses, localhostNodePorts })
    expect(of(null)).toBe('all')
    expect(of(['0.0.0.0/0'])).toBe('all')
    expect(of(['192.168.0.0/24', '127.0.0.0/8'])).toEqual(['127.0.0.1', '192.168.0.2'])
    expect(of(['192.168.0.0/24', '127.0.0.0/8'], false)).toEqual(['192.168.0.2'])
    expect(of(['primary'])).toEqual(['192.168.0.2'])
  })

  it('local detectors', () => {
    expect(localDetector({ mode: 'NodeCIDR', cidr: '10.244.1.0/24' })?.ifNotLocal).toBe('! -s 10.244.1.0/24')
    expect(localDetector({ mode: 'BridgeInterface', name: 'cni0' })?.ifLocal).toBe('-i cni0')
    expect(localDetector({ mode: 'InterfaceNamePrefix', prefix: 'veth' })?.ifNotLocal).toBe('! -i veth+')
    expect(localDetector({ mode: 'None' })).toBe(null)
  })

  it('addresses in text form', () => {
    expect(endpointText('fd00::1', 80)).toBe('[fd00::1]:80')
    expect(prefixHolds('2001:db8::/33', '2001:db8:7fff::1')).toBe(true)
    expect(prefixHolds('2001:db8::/33', '2001:db8:8000::1')).toBe(false)
    expect(prefixHolds('203.0.113.0/25', '203.0.113.130')).toBe(false)
    expect(prefixHolds('203.0.113.0/25', 'fd00::1')).toBe(false)
  })
})
