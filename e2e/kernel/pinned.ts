/**
 * What every namespace of a scenario starts from, on both sides, whatever the host's own settings are (new namespaces inherit those).
 * Neighbour timers are long because both sides wait differently; errors are not limited, because that depends on time.
 */
export const NETNS_SYSCTLS: readonly (readonly [name: string, value: string])[] = [
  ['net.ipv6.conf.all.disable_ipv6', '1'],
  ['net.ipv6.conf.default.disable_ipv6', '1'],
  ...['all', 'default'].flatMap((dev) =>
    Object.entries({
      accept_local: '0',
      accept_redirects: '0',
      arp_accept: '0',
      arp_announce: '0',
      arp_filter: '0',
      arp_ignore: '0',
      arp_notify: '0',
      proxy_arp: '0',
      route_localnet: '0',
      rp_filter: '0',
      send_redirects: '1',
      src_valid_mark: '0',
    }).map(([leaf, value]) => [`net.ipv4.conf.${dev}.${leaf}`, value] as const),
  ),
  ['net.ipv4.icmp_ratelimit', '1000'],
  ['net.ipv4.icmp_ratemask', '0'],
  ['net.ipv4.ip_no_pmtu_disc', '0'],
  ['net.ipv4.ip_default_ttl', '64'],
  ['net.ipv4.tcp_timestamps', '1'],
  ['net.ipv4.tcp_sack', '1'],
  ['net.ipv4.tcp_window_scaling', '1'],
  ['net.ipv4.tcp_ecn', '0'],
  ['net.ipv4.tcp_fastopen', '0'],
  // no tail loss probes: the simulator has none
  ['net.ipv4.tcp_early_retrans', '0'],
  ['net.bridge.bridge-nf-call-arptables', '0'],
  ['net.bridge.bridge-nf-call-ip6tables', '0'],
]

export const DEVICE_SYSCTLS: readonly (readonly [leaf: string, value: string])[] = [
  ['delay_first_probe_time', '60'],
  ['proxy_delay', '0'],
]

/** Of an exported lab, whose other settings are the lab's own: what hangs on time. */
export const LAB_SYSCTLS: readonly (readonly [name: string, value: string])[] = [
  ['net.ipv4.icmp_ratemask', '0'],
  ['net.ipv4.tcp_early_retrans', '0'],
]
