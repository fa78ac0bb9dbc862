import { makeColumns } from '../../core/trace/columns.ts'
import {
  DROP_CODE,
  type DropReason,
  POINT_CODE,
  type Point,
  VERDICT_CODE,
  type Verdict,
} from '../../core/trace/vocabulary.ts'
import { HUES, type Hue, type TimelineUpdate } from '../../worker/protocol.ts'
import { Timeline } from '../state/timeline.ts'

/** One record, as tests write it. */
export interface Row {
  readonly t?: number
  readonly packet?: number
  readonly parent?: number
  readonly origin?: number
  readonly mark?: string
  readonly hue?: Hue
  readonly place?: number
  readonly dev?: number
  readonly point: Point
  readonly verdict: Verdict
  readonly drop?: DropReason
  readonly depth?: number
  readonly event?: number
}

/** Rows as the simulator would send them, one frame per record; `from` records and `born` packets exist already. */
export function updateOf(rows: readonly Row[], from = 0, born = 0): TimelineUpdate {
  const columns = makeColumns(rows.length)
  const marks = [...new Set(rows.map((row) => row.mark ?? ''))]
  const packets: { id: number; parent: number; origin: number }[] = []
  rows.forEach((row, i) => {
    columns.t[i] = row.t ?? i
    columns.packet[i] = row.packet ?? 0
    columns.state[i] = from + i
    columns.dev[i] = row.dev ?? 0
    columns.place[i] = row.place ?? 0
    columns.point[i] = POINT_CODE.get(row.point)!
    columns.verdict[i] = VERDICT_CODE.get(row.verdict)!
    columns.drop[i] = DROP_CODE.get(row.drop ?? 'NONE')!
    columns.depth[i] = row.depth ?? 0
    if ((row.packet ?? 0) > born + packets.length)
      packets.push({ id: row.packet!, parent: row.parent ?? 0, origin: row.origin ?? 0 })
  })
  return {
    from,
    columns,
    length: rows.length,
    packets,
    framesFrom: from,
    frameMark: Uint16Array.from(rows, (row) => marks.indexOf(row.mark ?? '')),
    frameHue: Uint8Array.from(rows, (row) => HUES.indexOf(row.hue ?? 'none')),
    marks,
    event: Uint32Array.from(rows, (row) => row.event ?? 0),
    now: rows.at(-1)?.t ?? 0,
    settled: true,
    story: 0,
  }
}

export function timelineOf(rows: readonly Row[]): Timeline {
  const timeline = new Timeline()
  timeline.update(updateOf(rows))
  return timeline
}
