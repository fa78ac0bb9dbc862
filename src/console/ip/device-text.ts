import { formatIpv4 } from '../../core/base/ipv4.ts'
import { formatMac } from '../../core/base/mac.ts'
import { hasCarrier } from '../../core/kernel/link/carrier.ts'
import { isIpTunnel } from '../../core/kernel/link/config.ts'
import { kindText as describeKind } from '../../core/kernel/link/describe.ts'
import { isLayer3, isPointToPoint, isStacked, isTunnel } from '../../core/kernel/link/kind.ts'
import type { LinkRow } from '../../core/kernel/tables.ts'
import { type IpContext, deviceName } from './context.ts'

/** Whether the device runs: up, with a carrier. */
const running = (ip: IpContext, link: LinkRow): boolean => link.up && hasCarrier(ip.env.kernel, link)

/** `<BROADCAST,MULTICAST,UP,LOWER_UP>` in the order of ip/ipaddress.c print_link_flags. */
export function flagNames(ip: IpContext, link: LinkRow): readonly string[] {
  const up = link.up
  const runs = running(ip, link)
  const loopback = link.kind === 'loopback'
  const peer = link.peer === 0 ? undefined : ip.env.kernel.t.link.get(link.peer)
  const flags: [string, boolean][] = [
    ['NO-CARRIER', up && !runs],
    ['LOOPBACK', loopback],
    ['BROADCAST', !loopback && !isLayer3(link)],
    ['POINTOPOINT', isPointToPoint(link)],
    ['MULTICAST', hasMulticast(link)],
    ['NOARP', link.noarp],
    ['UP', up],
    ['LOWER_UP', runs],
    [
      'M-DOWN',
      (isStacked(link) && ip.env.kernel.t.link.get(link.lower)?.up === false) ||
        (peer !== undefined && peer.netns === link.netns && !peer.up),
    ],
  ]
  return flags.filter(([, set]) => set).map(([name]) => name)
}

/** IFF_MULTICAST: on Ethernet and on a tun; no tunnel to one other end has it. */
const hasMulticast = (link: LinkRow): boolean =>
  link.kind !== 'loopback' && link.kind !== 'dummy' && (!isLayer3(link) || link.kind === 'tun')

/** IFLA_OPERSTATE: devices that do not report one (loopback, tunnels) are UNKNOWN. */
export function operState(ip: IpContext, link: LinkRow): string {
  if (!link.up) return 'DOWN'
  if (link.kind === 'loopback' || link.kind === 'dummy' || isTunnel(link.kind)) return 'UNKNOWN'
  if (link.kind === 'tun') return running(ip, link) ? 'UNKNOWN' : 'DOWN'
  if (link.kind === 'bridge' && ip.env.kernel.t.linkByMaster.at(link.id).size === 0) return 'UNKNOWN'
  if (running(ip, link)) return 'UP'
  return link.kind === 'veth' || isStacked(link) ? 'LOWERLAYERDOWN' : 'DOWN'
}

/** `eth0@if5`, `v0@v1`: a veth end names its peer, by number where that is in another namespace. */
export function nameWithPeer(ip: IpContext, link: LinkRow): string {
  const peer = ip.env.kernel.t.link.get(link.peer || link.lower)
  if (!peer) return isIpTunnel(link.config) ? `${link.name}@NONE` : link.name
  return `${link.name}@${peer.netns === link.netns ? peer.name : `if${peer.ifindex}`}`
}

/**
 * ` link-netns p1`, or by number where the namespace has no name here: a container sees no names, and a machine's own namespace
 * has none.
 */
export function peerNamespace(ip: IpContext, link: LinkRow): string {
  const { t } = ip.env.kernel
  const peer = t.link.get(link.peer || link.lower)
  if (!peer || peer.netns === link.netns) return ''
  const other = t.netns.get(peer.netns)
  const machine = t.netns.get(ip.netns)?.host
  const visible = ip.place.kind !== 'pod' && other !== undefined && other.host === machine && other.name !== 'host'
  return visible ? ` link-netns ${other.name}` : ` link-netnsid ${netnsId(ip, peer.netns)}`
}

