import type { Hue } from '../../../worker/protocol.ts'
import type { Palette } from '../../state/palette.ts'

/** A packet's picture; sizes in CSS pixels. */
export interface Sprite {
  readonly image: HTMLCanvasElement
  readonly w: number
  readonly h: number
}

const FONT = "600 11px 'Inter Variable', system-ui, sans-serif"
const CORE = 20
/** What this frame holds is sealed: shown as the peers know it, hatched, behind a lock. */
const SEALED = 'WG'
const LOCK = 11
/** Growth of each frame around what it carries. */
const FRAME = 3
const MARGIN = 4

/**
 * Pictures of packets, drawn once per look: a capsule with its mark, and a frame with a mark of its own around it for every
 * encapsulation.
 */
export class Sprites {
  readonly #cache = new Map<string, Sprite>()
  readonly #palette: Palette
  readonly #ratio: number

  constructor(palette: Palette, ratio: number) {
    this.#palette = palette
    this.#ratio = ratio
  }

  get(mark: readonly string[], hue: Hue): Sprite {
    const key = `${hue}:${mark.join('|')}`
    let sprite = this.#cache.get(key)
    if (!sprite) this.#cache.set(key, (sprite = this.#draw(mark, hue)))
    return sprite
  }

  #draw(mark: readonly string[], hue: Hue): Sprite {
    const image = document.createElement('canvas')
    const pen = image.getContext('2d')!
    pen.font = FONT
    const inner = mark.at(-1) || '·'
    const frames = mark.slice(0, -1)
    const sealed = frames.indexOf(SEALED)
    const labelWidths = frames.map(
      (label) => Math.ceil(pen.measureText(label).width) + 12 + (label === SEALED ? LOCK : 0),
    )
    const coreWidth = Math.max(30, Math.ceil(pen.measureText(inner).width) + 16)
    const w = coreWidth + labelWidths.reduce((sum, one) => sum + one + FRAME, 0) + 2 * MARGIN
    const h = CORE + frames.length * 2 * FRAME + 2 * MARGIN
    image.width = Math.ceil(w * this.#ratio)
    image.height = Math.ceil(h * this.#ratio)
    pen.scale(this.#ratio, this.#ratio)
    pen.font = FONT
    pen.textBaseline = 'middle'
    let x = MARGIN
    let inset = 0
    frames.forEach((label, i) => {
      this.#box(pen, x, MARGIN + inset, w - MARGIN - x - inset, h - 2 * (MARGIN + inset), 'tunnel', 1.75)
      pen.fillStyle = this.#palette.tunnelInk
      pen.textAlign = 'center'
      const locked = i === sealed ? LOCK : 0
      pen.fillText(label, x + (labelWidths[i]! + locked) / 2, h / 2 + 0.5)
      if (locked) lock(pen, x + 6, h / 2, this.#palette.tunnelInk)
      x += labelWidths[i]!
      inset += FRAME
    })
    const right = w - MARGIN - inset
    this.#box(pen, x, MARGIN + inset, right - x, CORE, hue, 1.5)
    if (sealed >= 0) hatch(pen, x, MARGIN + inset, right - x, CORE, this.#palette.tunnelInk)
    pen.fillStyle = this.#palette.ink
    pen.textAlign = 'center'
    pen.fillText(inner, (x + right) / 2, h / 2 + 0.5)
    return { image, w, h }
  }

  #box(
    pen: CanvasRenderingContext2D,
    x: number,
    y: number,
    w: number,
    h: number,
    hue: Hue | 'tunnel',
    line: number,
  ): void {
    pen.beginPath()
    pen.roundRect(x, y, w, h, h / 2)
    pen.shadowColor = this.#palette.dark ? 'rgb(0 0 0 / 0.5)' : 'rgb(30 40 60 / 0.18)'
    pen.shadowBlur = 3 * this.#ratio
    pen.shadowOffsetY = this.#ratio
    pen.fillStyle = this.#palette.fill[hue]
    pen.fill()
    pen.shadowColor = 'transparent'
    pen.lineWidth = line
    pen.strokeStyle = this.#palette.edge[hue]
    pen.stroke()
  }
}

/** A padlock 7 wide, its left edge at `x`. */
function lock(pen: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  pen.fillStyle = colour
  pen.strokeStyle = colour
  pen.lineWidth = 1.4
  pen.beginPath()
  pen.arc(x + 3.5, y - 1.5, 2.2, Math.PI, 0)
  pen.stroke()
  pen.beginPath()
  pen.roundRect(x, y - 1.5, 7, 5.5, 1)
  pen.fill()
}

/** Slanted lines over a capsule. */
function hatch(pen: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, colour: string): void {
  pen.save()
  pen.beginPath()
  pen.roundRect(x, y, w, h, h / 2)
  pen.clip()
  pen.globalAlpha = 0.28
  pen.strokeStyle = colour
  pen.lineWidth = 1
  pen.beginPath()
  for (let at = x - h; at < x + w; at += 5) {
    pen.moveTo(at, y + h)
    pen.lineTo(at + h, y)
  }
  pen.stroke()
  pen.restore()
}
