import { describe, expect, it } from 'vitest'
import { compare, formatDifference } from './compare.ts'
import { excused } from './deviations.ts'
import { readGolden } from './goldens.ts'
import { keptScenarios } from './kept.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { runSimulated } from './simulated/run.ts'

// What `npm run kernel` compares with the kernel itself, here with what one was seen to do.
describe('the simulator does what a real kernel did', () => {
  for (const scenario of [...SCENARIOS, ...keptScenarios()]) {
    it(`${scenario.name}: ${scenario.about}`, () => {
      const golden = readGolden(scenario)
      expect(golden, `no golden of ${scenario.name}: npm run kernel -- --record ${scenario.name}`).not.toBeNull()
      const real = excused(golden!.observation, scenario.deviations)
      const differences = compare(real, excused(runSimulated(scenario), scenario.deviations))
      expect(differences.map(formatDifference)).toEqual([])
    })
  }
})
