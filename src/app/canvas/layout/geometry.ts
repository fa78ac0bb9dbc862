/** World units of the canvas; y grows downwards. */
export interface Spot {
  readonly x: number
  readonly y: number
}
export interface Rect extends Spot {
  readonly w: number
  readonly h: number
}

export const spot = (x: number, y: number): Spot => ({ x, y })
export const middle = ({ x, y, w, h }: Rect): Spot => ({ x: x + w / 2, y: y + h / 2 })

/** The smallest rectangle around all, `null` for none. */
export function around(rects: readonly Rect[]): Rect | null {
  if (rects.length === 0) return null
  const x = Math.min(...rects.map((rect) => rect.x))
  const y = Math.min(...rects.map((rect) => rect.y))
  return {
    x,
    y,
    w: Math.max(...rects.map((rect) => rect.x + rect.w)) - x,
    h: Math.max(...rects.map((rect) => rect.y + rect.h)) - y,
  }
}

/** A polyline without points that repeat or lie on the straight between their neighbours. */
export function simplify(path: readonly Spot[]): Spot[] {
  const out: Spot[] = []
  for (const point of path) {
    const last = out.at(-1)
    if (last && Math.abs(last.x - point.x) < 0.5 && Math.abs(last.y - point.y) < 0.5) continue
    const before = out.at(-2)
    if (last && before && isBetween(before, last, point)) out.pop()
    out.push(point)
  }
  return out
}

function isBetween(a: Spot, b: Spot, c: Spot): boolean {
  const cross = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
  const dot = (b.x - a.x) * (c.x - b.x) + (b.y - a.y) * (c.y - b.y)
  return Math.abs(cross) < 0.01 && dot >= 0
}

export function lengthOf(path: readonly Spot[]): number {
  let sum = 0
  for (let i = 1; i < path.length; i++) sum += Math.hypot(path[i]!.x - path[i - 1]!.x, path[i]!.y - path[i - 1]!.y)
  return sum
}

/** The path moved to its right-hand side by a distance; right angles stay right angles, and where it turns back it goes around. */
export function besides(path: readonly Spot[], distance: number): Spot[] {
  const normal = (i: number): Spot => {
    const [a, b] = [path[i], path[i + 1]]
    const length = a && b ? Math.hypot(b.x - a.x, b.y - a.y) : 0
    return length === 0 ? { x: 0, y: 0 } : { x: -(b!.y - a!.y) / length, y: (b!.x - a!.x) / length }
  }
  return path.flatMap(({ x, y }, i): Spot[] => {
    const [before, after] = [normal(i - 1), normal(i)]
    const moved = (shift: Spot): Spot => ({ x: x + shift.x * distance, y: y + shift.y * distance })
    const turn = Math.abs(before.x + after.x) + Math.abs(before.y + after.y) < 0.01
    if (turn && i > 0 && i < path.length - 1) return [moved(before), moved(after)]
    const straight = Math.abs(before.x - after.x) + Math.abs(before.y - after.y) < 0.01
    return [moved(straight ? before : { x: before.x + after.x, y: before.y + after.y })]
  })
}

/** The spot at a share (0 to 1) of the way, and the direction of travel there as a unit vector. */
export function along(
  path: readonly Spot[],
  share: number,
): { readonly at: Spot; readonly dx: number; readonly dy: number } {
  let rest = lengthOf(path) * Math.max(0, Math.min(1, share))
  let heading = { dx: 0, dy: 0 }
  for (let i = 1; i < path.length; i++) {
    const [a, b] = [path[i - 1]!, path[i]!]
    const length = Math.hypot(b.x - a.x, b.y - a.y)
    if (length === 0) continue
    heading = { dx: (b.x - a.x) / length, dy: (b.y - a.y) / length }
    if (rest <= length) return { at: { x: a.x + heading.dx * rest, y: a.y + heading.dy * rest }, ...heading }
    rest -= length
  }
  return { at: path.at(-1) ?? { x: 0, y: 0 }, ...heading }
}
