// npm run kernel [-- name … --record --generated N --seed S --jobs J --seconds T --keep --report FILE]
// The simulator against this machine's kernel; without root or tools against the goldens, saying so.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Difference, compare, formatDifference } from './compare.ts'
import { excused } from './deviations.ts'
import { generatedScenario } from './generate/generate.ts'
import { readGolden, writeGolden } from './goldens.ts'
import { keep, keptScenarios } from './kept.ts'
import type { Scenario } from './language.ts'
import type { Observation } from './observation.ts'
import { buildStage, kernelRelease, missing, runReal } from './real/run.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { runSimulated } from './simulated/run.ts'

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    record: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    generated: { type: 'string', default: '12' },
    seed: { type: 'string' },
    jobs: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '100' },
    report: { type: 'string' },
  },
})

/** Different figures on a busy machine: a run that differs is repeated, and a difference of the simulator shows again. */
const ATTEMPTS = 3

interface Judgement {
  readonly scenario: Scenario
  readonly differences: readonly Difference[]
  readonly note: string
}

type Judge = (s: Scenario) => Promise<Judgement>

const judgeByKernel =
  (stage: string): Judge =>
  async (scenario) => {
    const simulated = excused(runSimulated(scenario), scenario.deviations)
    let differences: readonly Difference[] = []
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const seen = await runReal(scenario, stage)
      differences = compare(excused(seen, scenario.deviations), simulated)
      if (options.record && attempt === 1) writeGolden(scenario, seen, kernelRelease())
      if (differences.length === 0) {
        if (options.record) writeGolden(scenario, seen, kernelRelease())
        return { scenario, differences, note: attempt === 1 ? '' : ` (attempt ${attempt})` }
      }
    }
    return { scenario, differences, note: '' }
  }

const judgeByGolden: Judge = (scenario) => {
  const golden = readGolden(scenario)
  if (!golden) return Promise.resolve({ scenario, differences: [NO_GOLDEN], note: '' })
  const real: Observation = excused(golden.observation, scenario.deviations)
  return Promise.resolve({
    scenario,
    differences: compare(real, excused(runSimulated(scenario), scenario.deviations)),
    note: '',
  })
}
const NO_GOLDEN: Difference = { section: 'golden', at: 0, real: undefined, simulated: undefined, counts: [0, 0] }

function chosen(reason: string | null): Scenario[] {
  const all = [...SCENARIOS, ...keptScenarios()]
  if (names.length > 0) return all.filter((s) => names.some((name) => s.name.includes(name)))
  return reason === null ? [...all, ...generated()] : all
}

function generated(): Scenario[] {
  const seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(options.seed)
  const count = Number(options.generated)
  if (count > 0)
    console.log(
      `kernel: generated scenarios ${seed} to ${seed + count - 1}; again with --seed ${seed} --generated ${count}`,
    )
  return Array.from({ length: count }, (_, i) => generatedScenario(seed + i))
}

async function main(): Promise<void> {
  const reason = missing()
  const judge =
    reason === null
      ? judgeByKernel(buildStage(fileURLToPath(new URL('../out/kernel', import.meta.url))))
      : judgeByGolden
  console.log(
    reason === null
      ? `kernel: judged by this machine's Linux ${kernelRelease()}`
      : `kernel: judged by the goldens, because ${reason}`,
  )
  const queue = chosen(reason)
  const deadline = performance.now() + Number(options.seconds) * 1000
  let [passed, failed] = [0, 0]
  const worker = async (): Promise<void> => {
    for (let s = queue.shift(); s && performance.now() < deadline; s = queue.shift()) {
      const verdict = await judge(s).catch((problem: unknown): Judgement => broken(s, problem))
      if (verdict.differences.length === 0) passed++
      else failed++
      tell(verdict)
    }
  }
  await Promise.all(Array.from({ length: Number(options.jobs) }, worker))
  if (queue.length > 0) console.log(`kernel: ${queue.length} scenarios not run within ${options.seconds} s`)
  if (options.report) writeFileSync(options.report, JSON.stringify({ passed, failed }))
  console.log(`kernel: ${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}

function broken(scenario: Scenario, problem: unknown): Judgement {
  const text = problem instanceof Error ? problem.message : String(problem)
  return {
    scenario,
    differences: [{ section: `could not run: ${text}`, at: 0, real: undefined, simulated: undefined, counts: [0, 0] }],
    note: '',
  }
}

function tell({ scenario, differences, note }: Judgement): void {
  const deviations = scenario.deviations?.length ? `, without ${scenario.deviations.join(', ')}` : ''
  if (differences.length === 0) return console.log(`  ✓ ${scenario.name}${deviations}${note}`)
  console.log(`  ✗ ${scenario.name}: ${scenario.about}`)
  for (const difference of differences.slice(0, 12)) console.log(formatDifference(difference))
  if (options.keep && scenario.name.startsWith('generated-')) keep(scenario)
}

await main()
