import { get, set } from 'idb-keyval'
import { DEFAULT_LAB } from '../scenario/labIndex.ts'
import type { Client } from '../worker/client.ts'
import { showBanner } from './state/page.ts'
import { connect, goTo, open, report, typed } from './state/session.ts'
import { useCursor, useLab, usePage, useTimeline } from './state/stores.ts'

const KEY = 'hopscope.autosave'
const SAVE_AFTER_MS = 500

interface Saved {
  /** What runs. */
  readonly text: string
  readonly cursor: number
  /** What is written and not applied yet. */
  readonly draft?: string
}

/**
 * Opens what the person came for: the lab of the link, else where they were, else the default lab. A link that cannot be opened
 * is said so, and the default lab opens.
 */
export async function boot(client: Client): Promise<void> {
  connect(client)
  try {
    await openFirst()
  } catch (problem) {
    useLab.setState({ status: 'failed' })
    report(problem)
  }
  useLab.subscribe(save)
  useCursor.subscribe(save)
  window.addEventListener('hashchange', () => {
    if (isLink(location.hash)) openLink().catch(report)
  })
}

const isLink = (hash: string): boolean => hash.startsWith('#lab=')

async function openFirst(): Promise<void> {
  if (isLink(location.hash)) {
    if (await openLink()) return
    return openDefault()
  }
  const saved = await recall()
  if (saved && (await open({ text: saved.text }, saved.cursor)).ok) {
    if (saved.draft !== undefined) typed(saved.draft)
    return
  }
  await openDefault()
  usePage.setState({ hint: true })
}

async function openLink(): Promise<boolean> {
  const fragment = location.hash
  // From here on the lab is the person's own: a reload returns to what they have made of it.
  history.replaceState(null, '', location.pathname + location.search)
  const answer = await open({ fragment })
  if (answer.ok) return true
  const { problem } = answer
  showBanner(
    'warn',
    problem ? { key: `errors.${problem.key}`, params: problem.params } : { key: 'ui.link-broken', params: {} },
  )
  return false
}

async function openDefault(): Promise<void> {
  const response = await fetch(`./labs/${DEFAULT_LAB}.yaml`)
  await open({ text: await response.text() })
  goTo(firstPacket())
}

/** Where a request is on its way: the first packet of the story. */
function firstPacket(): number {
  const { timeline } = useTimeline.getState()
  const { packet } = timeline.columns
  for (let i = timeline.story; i < timeline.length; i++) if (packet[i] !== 0) return i
  return timeline.story
}

async function recall(): Promise<Saved | null> {
  try {
    const saved = await get<Partial<Saved>>(KEY)
    return typeof saved?.text === 'string' && typeof saved.cursor === 'number'
      ? { text: saved.text, cursor: saved.cursor, ...(typeof saved.draft === 'string' ? { draft: saved.draft } : {}) }
      : null
  } catch {
    return null // No storage here: the default lab it is.
  }
}

let timer: ReturnType<typeof setTimeout> | undefined
function save(): void {
  if (useLab.getState().status !== 'running') return
  clearTimeout(timer)
  timer = setTimeout(() => {
    const { applied, history } = useLab.getState()
    const draft = history.present === applied ? {} : { draft: history.present }
    set(KEY, { text: applied, cursor: useCursor.getState().cursor, ...draft } satisfies Saved).catch(() => {
      // Storage is full or forbidden: the lab still runs, it is only not remembered.
    })
  }, SAVE_AFTER_MS)
}
