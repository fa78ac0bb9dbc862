import { Download } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useI18n } from '../state/i18n.ts'
import { closeDialog } from '../state/page.ts'
import { report, simulator } from '../state/session.ts'
import { useCursor, useLab, useTimeline } from '../state/stores.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { save } from './save.ts'
import './share.css'

interface Script {
  readonly name: string
  readonly text: string
}

/** The lab as files for the world outside: real Linux, Wireshark, a text. */
export function TakeHomeDialog() {
  const { t } = useI18n()
  const name = useLab((state) => state.name) || 'lab'
  return (
    <Dialog
      open
      onClose={closeDialog}
      title={t('ui.take-home')}
      lead={t('ui.take-home-lead')}
      closeLabel={t('ui.close')}
      wide
    >
      <div className="take">
        <RealLinux />
        <Part
          title={t('ui.take-packets')}
          text={t('ui.take-packets-how')}
          file={`${name}.pcapng`}
          onSave={() => savePackets(name).catch(report)}
        />
        <Part
          title="YAML"
          text={t('ui.take-text-how')}
          file={`${name}.yaml`}
          onSave={() => save(`${name}.yaml`, useLab.getState().history.present, 'text/yaml')}
        />
      </div>
    </Dialog>
  )
}

/** Made while one reads what it is for: the script's first lines can be seen before it is saved. */
function RealLinux() {
  const { t } = useI18n()
  const cursor = useCursor((state) => state.cursor)
  const applied = useLab((state) => state.applied)
  const [script, setScript] = useState<Script | null>(null)
  useEffect(() => {
    let current = true
    simulator()
      .ask('export', { to: 'netns', cursor })
      .then((made) => current && setScript(made), report)
    return () => {
      current = false
    }
  }, [cursor, applied])
  const file = script?.name ?? '….sh'
  return (
    <Part
      title={t('ui.take-linux')}
      text={t('ui.take-linux-how')}
      file={file}
      disabled={script === null}
      onSave={() => script && save(script.name, script.text, 'application/x-sh')}
    >
      <pre className="take-commands mono">
        {`sudo sh ${file} up        # ${t('ui.take-up')}\n`}
        {`sudo sh ${file} run       # ${t('ui.take-run')}\n`}
        {`sudo sh ${file} down      # ${t('ui.take-down')}`}
      </pre>
      <details>
        <summary>{t('ui.take-look', { n: script ? script.text.split('\n').length : 0 })}</summary>
        <textarea className="take-script mono" readOnly rows={14} aria-label={file} value={script?.text ?? ''} />
      </details>
    </Part>
  )
}

interface PartProps {
  readonly title: string
  readonly text: string
  readonly file: string
  readonly disabled?: boolean
  readonly onSave: () => void
  readonly children?: ReactNode
}

function Part({ title, text, file, disabled = false, onSave, children }: PartProps) {
  const { t } = useI18n()
  return (
    <section>
      <header>
        <h3>{title}</h3>
        <Button disabled={disabled} onClick={onSave} aria-label={t('ui.save-file', { file })}>
          <Download /> <span className="mono">{file}</span>
        </Button>
      </header>
      <p>{text}</p>
      {children}
    </section>
  )
}

/** What the story sent, from its first record to the end of the timeline. */
async function savePackets(name: string): Promise<void> {
  const { timeline } = useTimeline.getState()
  const { file } = await simulator().ask('pcap', { from: timeline.story, to: timeline.length })
  save(`${name}.pcapng`, new Uint8Array(file), 'application/vnd.tcpdump.pcap')
}
