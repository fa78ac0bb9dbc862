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
  /** Who judged: `host`, `guest`, `golden`. */
  readonly by: string
  readonly note: string
}

export type Judge = (s: Scenario) => Promise<Judgement>

/** Different figures on a busy machine: a run that differs is repeated, and a difference of the simulator shows again. */
const ATTEMPTS = 3

/** This machine's kernel. `record`: what it does becomes the golden. */
export const byHost =
  (stage: string, record: boolean): Judge =>
  async (scenario) => {
    let verdict: Judgement | null = null
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const real = await runReal(scenario, stage)
      verdict = { ...against(scenario, real, 'host'), note: attempt === 1 ? '' : `, attempt ${attempt}` }
      if (record && (attempt === 1 || verdict.differences.length === 0)) writeGolden(scenario, real, kernelRelease())
      if (verdict.differences.length === 0) break
    }
    return verdict!
  }

/** What the guest's kernel did. */
export const byGuest =
  (release: string, seen: Observation | Error, record: boolean): Judge =>
  (scenario) => {
    if (seen instanceof Error) return Promise.reject(seen)
    if (record) writeGolden(scenario, seen, release)
    return Promise.resolve(against(scenario, seen, 'guest'))
  }

/** What a kernel was once seen to do. */
export const byGolden: Judge = (scenario) => {
  const golden = readGolden(scenario)
  if (!golden) return Promise.reject(new Error(`no golden: npm run kernel -- --record ${scenario.name}`))
  return Promise.resolve(against(scenario, golden.observation, 'golden'))
}

function against(scenario: Scenario, real: Observation, by: string): Judgement {
  const simulated = excused(runSimulated(scenario), scenario.deviations)
  return { scenario, differences: compare(excused(real, scenario.deviations), simulated), real, by, note: '' }
}

export function broken(scenario: Scenario, problem: unknown): Judgement {
  const section = `could not run: ${problem instanceof Error ? problem.message : String(problem)}`
  const difference = { section, at: 0, real: undefined, simulated: undefined, counts: [0, 0] } as const
  return { scenario, differences: [difference], real: null, by: 'nobody', note: '' }
}
