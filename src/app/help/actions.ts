import type { I18n } from '../../i18n/texts.ts'
import { speak } from '../state/i18n.ts'
import { moveCamera } from '../state/camera.ts'
import { KEYS } from '../state/keys.ts'
import { openDialog, openPassport, showDock } from '../state/page.ts'
import { step, togglePlay } from '../state/session.ts'
import { changeSettings } from '../state/settings.ts'
import { usePage } from '../state/stores.ts'

/** Something to do, found by its name in the language of the page. */
export interface PageAction {
  readonly label: string
  readonly key: string
  readonly run: () => void
}

/** What the palette can do; in the order in which it is likely to be wanted. */
export function pageActions({ t, lang }: I18n): readonly PageAction[] {
  const action = (label: string, run: () => void, key = ''): PageAction => ({ label, key, run })
  return [
    action(t('ui.key-play'), togglePlay, KEYS.play),
    action(t('ui.key-start'), () => step('end', -1), KEYS.start),
    action(t('ui.key-end'), () => step('end', 1), KEYS.end),
    action(t('labs.heading'), () => openDialog('labs')),
    action(t('ui.share'), () => openDialog('share')),
    action(t('ui.take-home'), () => openDialog('take'), KEYS.take),
    action(t('ui.dock-terminal'), () => showDock('terminal')),
    action(t('ui.dock-path'), () => showDock('path')),
    action(t('ui.dock-tables'), () => showDock('tables')),
    action('YAML', () => showDock('yaml')),
    action(t('ui.key-list'), () => usePage.setState({ list: !usePage.getState().list }), KEYS.list),
    action(t('ui.zoom-fit'), () => moveCamera('fit'), KEYS.fit),
    action(t('ui.key-passport'), () => openPassport(), KEYS.passport),
    ...(['light', 'dark', 'system'] as const).map((theme) =>
      action(`${t('ui.theme')}: ${t(`ui.theme-${theme}`)}`, () => changeSettings({ theme })),
    ),
    action(lang === 'en' ? '中文' : 'English', () => void speak(lang === 'en' ? 'zh' : 'en')),
    action(t('ui.help'), () => openDialog('help'), KEYS.help),
  ]
}
