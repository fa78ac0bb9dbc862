import type { DeviceView, HostView } from '../../../worker/protocol.ts'
import { type Rect, type Spot, spot } from './geometry.ts'
import { ownOf, shaped } from './kinds.ts'
import type { LayoutMemory } from './memory.ts'
import { PAD, POD, POD_GAP, type PodBox, ROPE, ROW_GAP, podBoxes } from './pods.ts'
import type { DeviceSite, PlaceSite, Zone } from './scene.ts'

/** Where in the kernel a packet is: the netfilter hooks, the routing decision, and the programs of the namespace. */
export const HOOKS = ['pre', 'route', 'fwd', 'post', 'in', 'out', 'local'] as const
export type Hook = (typeof HOOKS)[number]

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
  readonly shelf: readonly DeviceBox[]
  readonly band: Rect
  readonly hooks: Readonly<Record<Hook, Spot>>
  readonly mouths: readonly DeviceBox[]
  readonly tabs: readonly DeviceBox[]
  readonly nics: readonly NicBox[]
  readonly sites: readonly DeviceSite[]
  readonly places: ReadonlyMap<number, PlaceSite>
}

export const HEAD = 32
const BAR = 8
const ABOVE_BAND = 26
const BAND = 78
const BELOW_BAND = 20
const ABOVE_NIC = 20
const NIC = 22
const HOST_PODS = 28
const COMPACT = 164
const MOST_COLUMNS = 3

/** Small devices in rows: size of the rows, and how narrow and wide one of them may be. */
interface Row {
  readonly h: number
  readonly gap: number
  readonly least: number
  readonly most: number
}
const SHELF: Row = { h: 20, gap: 6, least: 64, most: 120 }
const MOUTH: Row = { h: 26, gap: 6, least: 92, most: 186 }
const TAB: Row = { h: 20, gap: 0, least: 72, most: 130 }

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

interface Shape {
  readonly w: number
  readonly h: number
  readonly columns: number
  readonly rows: number
  /** Heights of the rows of small devices, what keeps them from their neighbours included. */
  readonly shelf: number
  readonly mouths: number
  readonly tabs: number
}

export function hostSize(host: HostView, memory: LayoutMemory): Shape {
  const slots = memory.size(host.id)
  const columns = slots === 0 ? 0 : Math.max(2, Math.min(MOST_COLUMNS, slots))
  const rows = columns === 0 ? 0 : Math.ceil(slots / columns)
  const w = columns === 0 ? COMPACT : columns * POD.w + (columns - 1) * POD_GAP + 2 * PAD
  const pods = rows === 0 ? 0 : rows * POD.h + (rows - 1) * ROW_GAP + ROPE
  const bridge = memory.hasBridge(host.id) || rows > 0 ? BAR + ABOVE_BAND : 0
  const high = (row: Row, count: number, width: number, beside: number): number => {
    const lines = Math.ceil(count / across(row, width))
    return lines === 0 ? 0 : lines * row.h + (lines - 1) * row.gap + beside
  }
  const shelf = high(SHELF, memory.most(host.id, 'shelf'), shelfArea(w).w, 10)
  const mouths = high(MOUTH, memory.most(host.id, 'mouth'), mouthArea(w).w, ABOVE_NIC)
  const tabs = high(TAB, memory.most(host.id, 'tab'), tabArea(0, w, 1).w, 0)
  const h = HEAD + PAD + HOST_PODS + pods + bridge + shelf + BAND + BELOW_BAND + mouths + tabs + NIC
  return { w, h, columns, rows, shelf, mouths, tabs }
}

interface Area {
  readonly x: number
  readonly w: number
}
/** Parts of a host's width, from its left edge. The wire's stem keeps its lane on the left. */
const shelfArea = (w: number): Area => ({ x: PAD + w * 0.06, w: w * 0.88 - 2 * PAD })
const mouthArea = (w: number): Area => ({ x: w * 0.32, w: w * 0.62 })
/** Of a NIC from `x` on, `w` wide. */
const tabArea = (x: number, w: number, nics: number): Area =>
  nics > 1 ? { x: x + w * 0.5 + 6, w: w * 0.5 - 20 } : { x: x + w * 0.34, w: w * 0.66 - 20 }

