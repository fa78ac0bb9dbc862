import { createRoot } from 'react-dom/client'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/jetbrains-mono/index.css'
import { App } from '../App.tsx'
import { boot } from '../boot.ts'
import { loadLanguage } from '../state/i18n.ts'
import { applySettings, useSettings } from '../state/settings.ts'
import { createFixture } from './fixture-client.ts'
import { storm } from './fixture-lab.ts'

/** The page over the fixture, for the development server only: no build contains it. */
applySettings()
void loadLanguage(useSettings.getState().lang)
createRoot(document.getElementById('root')!).render(<App />)
const nothing = {
  linked: null,
  prospect: Promise.resolve(null),
  remembered: Promise.resolve(null),
  defaultText: async () => '',
}
void boot(location.search === '?storm' ? createFixture(storm()) : createFixture(), nothing)
