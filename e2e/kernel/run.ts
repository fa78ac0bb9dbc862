// npm run kernel [-- name … --on host|guest|golden --record --generated N --wide --seed S --jobs J --seconds T --shrink N --keep --passport --trace --report FILE]
// The simulator against real kernels: this machine's, else Debian's in qemu, else what one was seen to do. Says which.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Feature, PASSPORT } from '../../src/passport/passport.ts'
import { formatDifference } from './compare.ts'
import { generatedScenario } from './generate/generate.ts'
import { isGenerated, scenariosNamed } from './generate/named.ts'
import { wideScenario } from './generate/wide/wide.ts'
import { Court } from './court.ts'
import type { Judgement, Subject } from './judge.ts'
import { keep, keptScenarios } from './kept.ts'
import { exportedLabs } from './labs/lab.ts'
import type { Scenario } from './language.ts'
import type { Observation } from './observation.ts'
import { generatedRun, labsAfter, passportOf, writePassport } from './passport/build.ts'
import { featuresOf } from './passport/features.ts'
import { kernelRelease } from './real/run.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { shrink } from './shrink.ts'

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    on: { type: 'string' },
    record: { type: 'boolean', default: false },
    passport: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    // How many failures are made small: each may take minutes.
    shrink: { type: 'string', default: '5' },
    generated: { type: 'string' },
    wide: { type: 'boolean', default: false },
    seed: { type: 'string' },
    jobs: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '100' },
    report: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

const GENERATED = 12
const FIRST = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(options.seed)
const COUNT = names.length > 0 ? 0 : Number(options.generated ?? GENERATED)

function fresh(): readonly Scenario[] {
  if (COUNT === 0) return []
  const last = FIRST + COUNT - 1
  const flavour = options.wide ? ' --wide' : ''
  console.log(
    `kernel: generated scenarios ${FIRST} to ${last}; again with --seed ${FIRST} --generated ${COUNT}${flavour}`,
  )
  return Array.from({ length: COUNT }, (_, i) => (options.wide ? wideScenario : generatedScenario)(FIRST + i))
}

/** Those whose names contain a word that was given; all without one. */
const chosen = <S extends Subject>(subjects: readonly S[]): readonly S[] =>
  names.length === 0 ? subjects : subjects.filter((s) => names.some((name) => s.name.includes(name)))

async function main(): Promise<void> {
  const known = [...SCENARIOS, ...keptScenarios()]
  const asked = [...chosen(known), ...names.flatMap(scenariosNamed)]
  const court = new Court({
    ...options,
    seconds: Number(options.seconds),
    say: (line) => console.log(`kernel: ${line}`),
  })
  const generated = court.host ? fresh() : []
  const failures: Scenario[] = []
  const touched = new Map<Scenario, readonly Feature[]>()
  const labs = new Map<string, Observation>()
  let [passed, failed] = [0, 0]
  const count = (good: boolean): number => (good ? passed++ : failed++)
  await court.judge([...asked, ...generated], Number(options.jobs), (verdict) => {
    const { subject: scenario, differences, real } = verdict
    count(differences.length === 0)
    if (real && differences.length === 0 && generated.includes(scenario))
      touched.set(scenario, featuresOf(scenario, real))
    if (differences.length > 0 && isGenerated(scenario)) failures.push(scenario)
    tell(verdict)
  })
  await court.judgeLabs(chosen(exportedLabs()), Number(options.jobs), (verdict) => {
    const { subject, real, differences } = verdict
    count(differences.length === 0)
    if (real && differences.length === 0) labs.set(subject.name, real)
    tell(verdict)
  })
  for (const scenario of court.host ? failures.slice(0, Number(options.shrink)) : [])
    await tellSmallest(court, scenario)
  if (options.report) writeFileSync(options.report, JSON.stringify({ passed, failed }))
  if (options.passport) renewPassport(generated, touched, labs)
  console.log(`kernel: ${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}

/** What is left of a failure when all that does not matter is taken away. */
async function tellSmallest(court: Court, scenario: Scenario): Promise<void> {
  const differs = async (s: Scenario): Promise<boolean> => {
    const { differences, by } = await court.judgeOnHost(s)
    return by === 'host' && differences.length > 0
  }
  const smallest = await shrink(scenario, differs)
  const verdict = await court.judgeOnHost(smallest)
  console.log(`kernel: ${scenario.name} at its smallest`)
  for (const step of [...smallest.setup, ...(smallest.servers ?? []), ...smallest.stimuli])
    console.log(`    ${JSON.stringify(step)}`)
  tell(verdict)
  if (options.keep) keep(smallest)
}

/** The generated part: the row of seeds of the first flavour up to the first that was not run or not equal. */
function renewPassport(
  generated: readonly Scenario[],
  touched: ReadonlyMap<Scenario, readonly Feature[]>,
  labs: ReadonlyMap<string, Observation>,
): void {
  const stop = generated.findIndex((s) => !touched.has(s))
  const all = options.wide ? [] : stop < 0 ? generated : generated.slice(0, stop)
  const row = all.map((s) => touched.get(s) ?? [])
  const run = row.length > 0 ? generatedRun(kernelRelease(), [FIRST, FIRST + row.length - 1], row) : PASSPORT.generated
  const names = exportedLabs().map(({ name }) => name)
  writePassport(passportOf(run, labsAfter(names, kernelRelease(), labs)))
  console.log(`kernel: passport renewed${row.length > 0 ? `, with ${row.length} generated scenarios` : ''}`)
}

function tell({ subject, differences, by, note }: Judgement): void {
  const { name, about } = subject
  const deviations = subject.deviations?.length ? `, without ${subject.deviations.join(', ')}` : ''
  if (differences.length === 0) return console.log(`  ✓ ${name} (${by}${deviations}${note})`)
  console.log(`  ✗ ${name} (${by}): ${about}`)
  for (const difference of differences.slice(0, 12)) console.log(formatDifference(difference))
}

// With nothing else asked for, the passport is renewed out of goldens alone.
if (options.passport && names.length === 0 && options.generated === undefined) renewPassport([], new Map(), new Map())
else await main()
