import type { DeviceView, HostView, NetnsView, PodView } from '../../../worker/protocol.ts'
import { type Rect, type Spot, spot } from './geometry.ts'
import type { LayoutMemory } from './memory.ts'
import type { DeviceSite, PlaceSite } from './scene.ts'

/** Where in the kernel a packet is: the netfilter hooks, the routing decision, and the programs of the namespace. */
export const HOOKS = ['pre', 'route', 'fwd', 'post', 'in', 'out', 'local'] as const
export type Hook = (typeof HOOKS)[number]

export interface PodBox {
  readonly netns: NetnsView
  readonly pod: PodView
  readonly rect: Rect
  readonly rope: readonly Spot[]
}
export interface DeviceBox {
  readonly device: DeviceView
  readonly rect: Rect
}
export interface NicBox extends DeviceBox {
  /** Where its wire leaves the host. */
  readonly wire: Spot
  /** Where it meets the rail; beside the hosts below for a host of an upper row. */
  readonly foot: number
}
/** A host with everything in it, in world units. */
export interface HostBox {
  readonly host: HostView
  readonly rect: Rect
  readonly compact: boolean
  readonly pods: readonly PodBox[]
  readonly bars: readonly DeviceBox[]
  readonly band: Rect
  readonly hooks: Readonly<Record<Hook, Spot>>
  readonly mouths: readonly DeviceBox[]
  readonly nics: readonly NicBox[]
  readonly sites: readonly DeviceSite[]
  readonly places: ReadonlyMap<number, PlaceSite>
}

export const HEAD = 32
const PAD = 12
export const POD = { w: 98, h: 46 }
const POD_GAP = 8
const ROW_GAP = 14
const ROPE = 28
const BAR = 8
const ABOVE_BAND = 26
const BAND = 78
const BELOW_BAND = 20
const MOUTH = { w: 136, h: 26 }
const ABOVE_NIC = 20
const NIC = 22
const HOST_PODS = 28
const COMPACT = 164
const MOST_COLUMNS = 3

/** Shares of the band's width and height. Incoming on the left, outgoing on the right, local programs on top. */
const HOOK_AT: Readonly<Record<Hook, Spot>> = {
  pre: spot(0.13, 0.79),
  route: spot(0.375, 0.79),
  fwd: spot(0.605, 0.79),
  post: spot(0.865, 0.79),
  in: spot(0.375, 0.2),
  local: spot(0.54, 0.2),
  out: spot(0.715, 0.2),
}

/** Devices that wrap what they are given. */
export const MOUTHS: readonly DeviceView['kind'][] = ['vxlan', 'geneve', 'ipip', 'gre', 'gretap', 'wireguard']

const own = (host: HostView): NetnsView | undefined => host.netns.find((netns) => netns.kind === 'host')
const devicesOf = (host: HostView, ...kinds: readonly DeviceView['kind'][]): DeviceView[] =>
  (own(host)?.devices ?? []).filter((device) => kinds.includes(device.kind))

interface Shape {
  readonly w: number
  readonly h: number
  readonly columns: number
  readonly rows: number
}

export function hostSize(host: HostView, memory: LayoutMemory): Shape {
  const slots = memory.size(host.id)
  const columns = slots === 0 ? 0 : Math.max(2, Math.min(MOST_COLUMNS, slots))
  const rows = columns === 0 ? 0 : Math.ceil(slots / columns)
  const w = columns === 0 ? COMPACT : columns * POD.w + (columns - 1) * POD_GAP + 2 * PAD
  const pods = rows === 0 ? 0 : rows * POD.h + (rows - 1) * ROW_GAP + ROPE
  const bridge = memory.hasBridge(host.id) || rows > 0 ? BAR + ABOVE_BAND : 0
  const tunnel = memory.hasTunnel(host.id) ? MOUTH.h + ABOVE_NIC : 0
  return { w, h: HEAD + PAD + HOST_PODS + pods + bridge + BAND + BELOW_BAND + tunnel + NIC, columns, rows }
}

