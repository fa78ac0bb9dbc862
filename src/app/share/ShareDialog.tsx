import { Check, Copy } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { useI18n } from '../state/i18n.ts'
import { closeDialog, copy } from '../state/page.ts'
import { report, simulator } from '../state/session.ts'
import { useCursor, useLab } from '../state/stores.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import './share.css'

/** A link that holds the lab. It is computed here and goes nowhere; nothing is stored. */
export function ShareDialog() {
  const { t, format } = useI18n()
  const id = useId()
  const text = useLab((state) => state.history.present)
  const cursor = useCursor((state) => state.cursor)
  const [moment, setMoment] = useState(true)
  const [link, setLink] = useState('')
  const [broken, setBroken] = useState(false)
  const [copied, setCopied] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    let current = true
    simulator()
      .ask('share', { text, cursor: moment ? cursor : null })
      .then(({ fragment }) => current && setLink(linkOf(fragment)), report)
    setCopied(false)
    return () => {
      current = false
    }
  }, [text, cursor, moment])
  useEffect(() => {
    let current = true
    simulator()
      .ask('diagnose', { text })
      .then(({ diagnostics }) => current && setBroken(diagnostics.some(({ severity }) => severity === 'error')), report)
    return () => {
      current = false
    }
  }, [text])
  return (
    <Dialog open onClose={closeDialog} title={t('ui.share')} lead={t('ui.share-lead')} closeLabel={t('ui.close')}>
      <label className="sr-only" htmlFor={id}>
        {t('ui.link')}
      </label>
      <textarea
        id={id}
        ref={field}
        className="share-link mono"
        readOnly
        rows={4}
        value={link}
        data-testid="share-link"
        onFocus={(event) => event.target.select()}
      />
      <div className="share-row">
        <label className="switch">
          <input type="checkbox" checked={moment} onChange={(event) => setMoment(event.target.checked)} />
          {t('ui.share-moment')}
        </label>
        <span className="share-length num">{t('ui.characters', { n: link.length })}</span>
        <Button
          tone="primary"
          onClick={() => {
            // What cannot be copied for a person is selected for them.
            field.current?.select()
            void copy(link, t('ui.copied')).then(setCopied)
          }}
        >
          {copied ? <Check /> : <Copy />} {t('ui.copy-link')}
        </Button>
      </div>
      {broken && (
        <p className="lead" role="alert">
          {t('ui.share-broken')}
        </p>
      )}
      {link.length > 2000 && <p className="lead">{t('ui.share-long', { length: format.number(link.length) })}</p>}
    </Dialog>
  )
}

const linkOf = (fragment: string): string => `${location.href.split('#')[0]}#${fragment.replace(/^#/, '')}`
