// npm run kernel [-- name … --record --generated N --seed S --jobs J --seconds T --keep --passport --report FILE --trace]
// The simulator against this machine's kernel; without root or tools against the goldens, saying so.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Feature, PASSPORT } from '../../src/passport/passport.ts'
import { formatDifference } from './compare.ts'
import { generatedScenario } from './generate/generate.ts'
import { type Judgement, broken, judgeByGolden, judgeByHost } from './judge.ts'
import { keep, keptScenarios } from './kept.ts'
import type { Scenario } from './language.ts'
import { generatedRun, passportOf, writePassport } from './passport/build.ts'
import { featuresOf } from './passport/features.ts'
import { buildStage, kernelRelease, missing } from './real/run.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { judgeByTrace, traceable } from './trace/judge.ts'

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    record: { type: 'boolean', default: false },
    passport: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    generated: { type: 'string', default: '12' },
    seed: { type: 'string' },
    jobs: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '100' },
    report: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

const fresh = new Set<Scenario>()

function chosen(reason: string | null): Scenario[] {
  const all = [...SCENARIOS, ...keptScenarios()]
  if (names.length > 0) return all.filter((s) => names.some((name) => s.name.includes(name)))
  return reason === null ? [...all, ...generated()] : all
}

const [FIRST, LAST] = seeds()
function seeds(): readonly [first: number, last: number] {
  const first = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(options.seed)
  return [first, first + Number(options.generated) - 1]
}

function generated(): Scenario[] {
  const count = LAST - FIRST + 1
  if (count > 0)
    console.log(`kernel: generated scenarios ${FIRST} to ${LAST}; again with --seed ${FIRST} --generated ${count}`)
  for (let seed = FIRST; seed <= LAST; seed++) fresh.add(generatedScenario(seed))
  return [...fresh]
}

async function main(): Promise<void> {
  const reason = missing()
  const stage = reason === null ? buildStage(fileURLToPath(new URL('../out/kernel', import.meta.url))) : ''
  const judge =
    reason !== null ? judgeByGolden : options.trace ? judgeByTrace(stage) : judgeByHost(stage, options.record)
  console.log(
    reason === null
      ? `kernel: judged by this machine's Linux ${kernelRelease()}`
      : `kernel: judged by the goldens, because ${reason}`,
  )
  const queue = chosen(reason).filter((s) => !options.trace || traceable(s))
  const deadline = performance.now() + Number(options.seconds) * 1000
  let [passed, failed] = [0, 0]
  const touched: (readonly Feature[])[] = []
  const worker = async (): Promise<void> => {
    for (let s = queue.shift(); s && performance.now() < deadline; s = queue.shift()) {
      const verdict = await judge(s).catch((problem: unknown): Judgement => broken(s, problem))
      if (verdict.differences.length === 0) passed++
      else failed++
      if (fresh.has(s) && verdict.real && verdict.differences.length === 0) touched.push(featuresOf(s, verdict.real))
      tell(verdict)
    }
  }
  await Promise.all(Array.from({ length: Number(options.jobs) }, worker))
  if (queue.length > 0) console.log(`kernel: ${queue.length} scenarios not run within ${options.seconds} s`)
  if (options.report) writeFileSync(options.report, JSON.stringify({ passed, failed }))
  if (options.passport) renewPassport(touched)
  console.log(`kernel: ${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}

/** The generated part only when every one of the row was run and equal. */
function renewPassport(touched: readonly (readonly Feature[])[]): void {
  const whole = touched.length > 0 && touched.length === LAST - FIRST + 1
  const generatedPart = whole ? generatedRun(kernelRelease(), [FIRST, LAST], touched) : PASSPORT.generated
  writePassport(passportOf(generatedPart))
  console.log(`kernel: passport renewed${whole ? `, generated ${FIRST} to ${LAST} in it` : ''}`)
}

function tell({ scenario, differences, note }: Judgement): void {
  const deviations = scenario.deviations?.length ? `, without ${scenario.deviations.join(', ')}` : ''
  if (differences.length === 0) return console.log(`  ✓ ${scenario.name}${deviations}${note}`)
  console.log(`  ✗ ${scenario.name}: ${scenario.about}`)
  for (const difference of differences.slice(0, 12)) console.log(formatDifference(difference))
  if (options.keep && fresh.has(scenario)) keep(scenario)
}

await main()
