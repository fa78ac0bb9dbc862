import { Table2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Entity, EntityView } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { report, simulator } from '../state/session.ts'
import { useCursor, useSelection, useTimeline, useView } from '../state/stores.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { TableCard } from './TableCard.tsx'

/** All tables of the namespace in which the step happens, or of what is selected. */
export function TablesPanel() {
  const { t } = useI18n()
  const selected = useSelection((state) => state.entity)
  const place = useView(({ step }) => step?.place ?? 0)
  const cursor = useCursor((state) => state.cursor)
  const generation = useTimeline((state) => state.generation)
  const [view, setView] = useState<EntityView | null>(null)
  useEffect(() => {
    const entity: Entity | null = selected ?? (place === 0 ? null : { kind: 'netns', id: place })
    if (!entity) return setView(null)
    let current = true
    const timer = setTimeout(() => {
      simulator()
        .ask('entity', { entity, cursor })
        .then((answer) => current && setView(answer.view), report)
    }, 60) // While someone scrubs, only where they stop is asked for.
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [selected, place, cursor, generation])
  if (!view || view.tables.length === 0)
    return (
      <EmptyState icon={<Table2 />} title={t('ui.no-tables')}>
        {t('ui.no-tables-how')}
      </EmptyState>
    )
  return (
    <div className="tables-panel">
      <h2>
        {view.title} <small>{view.subtitle}</small>
      </h2>
      <div className="tables-grid">
        {view.tables.map((table, i) => (
          <TableCard key={`${table.title}:${i}`} table={table} />
        ))}
      </div>
    </div>
  )
}
