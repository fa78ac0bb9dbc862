import type { Scenario, Setup } from '../language.ts'
import { hw, ip, ping, tcp, udp } from './topologies.ts'

/** Two sites, t1 (172.16.0.1) and t2, joined by a router; tunnels between them, 10.9.1.1 and 10.9.2.1 behind. */
function sites(tunnel: (i: number, own: string, far: string) => Setup[], mtu = 1500): Setup[] {
  const setup: Setup[] = [
    { do: 'ns', ns: 't1', router: true },
    { do: 'ns', ns: 'mid', router: true },
    { do: 'ns', ns: 't2', router: true },
  ]
  for (const i of [1, 2]) {
    setup.push({ do: 'ns', ns: `s${i}` })
    setup.push({
      do: 'veth',
      a: { ns: `t${i}`, dev: 'wan', mac: hw(i, 1) },
      b: { ns: 'mid', dev: `to${i}`, mac: hw(i, 2) },
      mtu,
    })
    setup.push({
      do: 'veth',
      a: { ns: `s${i}`, dev: 'eth0', mac: hw(i, 3) },
      b: { ns: `t${i}`, dev: 'lan', mac: hw(i, 4) },
    })
    setup.push(
      { do: 'addr', ns: `t${i}`, dev: 'wan', addr: `172.16.${i}.1/24` },
      { do: 'addr', ns: 'mid', dev: `to${i}`, addr: `172.16.${i}.254/24` },
      { do: 'addr', ns: `t${i}`, dev: 'lan', addr: `10.9.${i}.254/24` },
      { do: 'addr', ns: `s${i}`, dev: 'eth0', addr: `10.9.${i}.1/24` },
      { do: 'route', ns: `t${i}`, to: 'default', via: `172.16.${i}.254` },
      { do: 'route', ns: `s${i}`, to: 'default', via: `10.9.${i}.254` },
    )
  }
  for (const i of [1, 2]) setup.push(...tunnel(i, `172.16.${i}.1`, `172.16.${3 - i}.1`))
  return setup
}

/** Over a tunnel device without neighbours. */
const through = (i: number, dev: string): Setup[] => [
  { do: 'addr', ns: `t${i}`, dev, addr: `10.8.0.${i}/24` },
  { do: 'route', ns: `t${i}`, to: `10.9.${3 - i}.0/24`, dev },
]

/** What t1 forwards has a mark, and what has that mark finds no way to the other site's machine. */
const MARKED: readonly Setup[] = [
  { do: 'iptables', ns: 't1', text: '*mangle\n-A PREROUTING -i lan -j MARK --set-xmark 0x7/0xffffffff\nCOMMIT\n' },
  ip('t1', 'rule add fwmark 7 to 172.16.0.0/16 lookup 100 pref 100'),
  ip('t1', 'route add unreachable default table 100'),
]

const ACROSS = [
  ping('s1', '10.9.2.1', { count: 2 }),
  tcp('s1', 40001, '10.9.2.1', 80),
  udp('s2', 40002, '10.9.1.1', 7),
  ping('t1', '10.8.0.2'),
  ping('s1', '10.9.2.1', { size: 1472, df: 'do' }),
  ping('s1', '10.9.2.1', { size: 1472, df: 'dont' }),
  ping('s1', '10.9.2.1', { ttl: 1 }),
  ping('s1', '10.9.2.1', { ttl: 2 }),
  tcp('s1', 40003, '10.9.2.1', 81),
]
const SITE_SERVERS = [
  { ns: 's2', proto: 'tcp', port: 80 },
  { ns: 's1', proto: 'udp', port: 7 },
] as const

const KEYS = {
  1: ['AAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAUE=', 'pOCSkrZRwni5dyxWn1+puxPZBrRqtoyd+dwrRAn4ogk='],
  2: ['AAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAkI=', 'zo060cy2M+x7cMF4FKXHbs0CloUFDTRHRboFhw5YfVk='],
} as const
const wireguard = (i: 1 | 2, far: string, allowed: readonly string[]): Setup => ({
  do: 'wireguard',
  ns: `t${i}`,
  dev: 'wg0',
  privateKey: KEYS[i][0],
  port: 51820,
  peers: [{ publicKey: KEYS[i === 1 ? 2 : 1][1], allowed, endpoint: `${far}:51820` }],
})

