import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { boot } from './boot.ts'
import { client, defaultText, linked, prospect, remembered } from './early.ts'
import { loadLanguage } from './state/i18n.ts'
import { useSettings } from './state/settings.ts'

/** The page that answers: it takes the place of the still, where there is one. */
void boot(client, { linked, prospect, remembered, defaultText })

/** With its effects, and with what is known already: the first frame is not an empty one. */
const render = (): void => flushSync(() => createRoot(document.getElementById('root')!).render(<App />))
// Whatever is known is in the stores when the task is over. Without its language the page speaks English.
void loadLanguage(useSettings.getState().lang)
  .catch(() => undefined)
  .then(() => setTimeout(render))