/** The kernel numbers peer namespaces as it comes across them: by the first device that leads there. */
function netnsId(ip: IpContext, netns: number): number {
  const { t } = ip.env.kernel
  const seen: number[] = []
  const links = [...t.linkByNetns.at(ip.netns).rows()].sort((a, b) => a.ifindex - b.ifindex)
  for (const link of links) {
    const peer = t.link.get(link.peer || link.lower)
    if (peer && peer.netns !== ip.netns && !seen.includes(peer.netns)) seen.push(peer.netns)
  }
  return Math.max(0, seen.indexOf(netns))
}

const qdisc = (link: LinkRow): string => (!link.up ? 'noop' : link.kind === 'ether' ? 'fq_codel' : 'noqueue')

/** The first line of a device, without its number; `mode` is shown by `ip link` and left out by `ip addr`. */
export function headLine(ip: IpContext, link: LinkRow, mode: boolean): string {
  const master = link.master === 0 ? '' : ` master ${deviceName(ip, link.master)}`
  return (
    `${link.ifindex}: ${nameWithPeer(ip, link)}: <${flagNames(ip, link).join(',')}> mtu ${link.mtu} qdisc ${qdisc(link)}` +
    `${master} state ${operState(ip, link)}${mode ? ' mode DEFAULT' : ''} group default qlen ${link.kind === 'tun' ? 500 : 1000}`
  )
}

export function hardwareLine(ip: IpContext, link: LinkRow): string {
  const loopback = link.kind === 'loopback'
  const broadcast = loopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff'
  const ends = layer3Ends(link)
  if (ends !== null) return `    ${ends}${peerNamespace(ip, link)}`
  const type = loopback ? 'loopback' : 'ether'
  return `    link/${type} ${formatMac(link.mac)} brd ${broadcast}${peerNamespace(ip, link)}`
}

/** `link/gre 192.168.56.11 peer 192.168.56.12`, `link/none `: what stands for link-layer addresses where there are none; `null`: there are. */
function layer3Ends({ kind, config }: LinkRow): string | null {
  if (kind === 'wireguard' || (config?.kind === 'tun' && config.mode === 'tun')) return 'link/none '
  if (!isIpTunnel(config) || kind === 'gretap') return null
  const far = config.remote === 0 ? 'brd' : 'peer'
  return `link/${kind} ${formatIpv4(config.local)} ${far} ${formatIpv4(config.remote)}`
}

/** The beginning of a `-br` line: name in 16 columns, state in 14. */
export const briefHead = (ip: IpContext, link: LinkRow): string =>
  `${nameWithPeer(ip, link).padEnd(16)} ${operState(ip, link).padEnd(14)} `

/** `ip -d`: what follows on the hardware line, and the lines about the kind. `addrgen` is shown by `ip link` only. */
export function detailLines(ip: IpContext, link: LinkRow, addrgen: boolean): readonly string[] {
  const port = link.master !== 0
  const promiscuity = port ? 1 : 0
  const [minmtu, maxmtu] = link.kind === 'loopback' ? [0, 0] : [68, 65535]
  const first = ` promiscuity ${promiscuity}  allmulti ${promiscuity} minmtu ${minmtu} maxmtu ${maxmtu} `
  const kind = kindText(ip, link)
  const slave = port ? slaveText(ip, link) : ''
  const queues = link.kind === 'veth' ? 2 : 1
  const tail =
    `${addrgen ? 'addrgenmode eui64 ' : ''}numtxqueues ${queues} numrxqueues ${queues} gso_max_size 65536 gso_max_segs 65535 ` +
    'tso_max_size 524280 tso_max_segs 65535 gro_max_size 65536 '
  const lines = [...(kind ? [`    ${kind}`] : []), ...(slave ? [`    ${slave}`] : [])]
  if (lines.length === 0) return [first + tail]
  return [first, ...lines.slice(0, -1), lines.at(-1)! + tail]
}

