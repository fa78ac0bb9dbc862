import { Suspense, lazy } from 'react'
import type { EntityView } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { copy, openTerminal, revealLine } from '../state/page.ts'
import { kindOfDevice } from '../state/names.ts'
import { useSelection, useView } from '../state/stores.ts'
import { TableCard } from '../tables/TableCard.tsx'
import { Button } from '../ui/Button.tsx'
import { Copyable } from '../ui/Copyable.tsx'

const CheckedEntity = lazy(() => import('../passport/Checked.tsx').then((all) => ({ default: all.CheckedEntity })))

/** A device, machine, network or API object: its facts, its tables as of the cursor, and the rows that exist for it. */
export function EntityPanel({ view }: { readonly view: EntityView }) {
  const { t, text, has } = useI18n()
  const entity = useSelection((state) => state.entity)
  const kind = useView(({ topology }) => kindOfDevice(topology, entity?.kind === 'device' ? entity.id : 0))
  const place =
    entity?.kind === 'host'
      ? entity.id
      : entity?.kind === 'object' && entity.ref.startsWith('Pod/')
        ? entity.ref.replace('Pod/', 'pod/')
        : null
  return (
    <>
      <header className="entity-head">
        <h2 className="entity-title">{view.title}</h2>
        <p>{view.subtitle}</p>
        {kind && <p className="entity-kind">{t(`ui.device-${kind}`)}</p>}
        <div className="entity-actions">
          {place && <Button onClick={() => openTerminal(place)}>{t('ui.open-terminal')}</Button>}
          {view.line !== null && (
            <Button onClick={() => revealLine(view.line!)}>{t('ui.yaml-line', { line: view.line })}</Button>
          )}
        </div>
      </header>
      {view.facts.length > 0 && (
        <dl className="facts">
          {view.facts.map(({ name, value }) => (
            <div key={name}>
              <dt>{has(`tables.fact-${name}`) ? text(`tables.fact-${name}`) : name}</dt>
              <dd>
                <Copyable text={value} hint={t('ui.copy')} onCopy={(copied) => void copy(copied, t('ui.copied'))} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {view.tables.map((table, i) => (
        <TableCard key={`${table.title}:${i}`} table={table} />
      ))}
      {view.rows.length > 0 && (
        <section>
          <h2>{t('ui.rows-caused', { n: view.rows.length })}</h2>
          <ul className="caused mono">
            {view.rows.map((row, i) => (
              <li key={i}>
                <small>
                  {row.host} · {row.table}
                </small>
                {row.text}
              </li>
            ))}
          </ul>
        </section>
      )}
      {view.yaml !== null && (
        <details className="object-yaml">
          <summary>{t('ui.object-yaml')}</summary>
          <pre>{view.yaml}</pre>
        </details>
      )}
      {entity && (
        <Suspense fallback={null}>
          <CheckedEntity entity={entity} view={view} />
        </Suspense>
      )}
    </>
  )
}
