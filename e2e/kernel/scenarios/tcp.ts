import type { Scenario, Setup, Stimulus } from '../language.ts'
import { adjust, ask, chain, ip, lan, sysctl, tcp } from './topologies.ts'

const web = (manner: 'polite' | 'rude' | 'mute' | 'deaf', more: { reply?: number; backlog?: number } = {}) =>
  [{ ns: 'b', proto: 'tcp', port: 80, manner, ...more }] as const

/** A router that loses exactly one segment of those that fit: the one after `after` others. */
const loses = (match: string, after = 0): Setup => ({
  do: 'iptables',
  ns: 'r1',
  text: `*filter\n-A FORWARD -p tcp ${match} -m statistic --mode nth --every 1000 --packet ${after} -j DROP\nCOMMIT\n`,
})
const rest = (ms: number): Stimulus => ({ do: 'wait', ms })

export const TCP: readonly Scenario[] = [
  {
    name: 'tcp-half-close',
    about: 'the client closes its half and still gets the answer',
    setup: chain(1),
    servers: web('polite', { reply: 4000 }),
    stimuli: [tcp('a', 40001, '10.0.2.2', 80, { leaves: 'half-closed' })],
  },
  {
    name: 'tcp-leaves-early',
    about: 'close before the answer: what comes is answered by a reset; a reset at once; a server that does not read',
    setup: chain(1),
    servers: [...web('polite'), { ns: 'b', proto: 'tcp', port: 81, manner: 'rude' }],
    stimuli: [
      tcp('a', 40001, '10.0.2.2', 80, { leaves: 'closed' }),
      tcp('a', 40002, '10.0.2.2', 80, { leaves: 'aborted' }),
      tcp('a', 40003, '10.0.2.2', 81),
      tcp('a', 40004, '10.0.2.2', 82),
    ],
  },
  {
    name: 'tcp-lost-syn',
    about: 'the first SYN is lost: again after a second',
    setup: [...chain(1), loses('--syn')],
    servers: web('polite'),
    stimuli: [tcp('a', 40001, '10.0.2.2', 80, { patience: 2500 })],
  },
  {
    name: 'tcp-lost-syn-ack',
    about: 'the first SYN-ACK is lost: client and server both try again',
    setup: [...chain(1), loses('--tcp-flags SYN,ACK SYN,ACK')],
    servers: web('polite'),
    stimuli: [tcp('a', 40001, '10.0.2.2', 80, { patience: 2500 }), rest(1500)],
  },
  {
    name: 'tcp-lost-request',
    about: 'the only data segment is lost: again after the retransmission timeout',
    setup: [...chain(1), loses('--tcp-flags PSH PSH')],
    servers: web('polite'),
    stimuli: [tcp('a', 40001, '10.0.2.2', 80, { patience: 1500 })],
  },
  {
    name: 'tcp-lost-fin',
    about: 'a FIN is lost: again after the retransmission timeout',
    setup: [...chain(1), loses('--tcp-flags FIN FIN --sport 80')],
    servers: web('polite'),
    stimuli: [tcp('a', 40001, '10.0.2.2', 80, { patience: 1500 }), rest(500)],
  },
  {
    name: 'tcp-backlog-full',
    about: 'nobody accepts: a backlog of 1 holds two connections, the next SYN gets no answer and is sent again',
    setup: chain(1),
    servers: web('deaf', { backlog: 1 }),
    stimuli: [
      tcp('a', 40001, '10.0.2.2', 80, { patience: 50 }),
      tcp('a', 40002, '10.0.2.2', 80, { patience: 50 }),
      tcp('a', 40003, '10.0.2.2', 80, { patience: 2500 }),
      ask('b', 'ss -tln'),
    ],
  },
  {
    name: 'tcp-somaxconn',
    about: 'net.core.somaxconn limits what listen(2) asks for',
    setup: [...lan(2), sysctl('h2', 'net.core.somaxconn', '3')],
    servers: [{ ns: 'h2', proto: 'tcp', port: 80, backlog: 100 }],
    stimuli: [ask('h2', 'ss -tln'), tcp('h1', 40001, '10.0.0.2', 80)],
  },
  {
    name: 'tcp-silent-server',
    about: 'a server that never closes: FIN-WAIT-2 of the client that left ends after tcp_fin_timeout',
    setup: [...chain(1), sysctl('a', 'net.ipv4.tcp_fin_timeout', '1')],
    servers: web('mute'),
    stimuli: [
      tcp('a', 40001, '10.0.2.2', 80, { patience: 100 }),
      ask('b', 'ss -tn'),
      ask('a', 'ss -tan'),
      rest(2500),
      ask('a', 'ss -tan'),
      ask('b', 'ss -tan state close-wait'),
    ],
  },
  {
    name: 'tcp-time-wait',
    about: 'who closes first waits a minute; the same port again is taken at once, with a later sequence number',
    setup: chain(1),
    servers: web('polite'),
    stimuli: [
      tcp('a', 40001, '10.0.2.2', 80),
      ask('b', 'ss -tan state time-wait'),
      ask('b', 'ss -tln'),
      tcp('a', 40001, '10.0.2.2', 80),
    ],
  },
  {
    name: 'tcp-retries-run-out',
    about: 'tcp_syn_retries 1 and no linear timeouts: two SYNs, then ETIMEDOUT',
    setup: [
      ...chain(1),
      { do: 'iptables', ns: 'r1', text: '*filter\n-A FORWARD -p tcp -j DROP\nCOMMIT\n' },
      sysctl('a', 'net.ipv4.tcp_syn_retries', '1'),
      sysctl('a', 'net.ipv4.tcp_syn_linear_timeouts', '0'),
    ],
    stimuli: [
      tcp('a', 40001, '10.0.2.2', 80, { patience: 4000 }),
      adjust('a', 'net.ipv4.tcp_syn_linear_timeouts', '1'),
      tcp('a', 40002, '10.0.2.2', 80, { patience: 5000 }),
    ],
  },
  {
    name: 'tcp-route-metrics',
    about: 'advmss and initcwnd of a route: the segment size told, and how much is sent at once',
    setup: [
      ...chain(1),
      ip('a', 'route add 10.0.2.2 via 10.0.1.1 advmss 900 initcwnd 3'),
      ip('b', 'route replace default via 10.0.2.1 initcwnd 2'),
    ],
    servers: web('polite', { reply: 2500 }),
    stimuli: [tcp('a', 40001, '10.0.2.2', 80, { send: 5000 })],
  },
  {
    name: 'sockets-shown',
    about: 'ss: columns and filters',
    setup: chain(1),
    servers: [...web('mute'), { ns: 'b', proto: 'udp', port: 7 }],
    stimuli: [
      tcp('a', 40001, '10.0.2.2', 80, { patience: 100 }),
      ...[
        'ss -tuln',
        'ss -tan',
        'ss -tn',
        'ss -tan sport = :80',
        'ss -tan dport = :80',
        'ss -tn dst 10.0.1.2',
        'ss -tn dst 10.0.0.0/8 and sport = 80',
        'ss -tn not dst 10.0.1.2',
        'ss -tan state listening',
        'ss -tan state connected',
        'ss -tan exclude listening',
        'ss -tn sport != :80',
        'ss -Htln',
        'ss -uan',
        'ss -tan src :81',
      ].map((command) => ask('b', command)),
    ],
  },
]
