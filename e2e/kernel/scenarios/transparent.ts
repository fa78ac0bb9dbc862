import type { Scenario, Setup } from '../language.ts'
import { ask, chain, change, ip, ping, sysctl, tcp, udp } from './topologies.ts'

/** What carries the mark 1 is for this machine, whatever its destination. */
const everythingLocal = (ns: string): Setup[] => [
  ip(ns, 'rule add pref 100 fwmark 1 lookup 100'),
  ip(ns, 'route add local 0.0.0.0/0 dev lo table 100'),
]

const mangle = (ns: string, ...lines: readonly string[]): Setup => ({
  do: 'iptables',
  ns,
  text: `*mangle\n${lines.map((line) => (line.startsWith(':') ? line : `-A ${line}`)).join('\n')}\nCOMMIT\n`,
})

/** What belongs to a transparent socket goes to it; everybody else's web traffic to the proxy. */
const DIVERT = [
  ':DIVERT - [0:0]',
  'PREROUTING -p tcp -m socket --transparent -j DIVERT',
  'DIVERT -j MARK --set-mark 1',
  'DIVERT -j ACCEPT',
]

const tracked = (ns: string): Setup => ({
  do: 'iptables',
  ns,
  text: '*filter\n-A INPUT -m conntrack --ctstate INVALID -j DROP\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n',
})

