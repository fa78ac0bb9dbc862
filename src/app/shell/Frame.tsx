import type { ReactNode } from 'react'
import { useI18n } from '../state/i18n.ts'
import { CLOSED_DOCK, paneSizes, stripHeight } from '../state/room.ts'
import { useSettings } from '../state/settings.ts'
import { SidePane } from '../ui/SplitPane.tsx'
import type { furniture } from './furniture.tsx'
import './shell.css'

export type Furniture = Partial<typeof furniture>

/** The page's places: header, outline, inspector, timeline, dock, and the picture in the middle. Furniture that is not there yet has its room. */
export function Frame({ picture, furniture }: { readonly picture: ReactNode; readonly furniture: Furniture }) {
  const { t } = useI18n()
  const outline = useSettings((state) => state.outline)
  const { top = <header className="header" />, left, right, above } = furniture
  const size = paneSizes()
  return (
    <div className="page">
      {top}
      <main className="workbench split-row">
        {outline && (
          <SidePane side="left" label={t('ui.resize-outline')} initial={size.left} min={160} max={360}>
            {left}
          </SidePane>
        )}
        <div className="split-rest">
          <Centre picture={picture} furniture={furniture} />
        </div>
        <SidePane side="right" label={t('ui.resize-inspector')} initial={size.right} min={260} max={640}>
          {right}
        </SidePane>
      </main>
      {above}
    </div>
  )
}

function Centre({ picture, furniture }: { readonly picture: ReactNode; readonly furniture: Furniture }) {
  const { t } = useI18n()
  const dock = useSettings((state) => state.dock)
  const unfolded = useSettings((state) => state.unfolded)
  return (
    <div className="split-column">
      <div className="centre split-rest">
        <div className="stage">{picture}</div>
        <div className="timeline-place" style={{ height: stripHeight(unfolded) }}>
          {furniture.belowPicture}
        </div>
      </div>
      <SidePane
        side="bottom"
        label={t('ui.resize-dock')}
        initial={paneSizes().bottom}
        min={110}
        max={Math.max(110, window.innerHeight - 360)}
        fixed={dock ? undefined : CLOSED_DOCK}
        className={dock ? '' : 'dock-closed'}
      >
        {furniture.bottom}
      </SidePane>
    </div>
  )
}
