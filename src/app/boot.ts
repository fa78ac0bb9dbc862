import type { Client } from '../worker/client.ts'
import type { OpenAnswer } from '../worker/protocol.ts'
import { firstPacket } from './prospect.ts'
import { type Saved, keep, keepAtOnce } from './saved.ts'
import { explain, i18n } from './state/i18n.ts'
import { showBanner } from './state/page.ts'
import { type Prospect, adopt, connect, goTo, open, report, typed } from './state/session.ts'
import { useCursor, useLab, usePage, useTimeline } from './state/stores.ts'

/** How the page begins: with a lab from a link that is being opened already, with what was open last time, or with the default. */
export interface Beginning {
  readonly linked: Promise<OpenAnswer> | null
  /** What will be shown. */
  readonly prospect: Promise<Prospect | null>
  readonly remembered: Promise<Saved | null>
  readonly defaultText: () => Promise<string>
}

const SAVE_AFTER_MS = 500

/** A link that cannot be opened is said so, and the default lab opens. */
export async function boot(client: Client, beginning: Beginning): Promise<void> {
  connect(client)
  try {
    await openFirst(beginning)
  } catch (problem) {
    useLab.setState({ status: 'failed' })
    report(problem)
  }
  keepUp(client)
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
  const saved = await remembered
  if (saved && (await open({ text: saved.text, cursor: saved.cursor }, prospect)).ok) {
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

/** Keeps text and cursor in the browser's storage, a moment after they have changed. */
function keepUp(client: Client): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let typedIn = false
  const written = async (text: string): Promise<string> => (await client.ask('written', { text })).text
  /** What is left unapplied is kept as it is written, `null`: nothing is. */
  const present = (): { readonly applied: string; readonly draft: string | null } => {
    const { applied, history: texts } = useLab.getState()
    return { applied, draft: texts.present === applied ? null : texts.present }
  }
  const savedOf = (text: string, draft: string | null): Saved => ({
    text,
    cursor: useCursor.getState().cursor,
    story: useTimeline.getState().timeline.story,
    ...(draft === null ? {} : { draft }),
  })
  const write = async (): Promise<void> => {
    timer = undefined
    if (useLab.getState().status !== 'running') return
    const { applied, draft } = present()
    await keep(
      typedIn ? savedOf(await written(applied), draft === null ? null : await written(draft)) : savedOf(applied, draft),
    )
  }
  const save = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void write().catch(report), SAVE_AFTER_MS)
  }
  useLab.subscribe(save)
  client.listen((notice) => {
    if (notice.type !== 'output') return
    typedIn = true
    save()
  })
  useCursor.subscribe(save)
  window.addEventListener('pagehide', () => {
    if (timer === undefined || useLab.getState().status !== 'running') return
    clearTimeout(timer)
    // A page that is being left cannot wait for an answer: without anything typed there is no question.
    if (typedIn) void write().catch(report)
    else keepAtOnce(savedOf(present().applied, present().draft))
  })
}
