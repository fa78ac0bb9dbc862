import { get, set } from 'idb-keyval'

/** What is kept of a visit for the next one. */
export interface Saved {
  /** What runs, with what was typed in the terminals as entries of its script. */
  readonly text: string
  readonly cursor: number
  /** Where the story started: what was applied later makes the boot before it longer or shorter. */
  readonly story?: number
  /** What is written and not applied yet. */
  readonly draft?: string
}

const KEY = 'hopscope.autosave'

/** What was open last time; `null` where there is nothing, or no storage, or something else in it. Never rejects. */
export async function recall(): Promise<Saved | null> {
  try {
    return readSaved(JSON.parse(localStorage.getItem(KEY) ?? 'null')) ?? readSaved(await get<unknown>(KEY))
  } catch {
    return null
  }
}

/** Keeps it. Where storage is full or forbidden the lab still runs, it is only not remembered. Never rejects. */
export async function keep(saved: Saved): Promise<void> {
  try {
    await set(KEY, saved)
    localStorage.removeItem(KEY)
  } catch {
    // Nothing to do.
  }
}

/** The same while the page is being left, when nothing is waited for. */
export function keepAtOnce(saved: Saved): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(saved))
  } catch {
    // Nothing to do.
  }
}

export function readSaved(saved: unknown): Saved | null {
  if (typeof saved !== 'object' || saved === null) return null
  const { text, cursor, story, draft } = saved as Partial<Record<keyof Saved, unknown>>
  if (typeof text !== 'string' || typeof cursor !== 'number') return null
  return {
    text,
    cursor,
    ...(typeof story === 'number' ? { story } : {}),
    ...(typeof draft === 'string' ? { draft } : {}),
  }
}
