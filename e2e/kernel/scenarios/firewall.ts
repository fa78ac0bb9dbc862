import type { Scenario, Setup, Stimulus } from '../language.ts'
import { echoFrame } from './frames.ts'
import { chain, cluster, hw, lan, ping, tcp, udp } from './topologies.ts'

const rules = (ns: string, text: string): Setup => ({ do: 'iptables', ns, text })
const insert = (ns: string, text: string): Stimulus => ({
  do: 'change',
  change: { do: 'iptables', ns, text, noflush: true },
})
const SERVERS = [
  { ns: 'b', proto: 'tcp', port: 80 },
  { ns: 'b', proto: 'udp', port: 7 },
] as const

export const FIREWALL: readonly Scenario[] = [
  {
    name: 'tcp-refused',
    about: 'a TCP port that nobody listens on: reset',
    setup: chain(1),
    stimuli: [tcp('a', 40001, '10.0.2.2', 81), tcp('r1', 40002, '10.0.2.2', 81)],
  },
  {
    name: 'reject-forward',
    about: 'REJECT in FORWARD in all its ways',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*filter
${[
  'icmp-net-unreachable',
  'icmp-host-unreachable',
  'icmp-proto-unreachable',
  'icmp-port-unreachable',
  'icmp-net-prohibited',
  'icmp-host-prohibited',
  'icmp-admin-prohibited',
]
  .map((how, i) => `-A FORWARD -p udp -m udp --dport ${1000 + i} -j REJECT --reject-with ${how}\n`)
  .join('')}-A FORWARD -p tcp -m tcp --dport 81 -j REJECT --reject-with tcp-reset
-A FORWARD -p tcp -m tcp --dport 82 -j REJECT
-A FORWARD -p icmp -j REJECT --reject-with icmp-host-prohibited
COMMIT
`,
      ),
    ],
    stimuli: [
      ...[0, 1, 2, 3, 4, 5, 6].map((i) => udp('a', 40000 + i, '10.0.2.2', 1000 + i)),
      tcp('a', 40010, '10.0.2.2', 81),
      tcp('a', 40011, '10.0.2.2', 82),
      ping('a', '10.0.2.2'),
    ],
  },
  {
    name: 'reject-input-output',
    about: 'REJECT and DROP in INPUT and OUTPUT',
    setup: [
      ...chain(1),
      rules(
        'b',
        `*filter
-A INPUT -p udp -m udp --dport 1001 -j REJECT
-A INPUT -p tcp -m tcp --dport 81 -j REJECT --reject-with tcp-reset
-A INPUT -p tcp -m tcp --dport 82 -j DROP
COMMIT
`,
      ),
      rules(
        'a',
        `*filter
-A OUTPUT -p udp -m udp --dport 1002 -j REJECT
-A OUTPUT -p udp -m udp --dport 1003 -j DROP
-A OUTPUT -p tcp -m tcp --dport 83 -j REJECT --reject-with tcp-reset
-A OUTPUT -p tcp -m tcp --dport 84 -j REJECT
-A OUTPUT -p icmp -j DROP
COMMIT
`,
      ),
    ],
    stimuli: [
      udp('a', 40001, '10.0.2.2', 1001),
      udp('a', 40002, '10.0.2.2', 1002),
      udp('a', 40003, '10.0.2.2', 1003),
      tcp('a', 40004, '10.0.2.2', 81),
      tcp('a', 40005, '10.0.2.2', 82, { patience: 1500 }),
      tcp('a', 40006, '10.0.2.2', 83, { patience: 200 }),
      tcp('a', 40007, '10.0.2.2', 84, { patience: 200 }),
      ping('a', '10.0.2.2'),
    ],
  },
  {
    name: 'stateful-firewall',
    about: 'only connections from inside: NEW one way, ESTABLISHED and RELATED both',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i l1 -m conntrack --ctstate NEW -j ACCEPT
COMMIT
`,
      ),
    ],
    servers: [...SERVERS, { ns: 'a', proto: 'tcp', port: 80 }],
    stimuli: [
      tcp('a', 40001, '10.0.2.2', 80),
      tcp('b', 40002, '10.0.1.2', 80, { patience: 200 }),
      udp('a', 40003, '10.0.2.2', 7),
      udp('a', 40004, '10.0.2.2', 8),
      udp('b', 7, '10.0.1.2', 40003),
      udp('b', 9, '10.0.1.2', 40003, { patience: 100 }),
      ping('a', '10.0.2.2'),
      ping('b', '10.0.1.2', { patience: 100 }),
    ],
  },
  {
    name: 'invalid-segments',
    about: 'segments that belong to no connection and echo replies nobody asked for: INVALID, or picked up',
    setup: [
      ...chain(1),
      rules(
        'r1',
        '*filter\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n',
      ),
    ],
    servers: SERVERS,
    stimuli: [
      ping('a', '10.0.2.2'),
      tcp('a', 40001, '10.0.2.2', 80),
      ...['12', '10', '04', '11', '14', '01', '00', '29', '02'].map((flags): Stimulus => ({
        do: 'frame',
        ns: 'a',
        dev: 'r1',
        hex: segmentFrame('10.0.1.2', '10.0.2.2', 40002, 80, flags),
      })),
      {
        do: 'frame',
        ns: 'a',
        dev: 'r1',
        hex: echoFrame(hw(1, 2), hw(1, 1), '10.0.1.2', '10.0.2.2').replace('08000fa', '00000fa'),
      },
    ],
  },
  {
    name: 'rules-mid-flow',
    about: 'rules that come and go while connections live',
    setup: [...chain(1), rules('r1', '*filter\n-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n')],
    servers: SERVERS,
    stimuli: [
      udp('a', 40001, '10.0.2.2', 7),
      insert('r1', '*filter\n-A FORWARD -p udp -j DROP\nCOMMIT\n'),
      udp('a', 40001, '10.0.2.2', 7),
      udp('a', 40002, '10.0.2.2', 7, { patience: 100 }),
      insert('r1', '*filter\n-I FORWARD 1 -p udp -j DROP\nCOMMIT\n'),
      udp('a', 40001, '10.0.2.2', 7, { patience: 100 }),
      insert('r1', '*filter\n-F FORWARD\nCOMMIT\n'),
      udp('a', 40002, '10.0.2.2', 7),
    ],
  },
  {
    name: 'nat-mid-flow',
    about: 'a nat rule that comes too late for a connection, and one that goes while its connection stays',
    setup: [...chain(1), rules('r1', '*nat\nCOMMIT\n')],
    servers: [...SERVERS, { ns: 'b', proto: 'udp', port: 9 }],
    stimuli: [
      udp('a', 40001, '10.0.2.2', 7),
      insert('r1', '*nat\n-A PREROUTING -p udp -m udp --dport 7 -j DNAT --to-destination 10.0.2.2:9\nCOMMIT\n'),
      udp('a', 40001, '10.0.2.2', 7),
      udp('a', 40002, '10.0.2.2', 7),
      insert('r1', '*nat\n-F PREROUTING\nCOMMIT\n'),
      udp('a', 40002, '10.0.2.2', 7),
      udp('a', 40003, '10.0.2.2', 7),
    ],
  },
  {
    name: 'matches',
    about: 'the common matches, each counted',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*filter
:T - [0:0]
-A FORWARD -j T
-A T -s 10.0.1.0/24
-A T ! -d 10.0.2.2/32
-A T -i l1 -o r2
-A T -i l+
-A T -p tcp -m tcp --dport 80
-A T -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN
-A T -p tcp -m tcp --sport 1024:65535 ! --dport 22
-A T -p tcp -m multiport --dports 22,80:90
-A T -p udp -m multiport --ports 7,9
-A T -p icmp -m icmp --icmp-type 8
-A T -p icmp -m icmp --icmp-type 0/0
-A T -m ttl --ttl-eq 63
-A T -m ttl --ttl-lt 64
-A T -m length --length 60:100
-A T -m iprange --src-range 10.0.1.1-10.0.1.5
-A T -m mac --mac-source ${hw(1, 1)}
-A T -m pkttype --pkt-type unicast
-A T -m conntrack --ctdir REPLY
-A T -m conntrack --ctstatus ASSURED
-A T -m conntrack --ctproto tcp --ctorigdstport 80
-A T -m addrtype --dst-type UNICAST
-A T -m addrtype --src-type LOCAL
-A T -m tos --tos 0x10/0x3f
-A T -m statistic --mode nth --every 3 --packet 1
-A T -m comment --comment "everything"
-A T -m mark --mark 0x0/0xff
-A T -g T2
-A T -m comment --comment "not reached"
-A T2 -p tcp -m tcp --tcp-option 2 -j RETURN
-A T2 -p udp -j ACCEPT
COMMIT
`.replace(':T - [0:0]', ':T - [0:0]\n:T2 - [0:0]'),
      ),
    ],
    servers: SERVERS,
    stimuli: [
      ping('a', '10.0.2.2', { count: 2 }),
      tcp('a', 40001, '10.0.2.2', 80),
      udp('a', 40002, '10.0.2.2', 7),
      udp('b', 40003, '10.0.1.2', 9),
      ping('b', '10.0.1.2', { size: 10 }),
    ],
  },
  {
    name: 'marks',
    about: 'marks on packets and connections: set, saved, restored, matched in several tables',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*mangle
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -p udp -m conntrack --ctstate NEW -j MARK --set-xmark 0x5/0xff
-A PREROUTING -m mark ! --mark 0x0/0xff -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
-A FORWARD -m connmark --mark 0x5/0xff
-A POSTROUTING -m mark --mark 0x5/0xff -j MARK --or-mark 0x100
-A POSTROUTING -m mark --mark 0x105
-A POSTROUTING -p tcp -j CONNMARK --set-mark 0x7
COMMIT
*filter
-A FORWARD -m mark --mark 0x5 -j ACCEPT
COMMIT
`,
      ),
    ],
    servers: SERVERS,
    stimuli: [
      udp('a', 40001, '10.0.2.2', 7),
      udp('a', 40001, '10.0.2.2', 7),
      tcp('a', 40002, '10.0.2.2', 80),
      ping('a', '10.0.2.2'),
    ],
  },
  {
    name: 'notrack',
    about: 'raw table: connections that are not tracked',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*raw
-A PREROUTING -p udp -j CT --notrack
COMMIT
*filter
-A FORWARD -m conntrack --ctstate UNTRACKED
-A FORWARD -m conntrack --ctstate NEW
-A FORWARD -m conntrack --ctstate ESTABLISHED
COMMIT
`,
      ),
    ],
    servers: SERVERS,
    stimuli: [udp('a', 40001, '10.0.2.2', 7), tcp('a', 40002, '10.0.2.2', 80)],
  },
  {
    name: 'clamp-mss',
    about: 'TCPMSS lowers what a SYN offers: to a number, and to the path MTU',
    setup: [
      ...chain(2, [1500, 1400, 1500]),
      rules('r1', '*mangle\n-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu\nCOMMIT\n'),
      rules(
        'r2',
        '*mangle\n-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN --sport 80 -j TCPMSS --set-mss 1200\nCOMMIT\n',
      ),
    ],
    servers: [{ ns: 'b', proto: 'tcp', port: 80, reply: 3000 }],
    stimuli: [tcp('a', 40001, '10.0.3.2', 80, { send: 3000 })],
  },
  {
    name: 'owner-and-output',
    about: 'OUTPUT of a router’s own packets, and INPUT',
    setup: [
      ...lan(2),
      rules(
        'h1',
        `*filter
-A INPUT -i lo
-A INPUT -m conntrack --ctstate ESTABLISHED
-A OUTPUT -o lo
-A OUTPUT -o eth0 -m owner --uid-owner 0
-A OUTPUT -m addrtype --dst-type LOCAL
-A OUTPUT -m addrtype --src-type LOCAL --limit-iface-out
COMMIT
`.replace('--src-type LOCAL --limit-iface-out', '--src-type LOCAL'),
      ),
    ],
    stimuli: [ping('h1', '10.0.0.2'), ping('h1', '10.0.0.1'), ping('h2', '10.0.0.1'), udp('h1', 40001, '10.0.0.2', 7)],
  },
  {
    name: 'bridge-firewall',
    about: 'br_netfilter: bridged frames in FORWARD, physdev, DROP and REJECT between ports',
    setup: [
      ...cluster(),
      rules(
        'n1',
        `*filter
-A FORWARD -m physdev --physdev-is-bridged
-A FORWARD -m physdev --physdev-in veth1a --physdev-out veth1b
-A FORWARD -i cni0 -o cni0
-A FORWARD -p udp -m udp --dport 1001 -j DROP
-A FORWARD -p udp -m udp --dport 1002 -j REJECT
-A FORWARD -p tcp -m tcp --dport 81 -j REJECT --reject-with tcp-reset
COMMIT
*mangle
-A PREROUTING -i cni0
-A POSTROUTING -o cni0
COMMIT
`,
      ),
    ],
    stimuli: [
      ping('p1a', '10.244.1.3'),
      udp('p1a', 40001, '10.244.1.3', 1001, { patience: 100 }),
      udp('p1a', 40002, '10.244.1.3', 1002),
      tcp('p1a', 40003, '10.244.1.3', 81),
      ping('p1a', '10.244.1.3', { size: 3000 }),
      ping('p1a', '10.244.1.1'),
      ping('p1a', '10.244.2.2'),
    ],
  },
]

/** A TCP segment with these flags (two hex digits) from a of chain(1). */
function segmentFrame(from: string, to: string, sport: number, dport: number, flags: string): string {
  const hex = (n: number, bytes: number): string => n.toString(16).padStart(bytes * 2, '0')
  const address = (ip: string): string =>
    ip
      .split('.')
      .map((part) => hex(Number(part), 1))
      .join('')
  const sum = (text: string): string => {
    let total = 0
    for (let i = 0; i < text.length; i += 4) total += Number.parseInt(text.slice(i, i + 4).padEnd(4, '0'), 16)
    while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
    return hex(~total & 0xffff, 2)
  }
  const tcpHeader = (check: string): string =>
    `${hex(sport, 2)}${hex(dport, 2)}000003e8000007d050${flags}0200${check}0000`
  const pseudo = `${address(from)}${address(to)}00060014`
  const segment = tcpHeader(sum(pseudo + tcpHeader('0000')))
  const head = (check: string): string => `450000280000400040 06${check}${address(from)}${address(to)}`.replace(' ', '')
  return `${hw(1, 2)}${hw(1, 1)}0800`.replaceAll(':', '') + head(sum(head('0000'))) + segment
}
