/** A network namespace of a machine. `id` is unique in the lab; the machine's own namespace has `name` 'host'. */
export interface NetnsRow {
  readonly id: number
  readonly host: string
  /** 'host', or as `ip netns` would list it: 'cni-…', 'red'. */
  readonly name: string
  /** What people call it in the lab: `node/node1`, `pod/default/client`, `netns/node1/red`. */
  readonly label: string
}

export interface SysctlRow {
  readonly netns: number
  /** `net.ipv4.ip_forward`, `net.ipv4.conf.eth0.rp_filter` … */
  readonly name: string
  readonly value: string
}
