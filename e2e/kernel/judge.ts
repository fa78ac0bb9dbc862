import { type Difference, compare } from './compare.ts'
import { excused } from './deviations.ts'
import { readGolden, writeGolden } from './goldens.ts'
import type { Scenario } from './language.ts'
import type { Observation } from './observation.ts'
import { kernelRelease, runReal } from './real/run.ts'
import { runSimulated } from './simulated/run.ts'

export interface Judgement {
  readonly scenario: Scenario
  readonly differences: readonly Difference[]
  /** What the kernel did, or was once seen to do; `null`: nobody knows. */
  readonly real: Observation | null
  readonly note: string
}

export type Judge = (s: Scenario) => Promise<Judgement>

/** Different figures on a busy machine: a run that differs is repeated, and a difference of the simulator shows again. */
const ATTEMPTS = 3

/** This machine's kernel. `record`: what it does becomes the golden. */
export const judgeByHost =
  (stage: string, record: boolean): Judge =>
  async (scenario) => {
    const simulated = excused(runSimulated(scenario), scenario.deviations)
    let [differences, real]: [readonly Difference[], Observation | null] = [[], null]
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      real = await runReal(scenario, stage)
      differences = compare(excused(real, scenario.deviations), simulated)
      if (record && (attempt === 1 || differences.length === 0)) writeGolden(scenario, real, kernelRelease())
      if (differences.length === 0)
        return { scenario, differences, real, note: attempt === 1 ? '' : ` (attempt ${attempt})` }
    }
    return { scenario, differences, real, note: '' }
  }

/** What a kernel was once seen to do. */
export const judgeByGolden: Judge = (scenario) => {
  const golden = readGolden(scenario)
  if (!golden) return Promise.resolve({ scenario, differences: [failure('golden')], real: null, note: '' })
  const real = golden.observation
  const differences = compare(excused(real, scenario.deviations), excused(runSimulated(scenario), scenario.deviations))
  return Promise.resolve({ scenario, differences, real, note: '' })
}

const failure = (section: string): Difference => ({
  section,
  at: 0,
  real: undefined,
  simulated: undefined,
  counts: [0, 0],
})

export function broken(scenario: Scenario, problem: unknown): Judgement {
  const text = problem instanceof Error ? problem.message : String(problem)
  return { scenario, differences: [failure(`could not run: ${text}`)], real: null, note: '' }
}
