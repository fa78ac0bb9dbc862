import { DEFAULT_LAB } from '../scenario/labIndex.ts'
import { createClient } from '../worker/client.ts'
import type { OpenAnswer } from '../worker/protocol.ts'
import { firstFrame } from './state/first-frame.ts'
import { type Sight, firstSight, linkedSight, savedSight } from './prospect.ts'
import { type Saved, recall } from './saved.ts'

/**
 * What need not wait for React: the entry imports this module before anything else. A link is read, the texts that may be wanted are being
 * read, and the simulator's worker loads, while the rest of the page is still being evaluated.
 */
const isLink = location.hash.startsWith('#lab=')

/** What was open last time. */
export const remembered: Promise<Saved | null> = isLink ? Promise.resolve(null) : recall()

const fetchDefault = (): Promise<string> => fetch(`./labs/${DEFAULT_LAB}.yaml`).then((response) => response.text())
const fetched = isLink ? null : fetchDefault()
fetched?.catch(() => undefined) // Told where it is wanted, if it is.
export const defaultText = (): Promise<string> => fetched ?? fetchDefault()

async function unlinkedSight(): Promise<Sight | null> {
  const saved = await remembered
  return saved ? savedSight(saved) : firstSight(await defaultText())
}
/** What the page will show first, where the build knows it already. */
export const prospect: Promise<Sight | null> = isLink ? linkedSight(location.hash) : unlinkedSight().catch(() => null)

/** So long do page and simulator wait for a picture that has yet to come. On a slow line it comes long before either. */
const PATIENCE_MS = 4000
/** Whether there is a picture; `null` also where it takes too long to come. */
export const soon: Promise<Sight | null> = Promise.race([
  prospect,
  new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null)),
])

/** What is known comes first: loading and booting the simulator would take the processor from it. */
const worker = soon
  .then((known) => known && firstFrame)
  .then(() => new Worker(new URL('../worker/host.worker.ts', import.meta.url), { type: 'module' }))
export const client = createClient(worker)

/** The lab of the link with which the page was opened, being opened. */
export const linked: Promise<OpenAnswer> | null = isLink ? client.ask('open', { fragment: location.hash }) : null
