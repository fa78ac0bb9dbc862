import { describe, expect, it } from 'vitest'
import { formatIpv4, ipv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { compareKeys } from '../../base/order.ts'
import { SEC } from '../../base/time.ts'
import type { Node } from '../../api/kinds/types.ts'
import { addressesOf } from '../../kernel/link/address.ts'
import { addLink, deleteLink, setLink } from '../../kernel/link/link.ts'
import { removeRoute } from '../../kernel/route/fib.ts'
import { Daemons } from '../../testkit/daemons.ts'
import { flanneld } from './flannel.ts'

const netConf = (backend: object): string =>
  JSON.stringify({ Network: '10.244.0.0/16', EnableNFTables: false, Backend: backend })

class Flannels extends Daemons {
  readonly pids = new Map<string, number>()

  constructor() {
    super((env) => [flanneld(env)])
  }

  flannel(host: string, conf = netConf({ Type: 'vxlan' }), args: readonly string[] = []): number {
    this.files.write(host, '/etc/kube-flannel/net-conf.json', conf)
    const pid = this.start(host, ['/opt/bin/flanneld', '--ip-masq', '--kube-subnet-mgr', ...args], { NODE_NAME: host })
    this.pids.set(host, pid)
    return pid
  }

  neighbours(host: string): string[] {
    const rows = this.kernel.t.neighByLink.at(this.link(host, 'flannel.1')).rows()
    return rows.map((row) => `${formatIpv4(row.ip)} lladdr ${formatMac(row.mac)} ${row.state}`)
  }

  fdb(host: string): string[] {
    const rows = this.kernel.t.fdbByTable.at(this.link(host, 'flannel.1')).rows()
    return rows.map((row) => `${formatMac(row.mac)} dst ${formatIpv4(row.dst)} ${row.state}`)
  }

  vtep(host: string): string {
    return formatMac(this.kernel.t.link.get(this.link(host, 'flannel.1'))!.mac)
  }

  annotate(node: string, annotations: Readonly<Record<string, string | null>>): void {
    const done = this.api.patch(`Node/${node}`, { metadata: { annotations } }, 'you')
    if (!done.ok) throw new Error(done.error.message)
    this.run()
  }
}

/** Two nodes, flannel on both. */
function pair(backend: object = { Type: 'vxlan' }): Flannels {
  const s = new Flannels()
  for (const i of [1, 2]) s.flannel(s.node(i), netConf(backend))
  s.run()
  return s
}

describe('flanneld with the vxlan backend', () => {
  it('makes its device, publishes itself and writes the file for the CNI plugin', () => {
    const s = pair()
    const device = s.kernel.t.link.get(s.link('node1', 'flannel.1'))!
    expect(device).toMatchObject({
      kind: 'vxlan',
      mtu: 1450,
      up: true,
      vxlan: { vni: 1, local: ipv4('192.168.10.11'), underlay: s.link('node1', 'eth0'), port: 8472, learning: false },
    })
    expect(addressesOf(s.kernel, device.id)).toMatchObject([
      { addr: ipv4('10.244.1.0'), len: 32, scope: 'global', broadcast: null },
    ])
    expect(s.api.peek<Node>('Node/node1')!.metadata.annotations).toEqual({
      'flannel.alpha.coreos.com/backend-data': `{"VNI":1,"VtepMAC":"${s.vtep('node1')}"}`,
      'flannel.alpha.coreos.com/backend-type': 'vxlan',
      'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
      'flannel.alpha.coreos.com/public-ip': '192.168.10.11',
    })
    expect(s.api.peek<Node>('Node/node1')!.status?.conditions).toMatchObject([
      { type: 'NetworkUnavailable', status: 'False', reason: 'FlannelIsUp' },
    ])
    expect(s.files.read('node1', '/run/flannel/subnet.env')).toBe(
      'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n',
    )
    expect(s.messages(s.pids.get('node1')!)).toEqual(
      expect.arrayContaining([
        'Found network config - Backend type: vxlan',
        'Using interface with name eth0 and address 192.168.10.11',
        'VXLAN config: VNI=1 Port=0 GBP=false Learning=false DirectRouting=false',
        'Wrote subnet file to /run/flannel/subnet.env',
      ]),
    )
  })

  it('gives each node a neighbour, a forwarding entry and a route for the other', () => {
    const s = pair()
    for (const [own, other, i] of [
      ['node1', 'node2', 2],
      ['node2', 'node1', 1],
    ] as const) {
      expect(s.routes(own)).toEqual([`10.244.${i}.0/24 via 10.244.${i}.0 dev flannel.1 onlink`])
      expect(s.neighbours(own)).toEqual([`10.244.${i}.0 lladdr ${s.vtep(other)} PERMANENT`])
      expect(s.fdb(own)).toEqual([`${s.vtep(other)} dst 192.168.10.1${i} permanent`])
    }
    const { route, neigh, fdb } = s.kernel.t
    const key = route.keys().find((each) => route.get(each)!.onlink && route.get(each)!.netns === s.ns('node1'))!
    const entries = [route.entry(key), neigh.entry(neigh.keys()[0]!), fdb.entry(fdb.keys()[0]!)]
    for (const entry of entries) expect(entry?.subject[0]).toMatch(/^Node\/node[12]$/)
    const actors = []
    for (let id = route.entry(key)!.cause; id !== 0; id = s.world.causes.get(id)!.parent)
      actors.push(s.world.causes.get(id)!.actor)
    expect(actors.slice(0, 2)).toEqual(['flanneld@node1', 'flanneld@node2'])
  })

  it('carries packets between the nodes, from the address of flannel.1', () => {
    const s = pair()
    s.ping('node1', '10.244.2.0')
    s.run()
    expect(
      s.kernel.t.conntrackByNetns
        .at(s.ns('node1'))
        .rows()
        .some((row) => row.orig.src === ipv4('10.244.1.0') && row.seenReply),
    ).toBe(true)
  })

  it('takes everything away when a Node goes, and only then', () => {
    const s = pair()
    s.annotate('node2', { 'flannel.alpha.coreos.com/kube-subnet-manager': null })
    expect(s.routes('node1').length).toBe(1)
    s.api.delete('Node/node2', 'you')
    s.run()
    expect([s.routes('node1'), s.neighbours('node1'), s.fdb('node1')]).toEqual([[], [], []])
  })

  it('follows a node that moves, and one whose MAC changes', () => {
    const s = pair()
    const mac = s.vtep('node2')
    s.annotate('node2', { 'flannel.alpha.coreos.com/public-ip': '192.168.10.99' })
    expect(s.fdb('node1')).toEqual([`${mac} dst 192.168.10.99 permanent`])
    s.annotate('node2', { 'flannel.alpha.coreos.com/backend-data': '{"VNI":1,"VtepMAC":"6a:00:00:00:00:02"}' })
    expect(s.neighbours('node1')).toEqual(['10.244.2.0 lladdr 6a:00:00:00:00:02 PERMANENT'])
    expect(s.fdb('node1')).toContain('6a:00:00:00:00:02 dst 192.168.10.99 permanent')
  })

  it('puts its rules back within five seconds, each kind as a whole', () => {
    const s = pair()
    const nat = s.rules('node1', 'nat')
    const filter = s.rules('node1', 'filter')
    expect(nat.length).toBe(7)
    expect(filter.length).toBe(3)
    s.iptables('node1', '-t nat -D FLANNEL-POSTRTG 2')
    s.iptables('node1', '-F FORWARD')
    s.run(5 * SEC)
    expect([s.rules('node1', 'nat'), s.rules('node1', 'filter')]).toEqual([nat, filter])
    expect(s.log(s.pids.get('node1')!)).toContain('Some iptables rules are missing; deleting and recreating rules')
  })

  it('is quiet while nothing happens', () => {
    const s = pair()
    const before = s.trace.length
    s.run(300 * SEC)
    expect(s.trace.length).toBe(before)
    expect(s.sim.settled).toBe(true)
  })

  it('keeps device and MAC over a restart, and learns nothing while it is down', () => {
    const s = pair()
    const [device, mac] = [s.link('node1', 'flannel.1'), s.vtep('node1')]
    s.kill(s.pids.get('node1')!, 'TERM')
    s.run()
    expect(s.exitOf(s.pids.get('node1')!)).toBe(0)
    s.flannel(s.node(3))
    s.run()
    expect(s.routes('node2').length).toBe(2)
    expect(s.routes('node1').length).toBe(1)
    const watchers = s.api.tables.watches.rows().map((row) => row.actor.split('[')[0]!)
    expect(watchers.toSorted(compareKeys)).toEqual(['flanneld@node2', 'flanneld@node3'])
    s.flannel('node1')
    s.run()
    expect([s.link('node1', 'flannel.1'), s.vtep('node1')]).toEqual([device, mac])
    expect(s.routes('node1').length).toBe(2)
  })

  it('makes a device anew that was deleted or has other settings, with the MAC of the annotation', () => {
    const s = pair()
    const mac = s.vtep('node1')
    deleteLink(s.kernel, s.link('node1', 'flannel.1'))
    s.run(6 * SEC)
    expect(s.vtep('node1')).toBe(mac)
    expect(s.log(s.pids.get('node1')!)).toContain('VXLAN device flannel.1 recreated successfully')
    // Nobody tells it of the other nodes again.
    expect(s.routes('node1')).toEqual([])
    s.kill(s.pids.get('node1')!, 'KILL')
    deleteLink(s.kernel, s.link('node1', 'flannel.1'))
    addLink(s.kernel, s.ns('node1'), { name: 'flannel.1', kind: 'dummy' })
    const pid = s.flannel('node1')
    s.run()
    expect(s.log(pid)).toContain(
      '"flannel.1" already exists with incompatible configuration: link type: vxlan vs dummy; recreating device',
    )
    expect(s.vtep('node1')).toBe(mac)
    expect(s.routes('node1').length).toBe(1)
  })

  it('routes directly where it is told to and no gateway lies between', () => {
    const s = pair({ Type: 'vxlan', DirectRouting: true })
    expect(s.routes('node1')).toEqual(['10.244.2.0/24 via 192.168.10.12 dev eth0'])
    expect([s.neighbours('node1'), s.fdb('node1')]).toEqual([[], []])
    s.annotate('node2', { 'flannel.alpha.coreos.com/public-ip': '172.16.0.12' })
    expect(s.routes('node1')).toEqual(['10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink'])
  })

  it('does not see a node that has its own range', () => {
    const s = new Flannels()
    s.flannel(s.node(1))
    s.flannel(s.node(2, '10.244.1.0/24'))
    s.run()
    expect([s.routes('node1'), s.routes('node2')]).toEqual([[], []])
  })
})

describe('flanneld with the host-gw backend', () => {
  it('has routes to the nodes and no device', () => {
    const s = pair({ Type: 'host-gw' })
    expect(s.routes('node1')).toEqual(['10.244.2.0/24 via 192.168.10.12 dev eth0'])
    expect(s.link('node1', 'flannel.1')).toBe(0)
    expect(s.files.read('node1', '/run/flannel/subnet.env')).toContain('FLANNEL_MTU=1500\n')
    expect(s.api.peek<Node>('Node/node1')!.metadata.annotations!['flannel.alpha.coreos.com/backend-data']).toBe('null')
    removeRoute(s.kernel, s.ns('node1'), { dst: ipv4('10.244.2.0'), len: 24 })
    s.run(11 * SEC)
    expect(s.routes('node1').length).toBe(1)
    expect(s.log(s.pids.get('node1')!)).toContain('Route recovered 10.244.2.0/24 : 192.168.10.12')
    s.api.delete('Node/node2', 'you')
    s.run()
    expect(s.routes('node1')).toEqual([])
  })

  it('cannot reach a node behind a router', () => {
    const s = pair({ Type: 'host-gw' })
    s.annotate('node2', { 'flannel.alpha.coreos.com/public-ip': '192.168.60.12' })
    s.run(60 * SEC)
    expect(s.routes('node1')).toEqual([])
    const complaints = s.messages(s.pids.get('node1')!).filter((line) => line.startsWith('Error adding route'))
    expect(complaints).toEqual([
      'Error adding route to {Ifindex: 2 Dst: 10.244.2.0/24 Src: <nil> Gw: 192.168.60.12 Flags: [] Table: 0 Realm: 0}: network is unreachable',
    ])
  })
})

describe('flanneld ends', () => {
  const lastWords = (prepare: (s: Flannels) => number): readonly [number | null, string] => {
    const s = new Flannels()
    const pid = prepare(s)
    s.run()
    return [s.exitOf(pid), s.messages(pid).at(-1)!]
  }
  const withConf = (conf: string) => lastWords((s) => s.flannel(s.node(1), conf))

  it('over a net-conf.json that it cannot read', () => {
    const why = 'Failed to create SubnetManager: error parsing subnet config:'
    expect(withConf('{"Network": "10.244.0.0/16",}')).toEqual([
      1,
      `${why} invalid character '}' looking for beginning of object key string`,
    ])
    expect(withConf('{"Network": "10.244.0.0"}')).toEqual([1, `${why} invalid CIDR address: 10.244.0.0`])
    expect(withConf('{"Network": "10.244.0.0/16", "EnableNFTables": "no"}')).toEqual([
      1,
      `${why} json: cannot unmarshal string into Go struct field Config.EnableNFTables of type bool`,
    ])
    expect(
      lastWords((s) => {
        s.node(1)
        return s.start('node1', ['flanneld', '--kube-subnet-mgr'], { NODE_NAME: 'node1' })
      }),
    ).toEqual([
      1,
      'Failed to create SubnetManager: failed to read net conf: open /etc/kube-flannel/net-conf.json: no such file or directory',
    ])
  })

  it('over backends', () => {
    expect(withConf(netConf({ Type: 'vlxan' }))).toEqual([1, 'Error fetching backend: unknown backend type: vlxan'])
    expect(withConf('{"Network": "10.244.0.0/16"}')).toEqual([
      1,
      'Error fetching backend: not modelled yet by Hopscope: backend udp',
    ])
    expect(withConf(netConf({ Type: 'vxlan', VNI: 'one' }))).toEqual([
      1,
      'Error registering network: error decoding VXLAN backend config: json: cannot unmarshal string into Go struct field VXLANConfig.vni of type int',
    ])
  })

  it('without a range, or with one of another cluster', () => {
    const why = 'Error registering network: failed to acquire lease:'
    expect(lastWords((s) => s.flannel(s.node(1, '')))).toEqual([1, `${why} node "node1" pod cidr not assigned`])
    expect(lastWords((s) => s.flannel(s.node(1, '10.32.1.0/24')))).toEqual([
      1,
      `${why} subnet "10.244.0.0/16" specified in the flannel net config doesn't contain "10.32.1.0/24" PodCIDR of the "node1" node`,
    ])
  })

  it('without br_netfilter, without a default route, without its interface', () => {
    const on = (prepare: (s: Flannels) => void, args: readonly string[] = []) =>
      lastWords((s) => {
        s.node(1)
        prepare(s)
        return s.flannel('node1', netConf({ Type: 'vxlan' }), args)
      })
    const sysctlKey = (s: Flannels): string => `${s.ns('node1')}/net.bridge.bridge-nf-call-iptables`
    expect(on((s) => s.world.delete(s.kernel.t.sysctl, sysctlKey(s)))).toEqual([
      1,
      'Failed to check br_netfilter: stat /proc/sys/net/bridge/bridge-nf-call-iptables: no such file or directory',
    ])
    expect(on((s) => void removeRoute(s.kernel, s.ns('node1'), { dst: 0, len: 0 }))).toEqual([
      1,
      'Failed to find any valid interface to use: failed to get default interface: unable to find default route',
    ])
    expect(on(() => {}, ['--iface=eth7'])).toEqual([
      1,
      'Failed to find interface to use that matches the interfaces and/or regexes provided',
    ])
    expect(on(() => {}, ['--frobnicate'])[0]).toBe(0)
  })
})

describe('the interface of flanneld', () => {
  it('is the one that is named, by name, address or pattern', () => {
    for (const args of [
      ['--iface=eth1'],
      ['--iface', 'eth9', '--iface', '172.16.0.1'],
      ['--iface-regex=^172\\.'],
      ['--iface-can-reach=172.16.0.9'],
    ]) {
      const s = new Flannels()
      s.node(1)
      s.network('lan', '172.16.0.0/24')
      s.nic('node1', 'eth1', 'lan', '172.16.0.1/24')
      setLink(s.kernel, s.link('node1', 'eth1'), { mtu: 9000 })
      s.flannel('node1', netConf({ Type: 'vxlan' }), args)
      s.run()
      expect(s.kernel.t.link.get(s.link('node1', 'flannel.1'))).toMatchObject({
        mtu: 8950,
        vxlan: { local: ipv4('172.16.0.1') },
      })
    }
  })
})
