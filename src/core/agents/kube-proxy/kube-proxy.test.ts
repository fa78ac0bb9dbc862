import { describe, expect, it } from 'vitest'
import { formatIpv4, ipv4 } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import type { Endpoint, EndpointSlice, Event, Node, Service, ServiceSpec } from '../../api/kinds/types.ts'
import { sysctl } from '../../kernel/sysctl/sysctl.ts'
import type { IpPayload } from '../../wire/types.ts'
import { Daemons } from '../../testkit/daemons.ts'
import { NO_CONNECTIONS, httpEvent, httpListen, textResponse } from '../contracts/http-server.ts'
import type { Program } from '../contracts/program.ts'
import { kubeProxyProgram } from './kube-proxy.ts'

/** `get ADDRESS PORT PATH`: prints the answer to a request, as it comes over the wire. */
const get: Program<{ fd: number }> = {
  name: 'get',
  start(ctx) {
    const fd = ctx.socket('tcp')
    ctx.set({ fd })
    ctx.connect(fd, ipv4(ctx.argv[1]!), Number(ctx.argv[2]))
  },
  on(ctx, event) {
    if (event.type === 'connected')
      ctx.send(ctx.state.fd, `GET ${ctx.argv[3]} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    if (event.type === 'data') ctx.write(1, ctx.recv(ctx.state.fd))
    if (event.type === 'connect-failed') ctx.write(1, event.errno)
    if (event.type === 'eof' || event.type === 'connect-failed') ctx.exit(0)
  },
}

/** A web server that says where it runs. */
const web: Program<typeof NO_CONNECTIONS> = {
  name: 'web',
  start(ctx) {
    httpListen(ctx, 8080)
    ctx.set(NO_CONNECTIONS)
  },
  on(ctx, event) {
    ctx.set(httpEvent(ctx, ctx.state, event, () => textResponse(200, `web on ${ctx.hostname}`)))
  },
}

const CONFIG = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clusterCIDR: 10.244.0.0/16
iptables:
  minSyncPeriod: 1s
  syncPeriod: 30s
`
const CONFIG_PATH = '/var/lib/kube-proxy/config.conf'

class Proxies extends Daemons {
  constructor() {
    super((env) => [kubeProxyProgram(env), get, web])
  }

  proxy(host: string, config = CONFIG): number {
    this.files.write(host, CONFIG_PATH, config)
    return this.start(host, ['/usr/local/bin/kube-proxy', `--config=${CONFIG_PATH}`, `--hostname-override=${host}`])
  }

  service(name: string, spec: Partial<ServiceSpec> = {}): Service {
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: { clusterIP: '10.96.0.80', ports: [{ port: 80, targetPort: 8080 }], ...spec },
    }
    this.create(service)
    return this.api.peek<Service>(`Service/default/${name}`)!
  }

  /** The slice of a Service holds just these addresses; port 8080. */
  endpoints(name: string, addresses: readonly string[], protocol: 'TCP' | 'UDP' = 'TCP', nodeName = 'node2'): void {
    const endpoints: Endpoint[] = addresses.map((ip) => ({ addresses: [ip], conditions: { ready: true }, nodeName }))
    const slice: EndpointSlice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints,
      ports: [{ port: 8080, protocol }],
    }
    if (this.api.peek(`EndpointSlice/default/${name}-1`)) this.api.update(slice, 'endpointslice-controller')
    else this.create(slice)
  }

  /** The nat rules of one Service on node1. */
  natOf(service: string): string[] {
    return this.rules('node1', 'nat').filter((rule) => rule.includes(`default/${service}`))
  }

  fetch(host: string, address: string, port: number, path = '/'): string {
    const pid = this.start(host, ['get', address, String(port), path])
    this.run(5 * SEC)
    return this.log(pid)
  }

  send(host: string, dst: string, payload: IpPayload): void {
    const proto = payload.l === 'udp' ? 17 : 6
    const sent = this.kernel.send({ netns: this.ns(host), src: 0, dst: ipv4(dst), proto, payload, origin: 0 })
    if (!sent.ok) throw new Error(sent.error.errno)
    this.run(SEC / 100)
  }

  /** `destination:port -> who answers` of the UDP connections of node1. */
  udpFlows(): string[] {
    const rows = this.kernel.t.conntrackByNetns
      .at(this.ns('node1'))
      .rows()
      .filter((row) => row.orig.proto === 17)
    return rows.map(({ orig, reply }) => `${formatIpv4(orig.dst)}:${orig.dport} -> ${formatIpv4(reply.src)}`)
  }
}

function cluster(): Proxies {
  const s = new Proxies()
  s.node(1)
  s.node(2)
  return s
}

const datagram = (sport: number): IpPayload => ({ l: 'udp', sport, dport: 80, payload: { l: 'data', data: 'x' } })

describe('kube-proxy', () => {
  it('writes the fixed rules, the canaries and the sysctls when it starts', () => {
    const s = cluster()
    const pid = s.proxy('node1')
    s.run()
    expect(
      s
        .rules('node1', 'nat')
        .filter((rule) => / (PREROUTING|OUTPUT|POSTROUTING) /.test(rule))
        .map((rule) => rule.split(' -j ')[1]),
    ).toEqual(['KUBE-SERVICES', 'KUBE-SERVICES', 'KUBE-POSTROUTING'])
    const forward = s
      .rules('node1', 'filter')
      .filter((rule) => rule.startsWith('-A FORWARD'))
      .map((rule) => rule.split(' -j ')[1])
    expect(forward).toEqual(['KUBE-PROXY-FIREWALL', 'KUBE-FORWARD', 'KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES'])
    for (const table of ['mangle', 'nat', 'filter']) {
      const { chains } = s.kernel.t.netfilter.get(`${s.ns('node1')}/${table}`)!.table
      expect(chains.map((chain) => chain.name)).toContain('KUBE-PROXY-CANARY')
    }
    const value = (name: string): string | undefined => sysctl(s.kernel, s.ns('node1'), name)
    expect(value('net.netfilter.nf_conntrack_max')).toBe('262144')
    expect(value('net.netfilter.nf_conntrack_tcp_timeout_established')).toBe('86400')
    expect(value('net.netfilter.nf_conntrack_tcp_timeout_close_wait')).toBe('3600')
    expect(value('net.ipv4.conf.all.route_localnet')).toBe('1')
    expect(s.api.ofKind<Event>('Event').map((event) => `${event.involvedObject.name} ${event.reason}`)).toEqual([
      'node1 Starting',
    ])
    expect(s.messages(pid)).toContain('"Successfully retrieved NodeIPs" NodeIPs=["192.168.10.11"]')
  })

  it('leads a ClusterIP to its endpoint, from the node itself', () => {
    const s = cluster()
    s.start('node2', ['web'])
    s.proxy('node1')
    s.service('web')
    s.endpoints('web', ['192.168.10.12'])
    s.run()
    expect(s.fetch('node1', '10.96.0.80', 80)).toContain('web on node2')
    const flow = s.kernel.t.conntrackByNetns
      .at(s.ns('node1'))
      .rows()
      .find((row) => row.orig.dst === ipv4('10.96.0.80'))!
    expect([formatIpv4(flow.reply.src), flow.reply.sport]).toEqual(['192.168.10.12', 8080])
    const rules = s.kernel.t.netfilter.get(`${s.ns('node1')}/nat`)!.table.chains.flatMap((chain) => chain.rules)
    const dnat = rules.find((rule) => rule.target?.t === 'DNAT' && rule.text.includes('default/web'))!
    expect(dnat.subject).toEqual(['Service/default/web', 'EndpointSlice/default/web-1'])
    expect(s.world.causes.get(dnat.cause)).toMatchObject({ actor: 'kube-proxy@node1', verb: 'sync', ref: 'Node/node1' })
  })

  it('refuses what has no endpoints', () => {
    const s = cluster()
    s.proxy('node1')
    s.service('web')
    s.run()
    expect(s.fetch('node1', '10.96.0.80', 80)).toBe('ECONNREFUSED')
    expect(s.rules('node1', 'filter').filter((rule) => rule.includes('default/web has no endpoints')).length).toBe(1)
  })

  it('follows endpoints and Services, at most one sync a second', () => {
    const s = cluster()
    s.proxy('node1')
    s.service('web')
    s.endpoints('web', ['10.244.2.2'])
    s.run()
    expect(s.natOf('web').filter((rule) => rule.includes('--to-destination')).length).toBe(1)
    s.endpoints('web', ['10.244.2.2', '10.244.2.3'])
    s.run(SEC / 100)
    expect(s.natOf('web').some((rule) => rule.includes('--probability 0.50000000000'))).toBe(true)
    s.endpoints('web', ['10.244.2.3'])
    s.run(SEC / 2)
    expect(s.natOf('web').some((rule) => rule.includes('10.244.2.2'))).toBe(true)
    expect(s.sim.settled).toBe(false)
    s.run(SEC)
    expect(s.natOf('web').some((rule) => rule.includes('10.244.2.2'))).toBe(false)
    const chains = s.kernel.t.netfilter
      .get(`${s.ns('node1')}/nat`)!
      .table.chains.filter((chain) => /^KUBE-(SVC|SEP)-/.test(chain.name))
    expect(chains.filter((chain) => chain.rules.some((rule) => rule.text.includes('default/web'))).length).toBe(2)
    s.api.delete('Service/default/web', 'you')
    s.run()
    expect(s.natOf('web')).toEqual([])
  })

  it('keeps the rules of what did not change, with their history', () => {
    const s = cluster()
    s.proxy('node1')
    s.service('web')
    s.endpoints('web', ['10.244.2.2'])
    s.service('api', { clusterIP: '10.96.0.81' })
    s.endpoints('api', ['10.244.2.3'])
    s.run()
    const ruleOf = (name: string) =>
      s.kernel.t.netfilter
        .get(`${s.ns('node1')}/nat`)!
        .table.chains.flatMap((chain) => chain.rules)
        .find((rule) => rule.text.includes(`default/${name} ->`))
    const before = ruleOf('web')
    s.endpoints('api', ['10.244.2.3', '10.244.2.4'])
    s.run()
    expect(ruleOf('web')).toBe(before)
    const length = s.trace.length
    s.run(600 * SEC)
    expect(s.trace.length).toBe(length)
    expect(s.sim.settled).toBe(true)
  })

  it('does not react to what does not concern it', () => {
    const s = cluster()
    s.proxy('node1')
    s.service('web')
    s.run()
    s.service('headless', { clusterIP: 'None' })
    const other: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'other',
        namespace: 'default',
        labels: { 'service.kubernetes.io/service-proxy-name': 'cilium' },
      },
      spec: { clusterIP: '10.96.0.90', ports: [{ port: 80 }] },
    }
    s.create(other)
    s.api.patch('Service/default/web', { metadata: { annotations: { a: 'b' } } }, 'you')
    s.api.patch('Node/node2', { metadata: { labels: { 'topology.kubernetes.io/zone': 'b' } } }, 'you')
    const { length } = s.trace
    s.run()
    expect(s.trace.length).toBe(length)
    expect(s.natOf('other')).toEqual([])
  })

  it('writes everything anew when its node moves to another zone, or a table was flushed', () => {
    const s = cluster()
    s.proxy('node1')
    s.service('web')
    s.endpoints('web', ['10.244.2.2'])
    s.run()
    const nat = s.rules('node1', 'nat')
    s.iptables('node1', '-t nat -D PREROUTING 1')
    s.api.patch('Node/node1', { metadata: { labels: { 'topology.kubernetes.io/zone': 'a' } } }, 'you')
    s.run()
    expect(s.rules('node1', 'nat')).toEqual(nat)
    s.iptables('node1', '-t nat -F')
    s.run(60 * SEC)
    expect(s.rules('node1', 'nat')).toEqual([])
    s.iptables('node1', '-t nat -X')
    s.run(31 * SEC)
    expect(s.rules('node1', 'nat')).toEqual(nat)
  })

  it('recovers from a restore that fails', () => {
    const s = cluster()
    const pid = s.proxy('node1')
    s.service('web')
    s.endpoints('web', ['10.244.2.2'])
    s.run()
    const nat = s.rules('node1', 'nat')
    const chain = /-A (KUBE-SVC-\S+) /.exec(s.natOf('web').find((rule) => rule.includes('-A KUBE-SVC'))!)![1]!
    const jump = s.natOf('web').find((rule) => rule.startsWith('-A KUBE-SERVICES'))!
    s.iptables('node1', `-t nat ${jump.replace('-A', '-D')}`)
    s.iptables('node1', `-t nat -F ${chain}`)
    s.iptables('node1', `-t nat -X ${chain}`)
    s.service('api', { clusterIP: '10.96.0.81' })
    s.run()
    expect(s.log(pid)).toContain('"Failed to execute iptables-restore"')
    expect(s.log(pid)).toContain(`Chain '${chain}' does not exist`)
    s.run(31 * SEC)
    expect(s.rules('node1', 'nat')).toEqual(nat)
  })

  it('stops when it is killed, and catches up when it is back', () => {
    const s = cluster()
    const pid = s.proxy('node1')
    s.service('web')
    s.endpoints('web', ['10.244.2.2'])
    s.run()
    s.kill(pid, 'TERM')
    s.run()
    expect(s.exitOf(pid)).toBe(2)
    const nat = s.rules('node1', 'nat')
    s.endpoints('web', ['10.244.2.9'])
    s.run(60 * SEC)
    expect(s.rules('node1', 'nat')).toEqual(nat)
    expect(s.api.tables.watches.size).toBe(0)
    s.proxy('node1')
    s.run()
    expect(s.natOf('web').some((rule) => rule.includes('10.244.2.9'))).toBe(true)
    expect(s.natOf('web').some((rule) => rule.includes('10.244.2.2'))).toBe(false)
  })

  it('forgets the watch of a process that was killed', () => {
    const s = cluster()
    const pid = s.proxy('node1')
    s.run()
    s.kill(pid, 'KILL')
    expect(s.exitOf(pid)).toBe(137)
    expect(s.api.tables.watches.size).toBe(2)
    s.service('web')
    s.run()
    expect(s.api.tables.watches.size).toBe(0)
  })
})

