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

/** The caret one character further: a character outside of the basic plane is two units long. */
const before = ({ text, caret }: LineState): number => caret - ([...text.slice(0, caret)].at(-1)?.length ?? 0)
const after = ({ text, caret }: LineState): number => caret + ([...text.slice(caret)][0]?.length ?? 0)

const wordBefore = (text: string, caret: number): number => text.slice(0, caret).search(/\S*\s*$/)

type Edit = (state: LineState) => LineState
const EDITS: Readonly<Record<string, Edit>> = {
  '\x7f': (s) => written(s, s.text.slice(0, before(s)) + s.text.slice(s.caret), before(s)),
  '\x1b[3~': (s) => written(s, s.text.slice(0, s.caret) + s.text.slice(after(s)), s.caret),
  '\x1b[D': (s) => written(s, s.text, before(s)),
  '\x1b[C': (s) => written(s, s.text, after(s)),
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

/**
 * Where a text that begins at the left edge ends on a screen: rows below its first one, and the column after its last character, which
 * is `columns` when the row is full. A wide character takes two cells and is not cut in two.
 */
export function endOf(text: string, columns: number): { readonly row: number; readonly column: number } {
  let [row, column] = [0, 0]
  for (const character of text) {
    const cells = WIDE.test(character) ? 2 : 1
    if (column + cells > columns) [row, column] = [row + 1, 0]
    column += cells
  }
  return { row, column }
}

/** Characters of two cells (Unicode's East Asian Wide and Fullwidth), as the terminal's screen has them: emoji take one there. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u

/** What all candidates begin with. */
export function commonStart(candidates: readonly string[]): string {
  const [first = ''] = candidates
  let length = first.length
  for (const candidate of candidates) while (!candidate.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}
