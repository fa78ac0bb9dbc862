import type { Scenario, Setup } from '../language.ts'
import { chain, hw, lan, ping, tcp, udp } from './topologies.ts'

const rules = (ns: string, text: string): Setup => ({ do: 'iptables', ns, text })
const SERVERS = [
  { ns: 'b', proto: 'tcp', port: 80 },
  { ns: 'b', proto: 'udp', port: 7 },
] as const

/** chain(1) with a second client a2 (10.0.3.2) behind r1. */
const twoClients = (): Setup[] => [
  ...chain(1),
  { do: 'ns', ns: 'a2' },
  { do: 'veth', a: { ns: 'a2', dev: 'eth0', mac: hw(7, 1) }, b: { ns: 'r1', dev: 'l3', mac: hw(7, 2) } },
  { do: 'addr', ns: 'a2', dev: 'eth0', addr: '10.0.3.2/24' },
  { do: 'addr', ns: 'r1', dev: 'l3', addr: '10.0.3.1/24' },
  { do: 'route', ns: 'a2', to: 'default', via: '10.0.3.1' },
]

export const NAT: readonly Scenario[] = [
  {
    name: 'masquerade',
    about: 'a router hides its clients: two of them with one source port, TCP, UDP and ping',
    setup: [...twoClients(), rules('r1', '*nat\n-A POSTROUTING -o r2 -j MASQUERADE\nCOMMIT\n')],
    servers: SERVERS,
    stimuli: [
      tcp('a', 40001, '10.0.2.2', 80),
      tcp('a2', 40001, '10.0.2.2', 80),
      udp('a', 40002, '10.0.2.2', 7),
      udp('a2', 40002, '10.0.2.2', 7),
      ping('a', '10.0.2.2'),
      ping('a2', '10.0.2.2'),
      udp('a', 500, '10.0.2.2', 7),
      udp('a2', 500, '10.0.2.2', 7),
    ],
  },
  {
    name: 'clash-without-nat-rule',
    about: 'a router’s own connection and a masqueraded one on the same port',
    setup: [...chain(1), rules('r1', '*nat\n-A POSTROUTING -s 10.0.1.0/24 -j MASQUERADE\nCOMMIT\n')],
    servers: SERVERS,
    stimuli: [
      udp('r1', 40001, '10.0.2.2', 7),
      udp('a', 40001, '10.0.2.2', 7),
      udp('a', 40002, '10.0.2.2', 7),
      udp('r1', 40002, '10.0.2.2', 7),
    ],
  },
  {
    name: 'snat',
    about: 'SNAT to an address and a port range, and to an address that the router answers ARP for',
    setup: [
      ...chain(1),
      { do: 'addr', ns: 'r1', dev: 'r2', addr: '10.0.2.50/24' },
      rules(
        'r1',
        `*nat
-A POSTROUTING -p udp -m udp --dport 7 -j SNAT --to-source 10.0.2.50:6000-6001
-A POSTROUTING -p tcp -j SNAT --to-source 10.0.2.50
COMMIT
`,
      ),
    ],
    servers: SERVERS,
    stimuli: [tcp('a', 40001, '10.0.2.2', 80), udp('a', 6000, '10.0.2.2', 7), ping('a', '10.0.2.2')],
  },
  {
    name: 'dnat-port-forward',
    about: 'a published port: from outside, from the router, from inside with and without hairpin masquerade',
    setup: [
      ...twoClients(),
      rules(
        'r1',
        `*nat
-A PREROUTING -d 10.0.2.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.1.2:80
-A PREROUTING -d 10.0.2.1/32 -p udp -m udp --dport 8080 -j DNAT --to-destination 10.0.1.2:7
-A OUTPUT -d 10.0.2.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.1.2:80
-A POSTROUTING -s 10.0.1.0/24 -d 10.0.1.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
COMMIT
`,
      ),
    ],
    servers: [
      { ns: 'a', proto: 'tcp', port: 80 },
      { ns: 'a', proto: 'udp', port: 7 },
    ],
    stimuli: [
      tcp('b', 40001, '10.0.2.1', 8080),
      tcp('r1', 40002, '10.0.2.1', 8080),
      tcp('a', 40003, '10.0.2.1', 8080),
      tcp('a2', 40004, '10.0.2.1', 8080),
      udp('b', 40005, '10.0.2.1', 8080),
      udp('r1', 40006, '10.0.2.1', 8080),
    ],
  },
  {
    name: 'dnat-errors',
    about: 'errors about translated datagrams come back with what their sender knows: closed port, TTL, too big',
    setup: [
      ...chain(2, [1500, 1500, 1300]),
      rules(
        'r1',
        `*nat
-A PREROUTING -d 10.9.9.9/32 -p udp -j DNAT --to-destination 10.0.3.2:9999
-A PREROUTING -d 10.9.9.9/32 -p icmp -j DNAT --to-destination 10.0.3.2
-A PREROUTING -d 10.9.9.9/32 -p tcp -j DNAT --to-destination 10.0.3.2:80
-A POSTROUTING -o r2 -j MASQUERADE
COMMIT
`,
      ),
    ],
    servers: [{ ns: 'b', proto: 'tcp', port: 80, reply: 2000 }],
    stimuli: [
      udp('a', 40001, '10.9.9.9', 53),
      udp('a', 40002, '10.9.9.9', 53, { ttl: 2 }),
      ping('a', '10.9.9.9', { ttl: 2 }),
      ping('a', '10.9.9.9'),
      ping('a', '10.9.9.9', { size: 1400, df: 'do' }),
      udp('a', 40003, '10.9.9.9', 53, { size: 1400, df: 'do' }),
      udp('a', 40004, '10.9.9.9', 53, { ttl: 1 }),
      tcp('a', 40005, '10.9.9.9', 80, { send: 3000, patience: 1500 }),
    ],
  },
  {
    name: 'nat-both-ways',
    about: 'DNAT and SNAT of one connection in two routers',
    setup: [
      ...chain(2),
      rules(
        'r1',
        '*nat\n-A PREROUTING -d 10.9.9.9/32 -j DNAT --to-destination 10.8.8.8\n-A POSTROUTING -o r2 -j SNAT --to-source 10.0.2.1\nCOMMIT\n',
      ),
      rules(
        'r2',
        '*nat\n-A PREROUTING -d 10.8.8.8/32 -j DNAT --to-destination 10.0.3.2\n-A POSTROUTING -o r3 -j MASQUERADE\nCOMMIT\n',
      ),
      { do: 'route', ns: 'r1', to: '10.8.8.8/32', via: '10.0.2.254' },
    ],
    servers: SERVERS,
    stimuli: [
      ping('a', '10.9.9.9'),
      tcp('a', 40001, '10.9.9.9', 80),
      udp('a', 40002, '10.9.9.9', 7),
      udp('a', 40003, '10.9.9.9', 8),
    ],
  },
  {
    name: 'redirect-target',
    about: 'REDIRECT sends what passes to the router itself, and in OUTPUT to the loopback',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*nat
-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128
-A PREROUTING -p udp -m udp --dport 7 -j REDIRECT
-A OUTPUT -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128
COMMIT
`,
      ),
    ],
    servers: [...SERVERS, { ns: 'r1', proto: 'tcp', port: 3128 }, { ns: 'r1', proto: 'udp', port: 7 }],
    stimuli: [tcp('a', 40001, '10.0.2.2', 80), udp('a', 40002, '10.0.2.2', 7), tcp('r1', 40003, '10.0.2.2', 80)],
  },
  {
    name: 'netmap',
    about: 'NETMAP moves a whole prefix',
    setup: [
      ...chain(1),
      rules(
        'r1',
        '*nat\n-A PREROUTING -d 10.77.0.0/24 -j NETMAP --to 10.0.2.0/24\n-A POSTROUTING -s 10.0.1.0/24 -j NETMAP --to 10.66.0.0/24\nCOMMIT\n',
      ),
    ],
    servers: SERVERS,
    stimuli: [ping('a', '10.77.0.2'), udp('a', 40001, '10.77.0.2', 7), udp('a', 40002, '10.77.0.2', 8)],
  },
  {
    name: 'dnat-output-local',
    about: 'a machine’s own packets, sent elsewhere by OUTPUT: to another machine, to its own loopback, and refused',
    setup: [
      ...lan(2),
      rules(
        'h1',
        `*nat
-A OUTPUT -d 10.9.9.9/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:80
-A OUTPUT -d 10.9.9.9/32 -p udp -j DNAT --to-destination 10.0.0.1:7
-A OUTPUT -d 10.0.0.2/32 -p udp -m udp --dport 99 -j DNAT --to-destination 10.9.8.7:99
COMMIT
`,
      ),
      { do: 'route', ns: 'h1', to: 'default', via: '10.0.0.2' },
    ],
    servers: [
      { ns: 'h2', proto: 'tcp', port: 80 },
      { ns: 'h1', proto: 'udp', port: 7 },
    ],
    stimuli: [tcp('h1', 40001, '10.9.9.9', 80), udp('h1', 40002, '10.9.9.9', 53), udp('h1', 40003, '10.0.0.2', 99)],
  },
  {
    name: 'nat-fragments',
    about: 'fragments are put together before translation and cut again behind it',
    setup: [
      ...chain(2, [1500, 1500, 700]),
      rules(
        'r1',
        '*nat\n-A PREROUTING -d 10.9.9.9/32 -j DNAT --to-destination 10.0.3.2\n-A POSTROUTING -o r2 -j MASQUERADE\nCOMMIT\n',
      ),
    ],
    servers: SERVERS,
    stimuli: [
      ping('a', '10.9.9.9', { size: 3000, df: 'dont' }),
      udp('a', 40001, '10.9.9.9', 7, { size: 2500, df: 'dont' }),
      udp('a', 40002, '10.9.9.9', 8, { size: 2500, df: 'dont' }),
    ],
  },
  {
    name: 'nat-ports-exhausted',
    about: 'two ports for five connections: who comes later finds none and is dropped, unless the destination differs',
    setup: [
      ...chain(1),
      rules(
        'r1',
        '*nat\n-A POSTROUTING -p udp -j SNAT --to-source 10.0.2.1:5000-5001\n-A POSTROUTING -p tcp -j SNAT --to-source 10.0.2.1:6000\nCOMMIT\n*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n',
      ),
    ],
    servers: [...SERVERS, { ns: 'b', proto: 'udp', port: 9 }, { ns: 'b', proto: 'tcp', port: 81 }],
    stimuli: [
      udp('a', 5000, '10.0.2.2', 7),
      udp('a', 5001, '10.0.2.2', 7),
      udp('a', 40003, '10.0.2.2', 7, { patience: 100 }),
      udp('a', 5000, '10.0.2.2', 9),
      tcp('a', 40001, '10.0.2.2', 80),
      tcp('a', 40002, '10.0.2.2', 80, { patience: 100 }),
      tcp('a', 40003, '10.0.2.2', 81),
    ],
  },
  {
    name: 'nat-without-rule',
    about: 'a translation outlives its rule, for the connections that have it; a rule put in later is for new ones',
    setup: [
      ...chain(1),
      rules(
        'r1',
        '*nat\n-A POSTROUTING -o r2 -j MASQUERADE\n-A PREROUTING -p udp -m udp --dport 1000 -j DNAT --to-destination 10.0.2.2:7\nCOMMIT\n',
      ),
    ],
    servers: SERVERS,
    stimuli: [
      udp('a', 40001, '10.0.2.9', 1000),
      ping('a', '10.0.2.2'),
      {
        do: 'change',
        change: {
          do: 'iptables',
          ns: 'r1',
          text: '*nat\n-F POSTROUTING\n-F PREROUTING\n-A POSTROUTING -p 47 -j MASQUERADE\nCOMMIT\n',
          noflush: true,
        },
      },
      udp('a', 40001, '10.0.2.9', 1000),
      udp('a', 40002, '10.0.2.9', 1000, { patience: 100 }),
      tcp('a', 40003, '10.0.2.2', 80),
    ],
  },
]
