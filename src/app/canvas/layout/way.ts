import type { Point } from '../../../core/trace/vocabulary.ts'
import type { Cursor } from '../../../worker/protocol.ts'
import type { Timeline } from '../../state/timeline.ts'
import { type Spot, simplify, spot } from './geometry.ts'
import type { Hook, NicBox } from './host-box.ts'
import { type DeviceSite, type PlaceSite, type Scene, type Zone, ZONES } from './scene.ts'

/** Where a record of the trace happened, on the canvas. */
export interface Site extends Spot {
  readonly host: string
  readonly zone: Zone
  readonly device: DeviceSite | null
}

const HOOK_OF: Readonly<Partial<Record<Point, Hook>>> = {
  'ip.rcv': 'pre',
  'nf.PREROUTING': 'pre',
  'route.input': 'route',
  'ip.forward': 'fwd',
  'nf.FORWARD': 'fwd',
  'nf.POSTROUTING': 'post',
  'ip.frag': 'post',
  'ip.local': 'in',
  'nf.INPUT': 'in',
  'ip.output': 'out',
  'nf.OUTPUT': 'out',
  'route.output': 'out',
  'socket.send': 'local',
  'socket.recv': 'local',
  tcp: 'local',
  udp: 'local',
  icmp: 'local',
  app: 'local',
  agent: 'local',
  api: 'local',
}
const AT_DEVICE: ReadonlySet<Point> = new Set([
  'dev.xmit',
  'dev.recv',
  'vxlan.xmit',
  'vxlan.recv',
  'tunnel.xmit',
  'tunnel.recv',
  'vlan',
  'macvlan',
  'ipvlan',
  'tun',
  'bridge.input',
  'bridge.fdb',
  'bridge.nf',
  'bridge.forward',
  'arp',
  'neigh',
])
const UPSTAIRS: ReadonlySet<Point> = new Set(['socket.send', 'socket.recv', 'tcp', 'udp', 'icmp', 'app'])
const ON_THE_RAIL: ReadonlySet<Point> = new Set(['wire', 'switch'])

/** `null` where the record is about nothing that is drawn (an API write, a namespace that is gone). */
export function siteOf(scene: Scene, timeline: Timeline, i: Cursor): Site | null {
  const place = timeline.columns.place[i]!
  const device = scene.devices.get(timeline.columns.dev[i]!) ?? null
  const point = timeline.point(i)
  if (ON_THE_RAIL.has(point)) return device ? onRail(scene, device) : onSwitch(scene, timeline, i)
  const here = scene.places.get(place)
  if (!here) return device ? onRail(scene, device) : null
  if (!here.hooks) return inPod(scene, here, place, point, device)
  if (AT_DEVICE.has(point) && device) return { ...device.at, host: device.host, zone: device.zone, device }
  const hook = HOOK_OF[point] ?? hookBefore(timeline, i)
  return { ...here.hooks[hook], host: here.host, zone: 'band', device }
}

/** Programs sit on the pod's upper edge, its kernel on the lower one, its device a little down the rope: its name stays readable. */
function inPod(scene: Scene, { host, rect }: PlaceSite, place: number, point: Point, own: DeviceSite | null): Site {
  const device = own && own.rope.length > 0 ? own : podDevice(scene, place)
  const x = AT_DEVICE.has(point) && device ? (device.rope[0]?.x ?? 0) : rect.x + rect.w / 2
  const bottom = rect.y + rect.h
  const y = UPSTAIRS.has(point) ? rect.y - 3 : AT_DEVICE.has(point) && device ? bottom + 6 : bottom - 6
  return { x, y, host, zone: 'pod', device }
}

/** Connection tracking and NAT belong to the hook in which they run. */
function hookBefore(timeline: Timeline, i: Cursor): Hook {
  const track = timeline.packet(timeline.columns.packet[i]!)
  const at = track ? track.records.indexOf(i) : -1
  for (let k = at - 1; k >= 0 && k > at - 60; k--) {
    const before = track!.records[k]!
    if (timeline.columns.place[before] !== timeline.columns.place[i]) break
    const hook = HOOK_OF[timeline.point(before)]
    if (hook) return hook
  }
  return 'pre'
}

/** The device through which a pod meets the world. */
function podDevice(scene: Scene, place: number): DeviceSite | null {
  for (const host of scene.hosts)
    for (const pod of host.pods)
      if (pod.netns.id === place)
        for (const device of pod.netns.devices) {
          const site = scene.devices.get(device.id)
          if (site && site.rope.length > 0) return site
        }
  return null
}

function onRail(scene: Scene, device: DeviceSite | null): Site | null {
  if (!device) return null
  const rail = scene.rails.find(({ network }) => network.id === device.device.network)
  return rail
    ? { x: device.foot ?? device.at.x, y: rail.y, host: '', zone: 'rail', device }
    : { ...device.at, host: device.host, zone: device.zone, device }
}

