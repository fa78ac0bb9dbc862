import type { Point } from '../trace/vocabulary.ts'
import type { ExplainEnv } from './env.ts'
import type { TraceRecord } from './record.ts'

/** The function of Linux 6.x that takes this step; '' where it is no kernel's doing (wires, the control plane). */
export function kernelFunction(env: ExplainEnv, record: TraceRecord): string {
  const { point, verdict, detail } = record
  if (detail?.d === 'process' && verdict === 'exit') return 'do_exit'
  if (point === 'tunnel.xmit' || point === 'tunnel.recv') return tunnelFunction(env, record)
  const byDetail = detail && DETAILS[detail.d]
  if (byDetail && POINTS_OF_DETAILS.has(point)) return byDetail
  if (point === 'dev.xmit') return XMIT[env.kernel.t.link.get(record.dev)?.kind ?? ''] ?? '__dev_queue_xmit'
  if (point === 'dev.recv' && env.kernel.t.link.get(record.dev)?.kind === 'bridge') return 'br_pass_frame_up'
  if (point === 'socket.send')
    return detail?.d === 'socket-send' ? (SEND[detail.proto] ?? 'sendmsg') : 'ip_push_pending_frames'
  if (point === 'socket.recv' && record.frame) return RECEIVE[protocolOf(record)] ?? 'sock_queue_rcv_skb'
  return VERDICTS[`${point} ${verdict}`] ?? FUNCTIONS[point] ?? ''
}

function tunnelFunction(env: ExplainEnv, { point, dev, detail }: TraceRecord): string {
  const sends = point === 'tunnel.xmit'
  const kind =
    detail?.d === 'wireguard' ? 'wireguard' : detail?.d === 'tunnel' ? detail.kind : env.kernel.t.link.get(dev)?.kind
  if (kind === 'wireguard') return sends ? 'wg_socket_send_skb_to_peer' : 'wg_packet_receive'
  if (kind === 'geneve') return sends ? 'geneve_xmit_skb' : 'geneve_udp_encap_recv'
  return sends ? 'ip_tunnel_xmit' : 'ip_tunnel_rcv'
}

function protocolOf({ frame }: TraceRecord): string {
  const ip = frame?.l === 'eth' ? frame.payload : frame
  return ip?.l === 'ipv4' ? ip.payload.l : ''
}

const POINTS_OF_DETAILS: ReadonlySet<Point> = new Set(['tcp', 'udp', 'icmp', 'app', 'route.input'])

const DETAILS: Readonly<Record<string, string>> = {
  rpfilter: '__fib_validate_source',
  'tcp-state': 'tcp_set_state',
  'tcp-ack': 'tcp_ack',
  'tcp-dup-ack': 'tcp_fastretrans_alert',
  'tcp-out-of-order': 'tcp_data_queue_ofo',
  'tcp-refused': 'tcp_validate_incoming',
  'tcp-retransmit': 'tcp_retransmit_skb',
  'tcp-window-probe': 'tcp_send_probe0',
  'tcp-timeout': 'tcp_write_timeout',
  'tcp-reset': 'tcp_reset',
  'tcp-mss': 'tcp_sync_mss',
  'socket-error': 'icmp_socket_deliver',
  'socket-bind': 'inet_bind',
  process: 'do_execveat_common',
  output: 'vfs_write',
  signal: 'send_signal_locked',
}

const XMIT: Readonly<Record<string, string>> = {
  veth: 'veth_xmit',
  loopback: 'loopback_xmit',
  bridge: 'br_dev_xmit',
  vxlan: 'vxlan_xmit',
  dummy: 'dummy_xmit',
  vlan: 'vlan_dev_hard_start_xmit',
  macvlan: 'macvlan_start_xmit',
  ipvlan: 'ipvlan_start_xmit',
  tun: 'tun_net_xmit',
  ipip: 'ipip_tunnel_xmit',
  gre: 'ipgre_xmit',
  gretap: 'gre_tap_xmit',
  geneve: 'geneve_xmit',
  wireguard: 'wg_xmit',
}
const SEND: Readonly<Record<string, string>> = {
  tcp: '__tcp_transmit_skb',
  udp: 'udp_sendmsg',
  icmp: 'ping_v4_sendmsg',
}
const RECEIVE: Readonly<Record<string, string>> = { tcp: 'tcp_data_queue', udp: 'udp_queue_rcv_skb', icmp: 'ping_rcv' }

const VERDICTS: Readonly<Record<string, string>> = {
  'neigh queue': '__neigh_event_send',
  'neigh release': 'neigh_update',
  'neigh drop': 'neigh_invalidate',
  'arp create': 'arp_send_dst',
  'conntrack create': 'init_conntrack',
  'conntrack confirm': '__nf_conntrack_confirm',
  'ip.frag fragment': 'ip_do_fragment',
  'ip.frag drop': 'ip_expire',
  'bridge.fdb learn': 'br_fdb_update',
  'bridge.fdb flood': 'br_flood',
  'bridge.forward drop': 'should_deliver',
  'vxlan.xmit encapsulate': 'vxlan_xmit_one',
  'macvlan clone': 'macvlan_broadcast',
  'ipvlan clone': 'ipvlan_process_multicast',
  'tcp lookup': '__inet_lookup',
  'tcp drop': 'tcp_v4_rcv',
  'udp drop': '__udp4_lib_rcv',
  'icmp deliver': 'icmp_rcv',
}

const FUNCTIONS: { readonly [P in Point]?: string } = {
  tcp: 'tcp_rcv_state_process',
  udp: '__udp4_lib_lookup',
  icmp: 'icmp_rcv',
  'ip.rcv': 'ip_rcv_core',
  'ip.forward': 'ip_forward',
  'ip.local': 'ip_local_deliver_finish',
  'ip.output': 'ip_finish_output',
  'ip.frag': 'ip_defrag',
  'route.input': 'ip_route_input_slow',
  'route.output': 'ip_route_output_key_hash_rcu',
  neigh: 'neigh_resolve_output',
  arp: 'arp_process',
  conntrack: 'resolve_normal_ct',
  'nf.PREROUTING': 'ipt_do_table',
  'nf.INPUT': 'ipt_do_table',
  'nf.FORWARD': 'ipt_do_table',
  'nf.OUTPUT': 'ipt_do_table',
  'nf.POSTROUTING': 'ipt_do_table',
  nat: 'nf_nat_packet',
  'bridge.input': 'br_handle_frame',
  'bridge.fdb': 'br_handle_frame_finish',
  'bridge.nf': 'br_nf_pre_routing_finish',
  'bridge.forward': '__br_forward',
  'vxlan.xmit': 'vxlan_xmit',
  'vxlan.recv': 'vxlan_rcv',
  vlan: 'vlan_do_receive',
  macvlan: 'macvlan_handle_frame',
  ipvlan: 'ipvlan_handle_frame',
  tun: 'tun_net_xmit',
  'dev.xmit': '__dev_queue_xmit',
  'dev.recv': '__netif_receive_skb_core',
}
