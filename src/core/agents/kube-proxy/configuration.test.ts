import { describe, expect, it } from 'vitest'
import { MS, SEC } from '../../base/time.ts'
import { readConfiguration } from './configuration.ts'
import { parseGoDuration } from './duration.ts'
import { readYamlMap } from './yaml.ts'

const read = (argv: readonly string[], file: string | null = null) => {
  const done = readConfiguration({ argv: ['kube-proxy', ...argv], readFile: () => file })
  if (!done.ok) throw new Error(done.error)
  return done.value
}

describe('configuration', () => {
  it('reads a file as kubeadm writes it', () => {
    const file = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
bindAddressHardFail: false
clientConnection:
  acceptContentTypes: ""
  burst: 0
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf   # a comment
clusterCIDR: 10.244.0.0/16
configSyncPeriod: 0s
conntrack:
  maxPerCore: 1000
  min: null
  tcpCloseWaitTimeout: null
  tcpEstablishedTimeout: 2h30m
detectLocal:
  bridgeInterface: "cni0"
detectLocalMode: BridgeInterface
enableProfiling: false
featureGates: {}
healthzBindAddress: ""
iptables:
  localhostNodePorts: false
  masqueradeAll: true
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
kind: KubeProxyConfiguration
mode: ""
nodePortAddresses:
- 10.0.0.0/8
- primary
oomScoreAdj: null
`
    expect(read(['--config=x', '--hostname-override=node1'], file)).toMatchObject({
      mode: '',
      clusterCIDR: '10.244.0.0/16',
      detectLocalMode: 'BridgeInterface',
      bridgeInterface: 'cni0',
      healthzBindAddress: '0.0.0.0:10256',
      hostnameOverride: 'node1',
      masqueradeAll: true,
      masqueradeBit: 14,
      localhostNodePorts: false,
      minSyncPeriod: SEC,
      syncPeriod: 30 * SEC,
      nodePortAddresses: ['10.0.0.0/8', 'primary'],
      conntrack: { maxPerCore: 1000, min: 131072, tcpEstablishedTimeout: 9000 * SEC, tcpCloseWaitTimeout: 3600 * SEC },
    })
  })

  it('reads flags where there is no file', () => {
    expect(
      read([
        '--proxy-mode',
        'iptables',
        '--cluster-cidr=10.1.0.0/16',
        '--masquerade-all',
        '--nodeport-addresses=10.0.0.0/8',
      ]),
    ).toMatchObject({
      mode: 'iptables',
      clusterCIDR: '10.1.0.0/16',
      masqueradeAll: true,
      nodePortAddresses: ['10.0.0.0/8'],
    })
  })
})

describe('durations as Go writes them', () => {
  it('are sums of numbers with units', () => {
    expect(['0', '1s', '1h30m', '1.5s', '250ms', '24h0m0s'].map(parseGoDuration)).toEqual([
      0,
      SEC,
      5400 * SEC,
      1500 * MS,
      250 * MS,
      86_400 * SEC,
    ])
    expect(['', '10', 's', '1 s', '-1s', '1d'].map(parseGoDuration)).toEqual([null, null, null, null, null, null])
  })
})

describe('the YAML of configuration files', () => {
  const value = (text: string) => {
    const done = readYamlMap(text)
    return done.ok ? done.value : done.error
  }

  it('knows mappings, sequences and scalars', () => {
    expect(
      value(
        'a: 1\nb:\n  c: true\n  d: "x: y # z"\n  e: \'2\'\nf: [a, 1]\ng:\n- x\n-   y\nh: {}\ni: ~\nj: a b:c # d\nk: -1.5\n',
      ),
    ).toEqual({
      a: 1,
      b: { c: true, d: 'x: y # z', e: '2' },
      f: ['a', 1],
      g: ['x', 'y'],
      h: {},
      i: null,
      j: 'a b:c',
      k: -1.5,
    })
    expect(value('a:\nb:\n    c: 1\n')).toEqual({ a: null, b: { c: 1 } })
  })

  it('complains', () => {
    expect(value('a: 1\nb')).toBe("yaml: line 2: could not find expected ':'")
    expect(value('a: 1\n  b: 2')).toBe('yaml: line 2: mapping values are not allowed in this context')
    expect(value('a: 1\na: 2')).toBe('yaml: line 2: key "a" already set in map')
    expect(value('a: |\n  text')).toBe('yaml: line 1: "|" is not modelled')
    expect(value('just text')).toBe('json: cannot unmarshal into Go value')
  })
})