/** Tunnels between two sites. */
export const TUNNELS: readonly Scenario[] = [
  {
    name: 'ipip',
    about: 'IPIP between two sites: TTL and DF are copied outward, the path MTU comes back',
    setup: sites((i, local, remote) => [
      { do: 'ipip', ns: `t${i}`, dev: 'tun1', local, remote },
      ...through(i, 'tun1'),
    ]),
    servers: SITE_SERVERS,
    stimuli: ACROSS,
  },
  {
    name: 'ipip-narrow',
    about: 'IPIP over a way that is narrower than the tunnel believes; and one that does not set DF',
    setup: sites(
      (i, local, remote) => [
        { do: 'ipip', ns: `t${i}`, dev: 'tun1', local, remote, mtu: 1480, ...(i === 2 ? { pmtudisc: false } : {}) },
        ...through(i, 'tun1'),
      ],
      1300,
    ),
    servers: SITE_SERVERS,
    stimuli: [
      ping('s1', '10.9.2.1', { size: 1400, df: 'do' }),
      ping('s1', '10.9.2.1', { size: 1400, df: 'do' }),
      ping('s2', '10.9.1.1', { size: 1400, df: 'dont' }),
    ],
  },
  {
    name: 'ipip-mark',
    about: 'IPIP looks for its way without the mark of what it carries',
    setup: [
      ...sites((i, local, remote) => [{ do: 'ipip', ns: `t${i}`, dev: 'tun1', local, remote }, ...through(i, 'tun1')]),
      ...MARKED,
    ],
    stimuli: [ping('s1', '10.9.2.1'), ping('s2', '10.9.1.1')],
  },
  {
    name: 'gre',
    about: 'GRE between two sites',
    setup: sites((i, local, remote) => [
      { do: 'gre', ns: `t${i}`, dev: 'gre1', local, remote, ttl: 64 },
      ...through(i, 'gre1'),
    ]),
    servers: SITE_SERVERS,
    stimuli: ACROSS,
  },
  {
    name: 'gre-key',
    about: 'GRE with a key that both ends know, then with one that the other end does not',
    setup: sites((i, local, remote) => [
      { do: 'gre', ns: `t${i}`, dev: 'gre1', local, remote, key: 77 },
      ...through(i, 'gre1'),
      { do: 'gre', ns: `t${i}`, dev: 'gre2', local, remote, key: 100 + i },
      { do: 'addr', ns: `t${i}`, dev: 'gre2', addr: `10.6.0.${i}/24` },
    ]),
    servers: SITE_SERVERS,
    stimuli: [ping('s1', '10.9.2.1'), tcp('s1', 40001, '10.9.2.1', 80), ping('t1', '10.6.0.2')],
  },
  {
    name: 'geneve',
    about: 'Geneve between two sites: Ethernet in UDP, ARP included',
    setup: sites((i, _, remote) => [
      { do: 'geneve', ns: `t${i}`, dev: 'gnv0', mac: hw(i, 5), vni: 5, remote },
      { do: 'addr', ns: `t${i}`, dev: 'gnv0', addr: `10.8.0.${i}/24` },
      { do: 'route', ns: `t${i}`, to: `10.9.${3 - i}.0/24`, via: `10.8.0.${3 - i}` },
    ]),
    servers: SITE_SERVERS,
    stimuli: ACROSS,
  },
  {
    name: 'geneve-mark',
    about: 'Geneve looks for its way with the mark of what it carries',
    setup: [
      ...sites((i, _, remote) => [
        { do: 'geneve', ns: `t${i}`, dev: 'gnv0', mac: hw(i, 5), vni: 5, remote },
        { do: 'addr', ns: `t${i}`, dev: 'gnv0', addr: `10.8.0.${i}/24` },
        { do: 'route', ns: `t${i}`, to: `10.9.${3 - i}.0/24`, via: `10.8.0.${3 - i}` },
      ]),
      ...MARKED,
    ],
    stimuli: [ping('s1', '10.9.2.1', { patience: 3500 }), ping('s2', '10.9.1.1', { patience: 3500 })],
  },
  {
    name: 'wireguard',
    about: 'WireGuard between two sites: handshake, data, what may not come in, what has no peer',
    setup: sites((i, _, remote) => [
      wireguard(i === 1 ? 1 : 2, remote, [`10.9.${3 - i}.0/24`, `10.8.0.${3 - i}/32`]),
      ...through(i, 'wg0'),
    ]),
    servers: SITE_SERVERS,
    stimuli: [...ACROSS, ping('t1', '10.8.0.9')],
  },
  {
    name: 'wireguard-one-sided',
    about: 'WireGuard: addresses that one side sends and the other does not allow',
    setup: sites((i, _, remote) => [
      wireguard(i === 1 ? 1 : 2, remote, i === 1 ? ['0.0.0.0/0'] : ['10.8.0.1/32']),
      ...through(i, 'wg0'),
    ]),
    servers: SITE_SERVERS,
    stimuli: [
      ping('t1', '10.8.0.2'),
      ping('s1', '10.9.2.1', { patience: 100 }),
      ping('t2', '10.9.1.1', { patience: 100 }),
    ],
  },
]
