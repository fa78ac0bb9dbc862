import { ChevronRight } from 'lucide-react'
import { Fragment, useState } from 'react'
import type { TableRowView, TableView } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { copy, revealLine, select } from '../state/page.ts'
import { ScrollX } from './ScrollX.tsx'
import './tables.css'

/** Tables whose columns are kubectl's own, and not ours to name. */
const QUOTED: ReadonlySet<string> = new Set(['objects', 'events'])

/** One table as of the cursor: the row in use lit, rows written by this step marked at the edge. */
export function TableCard({ table }: { readonly table: TableView }) {
  const { text, has, t } = useI18n()
  const key = `tables.${table.title}`
  const title = has(key) ? text(key) : table.title
  const headOf = (column: string): string => {
    const head = `tables.head-${column.toLowerCase().replaceAll(' ', '-')}`
    return !QUOTED.has(table.title) && has(head) ? text(head) : column
  }
  return (
    <section className="table-card">
      <h2>
        {title}
        <code>{table.command}</code>
      </h2>
      {table.rows.length === 0 ? (
        <p className="table-empty">{t('ui.table-empty')}</p>
      ) : (
        <ScrollX className="table-scroll">
          <table aria-label={title}>
            <thead>
              <tr>
                {table.columns.map((column, i) => (
                  <th key={i} scope="col">
                    {headOf(column)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row) => (
                <Row key={row.key} row={row} depth={0} />
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
    </section>
  )
}

const holdsLit = (row: TableRowView): boolean => row.lit || row.changed || (row.open?.some(holdsLit) ?? false)

function Row({ row, depth }: { readonly row: TableRowView; readonly depth: number }) {
  const { t } = useI18n()
  const [chosen, setOpen] = useState<boolean | null>(null)
  const open = chosen ?? (row.open !== null && holdsLit(row))
  return (
    <Fragment>
      <tr data-lit={row.lit} data-changed={row.changed} className="mono">
        {row.cells.map((cell, i) => (
          <td key={i} style={i === 0 ? { paddingLeft: 8 + depth * 14 } : undefined}>
            {i === 0 && row.open !== null && (
              <button
                type="button"
                className="table-open"
                aria-expanded={open}
                aria-label={t('ui.open-row')}
                onClick={() => setOpen(!open)}
              >
                <ChevronRight />
              </button>
            )}
            {cell !== '' && (
              <button
                type="button"
                className="cell"
                title={t('ui.copy')}
                onClick={() => void copy(cell, t('ui.copied'))}
              >
                {cell}
              </button>
            )}
            {i === row.cells.length - 1 && <RowOwner row={row} />}
          </td>
        ))}
      </tr>
      {open && row.open?.map((inner) => <Row key={inner.key} row={inner} depth={depth + 1} />)}
    </Fragment>
  )
}

/** Who wrote the row and for what: a quiet mark that opens both. */
function RowOwner({ row }: { readonly row: TableRowView }) {
  const { t } = useI18n()
  const [subject] = row.subject
  if (!subject) return null
  const cause = row.causes[0]
  return (
    <span className="row-owner">
      <button
        type="button"
        className="link"
        title={cause ? `${cause.actor} ${cause.verb}` : ''}
        onClick={() => select({ kind: 'object', ref: subject.ref })}
      >
        {subject.ref}
      </button>
      {subject.line !== null && (
        <button type="button" className="link line" onClick={() => revealLine(subject.line!)}>
          {t('ui.line', { line: subject.line })}
        </button>
      )}
    </span>
  )
}
