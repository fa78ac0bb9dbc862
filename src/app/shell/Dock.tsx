import { Check, ChevronDown, ChevronUp, LoaderCircle, TriangleAlert } from 'lucide-react'
import { EditorPanel } from '../editor/EditorPanel.tsx'
import { PathPanel } from '../path/PathPanel.tsx'
import { useI18n } from '../state/i18n.ts'
import { showDock } from '../state/page.ts'
import { apply, goTo } from '../state/session.ts'
import { changeSettings, useSettings } from '../state/settings.ts'
import { DOCK_TABS, type DockTab, useLab, usePage, useTimeline } from '../state/stores.ts'
import { TablesPanel } from '../tables/TablesPanel.tsx'
import { TerminalPanel } from '../terminal/TerminalPanel.tsx'
import { KEYS } from '../state/keys.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Kbd } from '../ui/Kbd.tsx'
import { TabPanel, Tabs } from '../ui/Tabs.tsx'

export function Dock() {
  const { t } = useI18n()
  const tab = usePage((state) => state.dockTab)
  const open = useSettings((state) => state.dock)
  return (
    <section className="dock" aria-label={t('ui.dock')} data-testid="dock">
      <Tabs<DockTab>
        label={t('ui.dock')}
        value={tab}
        onChange={showDock}
        className="dock-tabs"
        tabs={DOCK_TABS.map((value) => ({ value, label: value === 'yaml' ? 'YAML' : t(`ui.dock-${value}`) }))}
        aside={
          <>
            <ApplyState />
            <IconButton
              label={open ? t('ui.dock-close') : t('ui.dock-open')}
              tone="quiet"
              aria-expanded={open}
              onClick={() => changeSettings({ dock: !open })}
            >
              {open ? <ChevronDown /> : <ChevronUp />}
            </IconButton>
          </>
        }
      >
        <TabPanel value="yaml" className="dock-body" keep>
          <EditorPanel />
        </TabPanel>
        <TabPanel value="terminal" className="dock-body" keep>
          <TerminalPanel />
        </TabPanel>
        <TabPanel value="path" className="dock-body">
          <PathPanel />
        </TabPanel>
        <TabPanel value="tables" className="dock-body">
          <TablesPanel />
        </TabPanel>
      </Tabs>
    </section>
  )
}

/** Back to where the last applied change began to work. */
function StepThrough() {
  const { t } = useI18n()
  const changed = usePage((state) => state.changed)
  const last = useTimeline(({ timeline, version }) => (version >= 0 ? timeline.length - 1 : 0))
  if (changed === null || changed >= last) return null
  return (
    <Button tone="quiet" className="dock-story" onClick={() => goTo(changed)}>
      {t('ui.step-through')}
    </Button>
  )
}

/** Whether what runs is what is written. */
function ApplyState() {
  const { t } = useI18n()
  const dirty = useLab(({ history, applied }) => history.present !== applied)
  const applying = useLab((state) => state.applying)
  const refused = useLab(({ diagnostics, diagnosed, applied }) =>
    diagnosed === applied ? diagnostics.filter(({ severity }) => severity === 'error').length : 0,
  )
  if (applying)
    return (
      <span className="apply-state">
        <LoaderCircle aria-hidden /> {t('ui.applying')}
      </span>
    )
  if (!dirty)
    return (
      <>
        <StepThrough />
        {refused > 0 ? (
          <span className="apply-state" data-refused>
            <TriangleAlert aria-hidden /> {t('ui.applied-but', { n: refused })}
          </span>
        ) : (
          <span className="apply-state" data-clean>
            <Check aria-hidden /> {t('ui.applied')}
          </span>
        )}
      </>
    )
  return (
    <>
      <span className="dirty" data-testid="dirty">
        {t('ui.changed-not-applied')}
      </span>
      <Button tone="primary" onClick={() => void apply()}>
        {t('ui.apply')} <Kbd>{KEYS.apply}</Kbd>
      </Button>
    </>
  )
}
