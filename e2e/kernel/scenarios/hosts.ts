import type { Scenario, Stimulus } from '../language.ts'
import { pieceFrame } from './frames.ts'
import { adjust, ask, change, hw, ip, lan, ping, sysctl, udp } from './topologies.ts'

/** Pieces of one echo request of 48 bytes to h2, as [offset, length, more] in bytes of ICMP message. */
const pieces = (id: number, ...parts: readonly (readonly [number, number, boolean])[]): Stimulus[] =>
  parts.map((part) => ({
    do: 'frame',
    ns: 'h1',
    dev: 'eth0',
    hex: pieceFrame([hw(2, 1), hw(1, 1)], ['10.0.0.1', '10.0.0.2'], id, part),
  }))

/** What hosts answer, announce and put together. */
export const HOSTS: readonly Scenario[] = [
  {
    name: 'echo-ignored',
    about: 'icmp_echo_ignore_all; broadcast pings, answered only where icmp_echo_ignore_broadcasts is 0',
    setup: [...lan(3), sysctl('h3', 'net.ipv4.icmp_echo_ignore_broadcasts', '0')],
    stimuli: [
      ping('h1', '10.0.0.255'),
      ping('h1', '255.255.255.255'),
      adjust('h3', 'net.ipv4.icmp_echo_ignore_all', '1'),
      ping('h1', '10.0.0.3'),
      ping('h1', '10.0.0.255'),
      ping('h1', '10.0.0.2'),
    ],
  },
  {
    name: 'broadcast-datagrams',
    about: 'a broadcast datagram reaches every host and the sender’s own sockets; no error comes of a closed port',
    setup: lan(3),
    servers: [
      { ns: 'h1', proto: 'udp', port: 8 },
      { ns: 'h3', proto: 'udp', port: 7 },
    ],
    stimuli: [
      udp('h1', 40000, '10.0.0.255', 8),
      udp('h1', 40001, '10.0.0.255', 7),
      udp('h2', 40002, '10.0.0.255', 7),
      udp('h2', 40003, '255.255.255.255', 7),
      udp('h2', 40004, '10.0.0.255', 9),
      udp('h2', 40005, '10.0.0.255', 7, { size: 3000, df: 'dont' }),
    ],
  },
  {
    name: 'arp-filter',
    about:
      'two devices on one network would both answer for both addresses; with arp_filter the one of the way back does',
    setup: [
      ...lan(2),
      {
        do: 'veth',
        a: { ns: 'h2', dev: 'eth1', mac: hw(2, 2) },
        b: { ns: 'sw', dev: 'p9', mac: hw(0xff, 0x19) },
      },
      { do: 'port', ns: 'sw', dev: 'p9', bridge: 'br0' },
      { do: 'addr', ns: 'h2', dev: 'eth1', addr: '10.0.0.22/24' },
    ],
    stimuli: [adjust('h2', 'net.ipv4.conf.all.arp_filter', '1'), ping('h1', '10.0.0.2'), ping('h1', '10.0.0.22')],
  },
  {
    name: 'arp-notify',
    about: 'arp_notify: a device that comes up, or whose MAC changes, announces its addresses',
    setup: [
      ...lan(2),
      { do: 'addr', ns: 'h1', dev: 'eth0', addr: '172.16.0.1/24' },
      sysctl('h1', 'net.ipv4.conf.eth0.arp_notify', '1'),
    ],
    stimuli: [
      ping('h2', '10.0.0.1'),
      change('h1', `link set eth0 address ${hw(1, 0x77)}`),
      { do: 'change', change: { do: 'link', ns: 'h1', dev: 'eth0', up: false } },
      { do: 'change', change: { do: 'link', ns: 'h1', dev: 'eth0', up: true } },
      { do: 'wait', ms: 1200 },
      ping('h2', '10.0.0.1'),
    ],
  },
  {
    name: 'arp-ignore-modes',
    about: 'arp_ignore 2, 3 and 8: by subnet, not for host addresses, never',
    setup: [
      ...lan(2),
      ip('h2', 'addr add 10.0.0.50/32 dev lo scope host'),
      { do: 'addr', ns: 'h2', dev: 'eth0', addr: '172.16.0.2/24' },
      ip('h1', 'route add 172.16.0.0/24 dev eth0'),
    ],
    stimuli: (['2', '3', '8'] as const).flatMap((mode) => [
      adjust('h2', 'net.ipv4.conf.all.arp_ignore', mode),
      change('h1', 'neigh flush all'),
      ...['10.0.0.2', '10.0.0.50', '172.16.0.2'].map((to) => ping('h1', to, { patience: 3300 })),
    ]),
  },
  {
    name: 'proxy-arp-pvlan',
    about: 'proxy_arp_pvlan: a router answers for hosts on the very network they are on',
    setup: [
      ...lan(3).map((step) => (step.do === 'port' ? { ...step, isolated: step.dev !== 'p3' } : step)),
      sysctl('h3', 'net.ipv4.ip_forward', '1'),
      sysctl('h3', 'net.ipv4.conf.eth0.proxy_arp_pvlan', '1'),
      sysctl('h3', 'net.ipv4.conf.eth0.send_redirects', '0'),
      sysctl('h3', 'net.ipv4.conf.all.send_redirects', '0'),
    ],
    stimuli: [ping('h1', '10.0.0.2'), ping('h2', '10.0.0.1')],
  },
  {
    name: 'fragments-odd',
    about: 'pieces out of order, twice, overlapping, with a hole that is never filled: ICMP 11/1 after ipfrag_time',
    setup: [...lan(2), sysctl('h2', 'net.ipv4.ipfrag_time', '1')],
    stimuli: [
      ping('h2', '10.0.0.1'),
      ...pieces(101, [24, 24, false], [0, 24, true]),
      ...pieces(102, [0, 24, true], [0, 24, true], [24, 24, false]),
      ...pieces(103, [0, 24, true], [16, 16, true], [24, 24, false], [0, 24, true]),
      ...pieces(104, [0, 24, true]),
      ...pieces(105, [24, 24, false]),
      { do: 'wait', ms: 1500 },
      ...pieces(106, [0, 24, true]),
      { do: 'wait', ms: 1300 },
      ...pieces(106, [24, 24, false]),
      { do: 'wait', ms: 1500 },
    ],
  },
  {
    name: 'icmp-rate-limit',
    about: 'icmp_ratelimit: one receiver gets six errors at once, then one a second; another has a bucket of its own',
    setup: [
      ...lan(3),
      sysctl('h2', 'net.ipv4.icmp_ratelimit', '1000'),
      sysctl('h2', 'net.ipv4.icmp_msgs_burst', '200'),
    ],
    stimuli: [
      ...Array.from({ length: 8 }, (_, i) => udp('h1', 40001 + i, '10.0.0.2', 9, { patience: 20 })),
      udp('h3', 40101, '10.0.0.2', 9),
      { do: 'wait', ms: 1600 },
      udp('h1', 40011, '10.0.0.2', 9),
      udp('h1', 40012, '10.0.0.2', 9, { patience: 20 }),
    ],
  },
  {
    name: 'neighbours-shown',
    about: 'neighbours as ip neigh shows them: found, failed, permanent, changed, deleted, flushed',
    setup: [...lan(3), ip('h1', `neigh add 10.0.0.9 lladdr ${hw(9, 9)} dev eth0`)],
    stimuli: [
      ping('h1', '10.0.0.2'),
      ping('h1', '10.0.0.77', { patience: 3500 }),
      ask('h1', 'ip neigh show 10.0.0.2'),
      ask('h1', 'ip neigh show nud failed'),
      ask('h1', 'ip neigh show nud permanent'),
      ask('h1', `ip neigh replace 10.0.0.2 lladdr ${hw(2, 1)} dev eth0 nud stale`),
      ask('h1', 'ip neigh show to 10.0.0.2'),
      ask('h1', `ip neigh add 10.0.0.2 lladdr ${hw(2, 1)} dev eth0`),
      ask('h1', 'ip neigh del 10.0.0.9 dev eth0'),
      ask('h1', 'ip neigh del 10.0.0.9 dev eth0'),
      ask('h1', 'ip neigh flush dev eth0'),
      ask('h1', 'ip neigh'),
    ],
  },
]
