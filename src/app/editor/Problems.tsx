import type { Diagnostic } from '../../worker/protocol.ts'
import { explain, useI18n } from '../state/i18n.ts'
import { useLab } from '../state/stores.ts'

/** Errors and warnings of the text, each with its line and column. */
export function Problems({
  problems,
  onShow,
}: {
  readonly problems: readonly Diagnostic[]
  readonly onShow: (diagnostic: Diagnostic) => void
}) {
  const i18n = useI18n()
  const { t } = i18n
  const refused = useLab((state) => state.diagnostics)
  const script = useLab((state) => state.scriptProblems)
  const clean = useLab(({ history, applied }) => history.present === applied)
  // What was refused is said of the text that was: it may be mended, or undone, since.
  const diagnosed = useLab((state) => state.history.present === state.diagnosed)
  const all = [...problems]
  for (const one of [...(diagnosed ? refused : []), ...(clean ? script : [])])
    if (!all.some((other) => same(one, other))) all.push(one)
  if (all.length === 0) return null
  return (
    <section className="problems" aria-label={t('ui.problems')} data-testid="problems">
      {!clean && all.some(({ severity }) => severity === 'error') && <p>{t('ui.last-good-runs')}</p>}
      <ul>
        {all.map((one, i) => (
          <li key={i} data-severity={one.severity}>
            <button type="button" onClick={() => onShow(one)}>
              <code className="num">
                {one.range.start.line}:{one.range.start.column}
              </code>
              <span>{explain(i18n, one)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

const same = (a: Diagnostic, b: Diagnostic): boolean =>
  a.message === b.message && a.range.start.offset === b.range.start.offset
