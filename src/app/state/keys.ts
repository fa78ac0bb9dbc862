import { moveCamera } from './camera.ts'
import { openDialog, openPassport, select } from './page.ts'
import { redoText, step, togglePlay, undoText } from './session.ts'
import { SPEEDS, changeSettings, useSettings } from './settings.ts'
import { usePage, useSelection } from './stores.ts'

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
  take: 'X',
  passport: 'C',
  undo: 'Ctrl+Z',
  redo: 'Ctrl+Shift+Z',
  fit: 'Shift+1',
  actual: 'Ctrl+0',
  follow: 'G',
  apply: 'Ctrl+Enter',
  leave: 'Ctrl+M',
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
  x: () => openDialog('take'),
  c: () => openPassport(),
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
  // What was clicked does not keep the arrows and the space bar: they go on to move the cursor. What was reached with Tab does.
  let clicked = false
  const onPointer = (): void => {
    clicked = true
  }
  const first = (event: KeyboardEvent): void => {
    if (event.key === 'Tab') clicked = false
    if (clicked && isOf(event.target, CLICKED)) run(event, true)
  }
  const last = (event: KeyboardEvent): void => run(event, clicked)
  window.addEventListener('pointerdown', onPointer, true)
  window.addEventListener('keydown', first, true)
  window.addEventListener('keydown', last)
  return () => {
    window.removeEventListener('pointerdown', onPointer, true)
    window.removeEventListener('keydown', first, true)
    window.removeEventListener('keydown', last)
  }
}

const CLICKED =
  '[role="tab"], button:not([role="option"], [aria-haspopup="menu"], [role="menuitem"], [role="dialog"] *)'
const isOf = (target: EventTarget | null, selector: string): boolean =>
  target instanceof Element && target.closest(selector) !== null

function run(event: KeyboardEvent, clicked: boolean): void {
  if (event.defaultPrevented || event.isComposing) return
  const action = actionFor(event, clicked)
  if (!action) return
  event.preventDefault()
  event.stopPropagation()
  action()
}

function actionFor(event: KeyboardEvent, clicked: boolean): Action | undefined {
  const target = event.target instanceof HTMLElement ? event.target : null
  const ctrl = event.ctrlKey || event.metaKey
  if (ctrl) {
    const name = `Ctrl+${event.shiftKey ? 'Shift+' : ''}${event.key.toLowerCase()}`
    if (target?.closest('.xterm')) return name === 'Ctrl+k' ? ALWAYS[name] : undefined
    if (target?.closest('input, textarea:not(.inputarea, .ime-text-area)') && name !== 'Ctrl+k') return undefined
    return ALWAYS[name] ?? (isTextField(target) ? undefined : OUTSIDE[name])
  }
  if (event.altKey || isTextField(target)) return undefined
  if (event.key === 'Escape') return escape(target)
  if (target?.closest('[role="menu"], [role="dialog"], [role="listbox"]')) return undefined
  const name = `${event.shiftKey ? 'Shift+' : ''}${event.key}`
  if (!clicked && keepsKey(target, event.key)) return undefined
  return PLAIN[name] ?? (event.shiftKey && event.code === 'Digit1' ? PLAIN['Shift+Digit1'] : undefined)
}

/** Keys that a control reached with Tab needs for itself. */
function keepsKey(target: HTMLElement | null, key: string): boolean {
  if (key === ' ') return isOf(target, 'button, a, summary, input, [role="tab"]')
  if (key.startsWith('Arrow') || key === 'Home' || key === 'End')
    return isOf(target, '[role="tab"], [role="separator"]')
  return false
}

const isTextField = (target: HTMLElement | null): boolean =>
  target !== null &&
  (target.isContentEditable ||
    target.closest('input:not([type="checkbox"]), textarea, select, .monaco-editor, .xterm') !== null)

function escape(target: HTMLElement | null): Action | undefined {
  if (target?.closest('[role="menu"], [role="dialog"]') || useSelection.getState().entity === null) return undefined
  return () => select(null)
}
