import type { DeviceKind, DeviceView, HostView, NetnsView, PodView } from '../../../worker/protocol.ts'
import { type Rect, type Spot, spot } from './geometry.ts'
import { boxKey, boxed, isDrawn, ownOf } from './kinds.ts'
import type { LayoutMemory } from './memory.ts'

export const POD = { w: 98, h: 46 }
export const POD_GAP = 8
export const ROW_GAP = 14
/** Between the lowest row of pods and the bridge. */
export const ROPE = 28
export const PAD = 12

/** A pod, or a namespace made by hand (`pod` null). */
export interface PodBox {
  readonly netns: NetnsView
  readonly pod: PodView | null
  readonly rect: Rect
  readonly ropes: readonly Rope[]
}
/** What a box hangs on: the way of one of its devices, from the box down. */
export interface Rope {
  readonly device: DeviceView
  readonly kind: DeviceKind
  readonly way: readonly Spot[]
  /** Where it ends: at a bridge, in the kernel, at a NIC, or at another box, whose device is then `peer`. */
  readonly end: 'bar' | 'kernel' | 'nic' | 'box'
}

/** The heights at which ropes end, and the NICs that they reach past the kernel. */
export interface Ground {
  readonly left: number
  readonly right: number
  /** Top of the bridge's bar. */
  readonly bar: number
  readonly barMiddle: number
  readonly kernel: number
  readonly nics: readonly { readonly device: DeviceView; readonly rect: Rect }[]
  /** Bridges, by device. */
  readonly bars: ReadonlyMap<number, Rect>
}

/** Slots fill the row next to the bridge first. A box of a row further up hangs on a rope beside those below it. */
export function podBoxes(host: HostView, memory: LayoutMemory, columns: number, ground: Ground): PodBox[] {
  const boxes = boxed(host).map((netns) => {
    const slot = memory.slot(host.id, boxKey(netns))
    const [column, row] = [slot % columns, Math.floor(slot / columns)]
    const foot = ground.bar - ROPE - row * (POD.h + ROW_GAP)
    const rect: Rect = { x: ground.left + column * (POD.w + POD_GAP), y: foot - POD.h, w: POD.w, h: POD.h }
    return { netns, row, rect, cables: netns.devices.filter((device) => isDrawn(device) && hangs(device)) }
  })
  const starts = new Map<number, Spot>()
  for (const { rect, cables } of boxes)
    cables.forEach((device, i) =>
      starts.set(device.id, spot(rect.x + (rect.w * (i + 1)) / (cables.length + 1), rect.y + rect.h)),
    )
  let past = 0
  return boxes.map(({ netns, row, rect, cables }): PodBox => {
    const lane = rect.x + POD.w + POD_GAP / 2 - 2 * (row - 1)
    const ropes = cables.map((device): Rope => {
      const from = starts.get(device.id)!
      const { end, to } = endOf(host, device, ground, starts, row === 0 ? from.x : lane)
      const down = row === 0 ? [from] : [from, spot(from.x, from.y + ROW_GAP / 2), spot(lane, from.y + ROW_GAP / 2)]
      const tail = end === 'nic' ? beside(down.at(-1)!, ground, to, past++) : across(down.at(-1)!, ground, end, to)
      return { device, kind: device.kind, way: [...down, ...tail], end }
    })
    return { netns, pod: netns.pod, rect, ropes }
  })
}

const hangs = ({ kind, network }: DeviceView): boolean =>
  kind === 'veth' || kind === 'vlan' || kind === 'macvlan' || kind === 'ipvlan' || network !== null

/** So far above a bridge a rope turns aside to it. */
const TURN = 7
/** Ropes keep this away from a bridge's ends. */
const BAR_END = 6

/**
 * Where a device of a box leads, which hangs down at `below`. `to`: the spot to reach, where the height alone does not say it.
 */
function endOf(host: HostView, device: DeviceView, ground: Ground, starts: ReadonlyMap<number, Spot>, below: number) {
  const nic = ground.nics.find((one) => one.device.id === device.underlay)
  if (nic) return { end: 'nic' as const, to: spot(nic.rect.x + nic.rect.w - 6, nic.rect.y) }
  if (device.network !== null) {
    const floor = ground.nics[0]?.rect.y ?? ground.kernel
    return { end: 'nic' as const, to: spot(ground.right, floor) }
  }
  const other = starts.get(device.peer)
  if (other) return { end: 'box' as const, to: other }
  const near = ownOf(host)?.devices.find(({ id }) => id === device.peer || id === device.underlay)
  const bar = near && (ground.bars.get(near.master) ?? ground.bars.get(near.id))
  if (bar) {
    // Straight below where that is its own bridge; else to the bridge's nearer end.
    const x = Math.max(bar.x + BAR_END, Math.min(bar.x + bar.w - BAR_END, below))
    return { end: 'bar' as const, to: spot(x, ground.barMiddle) }
  }
  return { end: device.kind === 'veth' && !near ? ('bar' as const) : ('kernel' as const), to: null }
}

/** Straight down to bridge or kernel; to another box in a bow below both. */
function across(from: Spot, ground: Ground, end: Rope['end'], to: Spot | null): Spot[] {
  if (end === 'box' && to) {
    const low = ground.bar - ROPE / 2
    return [spot(from.x, low), spot(to.x, low), to]
  }
  if (end === 'bar' && to && to.x !== from.x)
    return [spot(from.x, ground.bar - TURN), spot(to.x, ground.bar - TURN), to]
  return [spot(from.x, end === 'kernel' ? ground.kernel : ground.barMiddle)]
}

/** Past bridge and kernel, along the machine's right edge, to the NIC: such a device has nothing to do with either. */
function beside(from: Spot, ground: Ground, to: Spot, order: number): Spot[] {
  const turn = ground.bar - ROPE + 9 + (order % 4) * 4
  const edge = ground.right + PAD - 5 - (order % 3) * 4
  return [spot(from.x, turn), spot(edge, turn), spot(edge, to.y - 5), spot(Math.min(edge, to.x), to.y - 5), spot(Math.min(edge, to.x), to.y)] // prettier-ignore
}