/** A switch is the rail itself: between the port at which the frame came in and the one by which it goes on. */
function onSwitch(scene: Scene, timeline: Timeline, i: Cursor): Site | null {
  const records = timeline.packet(timeline.columns.packet[i]!)?.records ?? []
  const at = records.indexOf(i)
  const nicOf = (record: Cursor | undefined): Site | null => {
    const device = record === undefined ? undefined : scene.devices.get(timeline.columns.dev[record]!)
    return device?.zone === 'nic' ? onRail(scene, device) : null
  }
  const [from, to] = [nicOf(records[at - 1]), nicOf(records[at + 1])]
  if (!from || !to) return from ?? to
  return { ...from, x: (from.x + to.x) / 2 }
}

/** The way from one site to another along what connects them: ropes, bridge, kernel, wires, rails. */
export function wayBetween(scene: Scene, a: Site, b: Site): Spot[] {
  if (a.host === b.host) return simplify(inside(scene, a, b))
  if (a.host !== '' && b.host !== '') return simplify([...toRail(scene, a, b), ...toRail(scene, b, a).reverse()])
  return a.host === '' ? simplify([a, ...toRail(scene, b, a).reverse()]) : simplify([...toRail(scene, a, b), b])
}

/** From a site down to the rail that leads to `other`. */
function toRail(scene: Scene, from: Site, other: Site): Spot[] {
  const host = scene.hosts.find((box) => box.host.id === from.host)
  if (!host) return [from]
  const networks = new Set(scene.hosts.find((box) => box.host.id === other.host)?.nics.map((nic) => nic.device.network))
  const wanted = other.device?.device.network ?? null
  const nic =
    host.nics.find((one) => one.device.id === from.device?.device.id) ??
    host.nics.find(
      (one) => one.device.network !== null && (one.device.network === wanted || networks.has(one.device.network)),
    ) ??
    host.nics[0]
  if (!nic) return [from]
  const rail = scene.rails.find(({ network }) => network.id === nic.device.network)
  const port: Site = { ...spot(nic.wire.x, nic.rect.y + nic.rect.h / 2), host: from.host, zone: 'nic', device: null }
  return [...inside(scene, from, port), ...wireOf(nic, rail?.y ?? nic.wire.y)]
}

/** Below a host of an upper row its wire turns aside first, and goes down beside the hosts below. */
const ELBOW = 16

/** The way of a NIC's wire down to a rail at height `y`. */
export function wireOf({ wire, foot }: NicBox, y: number): Spot[] {
  if (foot === wire.x) return [wire, spot(foot, y)]
  return [wire, spot(wire.x, wire.y + ELBOW), spot(foot, wire.y + ELBOW), spot(foot, y)]
}

function inside(scene: Scene, a: Site, b: Site): Spot[] {
  const down = ZONES.indexOf(a.zone) <= ZONES.indexOf(b.zone)
  const [upper, lower] = down ? [a, b] : [b, a]
  const way = downwards(scene, upper, lower)
  return down ? way : way.reverse()
}

/** From the upper of two sites in a host to the lower one. */
function downwards(scene: Scene, upper: Site, lower: Site): Spot[] {
  if (upper.zone === 'rail' || upper.zone === lower.zone) return beside(upper, lower)
  if (upper.zone === 'pod') {
    const rope = ropeBelow(upper)
    const foot = rope.at(-1)
    if (!foot) return [upper, lower]
    return [upper, ...rope, spot(lower.x, foot.y), lower]
  }
  if (upper.zone === 'bridge' || upper.zone === 'shelf') return [upper, spot(lower.x, upper.y), lower]
  const host = scene.hosts.find((box) => box.host.id === upper.host)
  if (upper.zone === 'tab' && lower.zone === 'nic') return [upper, spot(upper.x, lower.y), lower]
  const onNic = Math.min(host?.nics[0]?.rect.y ?? lower.y, ...(host?.tabs ?? []).map(({ rect }) => rect.y)) - 10
  const below = upper.zone === 'band' ? (host?.band.y ?? upper.y) + (host?.band.h ?? 0) + 10 : lower.y - 20
  const gap = lower.zone === 'nic' ? onNic : below
  return [upper, spot(upper.x, gap), spot(lower.x, gap), lower]
}

/** What of its rope hangs below a site in a pod. */
const ropeBelow = (site: Site): Spot[] => (site.device?.rope ?? []).filter(({ y }) => y > site.y)

function beside(a: Site, b: Site): Spot[] {
  if (a.zone === 'pod' && a.device !== b.device) {
    return [a, ...ropeBelow(a), ...ropeBelow(b).reverse(), b]
  }
  return a.zone === 'band' && a.y !== b.y ? [a, spot(a.y > b.y ? a.x : b.x, a.y > b.y ? b.y : a.y), b] : [a, b]
}
