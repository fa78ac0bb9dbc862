import { Download, FileUp } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { type BundledLab, readLabIndex } from '../../scenario/labIndex.ts'
import { explain, i18n, useI18n } from '../state/i18n.ts'
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
  return (
    <Dialog open onClose={closeDialog} title={t('labs.heading')} lead={t('ui.labs-lead')} closeLabel={t('ui.close')}>
      {failed && <p role="alert">{t('labs.unavailable', { detail: failed })}</p>}
      <ul className="labs-list">
        {labs?.map((lab) => (
          <li key={lab.id}>
            <button
              type="button"
              aria-current={lab.id === name}
              onClick={() => choose(() => read(lab.file)).catch(report)}
            >
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
            if (chosen) choose(() => chosen.text()).catch(report)
          }}
        />
      </div>
    </Dialog>
  )
}

/** Which choice is the last: a text that takes long does not replace one that was chosen after it. */
let lastChoice = 0

async function choose(read: () => Promise<string>): Promise<void> {
  const choice = ++lastChoice
  closeDialog()
  hideBanner()
  let text: string
  try {
    text = await read()
  } catch (problem) {
    return refuse(problem instanceof Error ? problem.message : String(problem))
  }
  if (choice === lastChoice) await openChosen(text)
}

async function read(file: string): Promise<string> {
  const response = await fetch(`./labs/${file}`)
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim())
  return response.text()
}

async function openChosen(text: string): Promise<void> {
  const answer = await open({ text })
  const [first] = answer.diagnostics
  if (!answer.ok) refuse(first ? `${first.range.start.line}:${first.range.start.column} ${explain(i18n(), first)}` : '')
}

const refuse = (detail: string): void => showBanner('bad', { key: 'ui.lab-refused', params: { detail } })
