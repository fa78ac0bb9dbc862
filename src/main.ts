import { prospect, soon } from './app/early.ts'
import type { Sight } from './app/prospect.ts'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/jetbrains-mono/index.css'
import './app/style/tokens.css'
import './app/style/base.css'
import './app/shell/shell.css'
import './app/ui/split.css'
import './app/ui/device-mark.css'
import './app/canvas/canvas.css'
import { firstRendered } from './app/state/first-frame.ts'
import { applySettings, useSettings } from './app/state/settings.ts'
import { showStill } from './app/still/show.ts'

/** What the build knows is shown as a still, and only then does the living page, which is much larger, take its place. */
async function start(): Promise<void> {
  applySettings()
  const shown = prospect.then(still)
  if (await soon) await shown
  await import('./app/live.tsx')
}

/** Resolves when the still is on the screen; at once where there is none. One that comes late is shown if the page is not there yet. */
async function still(sight: Sight | null): Promise<void> {
  if (!sight || document.getElementById('root')!.hasChildNodes()) return
  showStill(sight.still[useSettings.getState().lang], sight.picture, sight.cursor)
  firstRendered()
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
}

void start()
