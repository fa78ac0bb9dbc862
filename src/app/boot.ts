import { set } from 'idb-keyval'
import type { Client } from '../worker/client.ts'
import type { OpenAnswer } from '../worker/protocol.ts'
import { showBanner } from './state/page.ts'
import { adopt, connect, goTo, open, report } from './state/session.ts'
import { useCursor, useLab, usePage, useTimeline } from './state/stores.ts'

/** How the page begins: with a lab from a link that is being opened already, with what was open last time, or with the default. */
export interface Beginning {
  readonly linked: Promise<OpenAnswer> | null
  readonly remembered: Promise<unknown>
  readonly defaultText: () => Promise<string>
  /** Key under which the lab is kept between visits. */
  readonly autosave: string
}

const SAVE_AFTER_MS = 500

interface Saved {
  readonly text: string
  readonly cursor: number
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
  keep(beginning.autosave)
  window.addEventListener('hashchange', () => {
    if (location.hash.startsWith('#lab=')) open({ fragment: location.hash }).then(accepted, report)
  })
}

async function openFirst({ linked, remembered, defaultText }: Beginning): Promise<void> {
  if (linked) {
    if (accepted(await adopt(linked))) return
    await open({ text: await defaultText() })
    return
  }
  const saved = readSaved(await remembered)
  if (saved && (await open({ text: saved.text }, saved.cursor)).ok) return
  await open({ text: await defaultText() })
  goTo(firstPacket())
  usePage.setState({ hint: true })
}

/** Where a request is on its way: the first packet of the story. */
function firstPacket(): number {
  const { timeline } = useTimeline.getState()
  const { packet } = timeline.columns
  for (let i = timeline.story; i < timeline.length; i++) if (packet[i] !== 0) return i
  return timeline.story
}

function accepted({ ok, problem }: OpenAnswer): boolean {
  if (ok) return true
  showBanner(
    'warn',
    problem ? { key: `errors.${problem.key}`, params: problem.params } : { key: 'ui.link-broken', params: {} },
  )
  return false
}

function readSaved(saved: unknown): Saved | null {
  if (typeof saved !== 'object' || saved === null) return null
  const { text, cursor } = saved as Partial<Record<keyof Saved, unknown>>
  return typeof text === 'string' && typeof cursor === 'number' ? { text, cursor } : null
}

/** Keeps text and cursor in the browser's storage, a moment after they have changed. */
function keep(key: string): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const save = (): void => {
    if (useLab.getState().status !== 'running') return
    clearTimeout(timer)
    timer = setTimeout(() => {
      const saved: Saved = { text: useLab.getState().applied, cursor: useCursor.getState().cursor }
      set(key, saved).catch(() => {
        // Storage is full or forbidden: the lab still runs, it is only not remembered.
      })
    }, SAVE_AFTER_MS)
  }
  useLab.subscribe(save)
  useCursor.subscribe(save)
}
