/** The line under the terminal's caret, with the history of lines before it. Pure: keys in, a new state out. */
export interface LineState {
  readonly text: string
  readonly caret: number
  readonly history: readonly string[]
  /** Position in the history; its length = the line being written. */
  readonly at: number
  readonly draft: string
}

export const EMPTY_LINE: LineState = { text: '', caret: 0, history: [], at: 0, draft: '' }

const written = (state: LineState, text: string, caret: number): LineState => ({ ...state, text, caret })

export function insert(state: LineState, typed: string): LineState {
  const { text, caret } = state
  return written(state, text.slice(0, caret) + typed + text.slice(caret), caret + typed.length)
}

/** Replaces what stands between `from` and the caret. */
export function complete(state: LineState, from: number, word: string): LineState {
  return written(state, state.text.slice(0, from) + word + state.text.slice(state.caret), from + word.length)
}

/** The line was sent: it joins the history, unless it repeats the line before or is empty. */
export function sent(state: LineState): LineState {
  const { text, history } = state
  const next = text.trim() === '' || history.at(-1) === text ? history : [...history, text]
  return { text: '', caret: 0, history: next, at: next.length, draft: '' }
}

const wordBefore = (text: string, caret: number): number => text.slice(0, caret).search(/\S*\s*$/)

type Edit = (state: LineState) => LineState
const EDITS: Readonly<Record<string, Edit>> = {
  '\x7f': (s) => (s.caret === 0 ? s : written(s, s.text.slice(0, s.caret - 1) + s.text.slice(s.caret), s.caret - 1)),
  '\x1b[3~': (s) => written(s, s.text.slice(0, s.caret) + s.text.slice(s.caret + 1), s.caret),
  '\x1b[D': (s) => written(s, s.text, Math.max(0, s.caret - 1)),
  '\x1b[C': (s) => written(s, s.text, Math.min(s.text.length, s.caret + 1)),
  '\x1b[H': (s) => written(s, s.text, 0),
  '\x01': (s) => written(s, s.text, 0),
  '\x1b[F': (s) => written(s, s.text, s.text.length),
  '\x05': (s) => written(s, s.text, s.text.length),
  '\x15': (s) => written(s, s.text.slice(s.caret), 0),
  '\x0b': (s) => written(s, s.text.slice(0, s.caret), s.caret),
  '\x17': (s) => {
    const from = wordBefore(s.text, s.caret)
    return written(s, s.text.slice(0, from) + s.text.slice(s.caret), from)
  },
  '\x1b[A': (s) => recall(s, s.at - 1),
  '\x1b[B': (s) => recall(s, s.at + 1),
  '\x10': (s) => recall(s, s.at - 1),
  '\x0e': (s) => recall(s, s.at + 1),
}

/** Applies a terminal's input sequence; `null` when it is none of the editing keys. */
export function press(state: LineState, key: string): LineState | null {
  return EDITS[key]?.(state) ?? null
}

function recall(state: LineState, at: number): LineState {
  if (at < 0 || at > state.history.length) return state
  const draft = state.at === state.history.length ? state.text : state.draft
  const text = at === state.history.length ? draft : state.history[at]!
  return { ...state, text, caret: text.length, at, draft }
}

/** What all candidates begin with. */
export function commonStart(candidates: readonly string[]): string {
  const [first = ''] = candidates
  let length = first.length
  for (const candidate of candidates) while (!candidate.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}
