import { prospect } from './app/early.ts'
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

/** So long may a picture take to come, once the page is here. */
const PATIENCE_MS = 1000

/** What the build knows is shown as a still, and only then does the living page, which is much larger, take its place. */
async function start(): Promise<void> {
  applySettings()
  const sight = await Promise.race([prospect, new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null))])
  if (sight) {
    showStill(sight.still[useSettings.getState().lang], sight.picture, sight.cursor)
    firstRendered()
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
  }
  await import('./app/live.tsx')
}

void start()
