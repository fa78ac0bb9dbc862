import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import { readPalette } from '../state/palette.ts'
import { useI18n, say } from '../state/i18n.ts'
import type { Group } from '../state/journey.ts'
import { goTo, pause } from '../state/session.ts'
import { changeSettings, useSettings } from '../state/settings.ts'
import { useCursor, useTimeline, useView } from '../state/stores.ts'
import { type Lanes, lanesOf } from '../state/lanes.ts'
import { drawLanes, drawOverview } from './draw.ts'
import { LANE } from '../state/room.ts'
import './timeline.css'

interface Window {
  readonly from: number
  readonly to: number
}

/** Where in the story one is: lanes of packets by step, a cursor to drag, and the whole of it above. */
export function TimelineStrip() {
  const told = useTimeline()
  const { timeline, generation } = told
  const unfolded = useSettings((state) => state.unfolded)
  const theme = useThemeName()
  const lanes = useMemo(() => lanesOf(told.timeline, unfolded), [told, unfolded])
  const [window, setWindow] = useState<Window>({ from: 0, to: 1 })
  const [size, setSize] = useState(0)
  const area = useRef<HTMLDivElement>(null)

  useEffect(() => {
    setWindow(start(timeline.story, timeline.length))
  }, [timeline, generation])
  const length = timeline.length
  useEffect(() => {
    setWindow((now) =>
      now.to >= length
        ? { from: Math.min(now.from, Math.max(0, length - 2)), to: Math.max(1, length) }
        : now.to - now.from <= 1
          ? start(timeline.story, length)
          : now,
    )
  }, [timeline, length])
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setSize(entry!.contentRect.width))
    observer.observe(area.current!)
    return () => observer.disconnect()
  }, [])
  useEffect(
    () =>
      useCursor.subscribe(({ cursor }) =>
        setWindow((now) => {
          if (cursor >= now.from && cursor < now.to) return now
          const span = now.to - now.from
          // The timeline may have grown in the same breath: its length as it is, not as it was drawn.
          const end = Math.max(useTimeline.getState().timeline.length, cursor + 1)
          const from = Math.max(0, Math.min(end - span, cursor - span * 0.3))
          return { from, to: from + span }
        }),
      ),
    [],
  )

  return (
    <div className="timeline" data-testid="timeline">
      <Overview lanes={lanes} window={window} onWindow={setWindow} theme={theme} width={size} />
      <div className="lanes">
        <LaneNames lanes={lanes} />
        <div className="lane-area" ref={area}>
          <LaneCanvas lanes={lanes} window={window} theme={theme} width={size} />
          <Scrubber window={window} onWindow={setWindow} width={size} />
        </div>
      </div>
      <Ticks window={window} width={size} />
    </div>
  )
}

/** The story fills the strip; what came before it (the cluster's boot) is a drag to the left. */
function start(story: number, length: number): Window {
  const from = story < length ? story : 0
  return { from, to: Math.max(1, length) }
}

function useThemeName(): string {
  const [theme, setTheme] = useState(() => document.documentElement.dataset['theme'] ?? '')
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(document.documentElement.dataset['theme'] ?? ''))
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => observer.disconnect()
  }, [])
  return theme
}

