import { useEffect, useState } from 'react'
import { Canvas } from './canvas/Canvas.tsx'
import { firstFrame, firstRendered } from './state/first-frame.ts'
import { useI18n } from './state/i18n.ts'
import { installKeys } from './state/keys.ts'
import { stripHeight } from './state/room.ts'
import { useSettings } from './state/settings.ts'
import { usePage, useView } from './state/stores.ts'
import { SidePane } from './ui/SplitPane.tsx'
import type { furniture } from './shell/furniture.tsx'
import './style/tokens.css'
import './style/base.css'
import './shell/shell.css'

type Furniture = Partial<typeof furniture>

/** So many milliseconds does what stands around the picture wait for a simulator that still computes it. */
const PATIENCE_MS = 600

/** The picture comes first: what stands around it is loaded, and rendered, when it is painted. */
function useFurniture(): Furniture {
  const [present, setPresent] = useState<Furniture>({})
  const pictured = useView(({ topology }) => topology !== null)
  useEffect(() => {
    if (pictured) firstRendered()
  }, [pictured])
  useEffect(() => {
    setTimeout(firstRendered, PATIENCE_MS)
    void firstFrame.then(() => import('./shell/furniture.tsx')).then((loaded) => setPresent(loaded.furniture))
  }, [])
  return present
}

/** The whole page: header with the transport bar, outline, canvas with timeline and dock, inspector. */
export function App() {
  const { t } = useI18n()
  const outline = useSettings((state) => state.outline)
  const { top = <header className="header" />, left, right, above, ...middle } = useFurniture()
  useEffect(installKeys, [])
  return (
    <div className="page">
      {top}
      <main className="workbench split-row">
        {outline && (
          <SidePane side="left" label={t('ui.resize-outline')} initial={212} min={160} max={360}>
            {left}
          </SidePane>
        )}
        <div className="split-rest">
          <Centre {...middle} />
        </div>
        <SidePane
          side="right"
          label={t('ui.resize-inspector')}
          initial={window.innerWidth >= 1600 ? 400 : 340}
          min={260}
          max={640}
        >
          {right}
        </SidePane>
      </main>
      {above}
    </div>
  )
}

/** Height of the dock when only its tabs are seen. */
const CLOSED_DOCK = 35

function Centre({ onPicture, insteadOfPicture, belowPicture, bottom }: Furniture) {
  const { t } = useI18n()
  const dock = useSettings((state) => state.dock)
  const list = usePage((state) => state.list)
  const unfolded = useSettings((state) => state.unfolded)
  return (
    <div className="split-column">
      <div className="centre split-rest">
        <div className="stage">{list ? insteadOfPicture : <Canvas>{onPicture}</Canvas>}</div>
        <div className="timeline-place" style={{ height: stripHeight(unfolded) }}>
          {belowPicture}
        </div>
      </div>
      <SidePane
        side="bottom"
        label={t('ui.resize-dock')}
        initial={window.innerHeight >= 960 ? 300 : 220}
        min={110}
        max={Math.max(110, window.innerHeight - 360)}
        fixed={dock ? undefined : CLOSED_DOCK}
        className={dock ? '' : 'dock-closed'}
      >
        {bottom}
      </SidePane>
    </div>
  )
}
