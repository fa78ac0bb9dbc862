import { useStoreApi } from '@xyflow/react'
import { type RefObject, useEffect, useRef } from 'react'
import { isCalm, useSettings } from '../state/settings.ts'
import { useCursor, useTimeline, useView } from '../state/stores.ts'
import { PacketLabel } from './PacketLabel.tsx'
import type { Spot } from './layout/geometry.ts'
import { startGlide, type Glide } from './paint/glide.ts'
import { type Drawn, LIFT, paint } from './paint/paint.ts'
import { type Palette, readPalette } from '../state/palette.ts'
import { Sprites } from './paint/sprites.ts'
import { type LivePacket, type Trail, livePackets, trailOf } from './packets.ts'
import { light, useScene } from './scene-store.ts'

/** So far beyond the edge may a packet be, in pixels, for its addresses to be seen: half of it still is. */
const REACH = 12

/**
 * One canvas above the graph for all packets. It draws when something has changed, and frame by frame only while a step glides.
 * `shown` tells the pointer what stands where.
 */
export function PacketLayer({ shown }: { readonly shown: RefObject<readonly Drawn[]> }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const label = useRef<HTMLDivElement>(null)
  const flow = useStoreApi()

  useEffect(() => {
    const element = canvas.current!
    const pen = element.getContext('2d')!
    let palette: Palette = readPalette()
    let ratio = window.devicePixelRatio || 1
    let sprites = new Sprites(palette, ratio)
    let glide: Glide | null = null
    let rings: { from: Spot; to: Spot } | null = null
    let live: readonly LivePacket[] = []
    let trail: Trail = { past: [], ahead: [] }
    let frame = 0

    const draw = (now: number): void => {
      frame = 0
      const { transform, width, height } = flow.getState()
      if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
        element.width = Math.round(width * ratio)
        element.height = Math.round(height * ratio)
      }
      const view = { x: transform[0], y: transform[1], zoom: transform[2] }
      const result = paint(pen, { view, width, height, ratio, live, trail, glide, rings, now }, palette, sprites)
      shown.current = result.drawn
      const focus = result.drawn.find(
        ({ x, y, packet }) => packet.focused && x > -REACH && y > -REACH && x < width + REACH && y < height + REACH,
      )
      const tag = label.current
      if (tag) {
        tag.style.visibility = focus ? 'visible' : 'hidden'
        if (focus) placeLabel(tag, focus, focus.packet, width, height)
      }
      if (result.moving) schedule()
      else glide = null
    }
    const schedule = (): void => {
      frame ||= requestAnimationFrame(draw)
    }

    const recompute = (): void => {
      const { timeline } = useTimeline.getState()
      const { scene } = useScene.getState()
      const { cursor } = useCursor.getState()
      live = livePackets(timeline, scene, cursor)
      trail = trailOf(timeline, scene, cursor)
      light(scene, timeline, cursor)
      schedule()
    }
    const moved = (): void => {
      const before = live
      recompute()
      const { timeline } = useTimeline.getState()
      const { scene } = useScene.getState()
      const { cursor, from, glide: stepped } = useCursor.getState()
      glide = null
      rings = null
      if (!stepped) return
      if (!isCalm(useSettings.getState())) {
        glide = startGlide(timeline, scene, live, from, cursor, performance.now())
        return
      }
      const to = live.find(({ focused }) => focused)
      const was = before.find(({ id }) => id === to?.id) ?? before.find(({ focused }) => focused)
      if (to && was && (was.site.x !== to.site.x || was.site.y !== to.site.y)) rings = { from: was.site, to: to.site }
    }
    const repaint = (): void => {
      palette = readPalette()
      ratio = window.devicePixelRatio || 1
      sprites = new Sprites(palette, ratio)
      schedule()
    }

    const stops = [
      useCursor.subscribe((now, then) => now.cursor !== then.cursor && moved()),
      useTimeline.subscribe(recompute),
      useScene.subscribe(recompute),
      useView.subscribe(schedule),
      flow.subscribe((now, then) => {
        if (now.transform !== then.transform || now.width !== then.width || now.height !== then.height) schedule()
      }),
    ]
    const themes = new MutationObserver(repaint)
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    window.addEventListener('resize', repaint)
    void document.fonts?.ready.then(repaint)
    recompute()
    return () => {
      for (const stop of stops) stop()
      themes.disconnect()
      window.removeEventListener('resize', repaint)
      cancelAnimationFrame(frame)
    }
  }, [flow, shown])

  return (
    <div className="packets" aria-hidden>
      <canvas ref={canvas} data-testid="packets" />
      <PacketLabel ref={label} />
    </div>
  )
}

/** Below the packet, or above it where there is no room; beside one that sits on its pod's upper edge. Never outside of the layer. */
function placeLabel(tag: HTMLElement, { x, y }: Spot, { site }: LivePacket, width: number, height: number): void {
  const [w, h] = [tag.offsetWidth, tag.offsetHeight]
  // Another lab's devices may be on screen for a moment: one that hangs on no rope is no reason to stop.
  const rope = site.device?.rope[0]
  const onPod = site.zone === 'pod' && rope !== undefined && site.y < rope.y - 20
  const gap = site.zone === 'band' ? LIFT + 14 : 20
  const below = y + gap + h < height - 8 ? y + gap : y - 20 - h
  const beside = x + 30 + w < width - 8 ? x + 30 : x - 30 - w
  const left = Math.max(8, Math.min(width - w - 8, onPod ? beside : x - w / 2))
  tag.style.transform = `translate(${Math.round(left)}px, ${Math.round(onPod ? y - h / 2 - 6 : below)}px)`
}
