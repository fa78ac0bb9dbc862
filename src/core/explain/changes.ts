import type { ExplainEnv } from './env.ts'
import { rowText } from './print/row.ts'
import { type TraceRecord, eventAt } from './record.ts'

/** Bookkeeping of the simulator itself: nothing that a machine or the cluster would call a table. */
const SILENT: ReadonlySet<string> = new Set([
  'event',
  'clock',
  'counter',
  'random',
  'cause',
  'processTimer',
  'processState',
  'watch',
])

/** A row that a step wrote. */
export interface ChangedRow {
  readonly table: string
  readonly key: string
  /** What it says after the step, as the tool prints it that shows such rows; `null`: it is gone, or no tool shows them. */
  readonly text: string | null
}

/**
 * The rows written by a step. The kernel and the API server write first and record then, so a record's rows are those since the
 * record before it in the same event. Agents record first what they are about to do: theirs are those until the next one.
 */
export function changedRows(env: ExplainEnv, record: TraceRecord): ChangedRow[] {
  const { marks } = env.sim
  const event = eventAt(marks, record.cursor)
  const { from, to } = record.point === 'agent' ? after(env, record, event) : before(env, record, event)
  const seen = new Set<string>()
  const rows: ChangedRow[] = []
  const tables = env.world.tables()
  for (const change of env.world.journal.changes(from, to)) {
    const table = tables[change.table]?.name ?? ''
    const key = String(change.key)
    if (SILENT.has(table) || seen.has(`${table}\n${key}`)) continue
    seen.add(`${table}\n${key}`)
    rows.push({ table, key, text: rowText(env, table, change.key) })
  }
  return rows
}

interface Range {
  readonly from: number
  readonly to: number
}

function before(env: ExplainEnv, record: TraceRecord, event: number): Range {
  const mark = env.sim.marks[event - 1]
  const first = mark?.trace ?? 0
  const from = record.cursor > first ? env.trace.columns.journal[record.cursor - 1]! : (mark?.journal ?? 0)
  return { from, to: record.journal }
}

function after(env: ExplainEnv, record: TraceRecord, event: number): Range {
  const mark = env.sim.marks[event]
  const next = record.cursor + 1
  const end = mark?.trace ?? env.trace.length
  const to = next < end ? env.trace.columns.journal[next]! : (mark?.journal ?? env.world.journal.length)
  return { from: record.journal, to }
}
