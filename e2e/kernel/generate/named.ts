import type { Scenario } from '../language.ts'
import { generatedScenario } from './generate.ts'
import { wideScenario } from './wide/wide.ts'

const NAME = /^(generated|wide)-(\d+)$/

/** Whether a scenario is one out of a seed, not one that was written or kept. */
export const isGenerated = ({ name }: Scenario): boolean => NAME.test(name)

/** The scenario of a name such as `generated-7` or `wide-7`; none where the name is no seed's. */
export function scenariosNamed(name: string): readonly Scenario[] {
  const [, flavour, seed] = NAME.exec(name) ?? []
  if (flavour === undefined) return []
  return [flavour === 'wide' ? wideScenario(Number(seed)) : generatedScenario(Number(seed))]
}
