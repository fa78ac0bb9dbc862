import type { Scenario, Stimulus } from '../language.ts'
import { cluster, hw, lan, lanAndFar, ping, tcp, udp } from './topologies.ts'
import { echoFrame } from './frames.ts'

const mac = (text: string): string => text.replaceAll(':', '')
const address = (ip: string): string =>
  ip
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')

/** An ARP packet as a frame. */
function arp(
  op: 1 | 2,
  dst: string,
  src: string,
  sender: readonly [string, string],
  target: readonly [string, string],
): string {
  const body = `000108000604000${op}${mac(sender[0])}${address(sender[1])}${mac(target[0])}${address(target[1])}`
  return `${mac(dst)}${mac(src)}0806${body}`
}
const ALL = 'ff:ff:ff:ff:ff:ff'
const NONE = '00:00:00:00:00:00'
const frame = (ns: string, hex: string): Stimulus => ({ do: 'frame', ns, dev: 'eth0', hex })

export const NEIGHBOURS: readonly Scenario[] = [
  {
    name: 'arp-failed',
    about: 'a neighbour that does not exist: three requests, then host unreachable to whoever waits',
    setup: lan(2),
    stimuli: [
      ping('h1', '10.0.0.77', { patience: 3500 }),
      ping('h1', '10.0.0.2'),
      udp('h1', 40001, '10.0.0.77', 9, { patience: 3500 }),
    ],
  },
  {
    name: 'arp-failed-tcp',
    about: 'a TCP client whose server’s address nobody has',
    // 6.1 asks for the neighbour once more when the client has given up.
    since: '6.18',
    setup: lan(2),
    stimuli: [tcp('h1', 40001, '10.0.0.77', 80, { patience: 3500 })],
  },
  {
    name: 'arp-failed-router',
    about: 'a router asks in vain for its guest’s destination and tells the guest',
    setup: cluster(),
    stimuli: [ping('p1a', '192.168.56.77', { patience: 3500 })],
  },
  {
    name: 'arp-gratuitous',
    about: 'announcements: known neighbours are updated, unknown ones are not learned, unless arp_accept',
    setup: [...lan(3), { do: 'sysctl', ns: 'h3', name: 'net.ipv4.conf.eth0.arp_accept', value: '1' }],
    stimuli: [
      ping('h2', '10.0.0.1'),
      { do: 'wait', ms: 1100 },
      frame('h1', arp(1, ALL, hw(1, 0x55), [hw(1, 0x55), '10.0.0.1'], [NONE, '10.0.0.1'])),
      { do: 'wait', ms: 1100 },
      frame('h1', arp(2, ALL, hw(1, 0x66), [hw(1, 0x66), '10.0.0.1'], [hw(1, 0x66), '10.0.0.1'])),
    ],
  },
  {
    name: 'arp-unsolicited-reply',
    about: 'a reply nobody asked for, a request that tells of its sender, a probe from 0.0.0.0',
    setup: lan(3),
    stimuli: [
      frame('h1', arp(2, hw(2, 1), hw(1, 1), [hw(1, 1), '10.0.0.1'], [hw(2, 1), '10.0.0.2'])),
      frame('h1', arp(1, ALL, hw(1, 1), [hw(1, 1), '10.0.0.1'], [NONE, '10.0.0.2'])),
      frame('h3', arp(1, ALL, hw(3, 1), [hw(3, 1), '0.0.0.0'], [NONE, '10.0.0.2'])),
      frame('h3', arp(1, ALL, hw(3, 1), [hw(3, 1), '10.0.0.3'], [NONE, '10.0.0.99'])),
      frame('h3', arp(1, hw(2, 1), hw(3, 1), [hw(3, 1), '172.16.0.3'], [NONE, '10.0.0.2'])),
    ],
  },
  {
    name: 'arp-conflict',
    about: 'somebody else claims a neighbour’s address within the lock time, and after it',
    setup: lan(3),
    stimuli: [
      ping('h2', '10.0.0.1'),
      frame('h3', arp(2, hw(2, 1), hw(3, 1), [hw(3, 1), '10.0.0.1'], [hw(2, 1), '10.0.0.2'])),
      { do: 'wait', ms: 1200 },
      frame('h3', arp(2, hw(2, 1), hw(3, 1), [hw(3, 1), '10.0.0.1'], [hw(2, 1), '10.0.0.2'])),
      ping('h2', '10.0.0.1'),
    ],
  },
  {
    name: 'proxy-arp',
    about: 'a router answers for addresses that it has a route to by another device',
    setup: [
      ...lanAndFar(),
      { do: 'sysctl', ns: 'h2', name: 'net.ipv4.conf.eth0.proxy_arp', value: '1' },
      { do: 'sysctl', ns: 'h2', name: 'net.ipv4.conf.all.forwarding', value: '1' },
    ],
    stimuli: [ping('h1', '10.0.8.2'), ping('h1', '10.0.0.99', { patience: 3500 }), ping('far', '10.0.0.1')],
  },
  {
    name: 'arp-ignore',
    about: 'arp_ignore 1 and arp_announce 2: only addresses of the device itself are answered and told',
    setup: [...lan(2), { do: 'addr', ns: 'h2', dev: 'lo', addr: '10.0.0.50/32' }],
    stimuli: [
      ping('h1', '10.0.0.50'),
      { do: 'change', change: { do: 'sysctl', ns: 'h2', name: 'net.ipv4.conf.all.arp_ignore', value: '1' } },
      { do: 'change', change: { do: 'sysctl', ns: 'h2', name: 'net.ipv4.conf.all.arp_announce', value: '2' } },
      frame('h1', arp(1, ALL, hw(1, 1), [hw(1, 1), '10.0.0.1'], [NONE, '10.0.0.50'])),
      frame('h1', arp(1, ALL, hw(1, 1), [hw(1, 1), '10.0.0.1'], [NONE, '10.0.0.2'])),
    ],
  },
  {
    name: 'queue-behind-arp',
    about: 'packets wait for an answer and leave in order; what comes after is sent at once',
    setup: lan(2),
    servers: [{ ns: 'h2', proto: 'udp', port: 7 }],
    stimuli: [ping('h1', '10.0.0.2', { size: 4000 }), udp('h1', 40001, '10.0.0.2', 7), ping('h2', '10.0.0.1')],
  },
  {
    name: 'fdb-learning',
    about: 'a switch learns, floods what it does not know, and forgets nothing between',
    setup: lan(3),
    stimuli: [ping('h1', '10.0.0.2'), ping('h2', '10.0.0.3'), ping('h3', '10.0.0.1')],
  },
  {
    name: 'fdb-unknown-unicast',
    about: 'a frame for an address nobody has: flooded, and other hosts drop it',
    setup: lan(3),
    stimuli: [
      frame('h1', echoFrame(hw(0x77, 7), hw(1, 1), '10.0.0.1', '10.0.0.2')),
      frame('h1', echoFrame(hw(2, 1), hw(1, 1), '10.0.0.1', '10.0.0.3')),
    ],
  },
  {
    name: 'fdb-move',
    about: 'an address that appears behind another port moves there; a static entry does not',
    setup: [...lan(3), { do: 'fdb', ns: 'sw', dev: 'p3', bridge: 'br0', mac: hw(3, 1) }],
    stimuli: [
      ping('h1', '10.0.0.2'),
      frame('h3', echoFrame(ALL, hw(2, 1), '10.0.0.2', '10.0.0.255')),
      ping('h1', '10.0.0.2'),
      ping('h2', '10.0.0.1'),
      ping('h1', '10.0.0.2'),
      frame('h1', echoFrame(ALL, hw(3, 1), '10.0.0.3', '10.0.0.255')),
      ping('h1', '10.0.0.3'),
    ],
  },
  {
    name: 'fdb-own-address',
    about: 'frames that carry the bridge’s or its port’s own address as source, or come back to where they are from',
    setup: lan(2),
    stimuli: [
      frame('h1', echoFrame(ALL, hw(0xff, 1), '10.0.0.1', '10.0.0.255')),
      frame('h1', echoFrame(hw(0xff, 0x12), hw(1, 1), '10.0.0.1', '10.0.0.2')),
      frame('h1', echoFrame(hw(1, 1), hw(1, 0x77), '10.0.0.1', '10.0.0.2')),
      frame('h1', echoFrame(hw(2, 1), NONE, '10.0.0.1', '10.0.0.2')),
      frame('h1', echoFrame(hw(2, 1), '01:00:5e:00:00:05', '10.0.0.1', '10.0.0.2')),
    ],
  },
  {
    name: 'bridge-hairpin-broadcast',
    about: 'a hairpin port echoes broadcasts to their sender',
    setup: lan(3).map((step) => (step.do === 'port' ? { ...step, hairpin: step.dev === 'p1' } : step)),
    stimuli: [ping('h1', '10.0.0.2'), ping('h2', '10.0.0.1')],
  },
  {
    name: 'bridge-isolated',
    about: 'two isolated ports do not reach each other, a third that is not reaches both',
    setup: lan(3).map((step) => (step.do === 'port' ? { ...step, isolated: step.dev !== 'p3' } : step)),
    stimuli: [ping('h3', '10.0.0.1'), ping('h3', '10.0.0.2'), ping('h1', '10.0.0.2', { patience: 3500 })],
  },
  {
    name: 'bridge-no-flood',
    about: 'a port without flooding and one without learning',
    setup: lan(3).map((step) =>
      step.do === 'port'
        ? { ...step, ...(step.dev === 'p2' ? { flood: false } : {}), ...(step.dev === 'p3' ? { learning: false } : {}) }
        : step,
    ),
    stimuli: [
      frame('h1', echoFrame(hw(0x77, 7), hw(1, 1), '10.0.0.1', '10.0.0.2')),
      ping('h1', '10.0.0.3'),
      ping('h1', '10.0.0.2'),
    ],
  },
  {
    name: 'bridge-port-mtu',
    about: 'a bridge port with a smaller MTU loses what is too large, without a word',
    setup: lan(2).map((step) => (step.do === 'veth' && step.a.ns === 'h2' ? { ...step, mtu: 1300 } : step)),
    stimuli: [
      ping('h1', '10.0.0.2'),
      ping('h1', '10.0.0.2', { size: 1276 }),
      ping('h1', '10.0.0.2', { size: 1272 }),
      ping('h1', '10.0.0.2', { size: 1400 }),
    ],
  },
  {
    name: 'link-down',
    about: 'a device that goes down: no carrier at the other end, routes and neighbours gone; and comes back',
    setup: lan(2),
    stimuli: [
      ping('h1', '10.0.0.2'),
      { do: 'change', change: { do: 'link', ns: 'h1', dev: 'eth0', up: false } },
      ping('h1', '10.0.0.2'),
      { do: 'change', change: { do: 'link', ns: 'h1', dev: 'eth0', up: true } },
      { do: 'wait', ms: 200 },
      ping('h1', '10.0.0.2', { patience: 3500 }),
    ],
  },
]
