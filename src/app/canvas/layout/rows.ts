import type { HostView } from '../../../worker/protocol.ts'
import { type Spot, spot } from './geometry.ts'

/** Where a host stands: the left end of its lower edge, and where its wire goes down to the rail: `null` straight below it. */
export interface Stand {
  readonly corner: Spot
  readonly lane: number | null
}

interface Size {
  readonly w: number
  readonly h: number
}

/** Gap between hosts beside each other; wires of upper rows go down in it. */
export const GAP = 28
const ROW_GAP = 36
/** So many hosts of one network stand in one row; more would be too small to be read when all are shown. */
const ONE_ROW = 8
/** How much wider than high a crowd is laid out, counted in hosts. */
const WIDER = 3
/** Wires of different rows keep this apart. */
const LANES_APART = 5

/** Hosts of one network from `left` to the right: in one row, or, where they are many, in several above each other, in reading order. */
export function stand(hosts: readonly HostView[], sizeOf: (host: HostView) => Size, left: number): readonly Stand[] {
  const columns = hosts.length <= ONE_ROW ? hosts.length : Math.ceil(Math.sqrt(hosts.length * WIDER))
  const sizes = hosts.map(sizeOf)
  const rows = Math.ceil(hosts.length / Math.max(1, columns))
  const rowOf = (i: number): number => rows - 1 - Math.floor(i / columns)
  const most = (of: 'w' | 'h', isIn: (i: number) => boolean): number =>
    Math.max(0, ...sizes.flatMap((size, i) => (isIn(i) ? size[of] : [])))
  const xs = [left]
  for (let column = 0; column < columns; column++) xs.push(xs[column]! + most('w', (i) => i % columns === column) + GAP)
  const feet = [0]
  for (let row = 0; row < rows; row++) feet.push(feet[row]! - most('h', (i) => rowOf(i) === row) - ROW_GAP)
  return hosts.map((_, i) => {
    const row = rowOf(i)
    const x = xs[i % columns]!
    return { corner: spot(x, feet[row]!), lane: row === 0 ? null : x - 5 - LANES_APART * (row - 1) }
  })
}

/** How far hosts that stand so reach to the right, the gap included. */
export const reach = (stands: readonly Stand[], hosts: readonly HostView[], sizeOf: (host: HostView) => Size): number =>
  Math.max(0, ...stands.map(({ corner }, i) => corner.x + sizeOf(hosts[i]!).w + GAP))
