import type { Scenario, Setup } from '../language.ts'
import { hw, lan, ping, tcp, udp } from './topologies.ts'

const HTTP = (ns: string) => ({ ns, proto: 'tcp', port: 80 }) as const

/** h1, h2 and h3 on a switch, each with VLAN devices of these ids: VLAN 10 is 10.10.0.N. */
const vlans = (ids: Readonly<Record<string, readonly number[]>>): Setup[] => [
  ...lan(3),
  ...Object.entries(ids).flatMap(([ns, list]) =>
    list.flatMap((id): Setup[] => [
      { do: 'vlan', ns, dev: `eth0.${id}`, lower: 'eth0', id },
      { do: 'addr', ns, dev: `eth0.${id}`, addr: `10.${id}.0.${ns.slice(1)}/24` },
    ]),
  ),
]

/** h1 (10.0.0.1) and h2 on a switch; on h1’s eth0 stand the devices of c1 (10.0.0.11) and c2. */
function children(make: (at: string, n: number) => Setup, count = 2): Setup[] {
  const names = Array.from({ length: count }, (_, i) => `c${i + 1}`)
  return [
    ...lan(2),
    ...names.map((ns): Setup => ({ do: 'ns', ns })),
    ...names.flatMap((at, i): Setup[] => [
      make(at, i + 1),
      { do: 'addr', ns: at, dev: 'net0', addr: `10.0.0.${11 + i}/24` },
    ]),
  ]
}

const macvlan =
  (mode: 'private' | 'vepa' | 'bridge' | 'passthru') =>
  (at: string, n: number): Setup => ({ do: 'macvlan', ns: 'h1', at, dev: 'net0', mac: hw(8, n), lower: 'eth0', mode })
const ipvlan =
  (mode: 'l2' | 'l3' | 'l3s', flag?: 'bridge' | 'private' | 'vepa') =>
  (at: string): Setup => ({ do: 'ipvlan', ns: 'h1', at, dev: 'net0', lower: 'eth0', mode, ...(flag ? { flag } : {}) })

/** Everybody asks everybody: siblings, the machine beside, the parent, and back. */
const ALL_WAYS = [
  ping('c1', '10.0.0.12', { patience: 100 }),
  tcp('c1', 40001, '10.0.0.2', 80),
  ping('h2', '10.0.0.11'),
  ping('c1', '10.0.0.1', { patience: 100 }),
  ping('h1', '10.0.0.11', { patience: 100 }),
  udp('c2', 40002, '10.0.0.2', 7),
]

