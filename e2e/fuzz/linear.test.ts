import { describe, expect, it } from 'vitest'
import { readYamlMap } from '../../src/core/agents/kube-proxy/yaml.ts'
import { expandOne } from '../../src/core/agents/toolbox/shell/expand.ts'
import { appendDocument } from '../../src/manifest/edit.ts'

const LONG = 400_000

const SCOPE = { vars: {}, env: {}, args: [], name: 'sh', status: 0, pid: 1, commands: [] }
const substituted = (output: string): string =>
  expandOne({ parts: [{ t: 'command', script: 'x', quoted: true }], from: 0, to: 0 }, { ...SCOPE, commands: [output] })

/** Patterns over a stranger's text that once took time in the square of its length: minutes for these. */
describe('a long text takes time in proportion', () => {
  it.each<[string, () => unknown]>([
    ['kube-proxy: a line of blanks without a colon', () => readYamlMap(`a${' '.repeat(LONG)}b`)],
    ['kube-proxy: a line of quotes', () => readYamlMap(`a: ${'"'.repeat(LONG)}`)],
    ['command substitution: lines of nothing', () => substituted(`${'\n'.repeat(LONG)}x`)],
    ['an object put behind the last', () => appendDocument('a: 1\n', `${'\n'.repeat(LONG)}b: 2`)],
  ])('%s', (_, act) => {
    const start = performance.now()
    act()
    expect(performance.now() - start).toBeLessThan(5000)
  })
})
