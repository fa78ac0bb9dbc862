import type { Setup, Stimulus } from '../language.ts'

/** Locally administered addresses of a scene: `hw(1, 0x12)` is 02:00:00:00:01:12. */
export const hw = (a: number, b: number): string =>
  `02:00:00:00:${a.toString(16).padStart(2, '0')}:${b.toString(16).padStart(2, '0')}`

export interface ClusterOptions {
  /** br_netfilter on the nodes; default on, as kubeadm asks for. */
  readonly bridgeNf?: boolean
  readonly hairpin?: boolean
  /** A machine outside of the cluster on the nodes' network, 192.168.56.100. */
  readonly outside?: boolean
}

/**
 * Two nodes with two pods each and flannel's VXLAN between them: pods p1a 10.244.1.2, p1b 10.244.1.3, p2a 10.244.2.2, p2b 10.244.2.3
 * behind cni0 (.1), nodes n1 192.168.56.11 and n2 .12 on a switch.
 */
export function cluster(options: ClusterOptions = {}): Setup[] {
  const { bridgeNf = true, hairpin = true, outside = false } = options
  const nodes = [1, 2]
  const setup: Setup[] = [
    { do: 'ns', ns: 'sw' },
    ...nodes.map((i): Setup => ({ do: 'ns', ns: `n${i}`, router: true, bridgeNf })),
  ]
  for (const i of nodes) for (const p of ['a', 'b']) setup.push({ do: 'ns', ns: `p${i}${p}` })
  setup.push({ do: 'bridge', ns: 'sw', dev: 'br0', mac: hw(0xff, 1) })
  for (const i of nodes) setup.push(...node(i, hairpin))
  for (const i of nodes) setup.push(...tunnel(i))
  if (outside) {
    setup.push({ do: 'ns', ns: 'ext' })
    setup.push({
      do: 'veth',
      a: { ns: 'ext', dev: 'eth0', mac: hw(9, 1) },
      b: { ns: 'sw', dev: 'swx', mac: hw(0xff, 0x19) },
    })
    setup.push(
      { do: 'port', ns: 'sw', dev: 'swx', bridge: 'br0' },
      { do: 'addr', ns: 'ext', dev: 'eth0', addr: '192.168.56.100/24' },
    )
  }
  return setup
}

function node(i: number, hairpin: boolean): Setup[] {
  const n = `n${i}`
  const setup: Setup[] = [
    { do: 'veth', a: { ns: n, dev: 'eth0', mac: hw(i, 1) }, b: { ns: 'sw', dev: `sw${i}`, mac: hw(0xff, 0x10 + i) } },
    { do: 'port', ns: 'sw', dev: `sw${i}`, bridge: 'br0' },
    { do: 'addr', ns: n, dev: 'eth0', addr: `192.168.56.1${i}/24` },
    { do: 'bridge', ns: n, dev: 'cni0', mac: hw(i, 2), mtu: 1450 },
    { do: 'addr', ns: n, dev: 'cni0', addr: `10.244.${i}.1/24` },
  ]
  for (const [h, p] of [
    [2, 'a'],
    [3, 'b'],
  ] as const) {
    const [pod, veth] = [`p${i}${p}`, `veth${i}${p}`]
    setup.push({
      do: 'veth',
      a: { ns: pod, dev: 'eth0', mac: hw(i, 0x10 + h) },
      b: { ns: n, dev: veth, mac: hw(i, 0x20 + h) },
      mtu: 1450,
    })
    setup.push({ do: 'port', ns: n, dev: veth, bridge: 'cni0', hairpin })
    setup.push({ do: 'addr', ns: pod, dev: 'eth0', addr: `10.244.${i}.${h}/24` })
    setup.push({ do: 'route', ns: pod, to: 'default', via: `10.244.${i}.1` })
    setup.push({ do: 'route', ns: pod, to: '10.244.0.0/16', via: `10.244.${i}.1` })
  }
  return setup
}