describe('stale UDP connections', () => {
  const udp = { ports: [{ port: 80, targetPort: 8080, protocol: 'UDP' as const }] }

  it('go when their endpoint goes, and when a Service gets its first one', () => {
    const s = cluster()
    s.proxy('node1')
    s.service('dns', udp)
    s.endpoints('dns', ['192.168.10.12'], 'UDP')
    s.run()
    s.send('node1', '10.96.0.80', datagram(40001))
    expect(s.udpFlows()).toEqual(['10.96.0.80:80 -> 192.168.10.12'])
    s.endpoints('dns', ['192.168.10.10'], 'UDP')
    s.run()
    expect(s.udpFlows()).toEqual([])
    s.send('node1', '10.96.0.80', datagram(40001))
    expect(s.udpFlows()).toEqual(['10.96.0.80:80 -> 192.168.10.10'])
  })

  it('stay while nothing else is there to lead to', () => {
    const s = cluster()
    s.proxy('node1')
    s.service('dns', udp)
    s.endpoints('dns', ['192.168.10.12'], 'UDP')
    s.run()
    s.send('node1', '10.96.0.80', datagram(40001))
    s.endpoints('dns', [], 'UDP')
    s.run()
    expect(s.udpFlows()).toEqual(['10.96.0.80:80 -> 192.168.10.12'])
  })
})

