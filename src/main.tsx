import { AUTOSAVE, client, defaultText, linked, prospect, remembered } from './app/early.ts'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/jetbrains-mono/index.css'
import { App } from './app/App.tsx'
import { boot } from './app/boot.ts'
import { loadLanguage } from './app/state/i18n.ts'
import { applySettings, useSettings } from './app/state/settings.ts'

/** So long may the page stay empty for what a link will show: with it there, everything is rendered but once. */
const WORTH_WAITING_MS = 100

applySettings()
void boot(client, { linked, prospect, remembered, defaultText, autosave: AUTOSAVE })
const waited = new Promise((resolve) => setTimeout(resolve, WORTH_WAITING_MS))
void Promise.allSettled([loadLanguage(useSettings.getState().lang), Promise.race([prospect, waited])]).then(() =>
  // At once and with its effects: the first frame is not an empty one.
  flushSync(() => createRoot(document.getElementById('root')!).render(<App />)),
)
