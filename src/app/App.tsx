import { lazy, Suspense, useEffect } from 'react'
import { Canvas } from './canvas/Canvas.tsx'
import { Inspector } from './inspector/Inspector.tsx'
import { ListView } from './outline/ListView.tsx'
import { Outline } from './outline/Outline.tsx'
import { Dock } from './shell/Dock.tsx'
import { Header } from './shell/Header.tsx'
import { useI18n } from './state/i18n.ts'
import { useSettings } from './state/settings.ts'
import { usePage } from './state/stores.ts'
import { TimelineStrip } from './timeline/TimelineStrip.tsx'
import { installKeys } from './state/keys.ts'
import { Banner } from './ui/Banner.tsx'
import { SplitGroup, SplitLine, SplitPanel } from './ui/SplitPane.tsx'
import { TooltipProvider } from './ui/Tooltip.tsx'
import './style/tokens.css'
import './style/base.css'
import './ui/ui.css'
import './shell/shell.css'

const loadShare = () => import('./share/ShareDialog.tsx')
const loadLabs = () => import('./share/LabsDialog.tsx')
const loadTake = () => import('./share/TakeHomeDialog.tsx')
const loadPassport = () => import('./passport/PassportDialog.tsx')
const loadHelp = () => import('./help/HelpDialog.tsx')
const loadPalette = () => import('./help/Palette.tsx')
const ShareDialog = lazy(async () => ({ default: (await loadShare()).ShareDialog }))
const LabsDialog = lazy(async () => ({ default: (await loadLabs()).LabsDialog }))
const TakeHomeDialog = lazy(async () => ({ default: (await loadTake()).TakeHomeDialog }))
const PassportDialog = lazy(async () => ({ default: (await loadPassport()).PassportDialog }))
const HelpDialog = lazy(async () => ({ default: (await loadHelp()).HelpDialog }))
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }))

const QUIET_AFTER_MS = 3000
/** The dialogs load when nothing else does: whoever types right after Ctrl+K loses no letter. */
function loadDialogs(): () => void {
  const timer = setTimeout(() => {
    for (const load of [loadPalette, loadShare, loadLabs, loadHelp, loadTake, loadPassport]) {
      // Offline by now, say: the dialog loads when it is opened, or says so then.
      load().catch(() => {})
    }
  }, QUIET_AFTER_MS)
  return () => clearTimeout(timer)
}

/** The whole page: header with the transport bar, outline, canvas with timeline and dock, inspector. */
export function App() {
  const { t } = useI18n()
  const outline = useSettings((state) => state.outline)
  useEffect(installKeys, [])
  useEffect(loadDialogs, [])
  return (
    <TooltipProvider delayDuration={500} skipDelayDuration={200}>
      <div className="page">
        <Header />
        <PageBanner />
        <main className="workbench">
          <SplitGroup orientation="horizontal" id="workbench">
            {outline && (
              <>
                <SplitPanel
                  id="outline"
                  defaultSize={212}
                  minSize={160}
                  maxSize={360}
                  groupResizeBehavior="preserve-pixel-size"
                >
                  <Outline />
                </SplitPanel>
                <SplitLine orientation="horizontal" label={t('ui.resize-outline')} />
              </>
            )}
            <SplitPanel id="centre" minSize={360}>
              <Centre />
            </SplitPanel>
            <SplitLine orientation="horizontal" label={t('ui.resize-inspector')} />
            <SplitPanel
              id="inspector"
              defaultSize={window.innerWidth >= 1600 ? 400 : 340}
              minSize={260}
              maxSize={640}
              groupResizeBehavior="preserve-pixel-size"
            >
              <Inspector />
            </SplitPanel>
          </SplitGroup>
        </main>
        <Dialogs />
        <Toast />
      </div>
    </TooltipProvider>
  )
}

function Centre() {
  const { t } = useI18n()
  const dock = useSettings((state) => state.dock)
  const list = usePage((state) => state.list)
  const stage = (
    <div className="centre">
      <div className="stage">{list ? <ListView /> : <Canvas />}</div>
      <TimelineStrip />
    </div>
  )
  return (
    <SplitGroup orientation="vertical" id="centre-rows">
      <SplitPanel id="stage" minSize={200}>
        {stage}
      </SplitPanel>
      <SplitLine orientation="vertical" label={t('ui.resize-dock')} />
      <SplitPanel
        key={dock ? 'open' : 'closed'}
        id="dock"
        className={dock ? '' : 'dock-closed'}
        defaultSize={dock ? (window.innerHeight >= 960 ? 300 : 220) : 35}
        minSize={dock ? 110 : 35}
        {...(dock ? {} : { maxSize: 35 })}
        groupResizeBehavior="preserve-pixel-size"
      >
        <Dock />
      </SplitPanel>
    </SplitGroup>
  )
}

function Dialogs() {
  const dialog = usePage((state) => state.dialog)
  if (dialog === 'none') return null
  return (
    <Suspense fallback={null}>
      {dialog === 'share' && <ShareDialog />}
      {dialog === 'labs' && <LabsDialog />}
      {dialog === 'take' && <TakeHomeDialog />}
      {dialog === 'passport' && <PassportDialog />}
      {dialog === 'help' && <HelpDialog />}
      {dialog === 'palette' && <Palette />}
    </Suspense>
  )
}

function PageBanner() {
  const { t, text } = useI18n()
  const banner = usePage((state) => state.banner)
  if (!banner) return null
  return (
    <Banner tone={banner.tone} closeLabel={t('ui.close')} onClose={() => usePage.setState({ banner: null })}>
      {text(banner.text.key, banner.text.params)}
    </Banner>
  )
}

function Toast() {
  const toast = usePage((state) => state.toast)
  return (
    <div role="status" aria-live="polite">
      {toast && <div className="toast">{toast}</div>}
    </div>
  )
}
