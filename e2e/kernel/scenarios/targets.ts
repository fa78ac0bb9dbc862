import type { Scenario, Setup } from '../language.ts'
import { adjust, ask, chain, change, cluster, ip, lan, ping, sysctl, tcp, udp } from './topologies.ts'

const rules = (ns: string, text: string): Setup => ({ do: 'iptables', ns, text })
/** Targets and settings that one scenario is too few for. */
export const TARGETS: readonly Scenario[] = [
  {
    name: 'redirect-variants',
    about:
      'REDIRECT: a range of ports, UDP in OUTPUT, a port nobody listens on, bound to one device; connections as they are known',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*nat
-A PREROUTING -i l1 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128
-A PREROUTING -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 3999
-A PREROUTING -p udp -m udp --dport 53 -j REDIRECT --to-ports 5353
-A OUTPUT -p udp -m udp --dport 53 -j REDIRECT --to-ports 5353
-A OUTPUT -p icmp -j REDIRECT
COMMIT
`,
      ),
    ],
    servers: [
      { ns: 'r1', proto: 'tcp', port: 3128 },
      { ns: 'r1', proto: 'udp', port: 5353 },
      { ns: 'b', proto: 'tcp', port: 80 },
    ],
    stimuli: [
      tcp('a', 40001, '10.0.2.2', 80),
      tcp('b', 40002, '10.0.1.2', 80, { patience: 100 }),
      tcp('a', 40003, '10.0.2.2', 81),
      udp('a', 40004, '10.0.2.2', 53),
      udp('r1', 40005, '10.0.2.2', 53),
      ping('r1', '10.0.2.2'),
      ping('a', '10.0.2.2'),
    ],
  },
  {
    name: 'netmap-variants',
    about: 'NETMAP: both directions of one prefix, in OUTPUT, of TCP, and an error about what was mapped',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*nat
-A PREROUTING -d 10.77.0.0/24 -j NETMAP --to 10.0.2.0/24
-A OUTPUT -d 10.77.0.0/25 -j NETMAP --to 10.0.2.0/25
-A POSTROUTING -s 10.0.2.0/24 -d 10.0.1.0/24 -j NETMAP --to 10.77.0.0/24
COMMIT
`,
      ),
    ],
    servers: [
      { ns: 'a', proto: 'udp', port: 7 },
      { ns: 'b', proto: 'tcp', port: 80 },
    ],
    stimuli: [
      tcp('a', 40001, '10.77.0.2', 80),
      udp('a', 40002, '10.77.0.2', 9),
      ping('r1', '10.77.0.2'),
      ping('r1', '10.77.0.200', { patience: 100 }),
      udp('b', 40003, '10.0.1.2', 7),
      ping('b', '10.0.1.2', { ttl: 1 }),
      ping('a', '10.77.0.9', { patience: 3500 }),
    ],
  },
  {
    name: 'tcpmss-variants',
    about: 'TCPMSS: only SYNs, never upwards, in OUTPUT and POSTROUTING; -m tcpmss sees what it left',
    deviations: ['cut-last'],
    setup: [
      ...chain(1),
      rules('a', '*mangle\n-A OUTPUT -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000\nCOMMIT\n'),
      rules(
        'r1',
        `*mangle
-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1:1000
-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1300
-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1300
-A POSTROUTING -p tcp -m tcp --sport 80 --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 500
-A POSTROUTING -p tcp -m tcp --tcp-flags SYN,RST SYN -m tcpmss ! --mss 501:65535
COMMIT
`,
      ),
    ],
    servers: [{ ns: 'b', proto: 'tcp', port: 80, reply: 2500 }],
    stimuli: [tcp('a', 40001, '10.0.2.2', 80, { send: 1500 }), tcp('b', 40002, '10.0.1.2', 80)],
  },
  {
    name: 'owner-variants',
    about:
      '-m owner: users, groups and sockets of what is sent here; not of what is forwarded, nor of what the kernel says itself',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*filter
-A OUTPUT -m owner --uid-owner 0
-A OUTPUT -m owner ! --uid-owner 0
-A OUTPUT -m owner --uid-owner 1-65535
-A OUTPUT -m owner --gid-owner 0
-A OUTPUT -m owner ! --gid-owner 1000
-A OUTPUT -m owner --socket-exists
-A OUTPUT -m owner ! --socket-exists
-A OUTPUT -p udp -m owner --uid-owner 0 -j REJECT
COMMIT
*mangle
-A POSTROUTING -m owner --uid-owner 0
-A POSTROUTING -m owner ! --socket-exists
COMMIT
`,
      ),
    ],
    servers: [{ ns: 'r1', proto: 'tcp', port: 80 }],
    stimuli: [
      ping('r1', '10.0.2.2'),
      tcp('r1', 40001, '10.0.2.2', 80),
      udp('r1', 40002, '10.0.2.2', 7),
      ping('a', '10.0.1.1'),
      ping('a', '10.0.2.2'),
      udp('a', 40003, '10.0.1.1', 7),
      tcp('a', 40004, '10.0.1.1', 80),
      tcp('a', 40005, '10.0.1.1', 81),
      ping('a', '10.0.2.2', { ttl: 1 }),
    ],
  },
  {
    name: 'arp-announce',
    about:
      'arp_announce 0, 1 and 2: which address a question for a neighbour bears, for packets with a source of another network',
    setup: [
      ...lan(2),
      ip('h1', 'addr add 172.16.0.1/24 dev eth0'),
      ip('h1', 'addr add 10.0.0.21/24 dev eth0'),
      ip('h1', 'addr add 192.168.9.1/32 dev lo'),
      ip('h2', 'addr add 172.16.0.2/24 dev eth0'),
      ip('h2', 'route add 192.168.9.1 via 10.0.0.1'),
    ],
    servers: [{ ns: 'h2', proto: 'udp', port: 7 }],
    stimuli: (['0', '1', '2'] as const).flatMap((mode, i) => [
      adjust('h1', 'net.ipv4.conf.all.arp_announce', mode),
      ...['10.0.0.1', '10.0.0.21', '172.16.0.1', '192.168.9.1'].flatMap((from, j) => [
        change('h1', 'neigh flush all'),
        udp('h1', 40000 + 10 * i + j, '10.0.0.2', 7, { from }),
      ]),
    ]),
  },
  {
    name: 'arp-accept',
    about: 'gratuitous ARP by arping: learned only where arp_accept says so, and refreshes what is known',
    setup: [...lan(3), sysctl('h3', 'net.ipv4.conf.eth0.arp_accept', '1')],
    stimuli: [
      ask('h1', 'arping -U -c 1 -I eth0 10.0.0.1'),
      ask('h2', 'ip neigh show'),
      ask('h3', 'ip neigh show'),
      ask('h1', 'arping -A -c 1 -I eth0 10.0.0.1'),
      ask('h2', 'ip neigh show'),
      ask('h3', 'ip neigh show'),
      ping('h2', '10.0.0.1'),
      change('h1', 'link set eth0 address 02:00:00:00:01:99'),
      ask('h1', 'arping -U -c 1 -I eth0 10.0.0.1'),
      ask('h2', 'ip neigh show'),
      ask('h3', 'ip neigh show'),
      ping('h2', '10.0.0.1'),
    ],
  },
  {
    name: 'mark-through-vxlan',
    about: 'a mark goes with the packet into a tunnel of its own namespace, and out of it at the other end',
    setup: [
      ...cluster(),
      rules(
        'n1',
        `*mangle
-A PREROUTING -s 10.244.1.2/32 -j MARK --set-xmark 0x7/0xff
-A OUTPUT -p udp -m udp --dport 8472 -m mark --mark 0x7/0xff -j ACCEPT
-A POSTROUTING -p udp -m udp --dport 8472 -m mark --mark 0x7/0xff -j ACCEPT
COMMIT
`,
      ),
      rules(
        'n2',
        `*mangle
-A PREROUTING -p udp -m udp --dport 8472 -j MARK --set-xmark 0x5/0xff
-A PREROUTING -m mark --mark 0x5/0xff -j ACCEPT
-A FORWARD -s 10.244.1.2/32 -m mark --mark 0x5/0xff -j ACCEPT
COMMIT
`,
      ),
    ],
    stimuli: [ping('p1a', '10.244.2.2'), ping('p1b', '10.244.2.2')],
  },
]
