import { scalePoint } from 'd3-scale'
import { Waypoints } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { useI18n } from '../state/i18n.ts'
import { goTo } from '../state/session.ts'
import { useCursor, useTimeline, useView } from '../state/stores.ts'
import type { Timeline } from '../state/timeline.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { type Rung, ladderOf } from './ladder.ts'
import './path.css'

const ROW = 24
const HEAD = 40
/** A long conversation's part on screen changes every so many records. */
const NEAR = 200

/** The conversation as a ladder: a column per device, a rung per move. Clicking a rung goes there. */
export function PathPanel() {
  const { t } = useI18n()
  const told = useTimeline()
  const { timeline, generation } = told
  const topology = useView((state) => state.topology)
  const cursor = useCursor((state) => state.cursor)
  const packet = usePacket(timeline, cursor, generation)
  const frame = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(600)
  const near = Math.floor(cursor / NEAR) * NEAR
  const ladder = useMemo(
    () => (topology && packet !== 0 ? ladderOf(told.timeline, topology, packet, near) : null),
    [told, topology, packet, near],
  )
  const empty = ladder === null
  const current = ladder ? lastAt(ladder.rungs, cursor) : -1
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry!.contentRect.width))
    if (frame.current) observer.observe(frame.current)
    return () => observer.disconnect()
  }, [empty])
  useEffect(() => {
    frame.current?.querySelector('[data-now="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [current])

  if (!ladder || ladder.rungs.length === 0)
    return (
      <EmptyState icon={<Waypoints />} title={t('ui.no-path')}>
        {t('ui.no-path-how')}
      </EmptyState>
    )
  const full = Math.max(width - 24, ladder.columns.length * 92)
  const x = scalePoint<number>()
    .domain(ladder.columns.map((_, i) => i))
    .range([0, full])
    .padding(0.5)
  const height = ladder.rungs.length * ROW + 12
  return (
    <div className="path-panel" ref={frame}>
      <svg className="path-head" width={full} height={HEAD} aria-hidden>
        {ladder.columns.map((column, i) => (
          <g key={column.key} transform={`translate(${x(i)!} 0)`}>
            <text y={15} className="path-place">
              {cut(column.place)}
            </text>
            <text y={30} className="path-device">
              {column.device}
            </text>
          </g>
        ))}
      </svg>
      <svg width={full} height={height} role="group" aria-label={t('ui.path')}>
        {ladder.columns.map((column, i) => (
          <line key={column.key} x1={x(i)} x2={x(i)} y1={0} y2={height} />
        ))}
        {ladder.rungs.map((rung, i) => (
          <RungLine
            key={rung.record}
            rung={rung}
            from={x(rung.from)!}
            to={x(rung.to)!}
            y={i * ROW + 17}
            now={i === current}
            past={rung.record <= cursor}
          />
        ))}
      </svg>
    </div>
  )
}

/** The packet that the diagram is about: stays while the cursor is on something that is no packet. */
function usePacket(timeline: Timeline, cursor: number, generation: number): number {
  const [kept, setKept] = useState({ packet: 0, generation })
  const here = timeline.columns.packet[cursor] ?? 0
  if (here !== 0 && (kept.packet !== here || kept.generation !== generation)) setKept({ packet: here, generation })
  if (here !== 0) return here
  return kept.generation === generation ? kept.packet : 0
}

function lastAt(rungs: readonly Rung[], cursor: number): number {
  return rungs.findLastIndex(({ record }) => record <= cursor)
}

const cut = (name: string): string => (name.length > 14 ? `${name.slice(0, 6)}…${name.slice(-5)}` : name)

function RungLine({
  rung,
  from,
  to,
  y,
  now,
  past,
}: {
  readonly rung: Rung
  readonly from: number
  readonly to: number
  readonly y: number
  readonly now: boolean
  readonly past: boolean
}) {
  const { format } = useI18n()
  const t = useTimeline(({ timeline }) => timeline.columns.t[rung.record] ?? 0)
  const direction = Math.sign(to - from) || 1
  const framed = rung.mark.includes('|')
  const label = rung.mark.split('|').reduceRight((inner, outer) => (inner ? `${outer}[${inner}]` : outer), '')
  const go = (): void => goTo(rung.record)
  return (
    <g
      className="rung"
      role="button"
      tabIndex={0}
      data-now={now}
      data-past={past}
      aria-label={`${label} ${format.time(t)}`}
      onClick={go}
      onKeyDown={(event: KeyboardEvent) => event.key === 'Enter' && go()}
    >
      <rect x={Math.min(from, to) - 6} y={y - 14} width={Math.abs(to - from) + 12} height={ROW - 2} />
      <path
        d={`M${from} ${y}H${to - direction * 4}M${to - direction * 9} ${y - 4}L${to - direction * 2} ${y}L${to - direction * 9} ${y + 4}`}
        style={{
          stroke: framed ? 'var(--hue-tunnel-line)' : `var(--hue-${rung.hue}-line)`,
          strokeWidth: framed ? 3 : 2,
        }}
      />
      <text x={(from + to) / 2} y={y - 4}>
        {rung.dropped ? `✗ ${label}` : label}
      </text>
      {now && <circle cx={to} cy={y} r={4.5} />}
    </g>
  )
}
