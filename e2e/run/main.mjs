// npm test [-- suite …]: installs what is missing, runs the suites, and ends with `N passed, N failed` over all of them.
import { ensureInstalled } from '../../src/cli/launch/install.mjs'
import { add, SUITES } from './suites.mjs'

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !SUITES.some((suite) => suite.name === name))
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are: ${SUITES.map((suite) => suite.name).join(', ')}`)
  process.exit(2)
}
ensureInstalled()

const lines = []
let total = { passed: 0, failed: 0 }
for (const suite of SUITES) {
  if (chosen.length > 0 && !chosen.includes(suite.name)) continue
  console.log(`\n── ${suite.name}: ${suite.about}`)
  const start = performance.now()
  const count = await suite.run().catch(broken)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  lines.push(`  ${suite.name.padEnd(8)} ${`${count.passed} passed, ${count.failed} failed`.padEnd(26)} ${seconds} s`)
  total = add(total, count)
}

console.log(`\n${lines.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0

/** A suite that could not run at all counts as one failure. @param {unknown} error */
function broken(error) {
  console.error(error instanceof Error ? error.message : error)
  return { passed: 0, failed: 1 }
}
