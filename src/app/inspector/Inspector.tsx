import { MousePointerClick, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Entity, StepView } from '../../worker/protocol.ts'
import { say, useI18n } from '../state/i18n.ts'
import { select } from '../state/page.ts'
import { useLab, usePage, useSelection, useTimeline, useView } from '../state/stores.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Kbd } from '../ui/Kbd.tsx'
import { TabPanel, Tabs } from '../ui/Tabs.tsx'
import { Bytes } from './Bytes.tsx'
import { Decision } from './Decision.tsx'
import { EntityPanel } from './EntityPanel.tsx'
import { PacketFields } from './PacketFields.tsx'
import { VerdictChip } from './VerdictChip.tsx'
import './inspector.css'

const UNKNOWN = { entity: null, title: '…' }

type Tab = 'decision' | 'before' | 'after' | 'bytes' | 'entity'

/** What happens at the cursor, in one sentence, and why; or the tables of what was clicked. */
export function Inspector() {
  const i18n = useI18n()
  const { t } = i18n
  const [tab, setTab] = useState<Tab>('decision')
  const step = useView((state) => state.step)
  const packet = step?.after ?? step?.before
  const entity = useSelection((state) => state.entity)
  const view = useView((state) => (state.entityOf === entity ? state.entity : null))
  useEffect(() => {
    setTab((now) => (entity ? 'entity' : now === 'entity' ? 'decision' : now))
  }, [entity])

  // What is not there at the cursor keeps the name that it has where it is.
  const [known, setKnown] = useState<{ readonly entity: Entity | null; readonly title: string }>(UNKNOWN)
  if (view && (known.entity !== entity || known.title !== view.title)) setKnown({ entity, title: view.title })
  const title = view?.title ?? (known.entity === entity ? known.title : '…')

  const tabs: { value: Tab; label: string }[] = [
    { value: 'decision', label: t('ui.decision') },
    { value: 'before', label: t('ui.before') },
    { value: 'after', label: t('ui.after') },
    { value: 'bytes', label: t('ui.bytes') },
  ]
  if (entity) tabs.push({ value: 'entity', label: title })
  return (
    <section className="inspector" aria-label={t('ui.inspector')} data-testid="inspector">
      <Tabs
        label={t('ui.inspector')}
        value={tab}
        onChange={setTab}
        tabs={tabs}
        className="inspector-tabs"
        aside={
          entity && (
            <Button tone="quiet" className="icon" aria-label={t('ui.close-selection')} onClick={() => select(null)}>
              <X />
            </Button>
          )
        }
      >
        <Narration brief={tab === 'entity'} />
        <TabPanel value="decision" className="inspector-body">
          {step ? <Decision step={step} /> : <Waiting />}
        </TabPanel>
        <TabPanel value="before" className="inspector-body">
          {step?.before ? <PacketFields packet={step.before} other={null} /> : <NoPacket />}
        </TabPanel>
        <TabPanel value="after" className="inspector-body">
          {step?.after ? <PacketFields packet={step.after} other={step.before} /> : <NoPacket />}
        </TabPanel>
        <TabPanel value="bytes" className="inspector-body">
          {packet ? <Bytes packet={packet} /> : <NoPacket />}
        </TabPanel>
        <TabPanel value="entity" className="inspector-body">
          {view ? <EntityPanel view={view} /> : <EmptyState title={t('ui.not-now')}>{t('ui.not-now-how')}</EmptyState>}
        </TabPanel>
      </Tabs>
    </section>
  )
}

function Narration({ brief }: { readonly brief: boolean }) {
  const i18n = useI18n()
  const { t, has, text } = i18n
  const step = useView((state) => state.step)
  const hint = usePage((state) => state.hint)
  if (!step) return null
  return (
    <div className="narration" data-brief={brief} data-step={step.cursor}>
      <p className="narration-where">
        <VerdictChip verdict={step.verdict} drop={step.drop} />
        <span className="ellipsis">
          {[(step.placeName || step.host).replace(/^(pod\/default|pod|node|host|router|network)\//, ''), step.devName]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </p>
      <p className="narration-text" aria-live="polite" data-testid="narration">
        {say(i18n, step.say)}
      </p>
      <p className="narration-kernel mono">{[step.point, kernelOf(step)].filter(Boolean).join(' · ')}</p>
      {step.drop !== 'NONE' && has(`narration.why-${step.drop}`) && (
        <p className="narration-why">{text(`narration.why-${step.drop}`)}</p>
      )}
      {hint && (
        <p className="narration-hint">
          {t('ui.hint-before')} <Kbd>→</Kbd> {t('ui.hint-middle')} <Kbd>Space</Kbd> {t('ui.hint-after')}
        </p>
      )}
    </div>
  )
}

/** The function of the Linux kernel that does this. */
const kernelOf = ({ say: { params } }: StepView): string => (params['kernel'] ? `${params['kernel']}()` : '')

function Waiting() {
  const { t } = useI18n()
  const failed = useLab((state) => state.status === 'failed')
  const running = useLab((state) => state.status === 'running')
  const empty = useTimeline(({ timeline, version }) => version >= 0 && timeline.length === 0) && running
  if (failed) return <EmptyState title={t('ui.start-failed')}>{t('ui.start-failed-how')}</EmptyState>
  return (
    <EmptyState title={empty ? t('ui.no-steps') : t('ui.loading')}>
      {empty ? t('ui.no-steps-how') : undefined}
    </EmptyState>
  )
}

function NoPacket() {
  const { t } = useI18n()
  return (
    <EmptyState icon={<MousePointerClick />} title={t('ui.no-packet')}>
      {t('ui.no-packet-how')}
    </EmptyState>
  )
}
