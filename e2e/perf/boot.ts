/**
 * How long a lab takes in Node from its text to settled, its script included: the first boot of a process, when all code is new to the
 * engine, and later ones. Aim: the default lab within 300 ms. Bundle it: see README.md. Takes the file of another lab as argument.
 */
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { readDocument } from '../../src/worker/document.ts'
import { bootLab, createLab } from '../../src/worker/engine.ts'

const BOOTS = 12

const file = process.argv[2] ?? 'public/labs/flannel-vxlan.yaml'
const text = readFileSync(file, 'utf8')

function boot() {
  const begin = performance.now()
  const document = readDocument(text)
  const read = performance.now()
  if (!document.spec) throw new Error(`${file} does not load`)
  const lab = createLab({ ...document, spec: document.spec })
  const ended = bootLab(lab)
  const end = performance.now()
  if (ended !== 'settled') throw new Error(`${file} does not settle`)
  return { lab, read: read - begin, all: end - begin }
}

const first = boot()
const later = Array.from({ length: BOOTS - 1 }, () => boot().all).sort((a, b) => a - b)
const { sim, world, trace } = first.lab
const ms = (value: number): string => `${value.toFixed(0)} ms`

console.log(`${file}: ${sim.marks.length} events, ${world.journal.length} row changes, ${trace.length} steps`)
console.log(`first boot ${ms(first.all)}, of which reading the text ${ms(first.read)}`)
console.log(`later boots: best ${ms(later[0]!)}, median ${ms(later[later.length >> 1]!)}`)
