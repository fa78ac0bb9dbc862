import type { Scenario } from '../language.ts'
import { ask, chain, ip } from './topologies.ts'

/** Tools that only look, and what they say of what is not there. */
export const TOOLS: readonly Scenario[] = [
  {
    name: 'sysctl-shown',
    about: 'sysctl: values, patterns, writing, names that are not there',
    setup: chain(1),
    stimuli: [
      'sysctl net.ipv4.ip_forward',
      'sysctl -n net.ipv4.ip_forward',
      'sysctl net.ipv4.ip_forward net.ipv4.tcp_syn_retries',
      'sysctl net/ipv4/ip_forward',
      'sysctl net.ipv4.conf.l1.rp_filter',
      'sysctl net.ipv4.nothing',
      'sysctl -w net.ipv4.conf.l1.rp_filter=1',
      'sysctl net.ipv4.conf.l1.rp_filter=2',
      'sysctl -q -w net.ipv4.conf.l1.rp_filter=0',
      'sysctl -n net.ipv4.conf.l1.rp_filter',
      'sysctl net.ipv4.ip_local_port_range',
      'sysctl -e net.ipv4.nothing',
      'sysctl -w net.ipv4.nothing=1',
      'sysctl net.core.somaxconn',
      'sysctl net.ipv4.ip_default_ttl',
      'sysctl net.ipv4.fib_multipath_hash_policy',
      'sysctl net.ipv4.neigh.l1.base_reachable_time_ms',
    ].map((command) => ask('r1', command)),
  },
  {
    name: 'ip-tool-shown',
    about: 'ip: JSON, what it does not know, rules and routes that are not there',
    setup: [
      ...chain(1),
      ip('r1', 'route add 10.9.0.0/16 via 10.0.2.2 metric 5'),
      ip('r1', 'rule add fwmark 7 lookup 100'),
    ],
    stimuli: [
      'ip -j route',
      'ip -j route show 10.9.0.0/16',
      'ip route del 10.9.0.0/16 via 10.0.1.2',
      'ip route del 10.9.0.0/16 metric 5',
      'ip rule del fwmark 8',
      'ip rule del fwmark 7',
      'ip rule add',
      'ip rule add from 10.0.0.0/8 lookup nothing',
      'ip route add 10.9.0.0/16 via 10.0.2.2 dev l1',
      'ip route add 10.9.0.0/33 via 10.0.2.2',
      'ip route get',
      'ip route get 10.9.0.1 oif nothing',
      'ip route show table nothing',
      'ip route add default via 10.0.2.2 metric x',
      'ip route flush table 100',
      'ip route flush 10.0.2.0/24',
      'ip route',
      'ip rule',
    ].map((command) => ask('r1', command)),
  },
]
