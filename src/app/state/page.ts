import type { Entity, Sentence } from '../../worker/protocol.ts'
import { i18n } from './i18n.ts'
import { changeSettings } from './settings.ts'
import { type DialogName, type DockTab, usePage, useSelection } from './stores.ts'

export const openDialog = (dialog: DialogName): void => usePage.setState({ dialog })
/** Opens the passport, at a feature or as a whole. */
export const openPassport = (feature: string | null = null): void => usePage.setState({ dialog: 'passport', feature })
export const closeDialog = (): void => usePage.setState({ dialog: 'none' })
export const select = (entity: Entity | null): void => useSelection.setState({ entity })

export function showDock(dockTab: DockTab): void {
  changeSettings({ dock: true })
  usePage.setState({ dockTab })
}

/** Shows the outline or hides it. The button that was pressed goes with it: the one that takes it back has the keyboard then. */
export function showOutline(outline: boolean): void {
  changeSettings({ outline })
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.outline-toggle')?.focus())
}

/** `grab` false: the keyboard stays where it is. */
export function openTerminal(place: string, grab = true): void {
  const { terminals } = usePage.getState()
  usePage.setState({
    terminals: terminals.includes(place) ? terminals : [...terminals, place],
    terminal: place,
    terminalGrabs: grab,
  })
  showDock('terminal')
}

export function closeTerminal(place: string): void {
  const { terminals, terminal } = usePage.getState()
  const rest = terminals.filter((other) => other !== place)
  usePage.setState({ terminals: rest, terminal: terminal === place ? (rest.at(-1) ?? null) : terminal })
}

let lastNonce = 0
/** Shows a line of the lab text in the editor. */
export function revealLine(line: number): void {
  usePage.setState({ reveal: { line, nonce: ++lastNonce } })
  showDock('yaml')
}

export const showBanner = (tone: 'info' | 'warn' | 'bad', text: Sentence): void =>
  usePage.setState({ banner: { tone, text } })

export const hideBanner = (): void => usePage.setState({ banner: null })

let toastTimer: ReturnType<typeof setTimeout> | undefined
export function showToast(toast: string): void {
  usePage.setState({ toast })
  clearTimeout(toastTimer)
  toastTimer = setTimeout(() => usePage.setState({ toast: null }), 2400)
}

/** Copies a value and says so. Answers whether it was. */
export async function copy(text: string, done: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    showToast(done)
    return true
  } catch {
    // The browser forbids it (no permission, no secure context): the text can still be selected.
    showToast(i18n().t('ui.not-copied'))
    return false
  }
}
