import {
  ChevronDown,
  CircleHelp,
  Languages,
  Monitor,
  Moon,
  PanelLeft,
  Redo2,
  Search,
  Settings2,
  Share2,
  Sun,
  Undo2,
} from 'lucide-react'
import { LANGS } from '../../i18n/texts.ts'
import { speak, useI18n } from '../state/i18n.ts'
import { openDialog, showOutline } from '../state/page.ts'
import { redoText, undoText } from '../state/session.ts'
import { type Motion, type Theme, changeSettings, useSettings } from '../state/settings.ts'
import { useLab } from '../state/stores.ts'
import { KEYS } from '../state/keys.ts'
import { Transport } from '../transport/Transport.tsx'
import { Button, IconButton } from '../ui/Button.tsx'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuRule } from '../ui/Menu.tsx'

export function Header() {
  const { t, lang } = useI18n()
  const name = useLab((state) => state.name)
  const canUndo = useLab((state) => state.history.past.length > 0)
  const canRedo = useLab((state) => state.history.future.length > 0)
  const outline = useSettings((state) => state.outline)
  return (
    <header className="header">
      <div className="header-side">
        {!outline && (
          <IconButton
            label={t('ui.show-outline')}
            tone="quiet"
            className="outline-toggle"
            onClick={() => showOutline(true)}
          >
            <PanelLeft />
          </IconButton>
        )}
        <h1>Hopscope</h1>
        <Button className="lab-button" aria-label={t('ui.lab-named', { name })} onClick={() => openDialog('labs')}>
          <span className="ellipsis">{name || t('ui.loading')}</span> <ChevronDown />
        </Button>
        <IconButton label={t('ui.undo')} hint={KEYS.undo} tone="quiet" disabled={!canUndo} onClick={undoText}>
          <Undo2 />
        </IconButton>
        <IconButton label={t('ui.redo')} hint={KEYS.redo} tone="quiet" disabled={!canRedo} onClick={redoText}>
          <Redo2 />
        </IconButton>
      </div>
      <Transport />
      <div className="header-side end">
        <IconButton label={t('ui.go-to')} hint={KEYS.find} tone="quiet" onClick={() => openDialog('palette')}>
          <Search />
        </IconButton>
        <Button aria-label={t('ui.share')} onClick={() => openDialog('share')}>
          <Share2 /> <span className="wide-only">{t('ui.share')}</span>
        </Button>
        <Button
          aria-label={t('ui.language')}
          onClick={() => void speak(lang === 'en' ? 'zh' : 'en')}
          lang={lang === 'en' ? 'zh-CN' : 'en'}
        >
          <Languages /> {LANGS.filter((one) => one !== lang).map((one) => (one === 'zh' ? '中文' : 'EN'))}
        </Button>
        <SettingsMenu />
        <IconButton label={t('ui.help')} hint={KEYS.help} tone="quiet" onClick={() => openDialog('help')}>
          <CircleHelp />
        </IconButton>
      </div>
    </header>
  )
}

const THEME_ICONS: Readonly<Record<Theme, typeof Sun>> = { light: Sun, dark: Moon, system: Monitor }

function SettingsMenu() {
  const { t } = useI18n()
  const settings = useSettings()
  const Icon = THEME_ICONS[settings.theme]
  return (
    <Menu
      align="end"
      trigger={
        <Button tone="quiet" className="icon" aria-label={t('ui.settings')}>
          <Settings2 />
        </Button>
      }
    >
      <MenuLabel>
        {t('ui.theme')} <Icon aria-hidden style={{ width: 12, height: 12, verticalAlign: -1 }} />
      </MenuLabel>
      <MenuChoice
        value={settings.theme}
        onChange={(theme) => changeSettings({ theme: theme as Theme })}
        choices={(['system', 'light', 'dark'] as const).map((value) => ({ value, label: t(`ui.theme-${value}`) }))}
      />
      <MenuRule />
      <MenuLabel>{t('ui.motion')}</MenuLabel>
      <MenuChoice
        value={settings.motion}
        onChange={(motion) => changeSettings({ motion: motion as Motion })}
        choices={(['system', 'full', 'reduce'] as const).map((value) => ({ value, label: t(`ui.motion-${value}`) }))}
      />
      <MenuRule />
      <MenuItem hint={KEYS.follow} onSelect={() => changeSettings({ follow: !settings.follow })}>
        {settings.follow ? t('ui.follow-off') : t('ui.follow-on')}
      </MenuItem>
    </Menu>
  )
}
