import { create } from 'zustand'
import { LANGS, type Lang, pickLang } from '../../i18n/texts.ts'

export type Theme = 'system' | 'light' | 'dark'
export type Motion = 'system' | 'reduce' | 'full'

export interface Settings {
  readonly lang: Lang
  readonly theme: Theme
  readonly motion: Motion
  /** Playback: seconds per step at speed 1 are 0.7. */
  readonly speed: number
  /** The camera goes where the packet goes. */
  readonly follow: boolean
  readonly outline: boolean
  readonly dock: boolean
  /** Timeline groups that are shown packet by packet. */
  readonly unfolded: readonly string[]
}

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8] as const
const KEY = 'hopscope.settings'

/** Wide screens have room for the outline beside the canvas from the start. */
const defaults = (): Settings => ({
  lang: pickLang(navigator.languages),
  theme: 'system',
  motion: 'system',
  speed: 1,
  follow: true,
  outline: window.innerWidth >= 1400,
  dock: true,
  unfolded: [],
})

function load(): Settings {
  const start = defaults()
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    if (typeof saved !== 'object' || saved === null) return start
    const one = saved as Partial<Record<keyof Settings, unknown>>
    return {
      lang: LANGS.find((lang) => lang === one.lang) ?? start.lang,
      theme: (['system', 'light', 'dark'] as const).find((theme) => theme === one.theme) ?? start.theme,
      motion: (['system', 'reduce', 'full'] as const).find((motion) => motion === one.motion) ?? start.motion,
      speed: SPEEDS.find((speed) => speed === one.speed) ?? start.speed,
      follow: typeof one.follow === 'boolean' ? one.follow : start.follow,
      outline: typeof one.outline === 'boolean' ? one.outline : start.outline,
      dock: typeof one.dock === 'boolean' ? one.dock : start.dock,
      unfolded: Array.isArray(one.unfolded)
        ? one.unfolded.filter((group) => typeof group === 'string')
        : start.unfolded,
    }
  } catch {
    return start // Storage is forbidden or holds something else: the page works without it.
  }
}

export const useSettings = create<Settings>(() => load())

export function changeSettings(change: Partial<Settings>): void {
  useSettings.setState(change)
  try {
    localStorage.setItem(KEY, JSON.stringify(useSettings.getState()))
  } catch {
    // Nothing to do: the setting holds until the page is closed.
  }
}

const darkMedia = (): MediaQueryList => window.matchMedia('(prefers-color-scheme: dark)')
const calmMedia = (): MediaQueryList => window.matchMedia('(prefers-reduced-motion: reduce)')

export const isDark = ({ theme }: Settings): boolean => (theme === 'system' ? darkMedia().matches : theme === 'dark')
export const isCalm = ({ motion }: Settings): boolean =>
  motion === 'system' ? calmMedia().matches : motion === 'reduce'

/** Puts language, theme and motion onto `<html>`, now and whenever they change. Called before the first render. */
export function applySettings(): void {
  const show = (): void => {
    const settings = useSettings.getState()
    const root = document.documentElement
    root.lang = settings.lang === 'zh' ? 'zh-CN' : 'en'
    root.dataset['theme'] = isDark(settings) ? 'dark' : 'light'
    root.dataset['motion'] = isCalm(settings) ? 'reduce' : 'full'
  }
  show()
  useSettings.subscribe(show)
  darkMedia().addEventListener('change', show)
  calmMedia().addEventListener('change', show)
}
