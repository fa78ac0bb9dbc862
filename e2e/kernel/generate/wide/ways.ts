import type { Setup } from '../../language.ts'
import { hw } from '../../scenarios/topologies.ts'
import type { Topology } from '../topology.ts'
import type { Draw } from './draw.ts'

/** A second cable beside the transit of every two neighbours: 172.17.i.0/24. */
export function secondCables(t: Topology): readonly Setup[] {
  return t.routers.slice(1).flatMap((right, at): Setup[] => {
    const [left, i] = [t.routers[at]!, at + 1]
    return [
      {
        do: 'veth',
        a: { ns: left, dev: 'right2', mac: hw(i, 0x40) },
        b: { ns: right, dev: 'left2', mac: hw(i + 1, 0x41) },
      },
      { do: 'addr', ns: left, dev: 'right2', addr: `172.17.${i}.1/24` },
      { do: 'addr', ns: right, dev: 'left2', addr: `172.17.${i}.2/24` },
    ]
  })
}

/** A neighbour, and the device that it is behind. */
interface Gateway {
  readonly via: string
  readonly dev: string
}

/** Neighbours of a machine that packets may be given to, routers or not. */
export function gatewaysOf(ns: string, t: Topology, cables: boolean): readonly Gateway[] {
  const at = t.routers.indexOf(ns)
  const [lan] = t.devices.get(ns)!
  const hosts = t.hosts
    .filter((host) => host !== ns && host[1] === ns[1])
    .map((host) => ({ via: t.addresses.get(host)![0]!, dev: lan! }))
  if (at < 0) return [{ via: `10.${ns[1]}.0.1`, dev: lan! }, ...hosts]
  const beside: Gateway[] = []
  for (const [net, which] of cables ? [[16, ''] as const, [17, '2'] as const] : [[16, ''] as const]) {
    if (at > 0) beside.push({ via: `172.${net}.${at}.1`, dev: `left${which}` })
    if (at < t.routers.length - 1) beside.push({ via: `172.${net}.${at + 1}.2`, dev: `right${which}` })
  }
  return [...beside, ...beside, ...hosts]
}

const REFUSALS = ['unreachable', 'prohibit', 'blackhole'] as const

/** What one number of a scenario does to the ways of a machine; `i` keeps names apart. */
export function wayOf(d: Draw, i: number, t: Topology, cables: boolean): readonly Setup[] {
  const ns = d.of([...t.routers, ...t.routers, ...t.routers, ...t.hosts])
  const gateways = gatewaysOf(ns, t, cables)
  if (gateways.length === 0) return []
  const choices = [tableWay, tableWay, tableWay, tableWay, refusal, detour, multipath, multipath, odd]
  return d.of(choices)(d, i, ns, t, gateways)
}

/** Gateways are given with their device: what other routes say of them does not matter. */
type Way = (d: Draw, i: number, ns: string, t: Topology, gateways: readonly Gateway[]) => readonly Setup[]

/** A rule, and a table that it leads to. */
const tableWay: Way = (d, i, ns, t, gateways) => {
  const table = 100 + i
  const devices = [...(t.devices.get(ns) ?? []), 'lo']
  const selectors = [
    { from: d.of(t.lans) },
    { to: d.of(t.lans) },
    { from: d.of(t.lans), to: d.of(t.lans) },
    { iif: d.of(devices) },
    { iif: d.of(devices), to: `10.${1 + d.upTo(t.lans.length)}.0.2/32` },
    { fwmark: '0x1/0x1' },
    { fwmark: '0x2/0x3' },
    { fwmark: '0x3' },
  ]
  const rule: Setup = { do: 'rule', ns, pref: 200 + 10 * i + d.upTo(10), ...d.of(selectors), table }
  const targets = ['default', d.of(t.lans), '10.96.0.0/24', `10.${1 + d.upTo(t.lans.length)}.0.2/32`]
  const routes = targets.slice(0, 1 + d.upTo(targets.length)).map((to): Setup => {
    if (d.once(3)) return { do: 'route', ns, to, table, type: d.of([...REFUSALS, 'throw'] as const) }
    return { do: 'route', ns, to, table, ...d.of(gateways), onlink: true }
  })
  return [...routes.filter((route, at) => routes.findIndex((other) => same(other, route)) === at), rule]
}

const same = (a: Setup, b: Setup): boolean => a.do === 'route' && b.do === 'route' && a.to === b.to

/** A part of some network that the machine will not go to. */
const refusal: Way = (d, i, ns, t) => [{ do: 'route', ns, to: partOf(d, t), type: d.of(REFUSALS), metric: 1000 + i }]

/** A part of some network by another gateway, with a source or an MTU of its own. */
const detour: Way = (d, i, ns, t, gateways) => {
  const route: Setup = { do: 'route', ns, to: partOf(d, t), ...d.of(gateways), onlink: true, metric: 1000 + i }
  const extra = d.upTo(3)
  if (extra === 0) return [{ ...route, src: d.of(t.addresses.get(ns)!) }]
  return [extra === 1 ? { ...route, mtu: d.of([700, 1000, 1300]) } : route]
}

const partOf = (d: Draw, t: Topology): string => {
  const net = 1 + d.upTo(t.lans.length)
  return d.of([`10.${net}.0.0/25`, `10.${net}.0.0/29`, `10.${net}.0.2/32`, `10.${net}.0.3/32`, '10.96.0.0/24'])
}

/** Several next hops. Which one a flow takes is the same on both sides, because the hash has a seed. */
const multipath: Way = (d, i, ns, t, gateways) => {
  const to = d.of([partOf(d, t), 'default'])
  const hops = Array.from({ length: 2 + d.upTo(2) }, () => {
    const { via, dev } = d.of(gateways)
    return `nexthop via ${via} dev ${dev} weight ${1 + d.upTo(3)} onlink`
  })
  const where = ns.startsWith('h') || to !== 'default' ? '' : ' table 99'
  const routed: Setup = { do: 'ip', ns, line: `route add ${to}${where} metric ${1000 + i} ${hops.join(' ')}` }
  const asked: Setup = { do: 'rule', ns, pref: 150 + i, to: d.of(t.lans), table: 99 }
  return where === '' ? [routed] : [routed, asked]
}

/** Settings of a machine. */
const odd: Way = (d, _i, ns) => {
  const [name, value] = d.of([
    ['net.ipv4.conf.all.route_localnet', '1'],
    ['net.ipv4.conf.all.accept_local', '1'],
    ['net.ipv4.conf.all.send_redirects', '0'],
    ['net.ipv4.conf.all.src_valid_mark', '1'],
    ['net.ipv4.ip_default_ttl', '3'],
    ['net.netfilter.nf_conntrack_tcp_loose', '0'],
    ['net.netfilter.nf_conntrack_tcp_be_liberal', '1'],
  ] as const)
  return [{ do: 'sysctl', ns, name, value }]
}

/** The same hash in all machines: over addresses, or over ports, too. */
export const hashing = (t: Topology, policy: number): readonly Setup[] =>
  [...t.routers, ...t.hosts].flatMap((ns): Setup[] => [
    { do: 'sysctl', ns, name: 'net.ipv4.fib_multipath_hash_seed', value: '4242' },
    { do: 'sysctl', ns, name: 'net.ipv4.fib_multipath_hash_policy', value: `${policy}` },
  ])
