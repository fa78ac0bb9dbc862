import type { Key } from '../../base/order.ts'
import { changedRows } from '../changes.ts'
import { decided } from '../decided.ts'
import type { ExplainEnv, Lines } from '../env.ts'
import { causeChain, subjectViews } from '../provenance.ts'
import { recordAt } from '../record.ts'
import type { Cursor, TableRowView } from '../views.ts'

/** What the rows of all tables are marked by: the step under the cursor. */
export interface Marks {
  readonly env: ExplainEnv
  readonly lines: Lines
  /** `table\nkey` of the row that decided the step. */
  readonly lit: string
  /** Namespace of the step: iptables keys do not say which machine they are on. */
  readonly place: number
  readonly changed: ReadonlySet<string>
}

const markKey = (table: string, key: Key): string => `${table}\n${key}`

export function marksAt(env: ExplainEnv, cursor: Cursor, lines: Lines): Marks {
  const record = recordAt(env.trace, cursor)
  const why = record && decided(env, record)
  const changed = record ? changedRows(env, record).map((row) => markKey(row.table, row.key)) : []
  return {
    env,
    lines,
    lit: why?.table ? markKey(why.table, why.key) : '',
    place: record?.place ?? 0,
    changed: new Set(changed),
  }
}

export const isLit = (marks: Marks, table: string, key: Key): boolean => marks.lit === markKey(table, key)
export const isChanged = (marks: Marks, table: string, key: Key): boolean => marks.changed.has(markKey(table, key))

/** A row of a world table as a row of the inspector: its marks and its provenance. */
export function entryRow(marks: Marks, table: string, key: Key, cells: readonly string[]): TableRowView {
  const entry = marks.env.world.table(table)?.entry(key)
  return {
    key: String(key),
    cells,
    lit: isLit(marks, table, key),
    changed: isChanged(marks, table, key),
    subject: subjectViews(entry?.subject ?? [], marks.lines),
    causes: causeChain(marks.env, entry?.cause ?? 0),
    open: null,
  }
}

/** A row that is no row of a world table. */
export const plainRow = (key: string, cells: readonly string[]): TableRowView => ({
  key,
  cells,
  lit: false,
  changed: false,
  subject: [],
  causes: [],
  open: null,
})