export const DEVICES: readonly Scenario[] = [
  {
    name: 'vlan-trunk',
    about: 'VLANs over a switch that knows nothing of them: own VLAN, another’s, untagged, full-sized',
    setup: vlans({ h1: [10, 20], h2: [10], h3: [20] }),
    servers: [HTTP('h2')],
    stimuli: [
      ping('h1', '10.10.0.2'),
      ping('h1', '10.20.0.3'),
      ping('h1', '10.10.0.3', { patience: 100 }),
      ping('h1', '10.0.0.3'),
      ping('h1', '10.10.0.2', { size: 1472, df: 'do' }),
      ping('h1', '10.10.0.2', { size: 2000 }),
      tcp('h1', 40001, '10.10.0.2', 80),
      { do: 'change', change: { do: 'link', ns: 'h1', dev: 'eth0', up: false } },
      ping('h1', '10.10.0.2'),
      { do: 'wait', ms: 1500 },
    ],
  },
  {
    name: 'vlan-router',
    about: 'a router on a stick: from one VLAN to another over one cable',
    setup: [
      ...vlans({ h1: [10, 20], h2: [10], h3: [20] }).map((step): Setup =>
        step.do === 'ns' && step.ns === 'h1' ? { ...step, router: true } : step,
      ),
      { do: 'route', ns: 'h2', to: '10.20.0.0/24', via: '10.10.0.1' },
      { do: 'route', ns: 'h3', to: '10.10.0.0/24', via: '10.20.0.1' },
    ],
    servers: [HTTP('h3')],
    stimuli: [ping('h2', '10.20.0.3'), tcp('h2', 40001, '10.20.0.3', 80), ping('h3', '10.10.0.2', { ttl: 1 })],
  },
  ...(['bridge', 'private', 'vepa'] as const).map((mode): Scenario => ({
    name: `macvlan-${mode}`,
    about: `macvlan in mode ${mode}: siblings, the machine beside, the parent`,
    setup: children(macvlan(mode)),
    servers: [HTTP('h2'), { ns: 'h2', proto: 'udp', port: 7 }],
    stimuli: ALL_WAYS,
  })),
  {
    name: 'macvlan-passthru',
    about: 'macvlan in mode passthru: the one child has the parent’s address on the wire',
    setup: children(macvlan('passthru'), 1),
    servers: [HTTP('h2')],
    stimuli: [tcp('c1', 40001, '10.0.0.2', 80), ping('h2', '10.0.0.11'), ping('c1', '10.0.0.1', { patience: 100 })],
  },
  {
    name: 'ipvlan-l2',
    about: 'ipvlan in mode l2: one MAC address, told apart by IP address',
    setup: children(ipvlan('l2')),
    servers: [HTTP('h2'), { ns: 'h2', proto: 'udp', port: 7 }],
    stimuli: ALL_WAYS,
  },
  {
    name: 'ipvlan-l2-private',
    about: 'ipvlan in mode l2, private: siblings do not meet',
    setup: children(ipvlan('l2', 'private')),
    servers: [HTTP('h2'), { ns: 'h2', proto: 'udp', port: 7 }],
    stimuli: ALL_WAYS,
  },
  ...(['l3', 'l3s'] as const).map((mode): Scenario => ({
    name: `ipvlan-${mode}`,
    about: `ipvlan in mode ${mode}: the parent routes for its children; what its firewall counts of that`,
    setup: [
      ...lan(2),
      { do: 'ns', ns: 'c1' },
      { do: 'ns', ns: 'c2' },
      ...[1, 2].flatMap((n): Setup[] => [
        ipvlan(mode)(`c${n}`),
        { do: 'addr', ns: `c${n}`, dev: 'net0', addr: `10.7.0.${n}/32` },
        { do: 'route', ns: `c${n}`, to: 'default', dev: 'net0' },
      ]),
      { do: 'route', ns: 'h2', to: '10.7.0.0/24', via: '10.0.0.1' },
      {
        do: 'iptables',
        ns: 'h1',
        text: '*filter\n-A INPUT -s 10.7.0.0/24\n-A INPUT -d 10.7.0.0/24\n-A FORWARD\n-A OUTPUT\nCOMMIT\n*nat\n-A POSTROUTING -p icmp\nCOMMIT\n',
      },
    ],
    servers: [HTTP('h2'), HTTP('c2')],
    stimuli: [
      ping('c1', '10.7.0.2'),
      tcp('c1', 40001, '10.0.0.2', 80),
      tcp('h2', 40002, '10.7.0.2', 80),
      ping('h2', '10.7.0.9', { patience: 100 }),
      ping('c1', '10.0.0.1', { patience: 100 }),
    ],
  })),
  {
    name: 'dummy',
    about: 'a dummy device: its address answers, what is routed into it is gone',
    setup: [
      ...lan(2),
      { do: 'dummy', ns: 'h2', dev: 'dum0', mac: hw(7, 1) },
      { do: 'addr', ns: 'h2', dev: 'dum0', addr: '10.77.0.1/24' },
      { do: 'route', ns: 'h1', to: '10.77.0.0/24', via: '10.0.0.2' },
      { do: 'sysctl', ns: 'h2', name: 'net.ipv4.ip_forward', value: '1' },
    ],
    servers: [HTTP('h2')],
    stimuli: [
      ping('h1', '10.77.0.1'),
      tcp('h1', 40001, '10.77.0.1', 80),
      ping('h1', '10.77.0.9', { patience: 100 }),
      ping('h2', '10.77.0.9', { patience: 100 }),
    ],
  },
  {
    name: 'tun-unattached',
    about: 'a tun device that no process has opened: no carrier, so what is routed into it is gone',
    setup: [
      ...lan(2),
      { do: 'tun', ns: 'h1', dev: 'tun0' },
      { do: 'addr', ns: 'h1', dev: 'tun0', addr: '10.66.0.1/24' },
    ],
    stimuli: [ping('h1', '10.66.0.2', { patience: 100 }), ping('h1', '10.66.0.1'), ping('h1', '10.0.0.2')],
  },
]
