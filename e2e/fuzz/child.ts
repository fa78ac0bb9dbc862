import { closeSync, openSync, writeSync } from 'node:fs'
import { type Figures, type Finding, fuzz } from './engine.ts'
import { keptSeeds } from './files.ts'
import { targetNamed } from './targets/all.ts'

/** What a watched process is told to do, and what it tells. Started by `run.ts` only. */
export interface Order {
  readonly target: string
  readonly seed: number
  readonly milliseconds: number
  /** File that holds the input being tried, for whoever finds that it never ends. */
  readonly current: string
}
export type Report = { readonly tick: number } | { readonly finding: Finding } | { readonly figures: Figures }

const { target: name, seed, milliseconds, current } = JSON.parse(process.argv[2]!) as Order
const target = targetNamed(name)!
const send = (report: Report): void => void process.send?.(report)
const file = openSync(current, 'w')
let last = 0
const figures = await fuzz(
  target,
  keptSeeds(name),
  seed,
  { milliseconds },
  {
    before(input) {
      writeSync(file, Buffer.from(`${input}\0END\0`, 'utf8'), 0, undefined, 0)
      const now = performance.now()
      if (now - last > 1000) send({ tick: (last = now) })
    },
    found: (finding) => send({ finding }),
  },
)
closeSync(file)
send({ figures })
await new Promise((resolve) => setTimeout(resolve, 100))
process.disconnect()
