import type { ApiTraceDetail } from '../api/store/types.ts'
import type { AgentTraceDetail } from '../agents/contracts/agent-trace.ts'
import type { SimTime } from '../base/time.ts'
import type { PathDetail } from '../kernel/details.ts'
import type { ProcessDetail } from '../kernel/process/details.ts'
import type { SocketDetail } from '../kernel/socket/details.ts'
import type { EventMark } from '../sim/sim.ts'
import type { Trace } from '../trace/trace.ts'
import { DROP_REASONS, type DropReason, POINTS, type Point, VERDICTS, type Verdict } from '../trace/vocabulary.ts'
import type { Frame } from '../wire/types.ts'
import type { Cursor } from './views.ts'

/** Everything that a trace record can carry as its reason. */
export type StepDetail = PathDetail | SocketDetail | ProcessDetail | ApiTraceDetail | AgentTraceDetail

/** One row of the trace's columns, read. */
export interface TraceRecord {
  readonly cursor: Cursor
  readonly t: SimTime
  /** 0: no packet. */
  readonly packet: number
  /** The packet after this step; `null` without a packet. */
  readonly frame: Frame | null
  readonly detail: StepDetail | null
  readonly journal: number
  readonly dev: number
  readonly place: number
  readonly point: Point
  readonly verdict: Verdict
  readonly drop: DropReason
  readonly depth: number
}

/** The record under a cursor; `null` outside of the trace. */
export function recordAt(trace: Trace, cursor: Cursor): TraceRecord | null {
  if (!Number.isInteger(cursor) || cursor < 0 || cursor >= trace.length) return null
  const c = trace.columns
  const packet = c.packet[cursor]!
  const detail = c.detail[cursor]!
  return {
    cursor,
    t: c.t[cursor]!,
    packet,
    frame: trace.frameAt(cursor) ?? null,
    detail: detail === 0 ? null : (trace.details[detail] as StepDetail),
    journal: c.journal[cursor]!,
    dev: c.dev[cursor]!,
    place: c.place[cursor]!,
    point: POINTS[c.point[cursor]!]!,
    verdict: VERDICTS[c.verdict[cursor]!]!,
    drop: DROP_REASONS[c.drop[cursor]!]!,
    depth: c.depth[cursor]!,
  }
}

/** The record of `packet` before `cursor`; -1 when there is none. */
export function recordBefore(trace: Trace, packet: number, cursor: Cursor): Cursor {
  const info = trace.packets[packet - 1]
  if (!info) return -1
  const { packet: column } = trace.columns
  for (let i = cursor - 1; i >= info.born; i--) if (column[i] === packet) return i
  return -1
}

/** All records of a packet, oldest first. */
export function recordsOf(trace: Trace, packet: number): Cursor[] {
  const info = trace.packets[packet - 1]
  const found: Cursor[] = []
  if (!info) return found
  const { packet: column } = trace.columns
  for (let i = info.born; i < trace.length; i++) if (column[i] === packet) found.push(i)
  return found
}

/** Index of the event (transaction) that wrote a record: the first whose trace ends behind it. */
export function eventAt(marks: readonly EventMark[], cursor: Cursor): number {
  let low = 0
  let high = marks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (marks[middle]!.trace <= cursor) low = middle + 1
    else high = middle
  }
  return low
}

/** The frame of the packet before this step: of its own last record, or, when it was just made, of the packet inside it. */
export function frameBefore(trace: Trace, record: TraceRecord): Frame | null {
  if (record.packet === 0) return null
  let at = recordBefore(trace, record.packet, record.cursor)
  if (at < 0) {
    const parent = trace.packets[record.packet - 1]?.parent ?? 0
    if (parent !== 0) at = recordBefore(trace, parent, record.cursor)
  }
  return trace.frameAt(at) ?? null
}
