import type { Setup } from '../language.ts'
import { hw } from '../scenarios/topologies.ts'
import type { Blueprint, SiteBlueprint, TransitBlueprint } from './plan.ts'

export interface Topology {
  readonly setup: Setup[]
  readonly routers: readonly string[]
  readonly hosts: readonly string[]
  /** Address of each machine's first device, and every other address of a router. */
  readonly addresses: ReadonlyMap<string, readonly string[]>
  /** Devices of each router that carry addresses. */
  readonly devices: ReadonlyMap<string, readonly string[]>
  readonly lans: readonly string[]
}

interface Draft {
  readonly setup: Setup[]
  readonly hosts: string[]
  readonly addresses: Map<string, string[]>
  readonly devices: Map<string, string[]>
}

/** Sites in a row, a router each: site i has the network 10.i.0.0/24; the transit to the next is 172.16.i.0/24. */
export function topologyOf(b: Blueprint): Topology {
  const draft: Draft = { setup: [], hosts: [], addresses: new Map(), devices: new Map() }
  const routers = b.sites.map((_, i) => `r${i + 1}`)
  b.sites.forEach((site, i) => {
    draft.setup.push({ do: 'ns', ns: routers[i]!, router: true, bridgeNf: site.bridgeNf })
    draft.addresses.set(routers[i]!, [])
    draft.devices.set(routers[i]!, [])
  })
  b.sites.forEach((site, i) => lan(draft, site, i + 1))
  for (let i = 1; i < b.sites.length; i++) transit(draft, b.transits[i - 1]!, i)
  routes(draft, b)
  b.sites.forEach(({ rpFilter }, i) => {
    const name = 'net.ipv4.conf.all.rp_filter'
    if (rpFilter > 0) draft.setup.push({ do: 'sysctl', ns: routers[i]!, name, value: `${rpFilter}` })
  })
  return { ...draft, routers, lans: b.sites.map((_, i) => `10.${i + 1}.0.0/24`) }
}

function address(d: Draft, ns: string, dev: string, addr: string): void {
  d.setup.push({ do: 'addr', ns, dev, addr })
  d.addresses.set(ns, [...(d.addresses.get(ns) ?? []), addr.split('/')[0]!])
  d.devices.set(ns, [...(d.devices.get(ns) ?? []), dev])
}

function lan(d: Draft, s: SiteBlueprint, i: number): void {
  const [router, mtu] = [`r${i}`, s.mtu]
  const hosts = s.lan === 'cable' ? 1 : s.hosts
  if (s.lan === 'bridge') {
    d.setup.push({ do: 'bridge', ns: router, dev: 'br0', mac: hw(i, 1), mtu })
    address(d, router, 'br0', `10.${i}.0.1/24`)
  }
  if (s.lan === 'switch') {
    const end = { ns: `sw${i}`, dev: 'p0', mac: hw(i, 0x80) }
    d.setup.push({ do: 'ns', ns: `sw${i}` }, { do: 'bridge', ns: `sw${i}`, dev: 'br0', mac: hw(i, 0x7f), mtu })
    d.setup.push({ do: 'veth', a: { ns: router, dev: 'lan', mac: hw(i, 1) }, b: end, mtu })
    d.setup.push({ do: 'port', ns: `sw${i}`, dev: 'p0', bridge: 'br0' })
    address(d, router, 'lan', `10.${i}.0.1/24`)
  }
  for (let h = 1; h <= hosts; h++) {
    const ns = `h${i}${'abc'[h - 1]}`
    d.hosts.push(ns)
    d.setup.push({ do: 'ns', ns })
    const a = { ns, dev: 'eth0', mac: hw(i, 0x10 + h) }
    if (s.lan === 'cable') {
      d.setup.push({ do: 'veth', a, b: { ns: router, dev: 'lan', mac: hw(i, 1) }, mtu })
      address(d, router, 'lan', `10.${i}.0.1/24`)
    } else {
      const [at, dev] = s.lan === 'bridge' ? [router, `v${h}`] : [`sw${i}`, `p${h}`]
      d.setup.push({ do: 'veth', a, b: { ns: at, dev, mac: hw(i, 0x90 + h) }, mtu })
      d.setup.push({ do: 'port', ns: at, dev, bridge: 'br0', ...(s.hairpin ? { hairpin: true } : {}) })
    }
    address(d, ns, 'eth0', `10.${i}.0.${h + 1}/24`)
    d.setup.push({ do: 'route', ns, to: 'default', via: `10.${i}.0.1` })
  }
}

