import type { ReactNode } from 'react'
import type { Entity } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { openTerminal, select } from '../state/page.ts'

/** A table of the list view; `children` are its rows. */
export function ListTable({
  caption,
  columns,
  children,
}: {
  readonly caption: string
  readonly columns: readonly string[]
  readonly children: ReactNode
}) {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  )
}

/** The first cell of a row: the name of what the row is about, which selects it. */
export const NameCell = ({ entity, name }: { readonly entity: Entity; readonly name: string }) => (
  <th scope="row">
    <Link act={() => select(entity)}>{name}</Link>
  </th>
)

/** A cell that opens a terminal in a place; `name` tells one such cell from another. */
export function TerminalCell({ place, name }: { readonly place: string; readonly name: string }) {
  const { t } = useI18n()
  return (
    <td>
      <Link act={() => openTerminal(place)} label={t('ui.open-terminal-in', { place: name })}>
        {t('ui.open-terminal')}
      </Link>
    </td>
  )
}

/** A button in the middle of text. */
export const Link = ({
  act,
  label,
  children,
}: {
  readonly act: () => void
  readonly label?: string
  readonly children: ReactNode
}) => (
  <button type="button" className="link" onClick={act} aria-label={label}>
    {children}
  </button>
)
