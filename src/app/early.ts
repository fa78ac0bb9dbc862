import { get } from 'idb-keyval'
import { DEFAULT_LAB } from '../scenario/labIndex.ts'
import { createClient } from '../worker/client.ts'
import type { OpenAnswer } from '../worker/protocol.ts'
import { firstFrame } from './first-frame.ts'
import { prospectOf } from './prospect.ts'
import type { Prospect } from './state/session.ts'

/**
 * What need not wait for React: the entry imports this module before anything else. A link is read, the simulator's worker loads, and the
 * texts that may be wanted are being read, while the rest of the page is still being evaluated.
 */
const isLink = location.hash.startsWith('#lab=')

/** What the link with which the page was opened will show, where the build knows it already. */
export const prospect: Promise<Prospect | null> = isLink ? prospectOf(location.hash) : Promise.resolve(null)

const startWorker = (): Worker => new Worker(new URL('../worker/host.worker.ts', import.meta.url), { type: 'module' })
/** What is known already is shown first: loading and booting the simulator would take the processor from it. */
const worker = isLink ? prospect.then((known) => known && firstFrame).then(startWorker) : startWorker()
export const client = createClient(worker)

/** The lab of the link with which the page was opened, being opened. */
export const linked: Promise<OpenAnswer> | null = isLink ? client.ask('open', { fragment: location.hash }) : null

export const AUTOSAVE = 'hopscope.autosave'
/** What was open last time; `undefined` where there is nothing, or no storage. */
export const remembered: Promise<unknown> = isLink ? Promise.resolve() : get<unknown>(AUTOSAVE).catch(() => undefined)

const fetchDefault = (): Promise<string> => fetch(`./labs/${DEFAULT_LAB}.yaml`).then((response) => response.text())
const fetched = isLink ? null : fetchDefault()
fetched?.catch(() => undefined) // Told where it is wanted, if it is.
export const defaultText = (): Promise<string> => fetched ?? fetchDefault()
