import * as Radix from 'radix-ui/dialog'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { Requests } from '../../worker/protocol.ts'
import { moveCamera } from '../state/camera.ts'
import { useI18n } from '../state/i18n.ts'
import { closeDialog, select } from '../state/page.ts'
import { report, simulator } from '../state/session.ts'
import { useCursor } from '../state/stores.ts'
import { Kbd } from '../ui/Kbd.tsx'
import { useOpener } from '../ui/opener.ts'
import { type PageAction, pageActions } from './actions.ts'
import './palette.css'

type Hit = Requests['find']['answer']['hits'][number]
type Item = { readonly hit: Hit; readonly action: null } | { readonly hit: null; readonly action: PageAction }

/** Go to anything: a machine, an object, an address, a device, a chain; or do something. */
export function Palette() {
  const i18n = useI18n()
  const { t } = i18n
  const list = useId()
  const [query, setQuery] = useState('')
  const [found, setFound] = useState<{ readonly query: string; readonly hits: readonly Hit[] }>({ query: '', hits: [] })
  /** Enter was pressed before the answer to what is written came. */
  const hurried = useRef(false)
  const [at, setAt] = useState(0)
  const cursor = useCursor((state) => state.cursor)
  const giveBack = useOpener()
  useEffect(() => {
    let current = true
    simulator()
      .ask('find', { query, cursor })
      .then((answer) => {
        if (current) {
          setFound({ query, hits: answer.hits })
          setAt(0)
        }
        return null
      }, report)
    return () => {
      current = false
    }
  }, [query, cursor])
  const items = useMemo(() => itemsOf(found.hits, pageActions(i18n), query), [found, i18n, query])
  useEffect(() => {
    if (hurried.current && found.query === query) go(items[0])
    if (found.query === query) hurried.current = false
  }, [found, items, query])
  const onKeyDown = (event: KeyboardEvent): void => {
    // What an input method is still composing is its own.
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown') setAt(Math.min(items.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else if (event.key === 'Enter' && found.query !== query) hurried.current = true
    else if (event.key === 'Enter') go(items[at])
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
            aria-activedescendant={items[at] ? `${list}-${at}` : undefined}
            aria-label={t('ui.go-to')}
            placeholder={t('ui.go-to-placeholder')}
            value={query}
            onChange={(event) => {
              hurried.current = false
              setQuery(event.target.value)
            }}
            onKeyDown={onKeyDown}
          />
          {items.length === 0 && <p className="palette-none">{t('ui.nothing-found', { query })}</p>}
          <div id={list} className="palette-list" role="listbox" aria-label={t('ui.go-to')} hidden={items.length === 0}>
            {items.map((item, i) => (
              <button
                type="button"
                tabIndex={-1}
                key={i}
                id={`${list}-${i}`}
                role="option"
                aria-selected={i === at}
                onPointerMove={() => setAt(i)}
                onClick={() => go(item)}
                ref={(element) => {
                  if (i === at) element?.scrollIntoView({ block: 'nearest' })
                }}
              >
                {item.action ? (
                  <>
                    <span>{item.action.label}</span>
                    <small>{item.action.key && <Kbd>{item.action.key}</Kbd>}</small>
                  </>
                ) : (
                  <>
                    <code>{item.hit.label}</code>
                    <small>{item.hit.detail}</small>
                  </>
                )}
              </button>
            ))}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function go(item: Item | undefined): void {
  if (!item) return
  closeDialog()
  if (item.action) return item.action.run()
  const { entity } = item.hit
  select(entity)
  if (entity.kind === 'host') moveCamera({ host: entity.id })
}

/** Things of the lab, then what can be done, then what fills lists without being looked for. */
function itemsOf(hits: readonly Hit[], actions: readonly PageAction[], query: string): readonly Item[] {
  const asked = query.trim().toLowerCase()
  const thing = (hit: Hit): Item => ({ hit, action: null })
  return [
    ...hits.filter((hit) => !hit.quiet).map(thing),
    ...actions
      .filter(({ label }) => label.toLowerCase().includes(asked))
      .map((action): Item => ({ hit: null, action })),
    ...hits.filter((hit) => hit.quiet).map(thing),
  ]
}
