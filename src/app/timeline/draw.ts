import type { Palette } from '../state/palette.ts'
import type { Bar, Lanes } from '../state/lanes.ts'
import { LANE } from '../state/room.ts'

const BAR = 7

function prepare(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  const pen = canvas.getContext('2d')!
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  return pen
}

/** All lanes between two records. */
export function drawLanes(
  canvas: HTMLCanvasElement,
  { lanes }: Lanes,
  from: number,
  to: number,
  width: number,
  palette: Palette,
): void {
  const pen = prepare(canvas, width, lanes.length * LANE)
  const scale = width / Math.max(1, to - from)
  lanes.forEach((lane, row) => {
    const y = row * LANE + (LANE - BAR) / 2
    let reach = -1
    for (const bar of lane.bars) {
      if (bar.to < from || bar.from > to) continue
      const x = Math.max(-4, (bar.from - from) * scale)
      const w = Math.max(2, Math.min(width + 4, (bar.to + 1 - from) * scale) - x)
      if (x + w < reach + 0.4 && w < 3) continue // Thousands of short bars on one pixel are one bar.
      reach = x + w
      drawBar(pen, bar, x, y, w, palette)
    }
  })
}

function drawBar(pen: CanvasRenderingContext2D, bar: Bar, x: number, y: number, w: number, palette: Palette): void {
  pen.beginPath()
  pen.roundRect(x + 0.5, y, Math.max(1.5, w - 1), BAR, w > 6 ? 3 : 1)
  pen.fillStyle = bar.packet === 0 ? palette.line : w > 8 ? palette.fill[bar.hue] : palette.edge[bar.hue]
  pen.fill()
  if (w > 8 && bar.packet !== 0) {
    pen.lineWidth = 1
    pen.strokeStyle = palette.edge[bar.hue]
    pen.stroke()
  }
  if (!bar.dropped) return
  pen.fillStyle = palette.bad
  pen.fillRect(x + w - 2.5, y - 1, 2.5, BAR + 2)
}

/** The whole timeline as a strip: where there are packets, and of what colour. */
export function drawOverview(
  canvas: HTMLCanvasElement,
  { lanes }: Lanes,
  length: number,
  width: number,
  palette: Palette,
): void {
  const pen = prepare(canvas, width, 8)
  pen.fillStyle = palette.line
  pen.globalAlpha = 0.5
  pen.fillRect(0, 3, width, 2)
  pen.globalAlpha = 1
  const scale = width / length
  for (const lane of lanes)
    for (const bar of lane.bars) {
      if (bar.packet === 0) continue
      pen.fillStyle = palette.edge[bar.hue]
      pen.fillRect(bar.from * scale, 1, Math.max(1, (bar.to - bar.from) * scale), 6)
    }
}
