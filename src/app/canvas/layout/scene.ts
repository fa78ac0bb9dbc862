import type { DeviceView, HostView, NetworkView, TopologyView } from '../../../worker/protocol.ts'
import { type Rect, type Spot, around } from './geometry.ts'
import { type Hook, type HostBox, hostBox, hostSize } from './host-box.ts'
import type { LayoutMemory } from './memory.ts'
import { reach, stand } from './rows.ts'

/** Where everything is drawn. Computed from the topology alone: the DOM is never measured. */
export interface Scene {
  readonly hosts: readonly HostBox[]
  readonly rails: readonly Rail[]
  readonly bounds: Rect
  readonly devices: ReadonlyMap<number, DeviceSite>
  readonly places: ReadonlyMap<number, PlaceSite>
}
export interface Rail {
  readonly network: NetworkView
  readonly y: number
  readonly from: number
  readonly to: number
}
/** Where a device is. `at` is where packets enter and leave it. */
export interface DeviceSite {
  readonly device: DeviceView
  readonly host: string
  readonly zone: Zone
  readonly at: Spot
  /** Of a NIC: where its wire meets the rail. */
  readonly foot?: number
  /** For a device that a pod hangs on, and the host's end of a veth pair: the way along the rope, from the pod down. */
  readonly rope: readonly Spot[]
}
/** From the top down: application up, wire down. */
export const ZONES = ['pod', 'bridge', 'shelf', 'band', 'mouth', 'tab', 'nic', 'rail'] as const
export type Zone = (typeof ZONES)[number]

/** A network namespace: a box of its own (a pod's, or one made by hand), or the host's with its kernel band. */
export interface PlaceSite {
  readonly host: string
  readonly boxed: boolean
  readonly rect: Rect
  readonly hooks: Readonly<Record<Hook, Spot>> | null
}

export type Positions = Readonly<Record<string, Spot>>

const MARGIN = 16
/** Height of a wire between a host and the first rail, and between rails. */
export const WIRE = 58
const LEVEL = 62
/** A rail reaches a little further than its last wire. */
const OVERHANG = 18

/**
 * Hosts stand in a row on their networks' rails (many in several rows), by network and then in the order of the document; a router stands between the
 * networks that it joins. Positions that a person gave win: for a host, of the left end of its lower edge; for a rail, its height.
 */
export function layout(topology: TopologyView, memory: LayoutMemory, positions: Positions): Scene {
  for (const host of topology.hosts) memory.see(host)
  const hosts = placeHosts(topology, memory, positions)
  const rails = placeRails(topology, hosts, positions)
  const devices = new Map<number, DeviceSite>()
  const places = new Map<number, PlaceSite>()
  for (const host of hosts) {
    for (const site of host.sites) devices.set(site.device.id, site)
    for (const [id, site] of host.places) places.set(id, site)
  }
  const railRects = rails.map((rail): Rect => ({ x: rail.from, y: rail.y - 4, w: rail.to - rail.from, h: 34 }))
  const bounds = around([...hosts.map((host) => host.rect), ...railRects]) ?? { x: 0, y: 0, w: 400, h: 300 }
  return { hosts, rails, bounds, devices, places }
}

function placeHosts(topology: TopologyView, memory: LayoutMemory, positions: Positions): HostBox[] {
  const order = new Map(topology.networks.map((network, i) => [network.id, i]))
  const sizeOf = (host: HostView) => hostSize(host, memory)
  const boxes: HostBox[] = []
  let left = MARGIN
  for (const group of groups(topology)) {
    const stands = stand(group, sizeOf, left)
    left = reach(stands, group, sizeOf)
    group.forEach((host, i) => {
      const { corner, lane } = stands[i]!
      const given = positions[host.id]
      boxes.push(given ? hostBox(host, memory, given, order) : hostBox(host, memory, corner, order, lane))
    })
  }
  return boxes
}

const networksOf = (host: HostView): string[] =>
  host.netns.flatMap((netns) => (netns.kind === 'host' ? netns.devices : [])).flatMap((device) => device.network ?? [])

/** Hosts by their first network; a router behind the hosts of the first of its networks. */
export const inRow = (topology: TopologyView): HostView[] => groups(topology).flat()

function groups(topology: TopologyView): HostView[][] {
  const order = new Map(topology.networks.map((network, i) => [network.id, i]))
  const rank = (host: HostView): number => {
    const ranks = networksOf(host).map((id) => order.get(id) ?? topology.networks.length)
    if (ranks.length === 0) return topology.networks.length
    return Math.min(...ranks) + (host.role === 'router' ? 0.5 : 0)
  }
  const byRank = new Map<number, HostView[]>()
  for (const host of topology.hosts) byRank.set(rank(host), [...(byRank.get(rank(host)) ?? []), host])
  return [...byRank].sort(([a], [b]) => a - b).map(([, hosts]) => hosts)
}

/** A rail reaches under all its hosts; rails that would overlap lie under each other. */
function placeRails(topology: TopologyView, hosts: readonly HostBox[], positions: Positions): Rail[] {
  const rails: Rail[] = []
  const bottom = Math.max(0, ...hosts.map((host) => host.rect.y + host.rect.h))
  for (const network of topology.networks) {
    const ports = hosts.flatMap((host) => host.nics.filter((nic) => nic.device.network === network.id))
    const xs = ports.map((nic) => nic.foot)
    const from = Math.min(...xs, ports.length > 0 ? Infinity : MARGIN) - OVERHANG
    const to = Math.max(...xs, ports.length > 0 ? -Infinity : MARGIN + 200) + OVERHANG
    const wide = { from, to: Math.max(to, from + 240) }
    const given = positions[network.id]?.y
    let y = given ?? bottom + WIRE
    if (given === undefined)
      while (
        rails.some((rail) => Math.abs(rail.y - y) < LEVEL - 1 && rail.from < wide.to + 24 && wide.from < rail.to + 24)
      )
        y += LEVEL
    rails.push({ network, y, ...wide })
  }
  return rails
}
