import { ChevronDown, CornerDownRight, Pause, Play, SkipBack, SkipForward, StepBack, StepForward } from 'lucide-react'
import { useI18n } from '../state/i18n.ts'
import { STEP_MS, goTo, runOn, step, togglePlay } from '../state/session.ts'
import { SPEEDS, changeSettings, useSettings } from '../state/settings.ts'
import { useCursor, useTimeline } from '../state/stores.ts'
import type { Direction, Unit } from '../state/units.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuRule } from '../ui/Menu.tsx'
import { KEYS } from '../state/keys.ts'
import './transport.css'

/** The heart: always there, always the same place. */
export function Transport() {
  const { t } = useI18n()
  const playing = useCursor((state) => state.playing)
  const atStart = useCursor((state) => state.cursor === 0)
  const length = useTimeline(({ timeline, version }) => (version >= 0 ? timeline.length : 0))
  const atEnd = useCursor((state) => state.cursor >= length - 1)
  return (
    <div className="transport" role="toolbar" aria-label={t('ui.transport')} data-testid="transport">
      <IconButton label={t('ui.to-start')} hint={KEYS.start} disabled={atStart} onClick={() => step('end', -1)}>
        <SkipBack />
      </IconButton>
      <IconButton label={t('ui.step-back')} hint={KEYS.back} disabled={atStart} onClick={() => step('over', -1)}>
        <StepBack />
      </IconButton>
      <IconButton
        label={playing ? t('ui.pause') : t('ui.play')}
        hint={KEYS.play}
        tone="primary"
        className="play"
        disabled={atEnd && !playing}
        onClick={togglePlay}
      >
        {playing ? <Pause fill="currentColor" /> : <Play fill="currentColor" />}
      </IconButton>
      <IconButton label={t('ui.step-over')} hint={KEYS.over} disabled={atEnd} onClick={() => step('over', 1)}>
        <StepForward />
      </IconButton>
      <IconButton label={t('ui.step-into')} hint={KEYS.into} disabled={atEnd} onClick={() => step('into', 1)}>
        <CornerDownRight />
      </IconButton>
      <IconButton label={t('ui.to-end')} hint={KEYS.end} disabled={atEnd} onClick={() => step('end', 1)}>
        <SkipForward />
      </IconButton>
      <JumpMenu />
      <Clock />
      <SpeedMenu />
    </div>
  )
}

const JUMPS: readonly { readonly unit: Unit; readonly ahead: string; readonly back: string }[] = [
  { unit: 'packet', ahead: KEYS.packet, back: KEYS.packetBack },
  { unit: 'hop', ahead: KEYS.hop, back: KEYS.hopBack },
  { unit: 'event', ahead: KEYS.event, back: KEYS.eventBack },
  { unit: 'write', ahead: '', back: '' },
  { unit: 'settled', ahead: '', back: '' },
]

function JumpMenu() {
  const { t } = useI18n()
  const story = useTimeline(({ timeline, version }) => (version >= 0 ? timeline.story : 0))
  const items = (direction: Direction) =>
    JUMPS.map(({ unit, ahead, back }) => (
      <MenuItem key={unit} hint={direction > 0 ? ahead : back} onSelect={() => step(unit, direction)}>
        {t(`ui.unit-${unit as 'packet' | 'hop' | 'event' | 'write' | 'settled'}`)}
      </MenuItem>
    ))
  return (
    <Menu
      trigger={
        <Button>
          {t('ui.jump')} <ChevronDown />
        </Button>
      }
    >
      <MenuLabel>{t('ui.jump-ahead')}</MenuLabel>
      {items(1)}
      <MenuRule />
      <MenuLabel>{t('ui.jump-back')}</MenuLabel>
      {items(-1)}
      <MenuRule />
      <MenuItem onSelect={() => goTo(story)}>{t('ui.to-story')}</MenuItem>
      <MenuItem onSelect={() => void runOn(10e9)}>{t('ui.run-on')}</MenuItem>
    </Menu>
  )
}

function Clock() {
  const { t, format } = useI18n()
  const cursor = useCursor((state) => state.cursor)
  const { timeline } = useTimeline()
  const at = timeline.columns.t[cursor] ?? 0
  return (
    <output className="clock num" aria-label={t('ui.clock')} data-testid="clock">
      <span className="clock-time">t={format.time(at)}</span>
      <span className="clock-step">
        {timeline.length === 0 ? 0 : cursor + 1}
        <i>/</i>
        {timeline.length}
      </span>
    </output>
  )
}

function SpeedMenu() {
  const { t, format } = useI18n()
  const speed = useSettings((state) => state.speed)
  const label = (one: number): string => t('ui.per-step', { seconds: format.number(STEP_MS / 1000 / one, 2) })
  return (
    <Menu
      align="end"
      trigger={
        <Button aria-label={`${t('ui.speed')}: ${label(speed)}`} className="speed num">
          {label(speed)}
        </Button>
      }
    >
      <MenuLabel>{t('ui.speed')}</MenuLabel>
      <MenuChoice
        value={String(speed)}
        onChange={(value) => changeSettings({ speed: Number(value) })}
        choices={SPEEDS.map((one) => ({ value: String(one), label: `${label(one)} · ${one}×` }))}
      />
    </Menu>
  )
}
