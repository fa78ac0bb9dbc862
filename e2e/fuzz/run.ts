/**
 * npx tsx e2e/fuzz/run.ts TARGET|all [--minutes N] [--seed S] [--keep]
 *
 * Fuzzes a target in a process of its own, which is watched: an input that takes longer than ten seconds is a hang. What is found is
 * printed, shortened; with --keep it becomes a seed that every later run and `npm test` try first.
 */
import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildCounting } from './build.ts'
import type { Order, Report } from './child.ts'
import { type Figures, type Finding, shrink } from './engine.ts'
import { keepSeed } from './files.ts'
import { kindOf } from './target.ts'
import { TARGETS, targetNamed } from './targets/all.ts'

const HANG = 10_000
/** Megabytes that a program under test may hold; an input that makes it need more ends it, and is a finding. */
const MEMORY = 1000
/** Findings of one kind that are shown. */
const ENOUGH = 40

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean' },
  },
})
process.exitCode = await supervise()

async function supervise(): Promise<number> {
  const [name] = positionals
  const targets = name === 'all' ? TARGETS : TARGETS.filter((each) => each.name === name)
  if (targets.length === 0) {
    console.error(
      `usage: run.ts TARGET|all [--minutes N] [--seed S] [--keep]\n${TARGETS.map((each) => `  ${each.name.padEnd(10)} ${each.about}`).join('\n')}`,
    )
    return 2
  }
  const seed = Number(values.seed ?? '1')
  const milliseconds = Number(values.minutes ?? '1') * 60_000
  const program = await buildCounting()
  let findings = 0
  for (const target of targets) findings += await watch(program.path, program.places, target.name, seed, milliseconds)
  rmSync(dirname(program.path), { recursive: true, force: true })
  return findings > 0 ? 1 : 0
}

/** Runs one target in a child; after a hang, goes on with another seed. */
async function watch(
  program: string,
  places: number,
  target: string,
  seed: number,
  milliseconds: number,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-fuzz-'))
  const known = new Map<string, Finding>()
  const until = performance.now() + milliseconds
  let round = seed
  while (performance.now() < until) {
    const order: Order = {
      target,
      seed: round++,
      milliseconds: until - performance.now(),
      current: join(folder, 'input'),
    }
    const hang = await child(
      program,
      order,
      (finding) => note(known, finding),
      (figures) => print(target, order.seed, figures, places),
    )
    if (hang === null) break
    note(known, hang)
  }
  rmSync(folder, { recursive: true, force: true })
  for (const finding of known.values()) await show(target, finding)
  return known.size
}

function note(known: Map<string, Finding>, finding: Finding): void {
  const where =
    finding.stack
      .split('\n')
      .find((line) => line.includes('/src/'))
      ?.trim() ?? ''
  const key = finding.kind === 'throws' ? `${kindOf(finding.what).slice(0, 24)} ${where}` : finding.kind
  const before = known.get(key)
  if (known.size < ENOUGH && (!before || finding.input.length < before.input.length)) known.set(key, finding)
}

function child(
  program: string,
  order: Order,
  found: (finding: Finding) => void,
  done: (figures: Figures) => void,
): Promise<Finding | null> {
  return new Promise((resolve) => {
    const process_ = fork(program, [JSON.stringify(order)], {
      execArgv: ['--enable-source-maps', `--max-old-space-size=${MEMORY}`],
    })
    let alive = performance.now()
    let started = false
    let answer: Finding | null = null
    const guard = setInterval(() => {
      // loading the simulator takes a while
      if (performance.now() - alive < (started ? HANG : 60_000)) return
      answer = {
        kind: 'hangs',
        what: `no end within ${HANG} ms`,
        stack: '',
        input: readFileSync(order.current, 'utf8'),
      }
      process_.kill('SIGKILL')
    }, 1000)
    process_.on('message', (report: Report) => {
      alive = performance.now()
      started = true
      if ('finding' in report) found(report.finding)
      else if ('figures' in report) done(report.figures)
    })
    process_.on('exit', (code, signal) => {
      clearInterval(guard)
      if (code !== 0 && answer === null)
        answer = {
          kind: 'throws',
          what: `the process ended with ${code ?? signal}`,
          stack: '',
          input: readFileSync(order.current, 'utf8'),
        }
      resolve(answer)
    })
  })
}

function print(target: string, seed: number, f: Figures, places: number): void {
  const rate = Math.round(f.runs / Math.max(0.001, f.seconds))
  console.log(
    `${target.padEnd(10)} seed ${seed}: ${f.runs} inputs in ${f.seconds.toFixed(0)} s (${rate}/s), ${f.places} of ${places} branches, ${f.kinds} kinds of answers, ${f.corpus} inputs kept for mutation, slowest ${f.slowest.toFixed(0)} ms, largest ${f.largest} characters, memory at most ${Math.round(f.memory / 1e6)} MB`,
  )
}

async function show(name: string, finding: Finding): Promise<void> {
  const target = targetNamed(name)!
  const end = finding.input.indexOf('\0END\0')
  const whole = { ...finding, input: end < 0 ? finding.input : finding.input.slice(0, end) }
  // What ended the child would end this process too.
  const fatal = finding.kind === 'hangs' || finding.stack === ''
  const input = fatal && finding.kind !== 'slow' ? whole.input : await shrink(target, whole, 20_000)
  console.log(
    `\n${name}: ${finding.kind}: ${finding.what}\n${finding.stack.split('\n').slice(1, 9).join('\n')}\ninput (${input.length}): ${JSON.stringify(input).slice(0, 1500)}`,
  )
  if (values.keep) console.log(`kept as ${keepSeed(name, finding.kind, input)}`)
}
