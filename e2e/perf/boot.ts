/** How long the default lab takes from its text to settled, script included, in Node: best and median of several boots in one process. */
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { bootLab, createLab } from '../../src/worker/engine.ts'
import { readDocument } from '../../src/worker/document.ts'

const text = readFileSync(process.argv[2] ?? 'public/labs/flannel-vxlan.yaml', 'utf8')
const times: number[] = []
for (let i = 0; i < 12; i++) {
  const begin = performance.now()
  const document = readDocument(text)
  const read = performance.now()
  if (!document.spec) throw new Error('the lab does not load')
  const lab = createLab({ ...document, spec: document.spec })
  bootLab(lab)
  const end = performance.now()
  times.push(end - begin)
  if (i === 0) {
    console.log(`first boot ${(end - begin).toFixed(0)} ms, of which reading ${(read - begin).toFixed(0)} ms`)
    console.log(`${lab.sim.marks.length} events, ${lab.world.journal.length} row changes, ${lab.trace.length} steps`)
  }
}
const sorted = [...times].sort((a, b) => a - b)
console.log(`boot to settled: best ${sorted[0]!.toFixed(0)} ms, median ${sorted[6]!.toFixed(0)} ms`)
