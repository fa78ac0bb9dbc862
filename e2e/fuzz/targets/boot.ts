import { createLab } from '../../../src/worker/engine.ts'
import { readDocument } from '../../../src/worker/document.ts'
import { exportScript } from '../../../src/worker/export.ts'
import { documents } from './document.ts'
import { type Target, kindOf } from '../target.ts'

/** Labs that load are small or large, sensible or not; each is run for a while. */
export const boots: Target = {
  name: 'boot',
  about: 'labs that load, switched on and run for some thousand events, and written out',
  dictionary: documents.dictionary,
  seeds: documents.seeds,
  patience: 15_000,
  run(input) {
    const document = readDocument(input)
    if (!document.spec) return 'refused'
    const lab = createLab({ ...document, spec: document.spec })
    const stopped = lab.run({ events: 4000 })
    exportScript({ lab, document }, Math.max(0, lab.trace.length - 1))
    const refusal = lab.refusals.rows()[0]?.message ?? ''
    return `${stopped} ${kindOf(refusal)} ${lab.trace.length > 0}`
  },
}
