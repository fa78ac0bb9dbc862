import { writeFileSync } from 'node:fs'
import {
  DEVIATIONS,
  type Feature,
  type GeneratedRun,
  type JudgedScenario,
  PASSPORT,
  type Passport,
} from '../../../src/passport/passport.ts'
import { KNOWN_DEVIATIONS } from '../deviations.ts'
import { readGolden } from '../goldens.ts'
import { keptScenarios } from '../kept.ts'
import type { Scenario } from '../language.ts'
import type { Observation } from '../observation.ts'
import { SCENARIOS } from '../scenarios/all.ts'
import { featuresOf, featuresOfLab } from './features.ts'

/** The passport as scenarios and goldens have it; what generated scenarios and exported labs add comes from a run. */
export function passportOf(
  generated: GeneratedRun | null,
  labs: readonly JudgedScenario[] = labsIn(PASSPORT),
): Passport {
  const scenarios = [...SCENARIOS.map(judgedScenario), ...labs]
  const releases = [...scenarios.map(({ kernel }) => kernel), ...(generated ? [generated.kernel] : [])]
  return {
    kernels: [...new Set(releases)].sort(),
    scenarios,
    kept: keptScenarios().length,
    generated,
    deviations: DEVIATIONS.map((id) => ({ id, features: KNOWN_DEVIATIONS[id].features })),
  }
}

/** The exported labs among what was judged. */
const labsIn = ({ scenarios }: Passport): readonly JudgedScenario[] =>
  scenarios.filter(({ name }) => name.startsWith('lab-'))

/** The labs that there are: as they were judged in this run, `now`; else as before. One that was never equal is none. */
export function labsAfter(
  names: readonly string[],
  kernel: string,
  now: ReadonlyMap<string, Observation>,
): readonly JudgedScenario[] {
  const before = labsIn(PASSPORT)
  return names.flatMap((name) => {
    const real = now.get(name)
    return real ? [{ name, kernel, features: featuresOfLab(real) }] : before.filter((lab) => lab.name === name)
  })
}

function judgedScenario(s: Scenario): JudgedScenario {
  const golden = readGolden(s)
  if (!golden) throw new Error(`no golden of ${s.name}: npm run kernel -- --record ${s.name}`)
  const { name, deviations } = s
  const kernel = releaseOf(golden.heading)
  return { name, kernel, features: featuresOf(s, golden.observation), ...(deviations ? { deviations } : {}) }
}

const releaseOf = (heading: string): string => heading.split(' ').at(-1) ?? ''

/** What a row of generated scenarios touched, all of them equal; `touched`: the features of each. */
export function generatedRun(
  kernel: string,
  [firstSeed, lastSeed]: readonly [number, number],
  touched: readonly (readonly Feature[])[],
): GeneratedRun {
  const features: Partial<Record<Feature, number>> = {}
  for (const feature of touched.flat()) features[feature] = (features[feature] ?? 0) + 1
  const sorted = Object.fromEntries(Object.entries(features).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { kernel, firstSeed, lastSeed, scenarios: touched.length, features: sorted }
}

const FILE = new URL('../../../src/passport/data.json', import.meta.url)

/** A line for each scenario, so that a change of it is a change of that line. */
export function writePassport(passport: Passport): void {
  const { scenarios, ...rest } = passport
  const text = JSON.stringify({ ...rest, scenarios: [] }, null, 1)
  const lines = scenarios.map((s) => `  ${JSON.stringify(s)}`).join(',\n')
  writeFileSync(FILE, `${text.replace('"scenarios": []', () => `"scenarios": [\n${lines}\n ]`)}\n`)
}