describe('health', () => {
  it('answers on :10256, and on :10249 of the node alone', () => {
    const s = cluster()
    s.proxy('node1')
    s.run()
    const ok = s.fetch('node2', '192.168.10.11', 10256, '/healthz')
    expect(ok).toMatch(/^HTTP\/1.1 200 OK/)
    expect(ok).toMatch(
      /\{"lastUpdated": "2026-01-01 00:00:\d\d\.\d+ \+0000 UTC","currentTime": "[^"]+", "nodeEligible": true\}$/,
    )
    s.api.patch<Node>(
      'Node/node1',
      { spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] } },
      'you',
    )
    expect(s.fetch('node2', '192.168.10.11', 10256, '/healthz')).toMatch(/^HTTP\/1.1 503/)
    expect(s.fetch('node2', '192.168.10.11', 10256, '/livez')).toMatch(/^HTTP\/1.1 200/)
    expect(s.fetch('node2', '192.168.10.11', 10249, '/proxyMode')).toBe('ECONNREFUSED')
    expect(s.fetch('node1', '127.0.0.1', 10249, '/proxyMode')).toMatch(/\r\n\r\niptables$/)
  })

  it('tells load balancers by healthCheckNodePort where endpoints are', () => {
    const s = cluster()
    for (const host of ['node1', 'node2']) s.proxy(host)
    s.service('lb', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 })
    s.endpoints('lb', ['10.244.2.2', '10.244.2.3'])
    s.run()
    expect(s.fetch('node1', '192.168.10.12', 32000)).toMatch(/^HTTP\/1.1 200 OK.*"localEndpoints": 2,/s)
    expect(s.fetch('node2', '192.168.10.11', 32000)).toMatch(/^HTTP\/1.1 503.*"localEndpoints": 0,/s)
    s.endpoints('lb', [])
    s.run()
    expect(s.fetch('node1', '192.168.10.12', 32000)).toMatch(/^HTTP\/1.1 503/)
    s.api.delete('Service/default/lb', 'you')
    s.run()
    expect(s.fetch('node1', '192.168.10.12', 32000)).toBe('ECONNREFUSED')
  })
})

