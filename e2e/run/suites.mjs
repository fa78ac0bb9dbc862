import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../../src/cli/launch/install.mjs'

/** @typedef {{ passed: number, failed: number }} Count */
/** @typedef {{ name: string, about: string, run: () => Promise<Count> }} Suite */

const MINUTES = 60_000
const OUT = join(ROOT, 'e2e/out')
const bin = (/** @type {string} */ name) => join(ROOT, 'node_modules', name)

const OXFMT = bin('oxfmt/bin/oxfmt')
const OXLINT = bin('oxlint/bin/oxlint')
const TSC = bin('typescript/bin/tsc')
const VITE = bin('vite/bin/vite.js')
const VITEST = bin('vitest/vitest.mjs')
const PLAYWRIGHT = bin('@playwright/test/cli.js')
const TSX = bin('tsx/dist/cli.mjs')

const TYPE_PROJECTS = ['.', 'src/core', 'src/worker', 'src/app', 'src/cli']

/** In the order in which they run: the quick ones first. `browser` needs the page that `build` leaves in dist/. */
export const SUITES = /** @type {Suite[]} */ ([
  { name: 'format', about: 'oxfmt', run: () => one(node(OXFMT, ['--check', '.'])) },
  { name: 'lint', about: 'oxlint, with types', run: () => one(node(OXLINT, [])) },
  { name: 'types', about: 'tsc, one project per environment', run: checkTypes },
  { name: 'unit', about: 'boundaries, unit and property tests', run: runVitest },
  {
    name: 'kernel',
    about: 'the simulator against this machine’s Linux, or against what one was seen to do',
    run: runKernel,
  },
  { name: 'build', about: 'the static page, and the size of its first load', run: build },
  { name: 'browser', about: 'the built page in Chromium, accessibility included', run: runPlaywright },
])

async function checkTypes() {
  for (const project of TYPE_PROJECTS) if ((await node(TSC, ['-p', project])) !== 0) return { passed: 0, failed: 1 }
  return { passed: 1, failed: 0 }
}

async function build() {
  const built = await one(node(VITE, ['build', '--logLevel', 'warn']))
  return built.failed ? built : add(built, await one(node(TSX, ['e2e/perf/first-load.ts'])))
}

async function runVitest() {
  const report = freshReport('unit.json')
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const status = await node(VITEST, args, 9 * MINUTES)
  const result = readReport(report)
  // A file that does not even load has no test to count: it counts as one.
  const unloadable = result?.testResults?.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
      file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  return counted(status, result?.numPassedTests, (result?.numFailedTests ?? 0) + (unloadable ?? 0))
}

/** About a minute; its own time limit is what it stops by. */
async function runKernel() {
  const report = freshReport('kernel.json')
  const status = await node(TSX, ['e2e/kernel/run.ts', '--report', report, '--seconds', '100'], 4 * MINUTES)
  const result = readReport(report)
  return counted(status, result?.passed, result?.failed)
}

async function runPlaywright() {
  const { findOrInstallChromium } = await import('./chromium.mjs')
  process.env['HOPSCOPE_CHROMIUM'] = findOrInstallChromium((line) => console.log(line))
  const report = freshReport('browser.json')
  process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] = report
  const status = await node(PLAYWRIGHT, ['test', '-c', 'e2e/browser', '--reporter=list,json'], 9 * MINUTES)
  const stats = readReport(report)?.stats
  return counted(status, (stats?.expected ?? 0) + (stats?.flaky ?? 0), stats?.unexpected)
}

/**
 * What a runner counted; one failure more when it failed without saying in which test (it crashed, or ran out of time).
 * @param {number} status @param {number} [passed] @param {number} [failed] @returns {Count}
 */
function counted(status, passed = 0, failed = 0) {
  return { passed, failed: status !== 0 && failed === 0 ? 1 : failed }
}

/** A tool whose verdict is its exit status counts as one check. @param {Promise<number>} status @returns {Promise<Count>} */
async function one(status) {
  return (await status) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** @param {Count} a @param {Count} b @returns {Count} */
export const add = (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed })

/**
 * Runs a tool of node_modules in the project's folder, its output on ours; answers its exit status, 1 when it was stopped.
 * @param {string} script @param {string[]} args @param {number} [timeout] milliseconds
 * @returns {Promise<number>}
 */
function node(script, args, timeout = 5 * MINUTES) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout,
    })
    child.on('error', () => resolve(1))
    child.on('exit', (code, signal) => {
      if (signal) console.error(`stopped by ${signal} (the limit is ${timeout / MINUTES} minutes)`)
      resolve(code ?? 1)
    })
  })
}

/** @param {string} name */
function freshReport(name) {
  const path = join(OUT, name)
  rmSync(path, { force: true })
  mkdirSync(dirname(path), { recursive: true })
  return path
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}
