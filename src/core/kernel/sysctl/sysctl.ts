import { Cache } from '../cache.ts'
import type { Kernel } from '../kernel.ts'

/** What a namespace is born with, where Linux has a value that the lab reads or prints (captured on Linux 6.18). */
const DEFAULTS: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '0',
  'net.ipv4.ip_default_ttl': '64',
  'net.ipv4.ip_local_port_range': '32768\t60999',
  'net.ipv4.icmp_echo_ignore_all': '0',
  'net.ipv4.icmp_echo_ignore_broadcasts': '1',
  'net.ipv4.icmp_errors_use_inbound_ifaddr': '0',
  'net.ipv4.icmp_ratelimit': '1000',
  'net.ipv4.icmp_ratemask': '6168',
  'net.ipv4.icmp_msgs_per_sec': '1000',
  'net.ipv4.icmp_msgs_burst': '50',
  'net.ipv4.ip_no_pmtu_disc': '0',
  'net.ipv4.fib_multipath_hash_policy': '0',
  'net.ipv4.fib_multipath_hash_seed': '0',
  'net.ipv4.route.min_pmtu': '552',
  'net.ipv4.route.mtu_expires': '600',
  'net.ipv4.ipfrag_time': '30',
  'net.core.somaxconn': '4096',
  'net.ipv4.tcp_abort_on_overflow': '0',
  'net.ipv4.tcp_retries2': '15',
  'net.ipv4.tcp_orphan_retries': '0',
  'net.ipv4.tcp_syn_retries': '6',
  'net.ipv4.tcp_synack_retries': '5',
  'net.ipv4.tcp_syn_linear_timeouts': '4',
  'net.ipv4.tcp_fin_timeout': '60',
  'net.ipv4.tcp_rto_min_us': '200000',
  'net.netfilter.nf_log_all_netns': '0',
  'net.netfilter.nf_conntrack_max': '262144',
  'net.netfilter.nf_conntrack_buckets': '262144',
  'net.netfilter.nf_conntrack_tcp_be_liberal': '0',
  'net.netfilter.nf_conntrack_tcp_loose': '1',
  'net.netfilter.nf_conntrack_tcp_ignore_invalid_rst': '0',
  'net.netfilter.nf_conntrack_tcp_max_retrans': '3',
  'net.netfilter.nf_conntrack_generic_timeout': '600',
  'net.netfilter.nf_conntrack_icmp_timeout': '30',
  'net.netfilter.nf_conntrack_udp_timeout': '30',
  'net.netfilter.nf_conntrack_udp_timeout_stream': '120',
  'net.netfilter.nf_conntrack_tcp_timeout_syn_sent': '120',
  'net.netfilter.nf_conntrack_tcp_timeout_syn_recv': '60',
  'net.netfilter.nf_conntrack_tcp_timeout_established': '432000',
  'net.netfilter.nf_conntrack_tcp_timeout_fin_wait': '120',
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait': '60',
  'net.netfilter.nf_conntrack_tcp_timeout_last_ack': '30',
  'net.netfilter.nf_conntrack_tcp_timeout_time_wait': '120',
  'net.netfilter.nf_conntrack_tcp_timeout_close': '10',
  'net.netfilter.nf_conntrack_tcp_timeout_max_retrans': '300',
  'net.netfilter.nf_conntrack_tcp_timeout_unacknowledged': '300',
}

/** `net.ipv4.conf.<dev>.*` and `net.ipv4.neigh.<dev>.*`: values of every device until set. */
const CONF_DEFAULTS: Readonly<Record<string, string>> = {
  accept_local: '0',
  accept_redirects: '1',
  arp_accept: '0',
  arp_announce: '0',
  arp_filter: '0',
  arp_ignore: '0',
  arp_notify: '0',
  forwarding: '0',
  ignore_routes_with_linkdown: '0',
  log_martians: '0',
  proxy_arp: '0',
  proxy_arp_pvlan: '0',
  route_localnet: '0',
  rp_filter: '0',
  secure_redirects: '1',
  send_redirects: '1',
  shared_media: '1',
  src_valid_mark: '0',
}
const NEIGH_DEFAULTS: Readonly<Record<string, string>> = {
  base_reachable_time_ms: '30000',
  delay_first_probe_time: '5',
  gc_stale_time: '60',
  mcast_solicit: '3',
  proxy_delay: '80',
  retrans_time_ms: '1000',
  ucast_solicit: '3',
  unres_qlen: '101',
}

const key = (netns: number, name: string): string => `${netns}/${name}`

/**
 * The value of a sysctl in a namespace, or `undefined` where Linux has no such file (`net.bridge.*` before br_netfilter is loaded).
 * `name` in dotted form; a device name inside it may contain dots and is matched from the left: net.ipv4.conf.<dev>.<leaf>.
 */
export function sysctl(k: Kernel, netns: number, name: string): string | undefined {
  const row = k.t.sysctl.get(key(netns, name))
  if (row) return row.value
  const perDevice = /^net\.ipv4\.(conf|neigh)\.(.+)\.([^.]+)$/.exec(name)
  if (!perDevice) return DEFAULTS[name]
  const [, family, device, leaf] = perDevice
  if (family === 'neigh') return NEIGH_DEFAULTS[leaf!]
  if (leaf === 'forwarding') return sysctl(k, netns, 'net.ipv4.ip_forward')
  if (device === 'all' || device === 'default') return CONF_DEFAULTS[leaf!]
  return k.t.sysctl.get(key(netns, `net.ipv4.conf.default.${leaf}`))?.value ?? CONF_DEFAULTS[leaf!]
}

