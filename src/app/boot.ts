import { set } from 'idb-keyval'
import type { Client } from '../worker/client.ts'
import type { OpenAnswer } from '../worker/protocol.ts'
import { firstPacket } from './prospect.ts'
import { explain, i18n } from './state/i18n.ts'
import { showBanner } from './state/page.ts'
import { type Prospect, adopt, connect, goTo, open, report, typed } from './state/session.ts'
import { useCursor, useLab, usePage, useTimeline } from './state/stores.ts'

/** How the page begins: with a lab from a link that is being opened already, with what was open last time, or with the default. */
export interface Beginning {
  readonly linked: Promise<OpenAnswer> | null
  /** What the link, or the default lab, will show. */
  readonly prospect: Promise<Prospect | null>
  readonly remembered: Promise<unknown>
  readonly defaultText: () => Promise<string>
  /** Key under which the lab is kept between visits. */
  readonly autosave: string
}

const SAVE_AFTER_MS = 500

interface Saved {
  /** What runs, with what was typed in the terminals as entries of its script. */
  readonly text: string
  readonly cursor: number
  /** Where the story started: what was applied later makes the boot before it longer or shorter. */
  readonly story?: number
  /** What is written and not applied yet. */
  readonly draft?: string
}

/** A link that cannot be opened is said so, and the default lab opens. */
export async function boot(client: Client, beginning: Beginning): Promise<void> {
  connect(client)
  try {
    await openFirst(beginning)
  } catch (problem) {
    useLab.setState({ status: 'failed' })
    report(problem)
  }
  keep(client, beginning.autosave)
  window.addEventListener('hashchange', () => {
    const fragment = location.hash
    if (!fragment.startsWith('#lab=')) return
    makeOwn()
    open({ fragment }).then(accepted, report)
  })
}

async function openFirst({ linked, prospect, remembered, defaultText }: Beginning): Promise<void> {
  if (linked) {
    makeOwn()
    if (accepted(await adopt(linked, prospect))) return
    await open({ text: await defaultText() })
    return
  }
  const saved = readSaved(await remembered)
  if (saved && (await open({ text: saved.text, cursor: saved.cursor })).ok) {
    const { story } = useTimeline.getState().timeline
    if (saved.story !== undefined && saved.story !== story) goTo(saved.cursor - saved.story + story)
    if (saved.draft !== undefined) typed(saved.draft)
    return
  }
  const text = await defaultText()
  await open({ text }, prospect)
  goTo(firstPacket(useTimeline.getState().timeline))
  usePage.setState({ hint: true })
}

/** From here on the lab of a link is the person's own: a reload returns to what they have made of it. */
const makeOwn = (): void => history.replaceState(null, '', location.pathname + location.search)

function accepted({ ok, problem, diagnostics }: OpenAnswer): boolean {
  if (ok) return true
  const first = diagnostics.find(({ severity }) => severity === 'error')
  if (problem) showBanner('warn', { key: `errors.${problem.key}`, params: problem.params })
  else if (first) {
    const { line, column } = first.range.start
    showBanner('warn', { key: 'ui.link-refused', params: { detail: `${line}:${column} ${explain(i18n(), first)}` } })
  } else showBanner('warn', { key: 'ui.link-broken', params: {} })
  return false
}

function readSaved(saved: unknown): Saved | null {
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

/** Keeps text and cursor in the browser's storage, a moment after they have changed. */
function keep(client: Client, key: string): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let typedIn = false
  // A page that is being left cannot wait for an answer: without anything typed there is no question.
  const written = async (text: string): Promise<string> => (await client.ask('written', { text })).text
  const write = (): void => {
    if (useLab.getState().status !== 'running') return
    clearTimeout(timer)
    const { applied, history: texts } = useLab.getState()
    const draft = texts.present === applied ? null : texts.present
    const save = (text: string, own: string | null): Promise<void> => {
      const { story } = useTimeline.getState().timeline
      return set(key, { text, cursor: useCursor.getState().cursor, story, ...(own === null ? {} : { draft: own }) })
    }
    const saved = typedIn
      ? Promise.all([written(applied), draft === null ? null : written(draft)]).then((both) => save(...both))
      : save(applied, draft)
    saved.catch(() => {
      // Storage is full or forbidden: the lab still runs, it is only not remembered.
    })
  }
  const save = (): void => {
    clearTimeout(timer)
    timer = setTimeout(write, SAVE_AFTER_MS)
  }
  useLab.subscribe(save)
  client.listen((notice) => {
    if (notice.type !== 'output') return
    typedIn = true
    save()
  })
  useCursor.subscribe(save)
  window.addEventListener('pagehide', write)
}
