import { moveCamera } from '../canvas/camera.ts'
import { openDialog, select } from '../state/page.ts'
import { redoText, step, togglePlay, undoText } from '../state/session.ts'
import { SPEEDS, changeSettings, useSettings } from '../state/settings.ts'
import { usePage, useSelection } from '../state/stores.ts'

/** Keys as they are shown. */
export const KEYS = {
  play: 'Space',
  over: '→',
  back: '←',
  into: 'Shift+→',
  intoBack: 'Shift+←',
  packet: '.',
  packetBack: ',',
  hop: ']',
  hopBack: '[',
  event: 'E',
  eventBack: 'Shift+E',
  start: 'Home',
  end: 'End',
  faster: '+',
  slower: '-',
  find: 'Ctrl+K',
  list: 'Shift+W',
  undo: 'Ctrl+Z',
  redo: 'Ctrl+Shift+Z',
  fit: 'Shift+1',
  actual: 'Ctrl+0',
  follow: 'G',
  apply: 'Ctrl+Enter',
  help: '?',
  close: 'Esc',
} as const

type Action = () => void

function changeSpeed(by: 1 | -1): void {
  const at = SPEEDS.indexOf(useSettings.getState().speed as (typeof SPEEDS)[number])
  changeSettings({ speed: SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at + by))]! })
}

const PLAIN: Readonly<Record<string, Action>> = {
  ' ': togglePlay,
  ArrowRight: () => step('over', 1),
  ArrowLeft: () => step('over', -1),
  'Shift+ArrowRight': () => step('into', 1),
  'Shift+ArrowLeft': () => step('into', -1),
  '.': () => step('packet', 1),
  ',': () => step('packet', -1),
  ']': () => step('hop', 1),
  '[': () => step('hop', -1),
  e: () => step('event', 1),
  'Shift+E': () => step('event', -1),
  Home: () => step('end', -1),
  End: () => step('end', 1),
  '+': () => changeSpeed(1),
  '=': () => changeSpeed(1),
  'Shift++': () => changeSpeed(1),
  '-': () => changeSpeed(-1),
  g: () => changeSettings({ follow: !useSettings.getState().follow }),
  '?': () => openDialog('help'),
  'Shift+?': () => openDialog('help'),
  'Shift+W': () => usePage.setState({ list: !usePage.getState().list }),
  'Shift+!': () => moveCamera('fit'),
  'Shift+Digit1': () => moveCamera('fit'),
}
/** These hold everywhere, in the editor too. */
const ALWAYS: Readonly<Record<string, Action>> = {
  'Ctrl+k': () => openDialog('palette'),
  'Ctrl+z': undoText,
  'Ctrl+Shift+z': redoText,
  'Ctrl+y': redoText,
}
const OUTSIDE: Readonly<Record<string, Action>> = { 'Ctrl+0': () => moveCamera('actual') }

/** Installs the page's keys; returns the function that takes them away. */
export function installKeys(): () => void {
  const listener = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return
    const action = actionFor(event)
    if (!action) return
    event.preventDefault()
    action()
  }
  window.addEventListener('keydown', listener)
  return () => window.removeEventListener('keydown', listener)
}

function actionFor(event: KeyboardEvent): Action | undefined {
  const target = event.target instanceof HTMLElement ? event.target : null
  const ctrl = event.ctrlKey || event.metaKey
  if (ctrl) {
    const name = `Ctrl+${event.shiftKey ? 'Shift+' : ''}${event.key.toLowerCase()}`
    if (target?.closest('.xterm')) return name === 'Ctrl+k' ? ALWAYS[name] : undefined
    if (target?.closest('input, textarea:not(.inputarea):not(.ime-text-area)') && name !== 'Ctrl+k') return undefined
    return ALWAYS[name] ?? (isTextField(target) ? undefined : OUTSIDE[name])
  }
  if (event.altKey || isTextField(target)) return undefined
  if (event.key === 'Escape') return escape(target)
  if (target?.closest('[role="menu"], [role="dialog"], [role="listbox"]')) return undefined
  // A control that was reached by keyboard keeps its own keys; one that was clicked does not hold the space bar.
  const control = target?.closest('button, a, select, summary, [role="tab"], [role="separator"]')
  const ownKeys =
    event.key === ' ' ||
    event.key === 'Enter' ||
    (event.key.startsWith('Arrow') && control?.matches('[role="tab"], [role="separator"]'))
  if (control && ownKeys && control.matches(':focus-visible')) return undefined
  if (event.key.startsWith('Arrow') && control?.matches('[role="separator"]')) return undefined
  const name = `${event.shiftKey ? 'Shift+' : ''}${event.key}`
  return PLAIN[name] ?? (event.shiftKey && event.code === 'Digit1' ? PLAIN['Shift+Digit1'] : undefined)
}

const isTextField = (target: HTMLElement | null): boolean =>
  target !== null &&
  (target.isContentEditable ||
    target.closest('input:not([type="checkbox"]), textarea, select, .monaco-editor, .xterm') !== null)

function escape(target: HTMLElement | null): Action | undefined {
  if (target?.closest('[role="menu"], [role="dialog"]') || useSelection.getState().entity === null) return undefined
  return () => select(null)
}