function tunnel(i: number): Setup[] {
  const [n, j] = [`n${i}`, 3 - i]
  return [
    {
      do: 'vxlan',
      ns: n,
      dev: 'flannel.1',
      mac: hw(i, 3),
      mtu: 1450,
      vni: 1,
      local: `192.168.56.1${i}`,
      underlay: 'eth0',
      port: 8472,
    },
    { do: 'addr', ns: n, dev: 'flannel.1', addr: `10.244.${i}.0/32` },
    { do: 'route', ns: n, to: `10.244.${j}.0/24`, via: `10.244.${j}.0`, dev: 'flannel.1', onlink: true },
    { do: 'neigh', ns: n, dev: 'flannel.1', ip: `10.244.${j}.0`, mac: hw(j, 3) },
    { do: 'remote', ns: n, dev: 'flannel.1', mac: hw(j, 3), dst: `192.168.56.1${j}` },
  ]
}

/**
 * Hosts in a row: a (10.0.1.2) – r1 – r2 – … – b (10.0.N.2), a router between two networks each; routes both ways.
 * `mtus[i]`: of the i-th network; default 1500.
 */
export function chain(routers: number, mtus: readonly number[] = []): Setup[] {
  const setup: Setup[] = [{ do: 'ns', ns: 'a' }]
  for (let i = 1; i <= routers; i++) setup.push({ do: 'ns', ns: `r${i}`, router: true })
  setup.push({ do: 'ns', ns: 'b' })
  const last = routers + 1
  const left = (i: number): string => (i === 1 ? 'a' : `r${i - 1}`)
  const right = (i: number): string => (i === last ? 'b' : `r${i}`)
  for (let i = 1; i <= last; i++) {
    const [l, r] = [left(i), right(i)]
    const ends = { a: { ns: l, dev: `r${i}`, mac: hw(i, 1) }, b: { ns: r, dev: `l${i}`, mac: hw(i, 2) } }
    setup.push({ do: 'veth', ...ends, mtu: mtus[i - 1] ?? 1500 })
    setup.push({ do: 'addr', ns: l, dev: `r${i}`, addr: `10.0.${i}.${i === 1 ? 2 : 1}/24` })
    setup.push({ do: 'addr', ns: r, dev: `l${i}`, addr: `10.0.${i}.${i === last ? 2 : i === 1 ? 1 : 254}/24` })
  }
  // Routes: everything to the right by the right neighbour, everything to the left by the left one.
  const leftEnd = (i: number): string => (i === 1 ? '10.0.1.2' : `10.0.${i}.1`)
  const rightEnd = (i: number): string => `10.0.${i}.${i === last ? 2 : i === 1 ? 1 : 254}`
  setup.push(
    { do: 'route', ns: 'a', to: 'default', via: rightEnd(1) },
    { do: 'route', ns: 'b', to: 'default', via: leftEnd(last) },
  )
  for (let i = 1; i <= routers; i++) {
    for (let net = i + 2; net <= last; net++)
      setup.push({ do: 'route', ns: `r${i}`, to: `10.0.${net}.0/24`, via: rightEnd(i + 1) })
    for (let net = 1; net < i; net++) setup.push({ do: 'route', ns: `r${i}`, to: `10.0.${net}.0/24`, via: leftEnd(i) })
  }
  return setup
}

/** Hosts h1, h2, … (10.0.0.1, .2, …) on a switch. */
export function lan(hosts: number): Setup[] {
  const setup: Setup[] = [
    { do: 'ns', ns: 'sw' },
    { do: 'bridge', ns: 'sw', dev: 'br0', mac: hw(0xff, 1) },
  ]
  for (let i = 1; i <= hosts; i++) {
    setup.push({ do: 'ns', ns: `h${i}` })
    setup.push({
      do: 'veth',
      a: { ns: `h${i}`, dev: 'eth0', mac: hw(i, 1) },
      b: { ns: 'sw', dev: `p${i}`, mac: hw(0xff, 0x10 + i) },
    })
    setup.push(
      { do: 'port', ns: 'sw', dev: `p${i}`, bridge: 'br0' },
      { do: 'addr', ns: `h${i}`, dev: 'eth0', addr: `10.0.0.${i}/24` },
    )
  }
  return setup
}

