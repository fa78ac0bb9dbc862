import { Suspense, lazy, useState } from 'react'
import type { CauseView, DecisionView, StepView, SubjectView } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { copy, revealLine, select } from '../state/page.ts'
import { Copyable } from '../ui/Copyable.tsx'
import { Layers } from './PacketFields.tsx'

/** Data of its own, which the first picture does not wait for. */
const CheckedStep = lazy(() => import('../passport/Checked.tsx').then((all) => ({ default: all.CheckedStep })))

/** Why? The rule or row that decided, who wrote it, for which object, on which line. */
export function Decision({ step }: { readonly step: StepView }) {
  const { t, has, text } = useI18n()
  const { decision } = step
  const packet = step.after ?? step.before
  return (
    <>
      {decision && (
        <section>
          <h2>{t('ui.why')}</h2>
          <WhyChain decision={decision} />
        </section>
      )}
      {step.changed.length > 0 && (
        <section>
          <h2>{t('ui.rows-written')}</h2>
          <ul className="written">
            {byTable(step.changed).map(([table, texts]) => (
              <li key={table}>
                <b>{has(`ui.table-${table}`) ? text(`ui.table-${table}`) : table}</b>{' '}
                {texts.length > 1 && t('ui.rows', { n: texts.length })}
                {texts.length <= FEW_ROWS && texts.map((row, i) => row && <span key={i}>{row}</span>)}
              </li>
            ))}
          </ul>
        </section>
      )}
      {packet && (
        <section>
          <h2>{t('ui.packet')}</h2>
          <Layers packet={packet} />
        </section>
      )}
      <Suspense fallback={null}>
        <CheckedStep step={step} />
      </Suspense>
    </>
  )
}

/** Rows of a table that are shown one by one. */
const FEW_ROWS = 4

function byTable(changed: StepView['changed']): [table: string, texts: (string | null)[]][] {
  const tables = new Map<string, (string | null)[]>()
  for (const { table, text } of changed) tables.set(table, [...(tables.get(table) ?? []), text])
  return [...tables]
}

/** Links of a chain that are shown at once; the far end is mostly the boot. */
const FIRST_CAUSES = 4

function WhyChain({ decision }: { readonly decision: DecisionView }) {
  const [open, setOpen] = useState(false)
  const { t, format } = useI18n()
  const { where, text, failedTerm, subject, writtenAt, kind } = decision
  const causes = decision.causes.filter((cause, i, all) => !sameCause(cause, all[i - 1]))
  return (
    <ol className="why">
      <li>
        <DecisionText text={text} failedTerm={failedTerm} />
        <small>
          {kind !== 'note' && t(`ui.kind-${kind}`)}
          {where && (
            <>
              {kind !== 'note' && ' · '}
              <code>{where}</code>
            </>
          )}
          {writtenAt !== null && <> · {t('ui.written-at', { time: format.time(writtenAt, 3) })}</>}
        </small>
        {failedTerm && (
          <small>
            {t('ui.failed-term')} <code className="failed">{failedTerm}</code>
          </small>
        )}
      </li>
      {subject.length > 0 && (
        <li>
          <Subjects subjects={subject} />
          <small>{t('ui.for-object')}</small>
        </li>
      )}
      {causes.slice(0, open ? causes.length : FIRST_CAUSES).map((cause, i) => (
        <li key={i}>
          <Cause cause={cause} />
        </li>
      ))}
      {!open && causes.length > FIRST_CAUSES && (
        <li className="why-more">
          <button type="button" className="link" onClick={() => setOpen(true)}>
            {t('ui.more-causes', { n: causes.length - FIRST_CAUSES })}
          </button>
        </li>
      )}
    </ol>
  )
}

/** A deed within a deed for the same object says nothing new. */
const sameCause = (a: CauseView, b: CauseView | undefined): boolean =>
  b !== undefined && a.actor === b.actor && a.verb === b.verb && a.ref === b.ref

function DecisionText({ text, failedTerm }: { readonly text: string; readonly failedTerm: string | null }) {
  const { t } = useI18n()
  const at = failedTerm ? text.indexOf(failedTerm) : -1
  if (failedTerm === null || at < 0)
    return <Copyable text={text} hint={t('ui.copy')} onCopy={(value) => void copy(value, t('ui.copied'))} />
  return (
    <span className="mono">
      {text.slice(0, at)}
      <mark className="failed">{failedTerm}</mark>
      {text.slice(at + failedTerm.length)}
    </span>
  )
}

export function Subjects({ subjects }: { readonly subjects: readonly SubjectView[] }) {
  const { t } = useI18n()
  return (
    <span className="subjects">
      {subjects.map(({ ref, line }) => (
        <span key={ref}>
          <button type="button" className="link" onClick={() => select({ kind: 'object', ref })}>
            {ref}
          </button>
          {line !== null && (
            <button type="button" className="link line" onClick={() => revealLine(line)}>
              {t('ui.line', { line })}
            </button>
          )}
        </span>
      ))}
    </span>
  )
}

export function Cause({ cause }: { readonly cause: CauseView }) {
  const { text, has } = useI18n()
  const key = `ui.verb-${cause.verb.toLowerCase().replaceAll(' ', '-')}`
  const verb = has(key) ? text(key) : cause.verb
  return (
    <>
      <span>
        <b>{cause.actor}</b> {verb}
      </span>
      {cause.ref && (
        <small>
          <button type="button" className="link" onClick={() => select({ kind: 'object', ref: cause.ref })}>
            {cause.ref}
          </button>
        </small>
      )}
    </>
  )
}