const across = ({ least, gap }: Row, width: number): number =>
  Math.max(1, Math.floor((width + gap + 2) / (least + gap + 2)))

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
  const tabTop = bottom - NIC - shape.tabs
  const bandTop = tabTop - shape.mouths - BELOW_BAND - BAND
  const band: Rect = { x: x + PAD, y: bandTop, w: w - 2 * PAD, h: BAND }
  const hooks = hooksIn(band)
  const barY = bandTop - shape.shelf - ABOVE_BAND - BAR
  const bars = spread(shaped(host, 'bar'), x + PAD, w - 2 * PAD).map(({ device, from, size }): DeviceBox => ({
    device,
    rect: { x: from, y: barY, w: size, h: BAR },
  }))
  const shelf = rowsOf(SHELF, shaped(host, 'shelf'), moved(shelfArea(w), x), bandTop - 10)
  const mouths = rowsOf(MOUTH, shaped(host, 'mouth'), moved(mouthArea(w), x), tabTop - ABOVE_NIC)
  const rank = ({ network }: DeviceView): number => order.get(network ?? '') ?? order.size
  const plugged = shaped(host, 'nic').sort((a, b) => rank(a) - rank(b) || a.id - b.id)
  const nics = spread(plugged, x, w, 0).map(({ device, from, size, count }, i): NicBox => {
    const wire = spot(from + size * (count > 1 ? 0.5 : 0.25), bottom)
    const rect = { x: from, y: bottom - NIC, w: size, h: NIC }
    return { device, rect, wire, foot: lane === null ? wire.x : lane - i * 2 }
  })
  const pods = podBoxes(host, memory, shape.columns, {
    left: x + PAD,
    right: x + w - PAD,
    bar: barY,
    barMiddle: barY + BAR / 2,
    kernel: bandTop,
    nics,
    bars: new Map(bars.map(({ device, rect }) => [device.id, rect])),
  })
  const box = {
    host,
    rect: { x, y: bottom - h, w, h },
    compact: shape.columns === 0,
    pods,
    bars,
    shelf,
    band,
    hooks,
    mouths,
    tabs: tabsOf(host, nics, { x, w }, bottom - NIC),
    nics,
  }
  return { ...box, sites: sitesOf(box), places: placesOf(box) }
}

const moved = ({ x, w }: Area, by: number): Area => ({ x: x + by, w })

/** Tabs stand on the NIC whose wire they share; those on other devices on the first. */
function tabsOf(host: HostView, nics: readonly NicBox[], whole: Area, floor: number): DeviceBox[] {
  const all = shaped(host, 'tab')
  const parentOf = (device: DeviceView): NicBox | undefined =>
    nics.find((nic) => nic.device.id === device.underlay) ?? nics[0]
  const grounds = nics.length === 0 ? [undefined] : nics
  return grounds.flatMap((nic) => {
    const { x, w } = nic?.rect ?? whole
    return rowsOf(
      TAB,
      all.filter((device) => parentOf(device) === nic),
      tabArea(x, w, nics.length),
      floor,
    )
  })
}

/** Rows from the floor up, the first devices at the bottom; few stand wide, many narrow. */
function rowsOf(row: Row, devices: readonly DeviceView[], { x, w }: Area, floor: number): DeviceBox[] {
  const columns = Math.min(devices.length, across(row, w))
  const size = Math.min(row.most, (w - (columns - 1) * (row.gap + 2)) / Math.max(1, columns))
  return devices.map((device, i) => {
    const [column, line] = [i % columns, Math.floor(i / columns)]
    return {
      device,
      rect: { x: x + column * (size + row.gap + 2), y: floor - row.h - line * (row.h + row.gap), w: size, h: row.h },
    }
  })
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

type Bare = Omit<HostBox, 'sites' | 'places'>

const centre = ({ x, y, w, h }: Rect): Spot => spot(x + w / 2, y + h / 2)

function sitesOf(box: Bare): DeviceSite[] {
  const host = box.host.id
  const sites: DeviceSite[] = []
  const stand = (boxes: readonly DeviceBox[], zone: Zone): void => {
    for (const { device, rect } of boxes) sites.push({ device, host, zone, at: centre(rect), rope: [] })
  }
  stand(box.bars, 'bridge')
  stand(box.shelf, 'shelf')
  stand(box.mouths, 'mouth')
  stand(box.tabs, 'tab')
  for (const { device, rect, wire, foot } of box.nics)
    sites.push({ device, host, zone: 'nic', at: spot(wire.x, rect.y + rect.h / 2), rope: [], foot })
  for (const { netns, rect, ropes } of box.pods) {
    for (const { device, way, end } of ropes) {
      sites.push({ device, host, zone: 'pod', at: way[0]!, rope: way })
      const peer = end === 'box' ? undefined : ownOf(box.host)?.devices.find(({ id }) => id === device.peer)
      if (peer) sites.push({ device: peer, host, zone: 'bridge', at: way.at(-1)!, rope: way })
    }
    const roped = new Set(ropes.map(({ device }) => device.id))
    for (const device of netns.devices)
      if (!roped.has(device.id)) sites.push({ device, host, zone: 'pod', at: centre(rect), rope: [] })
  }
  const known = new Set(sites.map(({ device }) => device.id))
  for (const device of ownOf(box.host)?.devices ?? [])
    if (!known.has(device.id)) sites.push({ device, host, zone: 'band', at: box.hooks.local, rope: [] })
  return sites
}

function placesOf(box: Bare): Map<number, PlaceSite> {
  const places = new Map<number, PlaceSite>()
  const host = box.host.id
  const netns = ownOf(box.host)
  if (netns) places.set(netns.id, { host, boxed: false, rect: box.rect, hooks: box.hooks })
  for (const pod of box.pods) places.set(pod.netns.id, { host, boxed: true, rect: pod.rect, hooks: null })
  return places
}
