import type { Scenario, Setup, Stimulus } from '../language.ts'
import { echoFrame } from './frames.ts'
import { segmentHex } from './segment.ts'
import { chain, hw, lan, ping, tcp, udp } from './topologies.ts'

const traceroute = (ns: string, to: string, hops: number): Stimulus[] =>
  Array.from({ length: hops }, (_, i) => udp(ns, 40000 + i, to, 33434 + i, { ttl: i + 1 }))

/** As traceroute -T sends them, out of a raw socket. */
const syn = (port: number, ttl: number): Stimulus => ({
  do: 'frame',
  ns: 'a',
  dev: 'r1',
  hex: segmentHex({
    ...{
      srcMac: hw(1, 1),
      dstMac: hw(1, 2),
      from: '10.0.1.2',
      to: '10.0.3.2',
      sport: 40_000 + port * 10 + ttl,
      dport: port,
    },
    ...{ flags: 2, seq: 1000 * ttl, ack: 0, window: 5840, data: 0, ttl },
  }),
})

/** a with two routers r1 (10.0.1.1) and r2 (10.0.2.1), both of which know b’s network 10.0.9.0/24 and the way back. */
function twoWays(): Setup[] {
  const setup: Setup[] = [
    { do: 'ns', ns: 'a' },
    { do: 'ns', ns: 'r1', router: true },
    { do: 'ns', ns: 'r2', router: true },
    { do: 'ns', ns: 'b' },
  ]
  for (const i of [1, 2]) {
    setup.push({
      do: 'veth',
      a: { ns: 'a', dev: `eth${i}`, mac: hw(i, 1) },
      b: { ns: `r${i}`, dev: 'eth0', mac: hw(i, 2) },
    })
    setup.push({
      do: 'veth',
      a: { ns: `r${i}`, dev: 'eth1', mac: hw(i, 3) },
      b: { ns: 'b', dev: `eth${i}`, mac: hw(i, 4) },
    })
    setup.push(
      { do: 'addr', ns: 'a', dev: `eth${i}`, addr: `10.0.${i}.2/24` },
      { do: 'addr', ns: `r${i}`, dev: 'eth0', addr: `10.0.${i}.1/24` },
    )
    setup.push(
      { do: 'addr', ns: `r${i}`, dev: 'eth1', addr: `10.1.${i}.1/24` },
      { do: 'addr', ns: 'b', dev: `eth${i}`, addr: `10.1.${i}.2/24` },
    )
    setup.push(
      { do: 'route', ns: `r${i}`, to: '10.0.9.0/24', via: `10.1.${i}.2` },
      { do: 'route', ns: 'b', to: `10.0.${i}.0/24`, via: `10.1.${i}.1` },
    )
  }
  setup.push({ do: 'addr', ns: 'b', dev: 'lo', addr: '10.0.9.1/32' })
  return setup
}

const ROUTES_THAT_REFUSE: readonly Setup[] = [
  { do: 'route', ns: 'r1', to: '10.9.1.0/24', type: 'unreachable' },
  { do: 'route', ns: 'r1', to: '10.9.2.0/24', type: 'prohibit' },
  { do: 'route', ns: 'r1', to: '10.9.3.0/24', type: 'blackhole' },
  { do: 'route', ns: 'r1', to: '10.9.4.0/24', type: 'throw' },
]

