import type { Scenario } from '../language.ts'
import { ask, chain, change, ip, lanAndFar, ping, sysctl } from './topologies.ts'

const asks = (...commands: readonly string[]) => commands.map((command) => ask('r1', command))

/** Addresses of devices, and the routes that come and go with them. */
export const ADDRESSES: readonly Scenario[] = [
  {
    name: 'address-kinds',
    about:
      'secondary addresses, scopes, labels, other ends, broadcasts: their order, their routes, and what goes with them',
    setup: chain(1),
    stimuli: asks(
      'ip addr add 10.66.0.1/24 brd 10.66.0.77 dev l1',
      'ip addr add 10.66.0.2/24 brd 10.66.0.78 dev l1',
      'ip addr add 10.66.0.2/24 scope link dev l1',
      'ip addr add 10.67.0.1/16 label l1:web dev l1',
      'ip addr add 10.67.9.1/24 label web dev l1',
      'ip addr add 10.68.0.1/24 scope link dev l1',
      'ip addr add 10.69.0.1 peer 10.69.0.2 dev l1',
      'ip addr add 10.70.0.1 peer 10.71.0.0/24 dev l1',
      'ip addr add 10.72.0.0/31 dev l1',
      'ip addr add 10.73.0.1 peer 10.73.0.1 dev l1',
      'ip -o -4 addr show dev l1 to 10.64.0.0/10',
      'ip route',
      'ip route show table local',
      'ip route get 10.69.0.2',
      'ip route get 10.71.0.9',
      'ip addr del 10.69.0.1 dev l1',
      'ip addr del 10.70.0.1/32 dev l1',
      'ip addr del 10.70.0.1 peer 10.71.0.0/24 dev l1',
      'ip addr del 10.66.0.1/24 dev l1',
      'ip addr del 10.99.0.1/24 dev l1',
      'ip -o -4 addr show dev l1 to 10.64.0.0/10',
      'ip route show table local',
    ),
  },
  {
    name: 'address-renamed',
    about:
      'a device with another name has other labels: the first one its name, the others that and what stood behind the colon, or a number',
    setup: chain(1),
    stimuli: asks(
      'ip addr flush dev l1',
      'ip addr add 10.65.0.1/24 label l1:first dev l1',
      'ip addr add 10.66.0.1/24 label l1:web dev l1',
      'ip addr add 10.66.0.2/24 label l1:second dev l1',
      'ip addr add 10.67.0.1/24 dev l1',
      'ip link set l1 name a-long-name',
      'ip -o -4 addr show a-long-name',
      'ip link set a-long-name name b',
      'ip -o -4 addr show b',
    ),
  },
  {
    name: 'address-while-down',
    about:
      'a device that is down keeps its addresses and their local routes, and they are answered by the machine itself',
    setup: chain(1),
    stimuli: [
      ...asks(
        'ip link set l2 down',
        'ip addr add 10.66.0.1/24 dev l2',
        'ip route',
        'ip route show table local',
        'ip route get 10.66.0.1',
        'ip link set l2 address 01:00:00:00:00:01',
      ),
      ping('r1', '10.66.0.1'),
      ping('a', '10.0.2.1'),
      ...asks('ip link set l2 up', 'ip route', 'ip route show table local'),
      ping('a', '10.66.0.1'),
    ],
  },
  {
    name: 'rules-listed',
    about: 'ip rule with details and selectors',
    setup: [
      ...chain(1),
      ip('r1', 'rule add from 10.1.0.0/16 lookup 100 pref 100'),
      ip('r1', 'rule add to 10.2.0.0/16 lookup 100 pref 101'),
      ip('r1', 'route add 10.9.0.0/16 nexthop via 10.0.1.2 nexthop via 10.0.2.2'),
    ],
    stimuli: asks(
      'ip -d rule',
      'ip rule list table 100',
      'ip rule list from 10.1.0.0/16',
      'ip rule list pref 101',
      'ip route show dev l1',
      'ip route show via 10.0.2.2',
      'ip route get 10.0.2.2 oif lo',
      'ip neigh flush',
      'sysctl -w net.ipv4.ip_default_ttl=300',
    ),
  },
  {
    name: 'proxy-neighbour',
    about: 'an address that is entered to be answered for, while the machine forwards and its route leads elsewhere',
    setup: [...lanAndFar(), ip('h2', 'neigh add proxy 10.0.8.2 dev eth0')],
    stimuli: [
      ping('h1', '10.0.8.2', { patience: 3500 }),
      { do: 'change', change: sysctl('h2', 'net.ipv4.conf.all.forwarding', '1') },
      ping('h1', '10.0.8.2'),
      ping('h1', '10.0.8.3', { patience: 3500 }),
      ask('h2', 'ip neigh show proxy'),
      ask('h2', 'ip neigh del proxy 10.0.8.9 dev eth0'),
      change('h2', 'neigh del proxy 10.0.8.2 dev eth0'),
      ask('h2', 'ip neigh show proxy'),
    ],
  },
]
