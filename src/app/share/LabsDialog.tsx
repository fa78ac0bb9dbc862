import { Download, FileUp } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { type BundledLab, readLabIndex } from '../../scenario/labIndex.ts'
import { useI18n } from '../state/i18n.ts'
import { closeDialog, hideBanner, openDialog, showBanner } from '../state/page.ts'
import { open, report } from '../state/session.ts'
import { useLab } from '../state/stores.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import './share.css'

/** The bundled labs, and a lab out of a file. */
export function LabsDialog() {
  const { t, lang } = useI18n()
  const name = useLab((state) => state.name)
  const [labs, setLabs] = useState<readonly BundledLab[] | null>(null)
  const [failed, setFailed] = useState('')
  const file = useRef<HTMLInputElement>(null)
  useEffect(() => {
    fetch('./labs/index.json')
      .then((response) => response.json())
      .then((json) => setLabs(readLabIndex(json)))
      .catch((problem: unknown) => setFailed(String(problem)))
  }, [])
  const openText = async (text: string): Promise<void> => {
    closeDialog()
    hideBanner()
    const answer = await open({ text })
    const [first] = answer.diagnostics
    if (!answer.ok)
      showBanner('bad', {
        key: 'ui.lab-refused',
        params: { detail: first ? `${first.range.start.line}:${first.range.start.column} ${first.message}` : '' },
      })
  }
  const choose = async (lab: BundledLab): Promise<void> => {
    const response = await fetch(`./labs/${lab.file}`)
    await openText(await response.text())
  }
  return (
    <Dialog open onClose={closeDialog} title={t('labs.heading')} lead={t('ui.labs-lead')} closeLabel={t('ui.close')}>
      {failed && <p role="alert">{t('labs.unavailable', { detail: failed })}</p>}
      <ul className="labs-list">
        {labs?.map((lab) => (
          <li key={lab.id}>
            <button type="button" aria-current={lab.id === name} onClick={() => choose(lab).catch(report)}>
              <b>{lab.title[lang]}</b>
              <span>{lab.summary[lang]}</span>
            </button>
          </li>
        ))}
      </ul>
      <div className="labs-files">
        <Button onClick={() => file.current?.click()}>
          <FileUp /> {t('ui.import-yaml')}
        </Button>
        <Button onClick={() => openDialog('take')}>
          <Download /> {t('ui.take-home-open')}
        </Button>
        <input
          ref={file}
          type="file"
          accept=".yaml,.yml,text/yaml"
          hidden
          onChange={(event) => {
            const [chosen] = event.target.files ?? []
            if (chosen) chosen.text().then(openText).catch(report)
          }}
        />
      </div>
    </Dialog>
  )
}