export const ROUTING: readonly Scenario[] = [
  {
    name: 'ttl-each-hop',
    about: 'a TTL that ends at every hop of a row of routers, and one that just reaches',
    setup: chain(3),
    stimuli: [1, 2, 3, 4].map((ttl) => ping('a', '10.0.4.2', { ttl })),
  },
  {
    name: 'traceroute-udp',
    about: 'datagrams with growing TTL: time exceeded from each router, port unreachable from the host',
    setup: chain(2),
    stimuli: traceroute('a', '10.0.3.2', 4),
  },
  {
    name: 'traceroute-tcp',
    about:
      'SYNs with growing TTL that no socket stands behind: time exceeded from each router, then what an open and a closed port answer, which the sender resets',
    setup: chain(2),
    servers: [{ ns: 'b', proto: 'tcp', port: 80 }],
    stimuli: [80, 81].flatMap((port) => [1, 2, 3, 4].map((ttl) => syn(port, ttl))),
  },
  {
    name: 'traceroute-echo',
    about: 'echo requests with growing TTL: time exceeded from each router, then the answer',
    setup: chain(2),
    stimuli: [1, 2, 3, 4].map((ttl) => ping('a', '10.0.3.2', { ttl })),
  },
  {
    name: 'pmtu-narrow-middle',
    about: 'a narrow network in the middle: fragmentation needed, the learned MTU, and TCP’s smaller segments',
    setup: chain(2, [1500, 1280, 1500]),
    servers: [{ ns: 'b', proto: 'tcp', port: 80, reply: 3000 }],
    stimuli: [
      ping('a', '10.0.3.2', { size: 1300, df: 'do' }),
      ping('a', '10.0.3.2', { size: 1300, df: 'do' }),
      ping('a', '10.0.3.2', { size: 1300 }),
      ping('a', '10.0.3.2', { size: 1252, df: 'do' }),
      ping('a', '10.0.3.2', { size: 1300, df: 'dont' }),
      tcp('a', 40001, '10.0.3.2', 80, { send: 4000, patience: 1500 }),
    ],
  },
  {
    name: 'pmtu-narrower-behind',
    about: 'each network narrower than the one before: the path MTU is learned in two steps',
    setup: chain(3, [1500, 1400, 1300, 1200]),
    stimuli: [
      ping('a', '10.0.4.2', { size: 1450, df: 'do' }),
      ping('a', '10.0.4.2', { size: 1350, df: 'do' }),
      ping('a', '10.0.4.2', { size: 1250, df: 'do' }),
      ping('a', '10.0.4.2', { size: 1150, df: 'do' }),
      ping('a', '10.0.4.2', { size: 1300 }),
      ping('a', '10.0.4.2', { size: 1300 }),
      ping('a', '10.0.4.2', { size: 1300 }),
    ],
  },
  {
    name: 'fragments-by-router',
    about: 'a router cuts what does not fit, the host puts it together; the answer comes back in other pieces',
    setup: chain(2, [1500, 600, 1500]),
    servers: [{ ns: 'b', proto: 'udp', port: 7 }],
    stimuli: [
      ping('a', '10.0.3.2', { size: 1400, df: 'dont' }),
      ping('a', '10.0.3.2', { size: 4000, df: 'dont' }),
      udp('a', 40001, '10.0.3.2', 7, { size: 1400, df: 'dont' }),
      udp('a', 40002, '10.0.3.2', 7, { size: 5000, df: 'dont' }),
    ],
  },
  {
    name: 'fragments-tracked',
    about: 'a router that tracks connections puts pieces together and cuts them again as they were',
    setup: [
      ...chain(2, [1500, 1500, 1500]),
      {
        do: 'iptables',
        ns: 'r1',
        text: '*filter\n-A FORWARD -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\nCOMMIT\n',
      },
    ],
    servers: [{ ns: 'b', proto: 'udp', port: 7 }],
    stimuli: [
      ping('a', '10.0.3.2', { size: 3000 }),
      udp('a', 40002, '10.0.3.2', 7, { size: 5000 }),
      udp('a', 40003, '10.0.3.2', 8, { size: 5000 }),
    ],
  },
  {
    name: 'route-types',
    about:
      'unreachable, prohibit, blackhole and throw routes, for a router’s guests and for its own packets; no route at all',
    setup: [...chain(1), ...ROUTES_THAT_REFUSE],
    stimuli: ['10.9.1.1', '10.9.2.1', '10.9.3.1', '10.9.4.1', '10.9.5.1'].flatMap((to, i) => [
      ping('a', to, { patience: 150 }),
      ping('r1', to, { patience: 150 }),
      tcp('r1', 40010 + i, to, 80, { patience: 150 }),
      udp('r1', 40020 + i, to, 80, { patience: 150 }),
    ]),
  },
  {
    name: 'route-types-tcp',
    about: 'what a TCP client behind the router hears of routes that refuse',
    setup: [...chain(1), ...ROUTES_THAT_REFUSE],
    stimuli: ['10.9.1.1', '10.9.2.1', '10.9.3.1', '10.9.5.1'].map((to, i) =>
      tcp('a', 40010 + i, to, 80, { patience: 150 }),
    ),
  },
  {
    name: 'route-error-limit',
    about: 'a router tells one sender of unreachable routes five times at once, then once a second',
    setup: [...chain(1), ...ROUTES_THAT_REFUSE],
    stimuli: [
      ping('a', '10.9.1.1', { count: 7, patience: 30 }),
      { do: 'wait', ms: 1500 },
      ping('a', '10.9.1.1', { count: 2, patience: 30 }),
    ],
  },
  {
    name: 'forwarding-off',
    about: 'a host is no router: what is not for it ends there',
    setup: chain(1).map((step) => (step.do === 'ns' ? { do: 'ns', ns: step.ns } : step)),
    stimuli: [ping('a', '10.0.2.2'), ping('a', '10.0.2.1'), ping('a', '10.0.1.1')],
  },
  {
    name: 'rp-filter-strict',
    about: 'strict reverse path filter: answers that come by another way than the request left are dropped',
    setup: [
      ...twoWays(),
      { do: 'route', ns: 'a', to: '10.0.9.0/24', via: '10.0.1.1' },
      // b answers by the other router
      { do: 'route', ns: 'b', to: '10.0.1.2/32', via: '10.1.2.1' },
      { do: 'route', ns: 'r2', to: '10.0.1.0/24', via: '10.0.2.2' },
    ],
    stimuli: [
      ping('a', '10.0.9.1'),
      { do: 'change', change: { do: 'sysctl', ns: 'a', name: 'net.ipv4.conf.all.rp_filter', value: '1' } },
      ping('a', '10.0.9.1'),
      { do: 'change', change: { do: 'sysctl', ns: 'a', name: 'net.ipv4.conf.all.rp_filter', value: '2' } },
      ping('a', '10.0.9.1'),
      { do: 'change', change: { do: 'sysctl', ns: 'a', name: 'net.ipv4.conf.all.rp_filter', value: '0' } },
      { do: 'change', change: { do: 'sysctl', ns: 'r2', name: 'net.ipv4.conf.eth1.rp_filter', value: '1' } },
      ping('a', '10.0.9.1'),
    ],
  },
  {
    name: 'martians',
    about: 'sources and destinations that cannot be: loopback, our own address, broadcast, class E, 0.0.0.0',
    setup: lan(2),
    stimuli: [
      ['127.0.0.1', '10.0.0.2'],
      ['10.0.0.2', '10.0.0.2'],
      ['255.255.255.255', '10.0.0.2'],
      ['224.0.0.5', '10.0.0.2'],
      ['0.0.0.0', '10.0.0.2'],
      ['10.0.0.255', '10.0.0.2'],
      ['10.0.0.1', '127.0.0.1'],
      ['10.0.0.1', '0.0.0.0'],
      ['240.0.0.1', '10.0.0.2'],
      ['10.0.0.1', '10.0.0.255'],
      ['10.0.0.1', '255.255.255.255'],
      ['10.0.0.1', '224.0.0.1'],
      ['10.0.0.1', '240.0.0.9'],
      ['192.168.77.77', '10.0.0.2'],
    ].map(([src, dst]): Stimulus => ({
      do: 'frame',
      ns: 'h1',
      dev: 'eth0',
      hex: echoFrame(hw(2, 1), hw(1, 1), src!, dst!),
    })),
  },
  {
    name: 'policy-routing',
    about: 'ip rule by source, by mark and by incoming device; a rule that prohibits',
    setup: [
      ...twoWays(),
      { do: 'route', ns: 'a', to: '10.0.9.0/24', via: '10.0.1.1' },
      { do: 'route', ns: 'a', to: '10.0.9.0/24', via: '10.0.2.1', table: 100 },
      { do: 'rule', ns: 'a', pref: 100, fwmark: '0x1', table: 100 },
      { do: 'rule', ns: 'a', pref: 110, to: '10.1.2.0/24', action: 'prohibit' },
      { do: 'rule', ns: 'r1', pref: 120, iif: 'eth0', to: '10.1.2.0/24', action: 'unreachable' },
      { do: 'iptables', ns: 'a', text: '*mangle\n-A OUTPUT -p udp -m udp --dport 7 -j MARK --set-mark 0x1\nCOMMIT\n' },
      { do: 'route', ns: 'a', to: '10.1.1.0/24', via: '10.0.1.1' },
    ],
    servers: [{ ns: 'b', proto: 'udp', port: 7 }],
    stimuli: [ping('a', '10.0.9.1'), udp('a', 40001, '10.0.9.1', 7), ping('a', '10.1.2.2'), ping('a', '10.1.1.2')],
  },
  {
    name: 'redirect',
    about: 'a router that sends back out of where it came from tells the host of the better way',
    setup: [
      ...lan(3),
      { do: 'sysctl', ns: 'h2', name: 'net.ipv4.ip_forward', value: '1' },
      { do: 'sysctl', ns: 'h2', name: 'net.ipv4.conf.all.accept_redirects', value: '0' },
      { do: 'addr', ns: 'h3', dev: 'lo', addr: '10.7.0.1/32' },
      { do: 'route', ns: 'h1', to: '10.7.0.0/24', via: '10.0.0.2' },
      { do: 'route', ns: 'h2', to: '10.7.0.0/24', via: '10.0.0.3' },
    ],
    stimuli: [ping('h1', '10.7.0.1')],
  },
  {
    name: 'local-and-loopback',
    about: 'a machine talks to itself: by loopback, by its own address, to a closed port',
    setup: lan(2),
    servers: [
      { ns: 'h1', proto: 'tcp', port: 80 },
      { ns: 'h1', proto: 'udp', port: 7 },
    ],
    stimuli: [
      ping('h1', '127.0.0.1'),
      ping('h1', '10.0.0.1'),
      tcp('h1', 40001, '127.0.0.1', 80),
      tcp('h1', 40002, '10.0.0.1', 80),
      tcp('h1', 40003, '10.0.0.1', 81),
      udp('h1', 40004, '127.0.0.1', 7),
      udp('h1', 40005, '10.0.0.1', 8),
      ping('h1', '127.1.2.3'),
    ],
  },
  {
    name: 'weak-host',
    about: 'an address of another device of the same machine is answered, too',
    setup: chain(1),
    stimuli: [
      ping('a', '10.0.2.1'),
      ping('b', '10.0.1.1'),
      tcp('a', 40001, '10.0.2.1', 81),
      udp('a', 40002, '10.0.2.1', 81),
    ],
  },
]
