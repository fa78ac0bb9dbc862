import type { ReactNode } from 'react'
import { MapButtons } from '../canvas/MapButtons.tsx'
import { Inspector } from '../inspector/Inspector.tsx'
import { ListView } from '../outline/ListView.tsx'
import { Outline } from '../outline/Outline.tsx'
import { TimelineStrip } from '../timeline/TimelineStrip.tsx'
import { TooltipProvider } from '../ui/Tooltip.tsx'
import { Dialogs } from './Dialogs.tsx'
import { Dock } from './Dock.tsx'
import { Header } from './Header.tsx'
import { PageBanner, Toast } from './Messages.tsx'
import '../ui/ui.css'

/** What stands around the picture. The page loads this module once the picture is painted. */
const Tips = ({ children }: { readonly children: ReactNode }) => (
  <TooltipProvider delayDuration={500} skipDelayDuration={200}>
    {children}
  </TooltipProvider>
)

/** Every piece of furniture by the place where it stands. */
export const furniture = {
  top: (
    <Tips>
      <Header />
      <PageBanner />
    </Tips>
  ),
  left: (
    <Tips>
      <Outline />
    </Tips>
  ),
  right: (
    <Tips>
      <Inspector />
    </Tips>
  ),
  onPicture: (
    <Tips>
      <MapButtons />
    </Tips>
  ),
  insteadOfPicture: <ListView />,
  belowPicture: <TimelineStrip />,
  bottom: (
    <Tips>
      <Dock />
    </Tips>
  ),
  above: (
    <>
      <Dialogs />
      <Toast />
    </>
  ),
}