export const TRANSPARENT: readonly Scenario[] = [
  {
    name: 'tproxy-tcp',
    about:
      'TPROXY gives TCP to a transparent listener: for hosts that exist and hosts that do not; the rest is forwarded',
    setup: [
      ...chain(1),
      ...everythingLocal('r1'),
      mangle('r1', ...DIVERT, 'PREROUTING -p tcp --dport 80 -j TPROXY --on-port 8080 --tproxy-mark 0x1/0x1'),
      tracked('r1'),
    ],
    servers: [
      { ns: 'r1', proto: 'tcp', port: 8080, transparent: true, reply: 30 },
      { ns: 'b', proto: 'tcp', port: 80 },
      { ns: 'b', proto: 'tcp', port: 81 },
    ],
    stimuli: [
      tcp('a', 40000, '10.0.2.2', 80),
      tcp('a', 40001, '192.0.2.9', 80),
      tcp('a', 40002, '10.0.2.2', 81),
      // The proxy's end of the first connection is in TIME_WAIT: the listener takes the new one.
      tcp('a', 40000, '10.0.2.2', 80),
      tcp('a', 40003, '10.0.1.1', 80),
      tcp('a', 40004, '10.0.2.2', 80, { leaves: 'half-closed' }),
      tcp('a', 40005, '10.0.2.2', 80, { leaves: 'aborted' }),
      ask('r1', 'iptables -t mangle -nL PREROUTING'),
      ask('r1', 'iptables -t mangle -S'),
    ],
  },
  {
    name: 'tproxy-without-divert',
    about:
      'TPROXY alone finds the connection itself; without a port of its own it keeps the packet’s; other bits of the mark stay',
    setup: [
      ...chain(1),
      ip('r1', 'rule add pref 100 fwmark 0x100/0x100 lookup 100'),
      ip('r1', 'route add local default dev lo table 100'),
      mangle(
        'r1',
        'PREROUTING -j MARK --set-mark 0x7',
        'PREROUTING -p tcp -m tcp --dport 8080 -j TPROXY --on-port 0 --tproxy-mark 0x100/0x100',
        'PREROUTING -p tcp -m tcp --dport 8080 -j MARK --set-mark 0x9',
        'INPUT -m mark --mark 0x107 -j ACCEPT',
        'INPUT -m mark ! --mark 0x107 -j DROP',
      ),
    ],
    servers: [{ ns: 'r1', proto: 'tcp', port: 8080, transparent: true }],
    stimuli: [tcp('a', 40000, '10.0.2.2', 8080), tcp('a', 40001, '198.51.100.1', 8080)],
  },
  {
    name: 'tproxy-on-address',
    about: 'TPROXY --on-ip finds a listener bound to that address; without it the first address of the incoming device',
    setup: [
      ...chain(1),
      ...everythingLocal('r1'),
      ip('r1', 'addr add 10.0.1.77/24 dev l1'),
      mangle(
        'r1',
        'PREROUTING -p tcp --dport 80 -j TPROXY --on-port 8080 --on-ip 127.0.0.1 --tproxy-mark 1',
        'PREROUTING -p tcp --dport 81 -j TPROXY --on-port 8081 --tproxy-mark 1',
        'PREROUTING -p tcp --dport 82 -j TPROXY --on-port 8082 --tproxy-mark 1',
      ),
    ],
    servers: [
      { ns: 'r1', proto: 'tcp', port: 8080, at: '127.0.0.1', transparent: true },
      { ns: 'r1', proto: 'tcp', port: 8081, at: '10.0.1.1', transparent: true },
      { ns: 'r1', proto: 'tcp', port: 8082, at: '10.0.1.77', transparent: true },
    ],
    stimuli: [
      tcp('a', 40000, '10.0.2.2', 80),
      tcp('a', 40001, '10.0.2.2', 81),
      tcp('a', 40002, '10.0.2.2', 82, { patience: 100 }),
      ask('r1', 'iptables -t mangle -nL PREROUTING'),
    ],
  },
  {
    name: 'tproxy-no-socket',
    about:
      'TPROXY drops what no transparent socket waits for; what it gave to one is not forwarded if no rule makes it local',
    setup: [
      ...chain(1),
      mangle(
        'r1',
        'PREROUTING -p tcp --dport 80 -j TPROXY --on-port 8080 --tproxy-mark 1',
        'PREROUTING -p tcp --dport 81 -j TPROXY --on-port 8081 --tproxy-mark 1',
        'PREROUTING -p tcp --dport 82 -j TPROXY --on-port 8082 --tproxy-mark 1',
        'PREROUTING -p udp --dport 53 -j TPROXY --on-port 5300 --tproxy-mark 1',
      ),
    ],
    servers: [
      { ns: 'r1', proto: 'tcp', port: 8081 },
      { ns: 'r1', proto: 'tcp', port: 8082, transparent: true },
      { ns: 'b', proto: 'tcp', port: 82 },
    ],
    stimuli: [
      tcp('a', 40000, '10.0.2.2', 80, { patience: 100 }),
      tcp('a', 40001, '10.0.2.2', 81, { patience: 100 }),
      tcp('a', 40002, '10.0.2.2', 82, { patience: 100 }),
      udp('a', 40003, '10.0.2.2', 53, { patience: 100 }),
      ping('a', '10.0.2.2'),
      change('r1', 'rule add pref 100 fwmark 1 lookup 100'),
      change('r1', 'route add local 0.0.0.0/0 dev lo table 100'),
      tcp('a', 40004, '10.0.2.2', 82),
    ],
  },
  {
    name: 'tproxy-udp',
    about: 'TPROXY for UDP: answers bear the address that was asked; datagrams in pieces are put together first',
    setup: [
      ...chain(1),
      ...everythingLocal('r1'),
      mangle('r1', 'PREROUTING -p udp --dport 53 -j TPROXY --on-port 5300 --tproxy-mark 0x1/0x1'),
    ],
    servers: [
      { ns: 'r1', proto: 'udp', port: 5300, transparent: true },
      { ns: 'b', proto: 'udp', port: 53 },
      { ns: 'b', proto: 'udp', port: 54 },
    ],
    stimuli: [
      udp('a', 40000, '10.0.2.2', 53),
      udp('a', 40001, '192.0.2.9', 53),
      udp('a', 40002, '10.0.2.2', 53, { size: 3000, df: 'dont' }),
      udp('a', 40003, '10.0.2.2', 54),
      udp('a', 40004, '10.0.2.2', 54, { size: 3000, df: 'dont' }),
    ],
  },
  {
    name: 'tproxy-speaks-for-client',
    about:
      'A proxy connects to the server with its client’s address; -m socket --transparent keeps the answers from the client',
    setup: [
      ...chain(1),
      ...everythingLocal('r1'),
      mangle('r1', ...DIVERT, 'PREROUTING -p udp -m socket --transparent -j DIVERT'),
      tracked('r1'),
    ],
    servers: [
      { ns: 'b', proto: 'tcp', port: 80 },
      { ns: 'b', proto: 'udp', port: 53 },
    ],
    stimuli: [
      tcp('r1', 40000, '10.0.2.2', 80, { from: '10.0.1.2' }),
      udp('r1', 40001, '10.0.2.2', 53, { from: '10.0.1.2' }),
      udp('r1', 40002, '10.0.2.2', 54, { from: '10.0.1.2' }),
      tcp('a', 40003, '10.0.2.2', 80),
      change('r1', 'rule del pref 100'),
      tcp('r1', 40004, '10.0.2.2', 80, { from: '10.0.1.2', patience: 100 }),
      udp('r1', 40006, '10.0.2.2', 53, { from: '10.0.1.2', patience: 100 }),
      tcp('r1', 40005, '10.0.2.2', 80, { from: '203.0.113.5', patience: 100 }),
    ],
  },
  {
    name: 'tproxy-own-traffic',
    about:
      'What a machine sends itself is marked in OUTPUT, comes back over the loopback, and TPROXY gives it to the proxy',
    setup: [
      ...chain(1),
      ...everythingLocal('r1'),
      sysctl('r1', 'net.ipv4.conf.all.route_localnet', '1'),
      mangle(
        'r1',
        'OUTPUT -p tcp --dport 80 -j MARK --set-mark 1',
        'PREROUTING -i lo -p tcp -m mark --mark 1 -j TPROXY --on-port 8080 --on-ip 127.0.0.1 --tproxy-mark 1',
      ),
    ],
    servers: [{ ns: 'r1', proto: 'tcp', port: 8080, transparent: true }],
    stimuli: [tcp('r1', 40000, '10.0.2.2', 80), tcp('r1', 40001, '10.0.2.2', 81)],
  },
  {
    name: 'match-socket',
    about:
      '-m socket: connected ones, those bound to one address, with --nowildcard those for every address; behind SNAT; ICMP about them',
    setup: [
      ...chain(1),
      mangle(
        'r1',
        'PREROUTING -m socket',
        'PREROUTING -m socket --nowildcard',
        'PREROUTING -m socket --transparent',
        'PREROUTING -m socket --transparent --nowildcard',
        'PREROUTING -m mark --mark 0 -m socket --nowildcard --restore-skmark',
        'INPUT -p tcp -m socket',
        'INPUT -p udp -m socket --nowildcard',
      ),
      {
        do: 'iptables',
        ns: 'r1',
        text: '*nat\n-A POSTROUTING -o r2 -p tcp -j SNAT --to-source 10.0.2.1:5000-5100\nCOMMIT\n',
      },
    ],
    servers: [
      { ns: 'r1', proto: 'tcp', port: 80 },
      { ns: 'r1', proto: 'tcp', port: 81, at: '10.0.1.1' },
      { ns: 'r1', proto: 'udp', port: 53 },
      { ns: 'r1', proto: 'udp', port: 54, at: '10.0.1.1' },
      { ns: 'b', proto: 'tcp', port: 80 },
      { ns: 'b', proto: 'udp', port: 53 },
    ],
    stimuli: [
      tcp('a', 40000, '10.0.1.1', 80),
      tcp('a', 40001, '10.0.1.1', 81),
      tcp('a', 40002, '10.0.1.1', 82),
      udp('a', 40003, '10.0.1.1', 53),
      udp('a', 40004, '10.0.1.1', 54),
      tcp('a', 40005, '10.0.2.2', 80),
      tcp('r1', 40006, '10.0.2.2', 80, { from: '10.0.1.1' }),
      udp('r1', 40007, '10.0.2.2', 53),
      udp('r1', 40008, '10.0.2.2', 55),
      ping('r1', '10.0.2.2'),
      ask('r1', 'iptables -t mangle -nL PREROUTING'),
      ask('r1', 'iptables -t mangle -S PREROUTING'),
    ],
  },
]
