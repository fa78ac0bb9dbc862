/** The texts of the lab, one after another: one undo for whatever changed the text, the editor or the canvas. */
export interface History {
  readonly past: readonly string[]
  readonly present: string
  readonly future: readonly string[]
  /** Typing that follows within a moment belongs to the same change. */
  readonly openUntil: number
}

const LIMIT = 200
/** Keystrokes less than this apart (ms) are undone together. */
const TOGETHER_MS = 600

export const historyOf = (present: string): History => ({ past: [], present, future: [], openUntil: 0 })

/** `now` in ms, from any clock that goes forward. `typing`: may be joined with the typing before it. */
export function change(history: History, text: string, typing: boolean, now: number): History {
  if (text === history.present) return history
  const joined = typing && now < history.openUntil
  return {
    past: joined ? history.past : [...history.past, history.present].slice(-LIMIT),
    present: text,
    future: [],
    openUntil: typing ? now + TOGETHER_MS : 0,
  }
}

export function undo(history: History): History {
  const text = history.past.at(-1)
  if (text === undefined) return history
  return { past: history.past.slice(0, -1), present: text, future: [history.present, ...history.future], openUntil: 0 }
}

export function redo(history: History): History {
  const [text, ...future] = history.future
  if (text === undefined) return history
  return { past: [...history.past, history.present], present: text, future, openUntil: 0 }
}

/** Whether two texts differ in nothing but the first document's `view:` block. */
export function onlyViewDiffers(a: string, b: string): boolean {
  const withoutView = (text: string): string => text.replace(/^ {2}view:.*\n(?: {3,}.*\n)*/m, '')
  return a !== b && withoutView(a) === withoutView(b)
}
