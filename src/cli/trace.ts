import type { Lab } from '../core/lab/lab.ts'
import { traceLine } from '../core/explain/json.ts'
import { narrate } from '../core/explain/narrate.ts'
import { writeTrace } from '../core/explain/pcap.ts'
import type { Sentence } from '../core/explain/views.ts'
import { SEC } from '../core/base/time.ts'
import { createI18n } from '../i18n/i18n.ts'
import { showMoment } from '../worker/engine.ts'
import { explainEnv } from '../worker/views.ts'

const english = createI18n('en')
const say = ({ key, params }: Sentence): string => english.text(`narration.${key}`, params)

/** One record of the trace as the JSON contract has it. */
export function jsonLine(lab: Lab, cursor: number): string {
  showMoment(lab, cursor)
  return JSON.stringify(traceLine(explainEnv(lab), cursor, say))
}

/** One record as a sentence, with its time. */
export function narrationLine(lab: Lab, cursor: number): string {
  showMoment(lab, cursor)
  const seconds = (lab.trace.columns.t[cursor]! / SEC).toFixed(6)
  const depth = '  '.repeat(lab.trace.columns.depth[cursor]!)
  return `${seconds.padStart(12)}  ${depth}${say(narrate(explainEnv(lab), cursor))}`
}

/** Records [from, to) as pcapng. `include` says which packets. */
export const capture = (lab: Lab, from: number, to: number, include: (packet: number) => boolean): Uint8Array =>
  writeTrace(explainEnv(lab), from, to, { include })
