import { useEffect, useState } from 'react'
import type { Requests } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { select } from '../state/page.ts'
import { report, simulator } from '../state/session.ts'
import { useCursor, useLab } from '../state/stores.ts'

type Answer = Requests['line']['answer']

/** Beside the text: the rows on all nodes that exist because of the object at the caret. */
export function RowsAtLine({ line }: { readonly line: number }) {
  const { t } = useI18n()
  const cursor = useCursor((state) => state.cursor)
  const applied = useLab((state) => state.applied)
  const clean = useLab((state) => state.history.present === state.applied)
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    if (!clean) return setAnswer(null)
    let current = true
    const timer = setTimeout(() => {
      simulator()
        .ask('line', { line, cursor })
        .then((answered) => {
          if (current) setAnswer(answered)
          return null
        }, report)
    }, 150)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [line, cursor, applied, clean])
  const ref = answer?.ref
  if (!answer || !ref) return null
  const hosts = new Set(answer.rows.map(({ host }) => host)).size
  return (
    <aside className="line-rows" data-open={open}>
      <button type="button" className="line-rows-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        {answer.rows.length === 0 ? t('ui.no-rows-here') : t('ui.rows-here', { n: answer.rows.length, hosts })}
      </button>
      {open && (
        <div className="line-rows-body">
          <button type="button" className="link" onClick={() => select({ kind: 'object', ref })}>
            {ref}
          </button>
          <ul className="caused mono">
            {answer.rows.map((row, i) => (
              <li key={i}>
                <small>
                  {row.host} · {row.table}
                </small>
                {row.text}
              </li>
            ))}
          </ul>
        </div>
      )}
    </aside>
  )
}
