import { get } from 'idb-keyval'
import { DEFAULT_LAB } from '../scenario/labIndex.ts'
import { createClient } from '../worker/client.ts'
import type { OpenAnswer } from '../worker/protocol.ts'

/**
 * What need not wait for React: the entry imports this module before anything else. The simulator's worker loads, a link is on its
 * way to it, and the texts that may be wanted are being read, while the rest of the page is still being evaluated.
 */
const worker = new Worker(new URL('../worker/host.worker.ts', import.meta.url), { type: 'module' })
export const client = createClient(worker)

export const isLink = (hash: string): boolean => hash.startsWith('#lab=')

/** The lab of the link with which the page was opened, being opened. */
export const linked: Promise<OpenAnswer> | null = isLink(location.hash)
  ? client.ask('open', { fragment: location.hash })
  : null

export const AUTOSAVE = 'hopscope.autosave'
/** What was open last time; `undefined` where there is nothing, or no storage. */
export const remembered: Promise<unknown> = linked ? Promise.resolve() : get<unknown>(AUTOSAVE).catch(() => undefined)

const fetchDefault = (): Promise<string> => fetch(`./labs/${DEFAULT_LAB}.yaml`).then((response) => response.text())
const fetched = linked ? null : fetchDefault()
fetched?.catch(() => undefined) // Told where it is wanted, if it is.
export const defaultText = (): Promise<string> => fetched ?? fetchDefault()