function kindText(ip: IpContext, link: LinkRow): string {
  const { vxlan } = link
  if (link.config) return describeKind(link, link.lower === 0 ? '' : deviceName(ip, link.lower))
  if (link.kind === 'veth') return 'veth '
  if (link.kind === 'dummy') return 'dummy '
  if (vxlan) {
    const local = vxlan.local === 0 ? '' : `local ${dotted(vxlan.local)} `
    const dev = vxlan.underlay === 0 ? '' : `dev ${deviceName(ip, vxlan.underlay)} `
    return (
      `vxlan id ${vxlan.vni} ${local}${dev}srcport 0 0 dstport ${vxlan.port} ${vxlan.learning ? '' : 'nolearning '}` +
      'ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx '
    )
  }
  return link.bridge ? bridgeText(link) : ''
}

const dotted = (ip: number): string => `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`

/** `8000.a:58:a:f4:1:1`: octets without leading zeros. */
const bridgeId = (mac: number): string =>
  `8000.${formatMac(mac)
    .split(':')
    .map((octet) => Number.parseInt(octet, 16).toString(16))
    .join(':')}`

const bridgeText = (link: LinkRow): string =>
  `bridge forward_delay 1500 hello_time 200 max_age 2000 ageing_time ${Math.round(link.bridge!.ageing / 10_000_000)} stp_state 0 ` +
  `priority 32768 vlan_filtering 0 bridge_id ${bridgeId(link.mac)} designated_root ${bridgeId(link.mac)} root_port 0 root_path_cost 0 ` +
  'topology_change 0 topology_change_detected 0 hello_timer    0.00 tcn_timer    0.00 topology_change_timer    0.00 gc_timer    0.00 ' +
  'group_fwd_mask 0 group_address 01:80:c2:00:00:00 mcast_snooping 1 no_linklocal_learn 0 mcast_vlan_snooping 0 mcast_router 1 ' +
  'mcast_query_use_ifaddr 0 mcast_querier 0 mcast_hash_elasticity 16 mcast_hash_max 4096 mcast_last_member_count 2 ' +
  'mcast_startup_query_count 2 mcast_last_member_interval 100 mcast_membership_interval 26000 mcast_querier_interval 25500 ' +
  'mcast_query_interval 12500 mcast_query_response_interval 1000 mcast_startup_query_interval 3124 mcast_stats_enabled 0 ' +
  'mcast_igmp_version 2 mcast_mld_version 1 nf_call_iptables 0 nf_call_ip6tables 0 nf_call_arptables 0 '

export const onOff = (value: boolean): string => (value ? 'on' : 'off')

function slaveText(ip: IpContext, link: LinkRow): string {
  const { t } = ip.env.kernel
  const bridge = t.link.get(link.master)
  const ports = [...t.linkByMaster.at(link.master).rows()].sort((a, b) => a.ifindex - b.ifindex)
  const number = ports.findIndex((port) => port.id === link.id) + 1
  const id = bridgeId(bridge?.mac ?? 0)
  const { hairpin, learning, flood, isolated } = link.port!
  return (
    `bridge_slave state ${portState(ip, link)} priority 32 cost 2 hairpin ${onOff(hairpin)} guard off root_block off fastleave off ` +
    `learning ${onOff(learning)} flood ${onOff(flood)} port_id 0x${(0x8000 + number).toString(16)} port_no 0x${number.toString(16)} ` +
    `designated_port ${0x8000 + number} designated_cost 0 designated_bridge ${id} designated_root ${id} hold_timer    0.00 ` +
    'message_age_timer    0.00 forward_delay_timer    0.00 topology_change_ack 0 config_pending 0 proxy_arp off proxy_arp_wifi off ' +
    'mcast_router 1 mcast_fast_leave off mcast_flood on bcast_flood on mcast_to_unicast off neigh_suppress off group_fwd_mask 0 ' +
    `group_fwd_mask_str 0x0 vlan_tunnel off isolated ${onOff(isolated)} locked off `
  )
}

export const portState = (ip: IpContext, link: LinkRow): string => (running(ip, link) ? 'forwarding' : 'disabled')
