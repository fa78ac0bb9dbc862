import type { Scenario, Setup, Stimulus } from '../language.ts'
import { chain, lan, ping, tcp, udp } from './topologies.ts'

const rules = (ns: string, text: string): Setup => ({ do: 'iptables', ns, text })
const sets = (ns: string, text: string): Setup => ({ do: 'ipset', ns, text })
const change = (step: Setup): Stimulus => ({ do: 'change', change: step })
const SERVERS = [
  { ns: 'b', proto: 'tcp', port: 80 },
  { ns: 'b', proto: 'udp', port: 7 },
] as const

/** Every type of set, each asked by a rule that only counts. */
export const SETS: readonly Scenario[] = [
  {
    name: 'ipset-types',
    about: 'sets of every type, in every direction, matched and not matched',
    setup: [
      ...chain(1),
      sets(
        'r1',
        `create ip hash:ip counters
create cut hash:ip netmask 24
create net hash:net counters
create ipport hash:ip,port
create ipportip hash:ip,port,ip
create ipportnet hash:ip,port,net
create netport hash:net,port
create netiface hash:net,iface
create bport bitmap:port range 0-1023
create bip bitmap:ip range 10.0.1.0/24
create list list:set
add ip 10.0.1.2
add cut 10.0.2.0
add net 10.0.0.0/8
add net 10.0.1.0/24 nomatch
add net 10.0.2.2
add ipport 10.0.2.2,tcp:80
add ipport 10.0.2.2,udp:7-9
add ipport 10.0.2.2,icmp:echo-request
add ipportip 10.0.1.2,tcp:80,10.0.2.2
add ipportnet 10.0.1.2,udp:7,10.0.0.0/8
add ipportnet 10.0.1.2,udp:7,10.0.2.0/24 nomatch
add netport 10.0.2.0/24,tcp:80
add netiface 10.0.1.0/24,l1
add bport 80
add bport 7
add bip 10.0.1.2
add list cut
add list ipport
`,
      ),
      rules(
        'r1',
        `*filter
-A FORWARD -m set --match-set ip src
-A FORWARD -m set --match-set ip dst
-A FORWARD -m set ! --match-set ip src
-A FORWARD -m set --match-set cut src
-A FORWARD -m set --match-set cut dst
-A FORWARD -m set --match-set net src
-A FORWARD -m set --match-set net dst
-A FORWARD -m set --match-set net src --return-nomatch
-A FORWARD -m set --match-set ipport dst,dst
-A FORWARD -m set --match-set ipport dst
-A FORWARD -m set --match-set ipport src,src
-A FORWARD -m set --match-set ipportip src,dst,dst
-A FORWARD -m set --match-set ipportip dst,src,src
-A FORWARD -m set --match-set ipportnet src,dst,dst
-A FORWARD -m set --match-set netport dst,dst
-A FORWARD -m set --match-set netiface src,src
-A FORWARD -m set --match-set netiface dst,dst
-A FORWARD -m set --match-set bport dst
-A FORWARD -m set --match-set bport src
-A FORWARD -m set --match-set bip src
-A FORWARD -m set --match-set bip dst
-A FORWARD -m set --match-set list dst
-A FORWARD -m set --match-set list dst,dst
-A FORWARD -m set --match-set ip src ! --update-counters
-A FORWARD -m set --match-set ip src --packets-gt 6
COMMIT
`,
      ),
    ],
    servers: SERVERS,
    stimuli: [
      ping('a', '10.0.2.2'),
      tcp('a', 40001, '10.0.2.2', 80),
      udp('a', 40002, '10.0.2.2', 7),
      udp('a', 40003, '10.0.2.2', 9),
      udp('b', 40004, '10.0.1.2', 9),
    ],
  },
  {
    name: 'ipset-firewall',
    about: 'a firewall that lets in who is in a set; members come and go, the sets are swapped, members time out',
    setup: [
      ...lan(3),
      sets(
        'h1',
        `create allow hash:ip,port timeout 60 comment
create other hash:ip,port timeout 60 comment
add allow 10.0.0.2,udp:7 comment "the second"
add other 10.0.0.3,udp:7 timeout 1
`,
      ),
      rules('h1', '*filter\n:INPUT DROP [0:0]\n-A INPUT -m set --match-set allow src,dst -j ACCEPT\nCOMMIT\n'),
    ],
    servers: [{ ns: 'h1', proto: 'udp', port: 7 }],
    stimuli: [
      udp('h2', 40001, '10.0.0.1', 7),
      udp('h3', 40002, '10.0.0.1', 7, { patience: 100 }),
      change(sets('h1', 'swap allow other\nadd allow 10.0.0.3,udp:7 timeout 1 -exist\n')),
      udp('h2', 40001, '10.0.0.1', 7, { patience: 100 }),
      udp('h3', 40002, '10.0.0.1', 7),
      { do: 'wait', ms: 2200 },
      udp('h3', 40002, '10.0.0.1', 7, { patience: 100 }),
      change(sets('h1', 'add allow 10.0.0.3,udp:7\ndel other 10.0.0.2,udp:7\n')),
      udp('h3', 40002, '10.0.0.1', 7),
      change(sets('h1', 'flush allow\n')),
      udp('h3', 40002, '10.0.0.1', 7, { patience: 100 }),
    ],
  },
  {
    name: 'ipset-target',
    about: 'SET puts who knocks into a set and takes it out again; prefixes as long as the longest there',
    setup: [
      ...chain(1),
      sets(
        'r1',
        `create knocked hash:ip,port timeout 100
create nets hash:net
create full hash:ip maxelem 1
create pair hash:ip,port,ip
create mac bitmap:ip,mac range 10.0.1.0/24
add nets 192.168.0.0/24
add mac 10.0.1.2
`,
      ),
      rules(
        'r1',
        `*mangle
-A PREROUTING -p udp -m udp --dport 1000 -j SET --add-set knocked src,dst --exist --timeout 50
-A PREROUTING -p udp -m udp --dport 1001 -j SET --add-set nets src
-A PREROUTING -p udp -m udp --dport 1002 -j SET --add-set full dst
-A PREROUTING -p udp -m udp --dport 1003 -j SET --del-set nets src
-A PREROUTING -p udp -m udp --dport 1004 -j SET --add-set pair src,dst,dst
-A PREROUTING -m set --match-set mac src,src
-A PREROUTING -m set --match-set mac src,src
COMMIT
*filter
-A FORWARD -m set --match-set nets src
COMMIT
`,
      ),
    ],
    stimuli: [
      udp('a', 40001, '10.0.2.2', 1000),
      udp('a', 40001, '10.0.2.2', 1001),
      udp('a', 40001, '10.0.2.2', 1002),
      udp('b', 40001, '10.0.1.2', 1002),
      udp('b', 40001, '10.0.1.2', 1001),
      udp('b', 40001, '10.0.1.2', 1003),
      udp('a', 40001, '10.0.2.2', 1004),
      udp('a', 40001, '10.0.2.2', 1000),
    ],
  },
]