function transit(d: Draft, t: TransitBlueprint, i: number): void {
  const [l, r] = [`r${i}`, `r${i + 1}`]
  const mtu = t.mtu
  const ends = { a: { ns: l, dev: `right`, mac: hw(i, 2) }, b: { ns: r, dev: `left`, mac: hw(i + 1, 3) } }
  if (t.kind === 'switch') {
    const sw = `t${i}`
    d.setup.push({ do: 'ns', ns: sw }, { do: 'bridge', ns: sw, dev: 'br0', mac: hw(i, 0x60), mtu })
    d.setup.push({ do: 'veth', a: ends.a, b: { ns: sw, dev: 'p1', mac: hw(i, 0x61) }, mtu })
    d.setup.push({ do: 'veth', a: ends.b, b: { ns: sw, dev: 'p2', mac: hw(i, 0x62) }, mtu })
    for (const dev of ['p1', 'p2']) d.setup.push({ do: 'port', ns: sw, dev, bridge: 'br0' })
  } else d.setup.push({ do: 'veth', ...ends, mtu })
  address(d, l, 'right', `172.16.${i}.1/24`)
  address(d, r, 'left', `172.16.${i}.2/24`)
  if (t.kind !== 'vxlan') return
  for (const [ns, other, own, dev, vtep] of [
    [l, r, 1, 'right', 4],
    [r, l, 2, 'left', 5],
  ] as const) {
    const [near, far] = [ns === l ? i : i + 1, ns === l ? i + 1 : i]
    const name = `vx${i}`
    d.setup.push({
      do: 'vxlan',
      ns,
      dev: name,
      mac: hw(near, vtep),
      mtu: mtu - 50,
      vni: i,
      local: `172.16.${i}.${own}`,
      underlay: dev,
      port: 8471 + i,
    })
    d.setup.push({ do: 'addr', ns, dev: name, addr: `10.${near}.0.0/32` })
    const gateway = `10.${far}.0.0`
    d.setup.push({ do: 'neigh', ns, dev: name, ip: gateway, mac: hw(far, vtep === 4 ? 5 : 4) })
    d.setup.push({ do: 'remote', ns, dev: name, mac: hw(far, vtep === 4 ? 5 : 4), dst: `172.16.${i}.${3 - own}` })
    d.setup.push({ do: 'route', ns, to: `10.${far}.0.0/24`, via: gateway, dev: name, onlink: true })
    void other
  }
}

/** What lies beyond the neighbours, and the neighbours' networks where no tunnel leads there. */
function routes(d: Draft, b: Blueprint): void {
  const n = b.sites.length
  for (let i = 1; i <= n; i++) {
    for (let far = 1; far <= n; far++) {
      if (far === i) continue
      const right = far > i
      const link = right ? i : i - 1
      const tunnel = Math.abs(far - i) === 1 && b.transits[link - 1]!.kind === 'vxlan'
      if (tunnel) continue
      d.setup.push({ do: 'route', ns: `r${i}`, to: `10.${far}.0.0/24`, via: `172.16.${link}.${right ? 2 : 1}` })
    }
    for (let link = 1; link < n; link++) {
      if (link === i || link === i - 1) continue
      const right = link > i
      d.setup.push({
        do: 'route',
        ns: `r${i}`,
        to: `172.16.${link}.0/24`,
        via: right ? `172.16.${i}.2` : `172.16.${i - 1}.1`,
      })
    }
  }
}