/** `corner`: left end of the lower edge. The host grows upwards. `order`: of networks, from left to right. `lane`: see `Stand`. */
export function hostBox(
  host: HostView,
  memory: LayoutMemory,
  corner: Spot,
  order: ReadonlyMap<string, number>,
  lane: number | null = null,
): HostBox {
  const shape = hostSize(host, memory)
  const { x, y: bottom } = corner
  const { w, h } = shape
  const tunnel = memory.hasTunnel(host.id) ? MOUTH.h + ABOVE_NIC : 0
  const bandTop = bottom - NIC - tunnel - BELOW_BAND - BAND
  const band: Rect = { x: x + PAD, y: bandTop, w: w - 2 * PAD, h: BAND }
  const hooks = hooksIn(band)
  const barY = bandTop - ABOVE_BAND - BAR
  const bars = spread(devicesOf(host, 'bridge'), x + PAD, w - 2 * PAD).map(({ device, from, size }): DeviceBox => ({
    device,
    rect: { x: from, y: barY, w: size, h: BAR },
  }))
  const mouths = spread(devicesOf(host, ...MOUTHS), x + w * 0.36, w * 0.48).map(
    ({ device, from, size }): DeviceBox => ({
      device,
      rect: { x: from, y: bottom - NIC - ABOVE_NIC - MOUTH.h, w: Math.min(size, MOUTH.w), h: MOUTH.h },
    }),
  )
  const rank = ({ network }: DeviceView): number => order.get(network ?? '') ?? order.size
  const plugged = devicesOf(host, 'ether').sort((a, b) => rank(a) - rank(b) || a.id - b.id)
  const nics = spread(plugged, x, w, 0).map(({ device, from, size, count }, i): NicBox => {
    const wire = spot(from + size * (count > 1 ? 0.5 : 0.25), bottom)
    const rect = { x: from, y: bottom - NIC, w: size, h: NIC }
    return { device, rect, wire, foot: lane === null ? wire.x : lane - i * 2 }
  })
  const pods = podBoxes(host, memory, shape, spot(x + PAD, barY))
  const box = {
    host,
    rect: { x, y: bottom - h, w, h },
    compact: shape.columns === 0,
    pods,
    bars,
    band,
    hooks,
    mouths,
    nics,
  }
  return { ...box, sites: sitesOf(box), places: placesOf(box) }
}

function hooksIn(band: Rect): Record<Hook, Spot> {
  const at = (hook: Hook): Spot => spot(band.x + band.w * HOOK_AT[hook].x, band.y + band.h * HOOK_AT[hook].y)
  return {
    pre: at('pre'),
    route: at('route'),
    fwd: at('fwd'),
    post: at('post'),
    in: at('in'),
    out: at('out'),
    local: at('local'),
  }
}

function spread(devices: readonly DeviceView[], from: number, width: number, gap = 8) {
  const count = devices.length
  const size = (width - gap * Math.max(0, count - 1)) / Math.max(1, count)
  return devices.map((device, i) => ({ device, from: from + i * (size + gap), size, count }))
}

/** Slots fill the row next to the bridge first. A pod of a row further up hangs on a rope beside the pods below it. */
function podBoxes(host: HostView, memory: LayoutMemory, shape: Shape, corner: Spot): PodBox[] {
  return host.netns.flatMap((netns): PodBox[] => {
    if (!netns.pod) return []
    const slot = memory.slot(host.id, netns.pod.ref)
    const column = slot % shape.columns
    const row = Math.floor(slot / shape.columns)
    const left = corner.x + column * (POD.w + POD_GAP)
    const foot = corner.y - ROPE - row * (POD.h + ROW_GAP)
    const lane = left + POD.w + POD_GAP / 2 - 2 * (row - 1)
    const from = spot(left + POD.w / 2, foot)
    const bar = corner.y + BAR / 2
    const rope =
      row === 0
        ? [from, spot(from.x, bar)]
        : [from, spot(from.x, foot + ROW_GAP / 2), spot(lane, foot + ROW_GAP / 2), spot(lane, bar)]
    return [{ netns, pod: netns.pod, rect: { x: left, y: foot - POD.h, w: POD.w, h: POD.h }, rope }]
  })
}

type Bare = Omit<HostBox, 'sites' | 'places'>

function sitesOf(box: Bare): DeviceSite[] {
  const host = box.host.id
  const sites: DeviceSite[] = []
  for (const { device, rect } of box.bars)
    sites.push({ device, host, zone: 'bridge', at: spot(rect.x + rect.w / 2, rect.y + rect.h / 2), rope: [] })
  for (const { device, rect } of box.mouths)
    sites.push({ device, host, zone: 'mouth', at: spot(rect.x + rect.w / 2, rect.y + rect.h / 2), rope: [] })
  for (const { device, rect, wire, foot } of box.nics)
    sites.push({ device, host, zone: 'nic', at: spot(wire.x, rect.y + rect.h / 2), rope: [], foot })
  for (const pod of box.pods)
    for (const device of pod.netns.devices) {
      if (device.kind === 'loopback')
        sites.push({
          device,
          host,
          zone: 'pod',
          at: spot(pod.rect.x + pod.rect.w / 2, pod.rect.y + pod.rect.h / 2),
          rope: [],
        })
      else {
        sites.push({ device, host, zone: 'pod', at: pod.rope[0]!, rope: pod.rope })
        const peer = own(box.host)?.devices.find(({ id }) => id === device.peer)
        if (peer) sites.push({ device: peer, host, zone: 'bridge', at: pod.rope.at(-1)!, rope: pod.rope })
      }
    }
  const known = new Set(sites.map(({ device }) => device.id))
  for (const device of own(box.host)?.devices ?? [])
    if (!known.has(device.id)) sites.push({ device, host, zone: 'band', at: box.hooks.local, rope: [] })
  return sites
}

function placesOf(box: Bare): Map<number, PlaceSite> {
  const places = new Map<number, PlaceSite>()
  const host = box.host.id
  const netns = own(box.host)
  if (netns) places.set(netns.id, { host, pod: null, rect: box.rect, hooks: box.hooks })
  for (const pod of box.pods) places.set(pod.netns.id, { host, pod: pod.pod, rect: pod.rect, hooks: null })
  return places
}