function LaneNames({ lanes }: { readonly lanes: Lanes }) {
  const { t } = useI18n()
  const unfolded = useSettings((state) => state.unfolded)
  const toggle = (group: Group): void =>
    changeSettings({
      unfolded: unfolded.includes(group) ? unfolded.filter((one) => one !== group) : [...unfolded, group],
    })
  return (
    <ul className="lane-names">
      {lanes.lanes.map((lane, i) => (
        <li key={i} style={{ height: LANE }} aria-hidden={!lane.first}>
          {lane.first && (lane.group === 'arp' || lane.group === 'dns') && (
            <button type="button" aria-expanded={unfolded.includes(lane.group)} onClick={() => toggle(lane.group)}>
              {lane.group.toUpperCase()} <i className="num">{lanes.counts[lane.group]}</i>
            </button>
          )}
          {lane.first && lane.group === 'control' && lanes.counts.control === 0 && (
            <span>{t('ui.group-programs')}</span>
          )}
          {lane.first && (lane.group === 'packets' || (lane.group === 'control' && lanes.counts.control > 0)) && (
            <span>
              {t(`ui.group-${lane.group}`)} <i className="num">{lanes.counts[lane.group]}</i>
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}

function LaneCanvas({
  lanes,
  window: { from, to },
  theme,
  width,
}: {
  readonly lanes: Lanes
  readonly window: Window
  readonly theme: string
  readonly width: number
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (width > 0) drawLanes(canvas.current!, lanes, from, to, width, readPalette())
  }, [lanes, from, to, theme, width])
  return <canvas ref={canvas} aria-hidden />
}

interface ScrubberProps {
  readonly window: Window
  readonly onWindow: (window: Window) => void
  readonly width: number
}

/** Drag to travel, Shift-drag to look closer, wheel to move along, Ctrl+wheel to zoom. */
function Scrubber({ window, onWindow, width }: ScrubberProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const cursor = useCursor((state) => state.cursor)
  const step = useView((state) => state.step)
  const { timeline } = useTimeline()
  const [brush, setBrush] = useState<Window | null>(null)
  const element = useRef<HTMLDivElement>(null)
  const { from, to } = window
  const at = (event: { readonly clientX: number }): number => {
    const { left } = element.current!.getBoundingClientRect()
    return from + ((event.clientX - left) / Math.max(1, width)) * (to - from)
  }
  const scrub = (event: PointerEvent): void => goTo(Math.max(0, Math.min(timeline.length - 1, Math.floor(at(event)))))

  const latest = useRef({ window, onWindow, at, length: timeline.length })
  useEffect(() => {
    latest.current = { window, onWindow, at, length: timeline.length }
  })
  useEffect(() => {
    const wheel = (event: WheelEvent): void => {
      event.preventDefault()
      const { window: now, onWindow: set, at: where, length } = latest.current
      const span = now.to - now.from
      if (event.ctrlKey) {
        const next = Math.max(8, Math.min(length, span * Math.exp(event.deltaY * 0.003)))
        const share = (where(event) - now.from) / span
        set(inside(where(event) - share * next, next, length))
      } else set(inside(now.from + ((event.deltaX + event.deltaY) / 600) * span, span, length))
    }
    const target = element.current!
    target.addEventListener('wheel', wheel, { passive: false })
    return () => target.removeEventListener('wheel', wheel)
  }, [])

  const onKeyDown = (event: KeyboardEvent): void => {
    const by = ({ PageUp: -20, PageDown: 20, ArrowUp: 1, ArrowDown: -1 } as Record<string, number>)[event.key]
    if (by === undefined) return
    event.preventDefault()
    goTo(cursor + by)
  }
  const x = ((cursor + 0.5 - from) / (to - from)) * width
  const value = timeline.length === 0 ? 0 : cursor + 1
  return (
    <div
      ref={element}
      className="scrubber"
      role="slider"
      tabIndex={0}
      aria-label={t('ui.timeline')}
      aria-valuemin={1}
      aria-valuemax={Math.max(1, timeline.length)}
      aria-valuenow={value}
      aria-valuetext={`${t('ui.step-of', { step: value, all: timeline.length })}, ${format.time(timeline.columns.t[cursor] ?? 0)}${step ? `, ${say(i18n, step.say)}` : ''}`}
      onKeyDown={onKeyDown}
      onDoubleClick={() => onWindow({ from: 0, to: Math.max(1, timeline.length) })}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        pause()
        if (event.shiftKey) setBrush({ from: at(event), to: at(event) })
        else scrub(event)
      }}
      onPointerMove={(event) => {
        if (event.buttons === 0) return
        if (brush) setBrush({ ...brush, to: at(event) })
        else scrub(event)
      }}
      onPointerUp={() => {
        if (!brush) return
        const [low, high] = brush.from < brush.to ? [brush.from, brush.to] : [brush.to, brush.from]
        if (high - low > 3) onWindow(inside(low, high - low, timeline.length))
        setBrush(null)
      }}
    >
      {brush && (
        <i
          className="brush"
          style={{
            left: ((Math.min(brush.from, brush.to) - from) / (to - from)) * width,
            width: (Math.abs(brush.to - brush.from) / (to - from)) * width,
          }}
        />
      )}
      <i
        className="needle"
        style={{
          transform: `translateX(${x.toFixed(1)}px)`,
          visibility: x < -2 || x > width + 2 ? 'hidden' : 'visible',
        }}
      />
    </div>
  )
}

function inside(from: number, span: number, length: number): Window {
  const start = Math.max(0, Math.min(from, length - span))
  return { from: start, to: Math.min(Math.max(1, length), start + span) }
}

function Overview({
  lanes,
  window,
  onWindow,
  theme,
  width,
}: ScrubberProps & { readonly lanes: Lanes; readonly theme: string }) {
  const { t } = useI18n()
  const canvas = useRef<HTMLCanvasElement>(null)
  const { timeline, version } = useTimeline()
  const cursor = useCursor((state) => state.cursor)
  const length = Math.max(1, timeline.length)
  const begin = useRef(0)
  useEffect(() => {
    if (width > 0) drawOverview(canvas.current!, lanes, length, width, readPalette())
  }, [lanes, length, version, theme, width])
  const at = (event: PointerEvent): number =>
    ((event.clientX - event.currentTarget.getBoundingClientRect().left) / Math.max(1, width)) * length
  return (
    <div className="overview-row">
      <button type="button" className="overview-all" onClick={() => onWindow({ from: 0, to: length })}>
        {t('ui.show-all')}
      </button>
      <div
        className="overview"
        title={t('ui.overview')}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          begin.current = at(event)
        }}
        onPointerMove={(event) => {
          if (event.buttons === 0) return
          const [a, b] = [begin.current, at(event)]
          if (Math.abs(a - b) > length * 0.005) onWindow(inside(Math.min(a, b), Math.max(6, Math.abs(a - b)), length))
        }}
        onPointerUp={(event) => {
          const here = at(event)
          if (Math.abs(here - begin.current) > length * 0.005) return
          const span = window.to - window.from
          onWindow(inside(here - span / 2, span, length))
        }}
      >
        <canvas ref={canvas} aria-hidden />
        <i
          className="overview-window"
          style={{
            left: (window.from / length) * width,
            width: Math.max(6, ((window.to - window.from) / length) * width),
          }}
        />
        <i
          className="overview-cursor"
          style={{ transform: `translateX(${((cursor / length) * width).toFixed(1)}px)` }}
        />
      </div>
    </div>
  )
}

function Ticks({ window: { from, to }, width }: { readonly window: Window; readonly width: number }) {
  const { format } = useI18n()
  const told = useTimeline()
  const ticks = useMemo(() => {
    const { timeline } = told
    const marks: { x: number; text: string }[] = []
    const count = Math.max(1, Math.floor(width / 128))
    let last = -1
    for (let k = 0; k < count; k++) {
      const i = Math.floor(from + ((to - from) * (k + 0.02)) / count)
      if (i < 0 || i >= timeline.length || timeline.columns.t[i] === last) continue
      last = timeline.columns.t[i]!
      marks.push({ x: ((i - from) / (to - from)) * width, text: format.time(last) })
    }
    return marks
  }, [told, from, to, width, format])
  return (
    <div className="ticks num" aria-hidden>
      {ticks.map(({ x, text }) => (
        <span key={x} style={{ left: x }}>
          {text}
        </span>
      ))}
    </div>
  )
}
