import { type Difference, compare } from '../compare.ts'
import { excused } from '../deviations.ts'
import type { Judge } from '../judge.ts'
import type { Scenario } from '../language.ts'
import { traceReal } from './real.ts'
import { traceSimulated } from './simulated.ts'

/** Whether rules can be told by their numbers: they stay the same while the scenario plays, and there are some. */
export const traceable = (s: Scenario): boolean =>
  s.setup.some((step) => step.do === 'iptables') &&
  !s.stimuli.some((step) => step.do === 'change' && step.change.do === 'iptables')

/** As in the judgement by sight: a run that differs is repeated. */
const ATTEMPTS = 3

/** The kernel's own trace of its rules against the simulator's: per namespace every walk, every rule that matched, every verdict. */
export const judgeByTrace =
  (stage: string): Judge<Scenario> =>
  async (scenario) => {
    const simulated = excused(traceSimulated(scenario), scenario.deviations)
    let differences: readonly Difference[] = []
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      differences = compare(excused(await traceReal(scenario, stage), scenario.deviations), simulated)
      if (differences.length === 0) break
    }
    return { subject: scenario, differences, real: null, by: 'trace', note: '' }
  }
