import type { Scenario } from '../language.ts'
import { ask, change, ip, lan } from './topologies.ts'

/** Tools that probe a network: what they print, how they end, and every packet that they send. */
export const PROBING: readonly Scenario[] = [
  {
    name: 'arping',
    about: 'arping: answers, silence, who quits when, source addresses, devices that do not fit, usage',
    setup: [...lan(2), ip('h1', 'addr add 10.0.0.11/24 dev eth0')],
    stimuli: [
      ask('h1', 'arping -c 2 10.0.0.2'),
      ask('h1', 'arping -c 2 -I eth0 10.0.0.2'),
      ask('h1', 'arping -b -c 2 -I eth0 10.0.0.2'),
      ask('h1', 'arping -f -I eth0 10.0.0.2'),
      ask('h1', 'arping -c 1 -w 3 -I eth0 10.0.0.2'),
      ask('h1', 'arping -c 3 -w 1 -I eth0 10.0.0.2'),
      ask('h1', 'arping -w 2 -I eth0 10.0.0.2'),
      ask('h1', 'arping -q -c 1 -I eth0 10.0.0.2'),
      ask('h1', 'arping -c 1 -I eth0 10.0.0.9'),
      ask('h1', 'arping -c 2 -w 1 -I eth0 10.0.0.9'),
      ask('h1', 'arping -s 10.0.0.11 -c 1 -I eth0 10.0.0.2'),
      ask('h1', 'arping -s 10.0.0.55 -c 1 -I eth0 10.0.0.2'),
      ask('h1', 'arping -c 1 -I lo 10.0.0.2'),
      ask('h1', 'arping -c 1 -I nope 10.0.0.2'),
      ask('h1', 'arping -c 1 10.9.0.2'),
      ask('h1', 'arping -c x 10.0.0.2'),
      ask('h1', 'arping -c 0 10.0.0.2'),
      ask('h1', 'arping'),
      ask('h1', 'arping -z 10.0.0.2'),
      ask('h1', 'ip neigh show'),
      ask('h2', 'ip neigh show'),
    ],
  },
  {
    name: 'arping-detects-and-announces',
    about:
      'arping -D finds a duplicate address or none; -U and -A announce, and neighbours that know the address take it over',
    setup: lan(3),
    stimuli: [
      ask('h1', 'arping -D -c 2 -I eth0 10.0.0.2'),
      ask('h1', 'arping -D -c 2 -I eth0 10.0.0.1'),
      ask('h1', 'arping -D -c 1 -I eth0 10.0.0.77'),
      ask('h1', 'arping -c 1 -I eth0 10.0.0.2'),
      change('h3', 'addr add 10.0.0.1/24 dev eth0'),
      ask('h3', 'arping -U -c 1 -I eth0 10.0.0.1'),
      ask('h2', 'ip neigh show'),
      ask('h1', 'arping -A -c 2 -I eth0 10.0.0.1'),
      ask('h2', 'ip neigh show'),
      ask('h1', 'arping -D -c 2 -I eth0 10.0.0.1'),
      ask('h1', 'arping -A -c 1 -I eth0 10.0.0.99'),
      change('h2', 'link set eth0 down'),
      ask('h2', 'arping -c 1 -I eth0 10.0.0.1'),
      change('h2', 'link set eth0 up'),
      change('h2', 'addr flush dev eth0'),
      ask('h2', 'arping -c 1 -I eth0 10.0.0.1'),
      ask('h2', 'arping -D -c 1 -I eth0 10.0.0.3'),
    ],
  },
]
