import type { DeviceView, HostView, NetnsView, PodView, TopologyView } from '../../worker/protocol.ts'
import type { Row } from './timeline.ts'

/** A drawn-up cluster and a drawn-up conversation, to look at the page without a simulator. Tests only. */
let lastId = 0
const device = (part: Partial<DeviceView> & Pick<DeviceView, 'name' | 'kind'>): DeviceView => ({
  id: ++lastId,
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  up: true,
  addresses: [],
  peer: 0,
  master: 0,
  underlay: 0,
  network: null,
  note: '',
  ...part,
})

interface PodSpec {
  readonly name: string
  readonly namespace: string
  readonly ip: string
  readonly owner?: string
}

export interface Site {
  readonly netns: number
  readonly devices: Readonly<Record<string, number>>
}
export const sites = new Map<string, Site>()
let lastNetns = 0

function hostOf(
  name: string,
  role: HostView['role'],
  address: string,
  subnet: number | null,
  pods: readonly PodSpec[],
  hostPods: readonly string[],
): HostView {
  const own: DeviceView[] = [
    device({ name: 'lo', kind: 'loopback', addresses: ['127.0.0.1/8'] }),
    device({ name: 'eth0', kind: 'ether', addresses: [`${address}/24`], network: 'network/rack1' }),
  ]
  const netnsId = ++lastNetns
  const ids: Record<string, number> = { eth0: own[1]!.id }
  const rest: NetnsView[] = []
  if (subnet !== null) {
    const flannel = device({
      name: 'flannel.1',
      kind: 'vxlan',
      mtu: 1450,
      addresses: [`10.244.${subnet}.0/32`],
      note: 'vni 1',
    })
    own.push(flannel)
    ids['flannel.1'] = flannel.id
    if (pods.length > 0) {
      const bridge = device({ name: 'cni0', kind: 'bridge', mtu: 1450, addresses: [`10.244.${subnet}.1/24`] })
      own.push(bridge)
      ids['cni0'] = bridge.id
      for (const spec of pods) {
        const veth = device({ name: `veth${spec.ip.replaceAll('.', '')}`, kind: 'veth', master: bridge.id })
        const eth0 = device({ name: 'eth0', kind: 'veth', addresses: [`${spec.ip}/24`], peer: veth.id })
        own.push({ ...veth, peer: eth0.id })
        ids[spec.name] = veth.id
        const id = ++lastNetns
        sites.set(spec.name, { netns: id, devices: { eth0: eth0.id } })
        rest.push({ id, kind: 'pod', name: spec.name, pod: podOf(spec, name), devices: [eth0] })
      }
    }
  }
  sites.set(name, { netns: netnsId, devices: ids })
  return {
    id: `${role === 'host' ? 'host' : 'node'}/${name}`,
    name,
    role,
    addresses: [address],
    ready: role === 'host' ? null : true,
    netns: [{ id: netnsId, kind: 'host', name: 'host', pod: null, devices: own }, ...rest],
    hostPods: hostPods.map((pod) =>
      podOf({ name: pod, namespace: 'kube-system', ip: address, owner: 'DaemonSet/kube-system/x' }, name),
    ),
  }
}

const podOf = ({ name, namespace, ip, owner }: PodSpec, node: string): PodView => ({
  ref: `Pod/${namespace}/${name}`,
  name,
  namespace,
  status: 'Running',
  ready: true,
  ip,
  node,
  owner: owner ?? null,
  place: `pod/${namespace}/${name}`,
})

const web = (name: string, ip: string): PodSpec => ({
  name,
  namespace: 'default',
  ip,
  owner: 'ReplicaSet/default/web-6d4b75cb6d',
})
const dns = (name: string, ip: string): PodSpec => ({
  name,
  namespace: 'kube-system',
  ip,
  owner: 'ReplicaSet/kube-system/coredns-5d78c9869d',
})