describe('kube-proxy ends', () => {
  const lastWords = (config: string | null): readonly [number | null, string] => {
    const s = cluster()
    const pid = config === null ? s.start('node1', ['kube-proxy', `--config=${CONFIG_PATH}`]) : s.proxy('node1', config)
    s.run()
    return [s.exitOf(pid), s.messages(pid).at(-1)!]
  }
  const HEAD = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n'

  it('over modes', () => {
    expect(lastWords(`${HEAD}mode: ipvs`)).toEqual([
      1,
      '"command failed" err="not modelled yet by Hopscope: mode ipvs"',
    ])
    const [code, text] = lastWords(`${HEAD}mode: ebpf`)
    expect(code).toBe(1)
    expect(text).toContain(
      'failed validate: KubeProxyConfiguration.ProxyMode: Invalid value: \\"ebpf\\": must be iptables, ipvs, nftables or blank',
    )
  })

  it('over its configuration file', () => {
    expect(lastWords(null)).toEqual([
      1,
      `"command failed" err="failed complete: open ${CONFIG_PATH}: no such file or directory"`,
    ])
    expect(lastWords(`${HEAD}\tmode: iptables`)).toEqual([
      1,
      '"command failed" err="failed complete: yaml: line 3: found character that cannot start any token"',
    ])
    expect(lastWords(`${HEAD}iptables:\n  syncPeriod: fast`)[1]).toContain('time: invalid duration')
    expect(lastWords(`${HEAD}clusterCIDR: 10.244.0.0`)[1]).toContain(
      'KubeProxyConfiguration.ClusterCIDR: Invalid value',
    )
  })
})
