import type { Scenario, Setup } from '../language.ts'
import { chain, cluster, ping, tcp, udp } from './topologies.ts'

const rules = (ns: string, text: string): Setup => ({ do: 'iptables', ns, text })

/** What becomes of the answers that netfilter itself and ICMP give. */
export const ANSWERS: readonly Scenario[] = [
  {
    name: 'reset-visits-postrouting',
    about:
      'the reset that REJECT sends belongs to a connection without source translation yet, and asks POSTROUTING for one',
    setup: [
      ...chain(1),
      rules(
        'r1',
        `*nat
-A POSTROUTING -p tcp -m conntrack --ctdir REPLY
-A POSTROUTING -p tcp -j SNAT --to-source 10.0.1.1
-A POSTROUTING -j ACCEPT
COMMIT
*filter
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A FORWARD -p tcp -m tcp --dport 81 -j REJECT --reject-with tcp-reset
-A FORWARD -p udp -j REJECT
COMMIT
`,
      ),
    ],
    stimuli: [
      tcp('a', 40001, '10.0.1.1', 80),
      tcp('a', 40002, '10.0.2.2', 81),
      udp('a', 40003, '10.0.2.2', 7),
      ping('a', '10.0.2.2'),
    ],
  },
  {
    name: 'first-piece-has-ports',
    about: 'a router that tracks nothing matches the first piece of a datagram by port and type, the others not',
    setup: [
      ...chain(2, [1500, 1000, 1500]),
      rules(
        'r2',
        `*filter
-A FORWARD -p udp -m udp --dport 7
-A FORWARD -p udp -m udp ! --dport 7
-A FORWARD -p udp -m multiport --ports 7,9
-A FORWARD -p icmp -m icmp --icmp-type 8
-A FORWARD -p icmp -m icmp ! --icmp-type 8
-A FORWARD -f
-A FORWARD -p udp -m udp --sport 40001 -j REJECT
-A FORWARD -p icmp -m icmp --icmp-type 8 -j REJECT --reject-with icmp-host-prohibited
COMMIT
`,
      ),
    ],
    servers: [{ ns: 'b', proto: 'udp', port: 7 }],
    stimuli: [
      udp('a', 40000, '10.0.3.2', 7, { size: 1400, df: 'dont' }),
      udp('a', 40001, '10.0.3.2', 7, { size: 1400, df: 'dont' }),
      udp('a', 40001, '10.0.3.2', 7, { size: 100 }),
      ping('a', '10.0.3.2', { size: 1400, df: 'dont' }),
      ping('a', '10.0.3.2'),
    ],
  },
  {
    name: 'no-error-about-own-icmp',
    about: 'OUTPUT rejects what ICMP itself sends: that is no cause for another error; what programs send is',
    setup: [...chain(1), rules('r1', '*filter\n-A OUTPUT -j REJECT --reject-with icmp-port-unreachable\nCOMMIT\n')],
    stimuli: [
      ping('a', '10.0.1.1'),
      udp('a', 40001, '10.0.1.1', 9),
      ping('a', '10.0.2.2', { ttl: 1 }),
      ping('r1', '10.0.2.2'),
      udp('r1', 40002, '10.0.2.2', 9),
    ],
  },
  {
    name: 'bridged-pieces-wait',
    about: 'a bridged answer in pieces whose address is translated back waits for ARP, and leaves in pieces',
    setup: [
      ...cluster(),
      rules('n1', '*nat\n-A POSTROUTING -s 10.244.1.2/32 -d 10.244.1.3/32 -j MASQUERADE\nCOMMIT\n'),
    ],
    servers: [{ ns: 'p1b', proto: 'udp', port: 7 }],
    stimuli: [udp('p1a', 40001, '10.244.1.3', 7, { size: 3000, df: 'dont' })],
  },
]
