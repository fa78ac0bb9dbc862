import type { Scenario, Setup, Stimulus } from '../language.ts'
import { chain, cluster, hw, lan, ping, tcp, udp } from './topologies.ts'

const rules = (ns: string, text: string): Setup => ({ do: 'iptables', ns, text })
const counting = (ns: string, chain_: string, matches: readonly string[], table = 'filter'): Setup =>
  rules(ns, `*${table}\n${matches.map((match) => `-A ${chain_} ${match}\n`).join('')}COMMIT\n`)
const wait = (ms: number): Stimulus => ({ do: 'wait', ms })
const SERVERS = [
  { ns: 'b', proto: 'tcp', port: 80 },
  { ns: 'b', proto: 'udp', port: 7 },
] as const

/** Extensions, each asked by a rule that only counts. */
export const MATCHES: readonly Scenario[] = [
  {
    name: 'match-recent',
    about: 'recent: lists of addresses with times, hit counts, TTL; both sides, masks, removal',
    setup: [
      ...chain(1),
      counting('r1', 'FORWARD', [
        '-p udp -m udp --dport 1000 -m recent --set --name knock --rsource',
        '-m recent --rcheck --name knock --rsource',
        '-m recent ! --rcheck --name knock --rsource',
        '-p udp -m udp --dport 1001 -m recent --update --seconds 60 --hitcount 3 --name knock --rsource',
        '-p udp -m udp --dport 1001 -m recent --rcheck --seconds 60 --hitcount 4 --name knock --rsource',
        '-p udp -m udp --dport 1002 -m recent --rcheck --rttl --name knock --rsource',
        '-p udp -m udp --dport 1003 -m recent --remove --name knock --rsource',
        '-p udp -m udp --dport 1004 -m recent --set --name far --rdest',
        '-m recent --rcheck --seconds 1 --name far --rdest',
        '-m recent --rcheck --seconds 1 --reap --name far --rdest',
        '-p udp -m udp --dport 1005 -m recent --set --name nets --mask 255.255.255.0 --rsource',
        '-m recent --rcheck --name nets --mask 255.255.255.0 --rsource',
        '-m recent --update --name far --rsource',
      ]),
    ],
    stimuli: [
      ...[1001, 1000, 1001, 1001, 1001, 1001, 1002].map((port) => udp('a', 40000, '10.0.2.2', port)),
      udp('a', 40000, '10.0.2.2', 1002, { ttl: 9 }),
      udp('a', 40000, '10.0.2.2', 1004),
      udp('a', 40000, '10.0.2.2', 1005),
      udp('b', 40000, '10.0.1.2', 1001),
      wait(1300),
      udp('a', 40000, '10.0.2.2', 1001),
      udp('a', 40000, '10.0.2.2', 1003),
      udp('a', 40000, '10.0.2.2', 1001),
    ],
  },
  {
    name: 'match-limit',
    about: 'limit and hashlimit: bursts, and what comes back within a second',
    setup: [
      ...chain(1),
      counting('r1', 'FORWARD', [
        '-p icmp -m limit --limit 1/min --limit-burst 3',
        '-p icmp -m limit --limit 2/sec --limit-burst 2',
        '-p icmp -m limit --limit 1/hour',
        '-p icmp -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name one',
        '-p icmp -m hashlimit --hashlimit-above 1/min --hashlimit-burst 2 --hashlimit-mode srcip,dstip --hashlimit-name two',
        '-p icmp -m hashlimit --hashlimit-upto 2/sec --hashlimit-burst 1 --hashlimit-name three',
        '-p udp -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 1 --hashlimit-mode dstport --hashlimit-name four',
        '-p udp -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-srcmask 16 --hashlimit-name five',
      ]),
    ],
    stimuli: [
      ping('a', '10.0.2.2', { count: 4 }),
      wait(1200),
      ping('a', '10.0.2.2', { count: 2 }),
      ...[1001, 1002, 1001, 1002].map((port) => udp('a', 40000, '10.0.2.2', port)),
    ],
  },
  {
    name: 'match-addresses',
    about: 'multiport, iprange, mac, addrtype, pkttype, length, ttl, tos, dscp, in both senses',
    setup: [
      ...chain(1),
      counting('r1', 'FORWARD', [
        '-p udp -m multiport --dports 7,1000:1002',
        '-p udp -m multiport ! --dports 7,1000:1002',
        '-p tcp -m multiport --ports 80,40001',
        '-p udp -m multiport --sports 40000:40001',
        '-m iprange --src-range 10.0.1.2-10.0.1.9',
        '-m iprange ! --dst-range 10.0.2.2-10.0.2.9',
        '-m mac --mac-source 02:00:00:00:01:01',
        '-m mac ! --mac-source 02:00:00:00:01:01',
        '-m addrtype --src-type UNICAST --dst-type UNICAST',
        '-m addrtype ! --dst-type LOCAL,BROADCAST',
        '-m addrtype --src-type LOCAL --limit-iface-in',
        '-m pkttype --pkt-type unicast',
        '-m length --length 0:60',
        '-m length ! --length 0:60',
        '-m ttl --ttl-gt 60',
        '-m ttl ! --ttl-eq 63',
        '-m tos --tos 0x10/0x3f',
        '-m dscp ! --dscp 0x00',
        '-p tcp -m tcpmss --mss 1460',
        '-p tcp -m tcp --tcp-option 2',
        '-p tcp -m tcp ! --tcp-option 8',
        '-p tcp -m tcp ! --tcp-flags SYN,ACK SYN',
        '-p icmp -m icmp --icmp-type any',
        '-m statistic --mode nth --every 3 --packet 0',
        '-m statistic --mode nth ! --every 2 --packet 1',
        '-m state --state NEW',
      ]),
      counting('r1', 'PREROUTING', ['-m rpfilter', '-m rpfilter --invert', '-m rpfilter --loose'], 'raw'),
    ],
    servers: SERVERS,
    stimuli: [
      ping('a', '10.0.2.2'),
      tcp('a', 40001, '10.0.2.2', 80),
      udp('a', 40002, '10.0.2.2', 7),
      udp('a', 40000, '10.0.2.2', 1001),
      udp('b', 40000, '10.0.1.2', 1003),
    ],
  },
  {
    name: 'match-physdev',
    about: 'physdev: the ports behind a bridge, for what is bridged, routed and local',
    setup: [
      ...cluster(),
      counting('n1', 'FORWARD', [
        '-m physdev --physdev-in veth1a',
        '-m physdev ! --physdev-in veth1a',
        '-m physdev --physdev-in veth+',
        '-m physdev --physdev-out veth1b',
        '-m physdev --physdev-is-in',
        '-m physdev ! --physdev-is-in',
        '-m physdev --physdev-is-out',
        '-m physdev --physdev-is-bridged',
        '-m physdev ! --physdev-is-bridged',
      ]),
      counting('n1', 'POSTROUTING', ['-m physdev --physdev-out veth1b', '-m physdev --physdev-is-bridged'], 'mangle'),
      counting('n1', 'INPUT', ['-m physdev --physdev-in veth1a', '-m physdev --physdev-is-bridged'], 'security'),
    ],
    stimuli: [
      ping('p1a', '10.244.1.3'),
      ping('p1a', '10.244.2.2'),
      ping('p1a', '10.244.1.1'),
      udp('p1b', 40001, '10.244.1.2', 9),
    ],
  },
  {
    name: 'target-tee',
    about: 'TEE: a copy of the packet goes to a neighbour, header and all',
    setup: [
      ...chain(2),
      rules(
        'r1',
        '*mangle\n-A PREROUTING -i l1 -p icmp -j TEE --gateway 10.0.2.254\n-A FORWARD -p udp -j TEE --gateway 10.0.1.2\nCOMMIT\n',
      ),
      rules('r2', '*filter\n-A FORWARD -p icmp\n-A FORWARD -p udp\nCOMMIT\n'),
    ],
    servers: [{ ns: 'b', proto: 'udp', port: 7 }],
    stimuli: [ping('a', '10.0.3.2'), udp('a', 40001, '10.0.3.2', 7)],
  },
  {
    name: 'target-connmark',
    about: 'CONNMARK and connmark: marks that stay with a connection',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*mangle
-A PREROUTING -p udp -m udp --dport 7 -j CONNMARK --set-xmark 0x10/0xff
-A PREROUTING -m connmark --mark 0x10/0xf0
-A PREROUTING -m connmark ! --mark 0x10
-A PREROUTING -p icmp -j MARK --set-xmark 0x5/0xffffffff
-A PREROUTING -p icmp -j CONNMARK --save-mark --nfmask 0xf --ctmask 0xff
-A FORWARD -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A FORWARD -m mark --mark 0x10
-A FORWARD -m mark --mark 0x5
-A FORWARD -p udp -j CONNMARK --set-xmark 0x100/0x0
COMMIT
`,
      ),
    ],
    servers: SERVERS,
    stimuli: [udp('a', 40002, '10.0.2.2', 7), ping('a', '10.0.2.2'), tcp('a', 40003, '10.0.2.2', 80)],
  },
  {
    name: 'target-zone',
    about: 'CT --zone: two clients with one address and port, told apart by where they come in',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*raw
-A PREROUTING -i l1 -p udp -j CT --zone 1
-A PREROUTING -i r2 -p udp -j CT --zone 2
COMMIT
*filter
-A FORWARD -m conntrack --ctstate NEW
-A FORWARD -m conntrack --ctstate ESTABLISHED
COMMIT
`,
      ),
    ],
    servers: SERVERS,
    stimuli: [udp('a', 40002, '10.0.2.2', 7), udp('a', 40002, '10.0.2.2', 7), ping('a', '10.0.2.2')],
  },
  {
    name: 'match-mac',
    about: 'mac: of what came over Ethernet; on the loopback it holds for nothing, inverted or not',
    setup: [
      ...lan(2),
      counting(
        'h1',
        'INPUT',
        [
          `-m mac --mac-source ${hw(2, 1)}`,
          `-m mac ! --mac-source ${hw(2, 1)}`,
          '-m mac ! --mac-source 00:00:00:00:00:00',
        ],
        'mangle',
      ),
    ],
    stimuli: [ping('h1', '127.0.0.1'), ping('h1', '10.0.0.1'), ping('h1', '10.0.0.2'), ping('h2', '10.0.0.1')],
  },
]
