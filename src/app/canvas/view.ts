import type { Rect } from './layout/geometry.ts'

/** How the picture lies in its pane: pane = picture · zoom + (x, y), in pixels. */
export interface View {
  readonly x: number
  readonly y: number
  readonly zoom: number
}

export const MIN_ZOOM = 0.12
export const MAX_ZOOM = 3
/** A small lab is not blown up. */
const MOST_FITTED = 1.25
/** Share of the pane that stays free around a fitted picture, and pixels of the picture above and below it. */
const AROUND = 0.03
const AIR = 8

/** The view in which a pane of that size shows all of the bounds, in its middle. */
export function fitted({ x, y, w, h }: Rect, width: number, height: number): View {
  const inside = (size: number): number => size - 2 * Math.floor((size - size / (1 + AROUND)) / 2)
  const most = Math.min(inside(width) / w, inside(height) / (h + 2 * AIR))
  const zoom = Math.max(MIN_ZOOM, Math.min(MOST_FITTED, most))
  return { x: width / 2 - (x + w / 2) * zoom, y: height / 2 - (y + h / 2) * zoom, zoom }
}

/** Semantic zoom: what can be read at this size is shown, always in the same place. */
export function depthOf(zoom: number): 'far' | 'middle' | 'near' | 'inside' {
  if (zoom < 0.42) return 'far'
  if (zoom < 0.78) return 'middle'
  return zoom < 1.5 ? 'near' : 'inside'
}

/** By how much text is larger than the picture, to keep a readable size when that shrinks; in steps. */
export const textScale = (zoom: number): number => Math.max(1, Math.min(2.6, 0.94 / (Math.round(zoom * 50) / 50)))