export const topology: TopologyView = {
  networks: [{ id: 'network/rack1', name: 'rack1', cidr: '192.168.10.0/24', mtu: 1500 }],
  hosts: [
    hostOf('cp1', 'control-plane', '192.168.10.10', 0, [], ['kube-flannel-ds-abcde', 'kube-proxy-fghij']),
    hostOf(
      'node1',
      'worker',
      '192.168.10.11',
      1,
      [
        dns('coredns-5d78c9869d-7hq2x', '10.244.1.2'),
        web('web-6d4b75cb6d-x7k2p', '10.244.1.3'),
        { name: 'client', namespace: 'default', ip: '10.244.1.4' },
      ],
      ['kube-flannel-ds-zzzzz', 'kube-proxy-yyyyy'],
    ),
    hostOf(
      'node2',
      'worker',
      '192.168.10.12',
      2,
      [
        dns('coredns-5d78c9869d-kk4ws', '10.244.2.2'),
        web('web-6d4b75cb6d-q2m8c', '10.244.2.3'),
        web('web-6d4b75cb6d-9kd4f', '10.244.2.4'),
      ],
      ['kube-flannel-ds-vvvvv', 'kube-proxy-wwwww'],
    ),
    hostOf('laptop', 'host', '192.168.10.99', null, [], []),
  ],
  services: [
    {
      ref: 'Service/default/kubernetes',
      name: 'kubernetes',
      namespace: 'default',
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      ports: ['443/TCP'],
      endpoints: [],
    },
    {
      ref: 'Service/default/web',
      name: 'web',
      namespace: 'default',
      type: 'ClusterIP',
      clusterIP: '10.96.12.5',
      ports: ['80/TCP'],
      endpoints: [
        { pod: 'Pod/default/web-6d4b75cb6d-x7k2p', address: '10.244.1.3', ready: true },
        { pod: 'Pod/default/web-6d4b75cb6d-q2m8c', address: '10.244.2.3', ready: true },
        { pod: 'Pod/default/web-6d4b75cb6d-9kd4f', address: '10.244.2.4', ready: true },
      ],
    },
  ],
  workloads: [
    { ref: 'Deployment/default/web', kind: 'Deployment', name: 'web', namespace: 'default', ready: 3, desired: 3 },
    {
      ref: 'Deployment/kube-system/coredns',
      kind: 'Deployment',
      name: 'coredns',
      namespace: 'kube-system',
      ready: 2,
      desired: 2,
    },
    {
      ref: 'DaemonSet/kube-system/kube-proxy',
      kind: 'DaemonSet',
      name: 'kube-proxy',
      namespace: 'kube-system',
      ready: 3,
      desired: 3,
    },
    {
      ref: 'DaemonSet/kube-flannel/kube-flannel-ds',
      kind: 'DaemonSet',
      name: 'kube-flannel-ds',
      namespace: 'kube-flannel',
      ready: 3,
      desired: 3,
    },
  ],
  namespaces: ['default', 'kube-flannel', 'kube-system'],
}

