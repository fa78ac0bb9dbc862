import { AUTOSAVE, client, defaultText, linked, remembered } from './app/early.ts'
import { createRoot } from 'react-dom/client'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/jetbrains-mono/index.css'
import { App } from './app/App.tsx'
import { boot } from './app/boot.ts'
import { loadLanguage } from './app/state/i18n.ts'
import { applySettings, useSettings } from './app/state/settings.ts'

applySettings()
void boot(client, { linked, remembered, defaultText, autosave: AUTOSAVE })
void loadLanguage(useSettings.getState().lang).finally(() =>
  createRoot(document.getElementById('root')!).render(<App />),
)