/** h1 and h2 on a switch, and far (10.0.8.2) behind h2, which does not forward; h1 takes far for a neighbour of its own. */
export const lanAndFar = (): Setup[] => [
  ...lan(2),
  { do: 'ns', ns: 'far' },
  { do: 'veth', a: { ns: 'h2', dev: 'eth1', mac: hw(2, 2) }, b: { ns: 'far', dev: 'eth0', mac: hw(8, 1) } },
  { do: 'addr', ns: 'h2', dev: 'eth1', addr: '10.0.8.1/24' },
  { do: 'addr', ns: 'far', dev: 'eth0', addr: '10.0.8.2/24' },
  { do: 'route', ns: 'far', to: 'default', via: '10.0.8.1' },
  { do: 'route', ns: 'h1', to: '10.0.8.0/24', dev: 'eth0' },
]

/** A machine with two uplinks, eth1 to g1 (10.0.1.1) and eth2 to g2 (10.0.2.1), each of which owns 10.9.9.9 and can send back. */
export function twoUplinks(): Setup[] {
  const setup: Setup[] = [
    { do: 'ns', ns: 'h', router: true },
    { do: 'ns', ns: 'g1' },
    { do: 'ns', ns: 'g2' },
    { do: 'ns', ns: 'c' },
    { do: 'veth', a: { ns: 'h', dev: 'eth0', mac: hw(9, 1) }, b: { ns: 'c', dev: 'eth0', mac: hw(9, 2) } },
    { do: 'addr', ns: 'h', dev: 'eth0', addr: '10.0.9.1/24' },
    { do: 'addr', ns: 'c', dev: 'eth0', addr: '10.0.9.2/24' },
    { do: 'route', ns: 'c', to: 'default', via: '10.0.9.1' },
  ]
  for (const i of [1, 2]) {
    setup.push(
      { do: 'veth', a: { ns: 'h', dev: `eth${i}`, mac: hw(i, 1) }, b: { ns: `g${i}`, dev: 'eth0', mac: hw(i, 2) } },
      { do: 'addr', ns: 'h', dev: `eth${i}`, addr: `10.0.${i}.2/24` },
      { do: 'addr', ns: `g${i}`, dev: 'eth0', addr: `10.0.${i}.1/24` },
      { do: 'addr', ns: `g${i}`, dev: 'lo', addr: '10.9.9.9/32' },
      { do: 'route', ns: `g${i}`, to: '10.0.9.0/24', via: `10.0.${i}.2` },
    )
  }
  return setup
}

export const ping = (ns: string, to: string, more: Partial<Stimulus & { do: 'ping' }> = {}): Stimulus => ({
  do: 'ping',
  ns,
  to,
  ...more,
})
export const udp = (
  ns: string,
  sport: number,
  to: string,
  port: number,
  more: Partial<Stimulus & { do: 'udp' }> = {},
): Stimulus => ({
  do: 'udp',
  ns,
  to,
  port,
  sport,
  ...more,
})
export const tcp = (
  ns: string,
  sport: number,
  to: string,
  port: number,
  more: Partial<Stimulus & { do: 'tcp' }> = {},
): Stimulus => ({
  do: 'tcp',
  ns,
  to,
  port,
  sport,
  ...more,
})

export const ip = (ns: string, line: string): Setup => ({ do: 'ip', ns, line })
export const ask = (ns: string, command: string): Stimulus => ({ do: 'ask', ns, command })
export const change = (ns: string, line: string): Stimulus => ({ do: 'change', change: ip(ns, line) })
export const get = (ns: string, ...questions: readonly string[]): Stimulus[] =>
  questions.map((question) => ask(ns, `ip route get ${question}`))

export const sysctl = (ns: string, name: string, value: string): Setup => ({ do: 'sysctl', ns, name, value })
/** A sysctl that is set while the scene runs. */
export const adjust = (ns: string, name: string, value: string): Stimulus => ({
  do: 'change',
  change: sysctl(ns, name, value),
})
