import type { Picture } from '../../worker/picture.ts'
import type { Cursor } from '../../worker/protocol.ts'
import { LayoutMemory } from '../canvas/layout/memory.ts'
import { type Scene, layout } from '../canvas/layout/scene.ts'
import { livePackets, trailOf } from '../canvas/packets.ts'
import { paint } from '../canvas/paint/paint.ts'
import { Sprites } from '../canvas/paint/sprites.ts'
import { type View, depthOf, fitted, textScale } from '../canvas/view.ts'
import { readPalette } from '../state/palette.ts'
import { CLOSED_DOCK, paneSizes, stripHeight } from '../state/room.ts'
import { useSettings } from '../state/settings.ts'
import { Timeline } from '../state/timeline.ts'

/** Puts the build's markup into the page, where React will put its own, fits it to the window and paints the packets as of the cursor. */
export function showStill(markup: string, { answer: { view, positions }, update }: Picture, cursor: Cursor): void {
  const root = document.getElementById('root')!
  root.innerHTML = markup
  root.firstElementChild!.toggleAttribute('inert', true) // Nothing in it answers yet.
  fitPanes(root)
  const canvas = root.querySelector<HTMLElement>('.canvas')!
  const scene = layout(view.topology, new LayoutMemory(), positions)
  // The picture is laid out but once: when its size is known.
  const viewport = canvas.querySelector<HTMLElement>('.react-flow__viewport')!
  const place = viewport.parentElement!
  viewport.remove()
  const { width, height } = canvas.getBoundingClientRect()
  const at = fitted(scene.bounds, width, height)
  viewport.style.transform = `translate(${at.x}px, ${at.y}px) scale(${at.zoom})`
  canvas.dataset['depth'] = depthOf(at.zoom)
  canvas.style.setProperty('--k', String(textScale(at.zoom)))
  place.append(viewport)

  const timeline = new Timeline()
  timeline.update(update)
  paintPackets(canvas.querySelector('canvas')!, timeline, scene, cursor, at)
}

/** Panes have the sizes that this window, and this person, give them. */
function fitPanes(root: HTMLElement): void {
  const { outline, dock, unfolded } = useSettings.getState()
  const size = paneSizes()
  const pane = (side: keyof typeof size): HTMLElement => root.querySelector<HTMLElement>(`[data-side='${side}']`)!
  if (!outline) {
    pane('left').nextElementSibling!.remove()
    pane('left').remove()
  } else pane('left').style.flexBasis = `${size.left}px`
  pane('right').style.flexBasis = `${size.right}px`
  pane('bottom').style.flexBasis = `${dock ? size.bottom : CLOSED_DOCK}px`
  if (!dock) pane('bottom').classList.add('dock-closed')
  root.querySelector<HTMLElement>('.timeline-place')!.style.height = `${stripHeight(unfolded)}px`
}

function paintPackets(canvas: HTMLCanvasElement, timeline: Timeline, scene: Scene, cursor: Cursor, view: View): void {
  const ratio = window.devicePixelRatio || 1
  const { width, height } = canvas.getBoundingClientRect()
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  const palette = readPalette()
  const shown = {
    ...{ view, width, height, ratio, glide: null, rings: null, now: 0 },
    live: livePackets(timeline, scene, cursor),
    trail: trailOf(timeline, scene, cursor),
  }
  paint(canvas.getContext('2d')!, shown, palette, new Sprites(palette, ratio))
}