/** Rows of a request from the client to a web pod on the other node, after an ARP and a DNS question. */
export function story(): Row[] {
  const rows: Row[] = []
  let t = 400_000_000
  const add = (row: Omit<Row, 't'>, step = 500): void => {
    t += step
    rows.push({ t, event: rows.length >> 2, ...row })
  }
  for (let i = 0; i < 60; i++) add({ point: 'api', verdict: i % 3 === 0 ? 'create' : 'update', place: 0 }, 3_000_000)
  t += 500_000_000
  const at = (name: string): Site => sites.get(name)!
  const [client, node1, node2, target] = [at('client'), at('node1'), at('node2'), at('web-6d4b75cb6d-9kd4f')]
  const eth = client.devices['eth0']!
  const arp = (packet: number): void => {
    const one = { packet, mark: 'ARP', hue: 'arp' as const }
    add({ ...one, place: client.netns, dev: eth, point: 'arp', verdict: 'send' })
    add({ ...one, place: node1.netns, dev: node1.devices['client']!, point: 'dev.recv', verdict: 'receive' })
    add({ ...one, place: node1.netns, dev: node1.devices['cni0']!, point: 'arp', verdict: 'deliver' })
  }
  const trip = (packet: number, outer: number, mark: string, hue: 'tcp' | 'http', back: boolean): void => {
    const one = { packet, mark, hue }
    const [from, a, b, to] = back ? [target, node2, node1, client] : [client, node1, node2, target]
    const [fromName, toName] = back ? ['web-6d4b75cb6d-9kd4f', 'client'] : ['client', 'web-6d4b75cb6d-9kd4f']
    add({ ...one, place: from.netns, dev: 0, point: 'socket.send', verdict: 'send' })
    add({ ...one, place: from.netns, dev: 0, point: 'route.output', verdict: 'lookup' })
    add({ ...one, place: from.netns, dev: from.devices['eth0']!, point: 'dev.xmit', verdict: 'send' })
    add({ ...one, place: a.netns, dev: a.devices[fromName]!, point: 'dev.recv', verdict: 'receive' })
    add({ ...one, place: a.netns, dev: a.devices['cni0']!, point: 'bridge.input', verdict: 'forward' })
    add({ ...one, place: a.netns, dev: a.devices['cni0']!, point: 'nf.PREROUTING', verdict: 'continue' })
    if (!back) {
      add({ ...one, place: a.netns, dev: a.devices['cni0']!, point: 'nf.PREROUTING', verdict: 'jump', depth: 1 })
      add({ ...one, place: a.netns, dev: a.devices['cni0']!, point: 'nf.PREROUTING', verdict: 'miss', depth: 2 })
      add({ ...one, place: a.netns, dev: a.devices['cni0']!, point: 'nf.PREROUTING', verdict: 'match', depth: 2 })
      add({ ...one, place: a.netns, dev: a.devices['cni0']!, point: 'nat', verdict: 'rewrite' })
    }
    add({ ...one, place: a.netns, dev: a.devices['cni0']!, point: 'route.input', verdict: 'lookup' })
    add({ ...one, place: a.netns, dev: a.devices['cni0']!, point: 'nf.FORWARD', verdict: 'accept' })
    add({ ...one, place: a.netns, dev: a.devices['flannel.1']!, point: 'nf.POSTROUTING', verdict: 'accept' })
    add({ ...one, place: a.netns, dev: a.devices['flannel.1']!, point: 'dev.xmit', verdict: 'send' })
    add({ ...one, place: a.netns, dev: a.devices['flannel.1']!, point: 'vxlan.xmit', verdict: 'encapsulate' })
    const parcel = { packet: outer, parent: packet, mark: `VX|${mark}`, hue }
    add({ ...parcel, place: a.netns, dev: a.devices['flannel.1']!, point: 'vxlan.xmit', verdict: 'create' })
    add({ ...parcel, place: a.netns, dev: 0, point: 'nf.OUTPUT', verdict: 'accept' })
    add({ ...parcel, place: a.netns, dev: a.devices['eth0']!, point: 'nf.POSTROUTING', verdict: 'accept' })
    add({ ...parcel, place: a.netns, dev: a.devices['eth0']!, point: 'dev.xmit', verdict: 'send' })
    add({ ...parcel, place: 0, dev: a.devices['eth0']!, point: 'switch', verdict: 'forward' }, 4000)
    add({ ...parcel, place: b.netns, dev: b.devices['eth0']!, point: 'dev.recv', verdict: 'receive' }, 4000)
    add({ ...parcel, place: b.netns, dev: b.devices['eth0']!, point: 'nf.PREROUTING', verdict: 'accept' })
    add({ ...parcel, place: b.netns, dev: b.devices['eth0']!, point: 'nf.INPUT', verdict: 'accept' })
    add({ ...parcel, place: b.netns, dev: b.devices['flannel.1']!, point: 'vxlan.recv', verdict: 'decapsulate' })
    add({ ...one, place: b.netns, dev: b.devices['flannel.1']!, point: 'dev.recv', verdict: 'receive' })
    add({ ...one, place: b.netns, dev: b.devices['flannel.1']!, point: 'nf.FORWARD', verdict: 'accept' })
    add({ ...one, place: b.netns, dev: b.devices['cni0']!, point: 'nf.POSTROUTING', verdict: 'accept' })
    add({ ...one, place: b.netns, dev: b.devices['cni0']!, point: 'bridge.fdb', verdict: 'lookup' })
    add({ ...one, place: b.netns, dev: b.devices[toName]!, point: 'dev.xmit', verdict: 'send' })
    add({ ...one, place: to.netns, dev: to.devices['eth0']!, point: 'dev.recv', verdict: 'receive' })
    add({ ...one, place: to.netns, dev: 0, point: 'socket.recv', verdict: 'deliver' })
  }
  arp(1)
  trip(2, 3, 'SYN', 'tcp', false)
  trip(4, 5, 'S+A', 'tcp', true)
  trip(6, 7, 'GET', 'http', false)
  trip(8, 9, '200', 'http', true)
  const lost = { packet: 10, mark: 'SYN', hue: 'tcp' as const }
  add({ ...lost, place: client.netns, dev: eth, point: 'dev.xmit', verdict: 'send' })
  add({
    ...lost,
    place: node1.netns,
    dev: node1.devices['cni0']!,
    point: 'nf.FORWARD',
    verdict: 'drop',
    drop: 'NETFILTER_DROP',
  })
  return rows
}

/** Two hundred packets that are on wires and in kernels at the same time, a step of each in turn. */
export function storm(packets = 200, rounds = 40): Row[] {
  const rows: Row[] = []
  const names = ['node1', 'node2', 'cp1', 'laptop'] as const
  const points = ['dev.xmit', 'dev.recv', 'nf.PREROUTING', 'route.input', 'nf.FORWARD', 'nf.POSTROUTING'] as const
  for (let round = 0; round < rounds; round++)
    for (let packet = 1; packet <= packets; packet++) {
      const site = sites.get(names[(packet + (round >> 2)) % names.length]!)!
      rows.push({
        t: (round * packets + packet) * 1000,
        packet,
        mark: packet % 3 === 0 ? 'VX|GET' : packet % 2 === 0 ? 'SYN' : 'DNS',
        hue: packet % 3 === 0 ? 'http' : packet % 2 === 0 ? 'tcp' : 'dns',
        place: site.netns,
        dev: site.devices['eth0']!,
        point: points[round % points.length]!,
        verdict: 'continue',
      })
    }
  return rows
}
