import * as Radix from 'radix-ui/dialog'
import { type KeyboardEvent, useEffect, useId, useState } from 'react'
import type { Requests } from '../../worker/protocol.ts'
import { moveCamera } from '../state/camera.ts'
import { useI18n } from '../state/i18n.ts'
import { closeDialog, select } from '../state/page.ts'
import { report, simulator } from '../state/session.ts'
import { useCursor } from '../state/stores.ts'
import { useOpener } from '../ui/opener.ts'

type Hit = Requests['find']['answer']['hits'][number]

/** Go to anything: an address, an object, a chain, a device. */
export function Palette() {
  const { t } = useI18n()
  const list = useId()
  const [query, setQuery] = useState('')
  const [hits, setHits] = useState<readonly Hit[]>([])
  const [at, setAt] = useState(0)
  const cursor = useCursor((state) => state.cursor)
  const giveBack = useOpener()
  useEffect(() => {
    let current = true
    simulator()
      .ask('find', { query, cursor })
      .then((answer) => {
        if (current) {
          setHits(answer.hits.slice(0, 60))
          setAt(0)
        }
        return null
      }, report)
    return () => {
      current = false
    }
  }, [query, cursor])
  const go = (hit: Hit | undefined): void => {
    if (!hit) return
    closeDialog()
    select(hit.entity)
    if (hit.entity.kind === 'host') moveCamera({ host: hit.entity.id })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt(Math.min(hits.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else if (event.key === 'Enter') go(hits[at])
    else return
    event.preventDefault()
  }
  return (
    <Radix.Root open onOpenChange={(next) => !next && closeDialog()}>
      <Radix.Portal>
        <Radix.Overlay className="veil" />
        <Radix.Content className="palette" aria-describedby={undefined} onCloseAutoFocus={giveBack}>
          <Radix.Title className="sr-only">{t('ui.go-to')}</Radix.Title>
          <input
            role="combobox"
            aria-expanded
            aria-controls={list}
            aria-activedescendant={hits[at] ? `${list}-${at}` : undefined}
            aria-label={t('ui.go-to')}
            placeholder={t('ui.go-to-placeholder')}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={onKeyDown}
          />
          {hits.length === 0 && (
            <p className="palette-none">{query === '' ? t('ui.go-to-how') : t('ui.nothing-found', { query })}</p>
          )}
          <div id={list} className="palette-list" role="listbox" aria-label={t('ui.go-to')} hidden={hits.length === 0}>
            {hits.map((hit, i) => (
              <button
                type="button"
                tabIndex={-1}
                key={i}
                id={`${list}-${i}`}
                role="option"
                aria-selected={i === at}
                onPointerMove={() => setAt(i)}
                onClick={() => go(hit)}
                ref={(element) => {
                  if (i === at) element?.scrollIntoView({ block: 'nearest' })
                }}
              >
                <code>{hit.label}</code>
                <small>{hit.detail}</small>
              </button>
            ))}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
