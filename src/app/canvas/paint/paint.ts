import { type Spot, along, besides } from '../layout/geometry.ts'
import type { LivePacket, Trail } from '../packets.ts'
import { type Glide, ease } from './glide.ts'
import type { Palette } from '../../state/palette.ts'
import type { View } from '../view.ts'
import type { Sprites } from './sprites.ts'

export interface Picture {
  readonly view: View
  readonly width: number
  readonly height: number
  readonly ratio: number
  readonly live: readonly LivePacket[]
  readonly trail: Trail
  readonly glide: Glide | null
  /** Reduced motion: rings instead of ways. */
  readonly rings: { readonly from: Spot; readonly to: Spot } | null
  readonly now: number
}

/** Packets keep to the right of the wire, so that a reply rides on its other side. In screen pixels. */
const LANE = 8
/** At a hook a packet floats above the hook's name. */
export const LIFT = 22

/** Where a packet was drawn, in CSS pixels of the layer. */
export interface Drawn extends Spot {
  readonly packet: LivePacket
}

/** Draws all packets. Says where each one is on the screen, and whether something still moves. */
export function paint(
  pen: CanvasRenderingContext2D,
  picture: Picture,
  palette: Palette,
  sprites: Sprites,
): { readonly drawn: readonly Drawn[]; readonly moving: boolean } {
  const { width, height, ratio, view, glide, now } = picture
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  pen.clearRect(0, 0, width, height)
  paintTrail(pen, picture, palette)
  const passed = glide ? (now - glide.start) / glide.duration : 1
  const moving = passed < 1
  const scale = Math.max(0.72, Math.min(1.15, view.zoom * 1.1))
  const stacked = new Map<string, number>()
  const drawn: Drawn[] = []
  const ordered = [...picture.live].sort((a, b) => Number(a.focused) - Number(b.focused) || a.id - b.id)
  for (const packet of ordered) {
    const at = screenOf(packet, view, glide && moving ? { glide, share: ease(passed) } : null)
    const spread = packet.focused ? 0 : pile(stacked, at)
    const spot = { x: at.x + spread * 3, y: at.y - spread * 3 }
    drawn.push({ ...spot, packet })
    if (spot.x < -80 || spot.y < -40 || spot.x > width + 80 || spot.y > height + 40) continue
    paintPacket(pen, packet, spot, scale, palette, sprites, !moving)
  }
  if (picture.rings) paintRings(pen, picture.rings, view, palette)
  return { drawn, moving }
}

/** Several packets at one spot lie on each other like cards, the first few visibly. */
function pile(stacked: Map<string, number>, at: Spot): number {
  const key = `${Math.round(at.x / 4)},${Math.round(at.y / 4)}`
  const height = stacked.get(key) ?? 0
  stacked.set(key, height + 1)
  return Math.min(height, 4)
}

function screenOf(packet: LivePacket, view: View, motion: { glide: Glide; share: number } | null): Spot {
  const way = motion?.glide.ways.get(packet.id)
  if (way) return lane(along(way, motion!.share), view, 1)
  if (packet.flight) return lane(along(packet.flight.way, packet.flight.share), view, 1)
  const { x, y, zone } = packet.site
  const lift = zone === 'band' ? LIFT : 0
  return { x: x * view.zoom + view.x, y: y * view.zoom + view.y - lift * Math.min(1, view.zoom * 1.1) }
}

function lane({ at, dx, dy }: ReturnType<typeof along>, view: View, side: 1 | -1): Spot {
  return { x: at.x * view.zoom + view.x - dy * LANE * side, y: at.y * view.zoom + view.y + dx * LANE * side }
}

function paintPacket(
  pen: CanvasRenderingContext2D,
  packet: LivePacket,
  at: Spot,
  scale: number,
  palette: Palette,
  sprites: Sprites,
  settled: boolean,
): void {
  const sprite = sprites.get(packet.mark, packet.hue)
  const [w, h] = [sprite.w * scale, sprite.h * scale]
  if (packet.focused) {
    pen.beginPath()
    pen.roundRect(at.x - w / 2 + 1, at.y - h / 2 + 1, w - 2, h - 2, h / 2)
    pen.lineWidth = 2
    pen.strokeStyle = palette.accent
    pen.stroke()
  }
  pen.drawImage(sprite.image, at.x - w / 2, at.y - h / 2, w, h)
  if (packet.glyph !== '' && (settled || !packet.focused))
    paintGlyph(pen, packet, { x: at.x + w / 2 + 5, y: at.y }, palette)
}

function paintGlyph(pen: CanvasRenderingContext2D, { glyph, reason }: LivePacket, at: Spot, palette: Palette): void {
  const colour =
    glyph === '✗' ? palette.bad : glyph === '✓' ? palette.good : glyph === '⊙' ? palette.warn : palette.quiet
  pen.beginPath()
  pen.arc(at.x + 4, at.y, 8.5, 0, 7)
  pen.fillStyle = palette.panel
  pen.fill()
  pen.lineWidth = 1.5
  pen.strokeStyle = colour
  pen.stroke()
  pen.font = "700 11px 'Inter Variable', system-ui, sans-serif"
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillStyle = colour
  pen.fillText(glyph, at.x + 4, at.y + 0.5)
  if (reason === '') return
  pen.font = "500 11px 'JetBrains Mono Variable', monospace"
  pen.textAlign = 'left'
  const width = pen.measureText(reason).width
  pen.beginPath()
  pen.roundRect(at.x + 17, at.y - 9, width + 12, 18, 5)
  pen.fillStyle = palette.panel
  pen.fill()
  pen.lineWidth = 1
  pen.stroke()
  pen.fillStyle = colour
  pen.fillText(reason, at.x + 23, at.y + 0.5)
}

function paintTrail(pen: CanvasRenderingContext2D, { trail, view }: Picture, palette: Palette): void {
  pen.lineJoin = 'round'
  pen.lineCap = 'round'
  pen.strokeStyle = palette.accent
  pen.globalAlpha = 0.5
  pen.lineWidth = 2
  pen.setLineDash([1, 6])
  trace(pen, besides(trail.ahead, LANE / view.zoom), view)
  pen.setLineDash([])
  pen.globalAlpha = 0.62
  pen.lineWidth = 2
  trace(pen, besides(trail.past, LANE / view.zoom), view)
  pen.globalAlpha = 1
}

function trace(pen: CanvasRenderingContext2D, path: readonly Spot[], view: View): void {
  if (path.length < 2) return
  pen.beginPath()
  path.forEach(({ x, y }, i) => {
    if (i === 0) pen.moveTo(x * view.zoom + view.x, y * view.zoom + view.y)
    else pen.lineTo(x * view.zoom + view.x, y * view.zoom + view.y)
  })
  pen.stroke()
}

function paintRings(
  pen: CanvasRenderingContext2D,
  { from, to }: { from: Spot; to: Spot },
  view: View,
  palette: Palette,
): void {
  for (const [ring, radius, alpha] of [
    [from, 12, 0.4],
    [to, 22, 0.9],
  ] as const) {
    pen.beginPath()
    pen.arc(ring.x * view.zoom + view.x, ring.y * view.zoom + view.y, radius, 0, 7)
    pen.globalAlpha = alpha
    pen.lineWidth = 2
    pen.strokeStyle = palette.accent
    pen.stroke()
  }
  pen.globalAlpha = 1
}