export const sysctlNumber = (k: Kernel, netns: number, name: string): number => Number(sysctl(k, netns, name) ?? 0)

export function setSysctl(k: Kernel, netns: number, name: string, value: string): void {
  if (FORWARDING.includes(name)) return setForwarding(k, netns, value)
  k.world.put(k.t.sysctl, key(netns, name), { netns, name, value })
}

/** One variable by two names; writing it sets every device, and a router does not follow redirects (inet_forward_change). */
const FORWARDING: readonly string[] = ['net.ipv4.ip_forward', 'net.ipv4.conf.all.forwarding']

function setForwarding(k: Kernel, netns: number, value: string): void {
  for (const row of [...k.t.sysctlByNetns.at(netns).rows()]) {
    if (/^net\.ipv4\.conf\..+\.forwarding$/.test(row.name)) k.world.delete(k.t.sysctl, key(netns, row.name))
  }
  const redirects = { netns, name: 'net.ipv4.conf.all.accept_redirects', value: value === '0' ? '1' : '0' }
  k.world.put(k.t.sysctl, key(netns, redirects.name), redirects)
  for (const name of FORWARDING) k.world.put(k.t.sysctl, key(netns, name), { netns, name, value })
}

/** Every name that has a value in the namespace, set or default, in name order. */
export function sysctlNames(k: Kernel, netns: number): readonly string[] {
  const names = new Set(Object.keys(DEFAULTS))
  for (const row of k.t.sysctlByNetns.at(netns).rows()) names.add(row.name)
  const devices = [
    'all',
    'default',
    ...k.t.linkByNetns
      .at(netns)
      .rows()
      .map((link) => link.name),
  ]
  for (const device of devices) {
    for (const leaf of Object.keys(CONF_DEFAULTS)) names.add(`net.ipv4.conf.${device}.${leaf}`)
  }
  return [...names].sort()
}

/** Per-device switches of the packet path, read together: max(all, dev) where Linux takes the maximum (IN_DEV_MAXCONF). */
export interface DeviceConf {
  readonly forwarding: boolean
  readonly rpFilter: number
  readonly arpIgnore: number
  readonly arpAnnounce: number
  readonly arpAccept: boolean
  readonly proxyArp: boolean
  readonly routeLocalnet: boolean
  readonly acceptLocal: boolean
  readonly sendRedirects: boolean
  readonly acceptRedirects: boolean
  readonly secureRedirects: boolean
  readonly sharedMedia: boolean
  readonly proxyArpPvlan: boolean
  readonly arpFilter: boolean
  readonly arpNotify: boolean
  readonly ignoreLinkdown: boolean
  readonly srcValidMark: boolean
}

interface NetnsConf {
  /** Versions of the whole table and of this namespace's rows in it. */
  table: number
  version: number
  readonly devices: Map<string, DeviceConf>
  readonly bridgeNf: boolean
}

const confs = new Cache<NetnsConf>()

function netnsConf(k: Kernel, netns: number): NetnsConf {
  const perNetns = confs.of(k)
  const known = perNetns[netns]
  const table = k.t.sysctl.version
  if (known && known.table === table) return known
  const { version } = k.t.sysctlByNetns.at(netns)
  if (known && known.version === version) {
    known.table = table
    return known
  }
  const bridgeNf = sysctl(k, netns, 'net.bridge.bridge-nf-call-iptables') === '1'
  const fresh: NetnsConf = { table, version, devices: new Map(), bridgeNf }
  perNetns[netns] = fresh
  return fresh
}

/** Whether bridged IPv4 frames of this namespace visit iptables (br_netfilter loaded and switched on). */
export const bridgeNfCall = (k: Kernel, netns: number): boolean => netnsConf(k, netns).bridgeNf

/** Derived from the sysctl rows and cached until one of the namespace's changes. */
export function deviceConf(k: Kernel, netns: number, device: string): DeviceConf {
  const conf = netnsConf(k, netns)
  const known = conf.devices.get(device)
  if (known) return known
  const own = (leaf: string): number => sysctlNumber(k, netns, `net.ipv4.conf.${device}.${leaf}`)
  const all = (leaf: string): number => sysctlNumber(k, netns, `net.ipv4.conf.all.${leaf}`)
  const max = (leaf: string): number => Math.max(own(leaf), all(leaf))
  const or = (leaf: string): boolean => max(leaf) > 0
  const and = (leaf: string): boolean => Math.min(own(leaf), all(leaf)) > 0
  const fresh: DeviceConf = {
    forwarding: own('forwarding') > 0,
    rpFilter: max('rp_filter'),
    arpIgnore: max('arp_ignore'),
    arpAnnounce: max('arp_announce'),
    arpAccept: or('arp_accept'),
    proxyArp: or('proxy_arp'),
    routeLocalnet: or('route_localnet'),
    acceptLocal: or('accept_local'),
    sendRedirects: or('send_redirects'),
    acceptRedirects: own('forwarding') > 0 ? and('accept_redirects') : or('accept_redirects'),
    secureRedirects: or('secure_redirects'),
    sharedMedia: or('shared_media'),
    proxyArpPvlan: or('proxy_arp_pvlan'),
    arpFilter: or('arp_filter'),
    arpNotify: or('arp_notify'),
    ignoreLinkdown: own('ignore_routes_with_linkdown') > 0,
    srcValidMark: or('src_valid_mark'),
  }
  conf.devices.set(device, fresh)
  return fresh
}
