import { english } from '../catalogue.ts'

/** What was compared with a real kernel: a name for each feature, a sentence for each known deviation (src/passport). */
export const passportEn = english({
  'feature-bridge': 'Bridges',
  'feature-bridge-netfilter': 'iptables on bridged frames (br_netfilter)',
  'feature-vlan': 'VLANs (802.1Q)',
  'feature-vxlan': 'VXLAN',
  'feature-geneve': 'Geneve',
  'feature-ipip': 'IPIP',
  'feature-gre': 'GRE',
  'feature-wireguard': 'WireGuard',
  'feature-macvlan': 'macvlan',
  'feature-ipvlan': 'ipvlan',
  'feature-dummy': 'Dummy devices',
  'feature-tun': 'tun devices',
  'feature-arp': 'ARP and neighbours',
  'feature-proxy-arp': 'Proxy ARP',
  'feature-forwarding': 'Routing and forwarding',
  'feature-policy-routing': 'Policy routing',
  'feature-multipath': 'Multipath routes',
  'feature-refusing-routes': 'Unreachable, prohibit and blackhole routes',
  'feature-reverse-path-filter': 'Reverse-path filter',
  'feature-time-exceeded': 'TTL expiry and traceroute',
  'feature-unreachable': 'ICMP unreachable errors',
  'feature-redirects': 'ICMP redirects',
  'feature-path-mtu': 'Path MTU discovery',
  'feature-fragmentation': 'Fragmentation and reassembly',
  'feature-udp': 'UDP',
  'feature-tcp': 'TCP',
  'feature-tcp-reset': 'TCP resets',
  'feature-connections': 'Connection tracking',
  'feature-iptables-filter': 'iptables: filter',
  'feature-iptables-nat': 'iptables: NAT',
  'feature-iptables-mangle': 'iptables: mangle',
  'feature-iptables-raw': 'iptables: raw',
  'feature-ipset': 'ipset',
  'feature-services': 'Kubernetes Services (kube-proxy’s rules)',
  'feature-docker': 'Docker networks',

  'none-every-frame':
    'Such a device only carries: every scenario compares each frame that passes it. It has no entry of its own.',
  'none-control-plane': 'The control plane and the programs are no part of Linux: no real kernel judges them.',
  'none-wire': 'Wires and switches lie outside of the machines: no real kernel judges them.',

  'deviation-socket-hash':
    'A router that spreads flows by port takes over the hash of a TCP socket on the same machine, which Linux draws at random; here it is computed from the ports.',
  'deviation-tcp-loss-timing':
    'TCP under loss is simpler: no tail loss probes, no ECN, no fast open, no CUBIC; when it sends again can differ.',
  'deviation-icmp-limit-of-all':
    'Of the limit of ICMP errors over all receivers (icmp_msgs_per_sec) Linux takes 0 to 2 credits for an error, at random; here it is always one.',
  'deviation-empty-nat-table':
    'An empty nat table has its hooks in Linux once its chains are declared; in the simulator a built-in chain acts from its first rule on.',
  'deviation-cut-last':
    'Linux sends several full TCP segments through OUTPUT as one packet and cuts it last of all; here each segment passes the rules by itself, so their counters may differ.',
  'deviation-refused-first-piece':
    'REJECT meets the first piece of a datagram that nobody has put together: the simulator drops it silently; Linux answers if an earlier namespace of the same machine had found its checksum good.',
  'deviation-tunnel-source-port':
    'The UDP source port of a tunnel is a hash with a random key in Linux; it is not compared.',
})
