import { describe, expect, it } from 'vitest'
import { ipv4 } from '../base/ipv4.ts'
import { SEC } from '../base/time.ts'
import type { Namespace, Service } from '../api/kinds/types.ts'
import type { ClusterReader } from '../agents/contracts/cluster-reader.ts'
import { signalProcess } from '../kernel/process/lifecycle.ts'
import { type FakeLan, fakeLan } from './fake-lan.ts'
import { Machines } from './machines.ts'

const CLIENT = ipv4('10.0.0.1')
const DNS = ipv4('10.0.0.10')
const UPSTREAM = ipv4('10.0.0.53')

const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }
const service = (name: string, spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec,
})

/** A cluster whose one address can change under the DNS server's feet. */
function cluster(): ClusterReader & { ip: string } {
  const state = { ip: '10.96.0.20' }
  return Object.assign(state, {
    namespaces: () => [namespace],
    services: () => [
      service('web', { clusterIP: state.ip, ports: [{ port: 80 }] }),
      service('ext', { type: 'ExternalName', externalName: 'www.example.com' }),
      service('alias', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
      service('many', {
        clusterIP: '10.96.1.1',
        clusterIPs: ['10.96.1.1', '10.96.1.2', '10.96.1.3'],
        ports: [{ port: 80 }],
      }),
    ],
    endpointSlices: () => [],
    pods: () => [],
  })
}

const corefile = (...lines: string[]): string => `.:53 {\n${lines.map((line) => `    ${line}\n`).join('')}}\n`
const KUBERNETES = 'kubernetes cluster.local {\n ttl 30\n }'
const UP = 'hosts {\n 192.0.2.80 www.example.com\n }'

interface Site extends FakeLan {
  readonly machines: Machines
  readonly reader: ClusterReader & { ip: string }
  readonly pid: number
}

function site(text: string, upstream = corefile(UP)): Site {
  const lan = fakeLan([CLIENT, DNS, UPSTREAM])
  const reader = cluster()
  const machines = new Machines(lan.kernel, lan.stack, reader)
  machines.serve(3, ['coredns', '-conf', '/Corefile'], { '/Corefile': upstream })
  const pid = machines.serve(2, ['coredns', '-conf', '/Corefile'], {
    '/Corefile': text,
    '/etc/resolv.conf': 'nameserver 10.0.0.53\n',
  })
  machines.resolver(1, DNS)
  return Object.assign(lan, { machines, reader, pid })
}

const dig = (s: Site, words: string): string => s.machines.run(1, `dig ${words}`).stdout
const short = (s: Site, name: string): string => dig(s, `+short ${name}`)
const log = (s: Site): string =>
  s.machines.layer.t.outputByRoot
    .at(s.pid)
    .rows()
    .map((row) => row.text)
    .join('')
const WEB = 'web.default.svc.cluster.local'

describe('CoreDNS', () => {
  it('forwards what is not the cluster’s, and answers aliases whole', () => {
    const s = site(corefile(KUBERNETES, 'forward . /etc/resolv.conf'))
    expect(short(s, 'www.example.com')).toBe('192.0.2.80\n')
    expect(short(s, 'ext.default.svc.cluster.local')).toBe('www.example.com.\n192.0.2.80\n')
    expect(short(s, 'alias.default.svc.cluster.local')).toBe(`${WEB}.\n10.96.0.20\n`)
    expect(dig(s, 'nosuch.example.com')).toContain('status: NXDOMAIN')
    expect(dig(s, 'www.example.com')).toContain(';; flags: qr aa rd ra;')
  })

  it('caches, counting the TTL down, unless the zone is excepted', () => {
    const s = site(corefile(KUBERNETES, 'cache 30'))
    expect(short(s, WEB)).toBe('10.96.0.20\n')
    s.reader.ip = '10.96.0.99'
    s.sim.runUntil(s.sim.now + 10 * SEC)
    expect(dig(s, `+noall +answer ${WEB}`)).toBe(`${WEB}. 20 IN\tA\t10.96.0.20\n`)
    s.sim.runUntil(s.sim.now + 20 * SEC)
    expect(short(s, WEB)).toBe('10.96.0.99\n')

    const t = site(
      corefile(KUBERNETES, 'cache 30 {\n disable success cluster.local\n disable denial cluster.local\n }'),
    )
    expect(short(t, WEB)).toBe('10.96.0.20\n')
    t.reader.ip = '10.96.0.99'
    expect(short(t, WEB)).toBe('10.96.0.99\n')
  })

  it('loadbalance gives addresses in changing order', () => {
    const s = site(corefile(KUBERNETES, 'loadbalance'))
    const orders = new Set(Array.from({ length: 12 }, () => short(s, 'many.default.svc.cluster.local')))
    expect(orders.size).toBeGreaterThan(1)
    for (const order of orders) expect(order.trim().split('\n').sort()).toEqual(['10.96.1.1', '10.96.1.2', '10.96.1.3'])
  })

  it('says SERVFAIL, and why in its log, when no upstream answers', () => {
    const s = site(corefile('errors', 'log', 'forward . /etc/resolv.conf'))
    s.filter = (ip) => ip.dst !== UPSTREAM
    expect(dig(s, '+timeout=10 www.example.com')).toContain('status: SERVFAIL')
    expect(log(s)).toMatch(
      /\[ERROR\] plugin\/errors: 2 www\.example\.com\. A: read udp 10\.0\.0\.10:\d+->10\.0\.0\.53:53: i\/o timeout\n/,
    )
    expect(log(s)).toMatch(
      /\[INFO\] 10\.0\.0\.1:\d+ - \d+ "A IN www\.example\.com\. udp 56 false 1232" SERVFAIL qr,rd 44 \d\.\d{9}s\n/,
    )
  })

  it('ends when it forwards to itself', () => {
    const lan = fakeLan([CLIENT, DNS, UPSTREAM])
    const machines = new Machines(lan.kernel, lan.stack, cluster())
    const pid = machines.serve(2, ['coredns', '-conf', '/Corefile'], {
      '/Corefile': corefile('loop', 'forward . 10.0.0.10'),
    })
    lan.sim.runUntil(SEC)
    expect(machines.layer.t.process.get(pid)?.exit?.code).toBe(1)
    const text = machines.layer.t.outputByRoot
      .at(pid)
      .rows()
      .map((row) => row.text)
      .join('')
    expect(text).toMatch(/\[FATAL\] plugin\/loop: Loop .* detected for zone "\."/)
  })

  it('does not end when the loop probe gets lost or is answered', () => {
    const s = site(corefile('loop', 'forward . /etc/resolv.conf'))
    s.sim.runUntil(s.sim.now + 60 * SEC)
    expect(short(s, 'www.example.com')).toBe('192.0.2.80\n')
  })

  it('refuses a Corefile that it cannot read', () => {
    const s = site(corefile('nonsense'))
    expect(s.machines.layer.t.process.get(s.pid)?.exit?.code).toBe(1)
    expect(log(s)).toBe("/Corefile:2 - Error during parsing: Unknown directive 'nonsense'\n")
  })

  it('reloads a changed Corefile within 45 s', () => {
    const s = site(corefile(KUBERNETES, 'reload'))
    s.machines.layer.files.write(
      'daemon2-coredns',
      '/Corefile',
      corefile('hosts {\n 192.0.2.1 new.example.com\n }', 'reload'),
    )
    s.sim.runUntil(s.sim.now + 46 * SEC)
    expect(log(s)).toContain('[INFO] Reloading complete\n')
    expect(short(s, 'new.example.com')).toBe('192.0.2.1\n')
  })

  it('health, readiness, metrics; and a lame duck before the end', () => {
    const s = site(corefile('health {\n lameduck 5s\n }', 'ready', 'prometheus :9153', KUBERNETES))
    const status = (url: string): string =>
      s.machines.run(1, `curl -s -o /dev/null -w '%{http_code}' http://10.0.0.10:${url}`).stdout
    expect([status('8080/health'), status('8181/ready'), status('9153/metrics'), status('8080/ready')]).toEqual([
      '200',
      '200',
      '200',
      '404',
    ])
    signalProcess(s.machines.layer, s.pid, 'TERM')
    s.sim.runUntil(s.sim.now + 3 * SEC)
    expect(short(s, WEB)).toBe('10.96.0.20\n')
    s.sim.runUntil(s.sim.now + 3 * SEC)
    expect(s.machines.layer.t.process.get(s.pid)?.exit?.code).toBe(0)
  })
})
