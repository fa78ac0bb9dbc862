import type { Point } from '../../core/trace/vocabulary.ts'
import type { Feature } from '../../passport/passport.ts'
import type { DeviceKind } from '../../worker/protocol.ts'

/**
 * Why something has no entry of its own. every-frame: such devices only carry, and each scenario compares what passes them; control-plane:
 * no part of Linux; wire: outside of the machines.
 */
export const REASONS = ['every-frame', 'control-plane', 'wire'] as const
export type Reason = (typeof REASONS)[number]

/** The entry of each kind of device, or why it has none. */
export const OF_DEVICE: Readonly<Record<DeviceKind, Feature | Reason>> = {
  loopback: 'every-frame',
  ether: 'every-frame',
  veth: 'every-frame',
  bridge: 'bridge',
  dummy: 'dummy',
  tun: 'tun',
  vlan: 'vlan',
  macvlan: 'macvlan',
  ipvlan: 'ipvlan',
  vxlan: 'vxlan',
  geneve: 'geneve',
  ipip: 'ipip',
  gre: 'gre',
  gretap: 'gre',
  wireguard: 'wireguard',
}

/** The same for each place of the trace. `device`: that of the device; `rules`: of the table; `protocol`: of what the packet carries. */
export const OF_POINT: Readonly<Record<Point, Feature | Reason | 'device' | 'rules' | 'protocol'>> = {
  api: 'control-plane',
  agent: 'control-plane',
  app: 'control-plane',
  'socket.send': 'protocol',
  'socket.recv': 'protocol',
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'unreachable',
  'ip.rcv': 'forwarding',
  'ip.forward': 'forwarding',
  'ip.local': 'forwarding',
  'ip.output': 'forwarding',
  'ip.frag': 'fragmentation',
  'route.input': 'forwarding',
  'route.output': 'forwarding',
  neigh: 'arp',
  arp: 'arp',
  conntrack: 'connections',
  'nf.PREROUTING': 'rules',
  'nf.INPUT': 'rules',
  'nf.FORWARD': 'rules',
  'nf.OUTPUT': 'rules',
  'nf.POSTROUTING': 'rules',
  nat: 'iptables-nat',
  'bridge.input': 'bridge',
  'bridge.fdb': 'bridge',
  'bridge.nf': 'bridge-netfilter',
  'bridge.forward': 'bridge',
  'vxlan.xmit': 'vxlan',
  'vxlan.recv': 'vxlan',
  'tunnel.xmit': 'device',
  'tunnel.recv': 'device',
  vlan: 'vlan',
  macvlan: 'macvlan',
  ipvlan: 'ipvlan',
  tun: 'tun',
  'dev.xmit': 'device',
  'dev.recv': 'device',
  wire: 'wire',
  switch: 'wire',
}

/** What a sentence is about, where that says more than the place does. */
export const OF_SENTENCE: Readonly<Record<string, Feature>> = {
  'arp-proxy': 'proxy-arp',
  'route-multipath': 'multipath',
  'route-refusing': 'refusing-routes',
  'drop-route-refused': 'refusing-routes',
  'frag-cut': 'fragmentation',
  'icmp-echo': 'forwarding',
  'icmp-told-mtu': 'path-mtu',
  'send-icmp-mtu': 'path-mtu',
  'tcp-mss': 'path-mtu',
  'drop-mtu': 'path-mtu',
  'drop-ttl': 'time-exceeded',
  'icmp-told-ttl': 'time-exceeded',
  'send-icmp-ttl': 'time-exceeded',
  'icmp-told-redirect': 'redirects',
  'send-icmp-redirect': 'redirects',
  'send-rst': 'tcp-reset',
  'tcp-reset': 'tcp-reset',
  'drop-no-peer': 'wireguard',
  'drop-no-endpoint': 'wireguard',
}

/** Tables of the inspector by title; the others print what the control plane or the machine's owner has set. */
export const OF_TABLE: Readonly<Record<string, readonly Feature[]>> = {
  routes: ['forwarding'],
  'routes-other': ['policy-routing'],
  neigh: ['arp'],
  ports: ['bridge'],
  peers: ['wireguard'],
  'iptables-raw': ['iptables-raw'],
  'iptables-mangle': ['iptables-mangle'],
  'iptables-nat': ['iptables-nat'],
  'iptables-filter': ['iptables-filter'],
  conntrack: ['connections'],
  sockets: ['tcp', 'udp'],
}
