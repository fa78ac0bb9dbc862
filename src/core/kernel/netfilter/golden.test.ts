import { describe, expect, it } from 'vitest'
import commands from './fixtures/commands.json' with { type: 'json' }
import rules from './fixtures/rules.json' with { type: 'json' }
import { iptables, type ToolOptions } from './iptables.ts'
import { EMPTY_RULESET } from './ruleset.ts'
import type { Ruleset } from './types.ts'

function writer(): ToolOptions {
  let id = 0
  return { allocateId: () => ++id, cause: 1 }
}

/** Runs one command; what it prints comes back without trailing blank lines. */
function run(ruleset: Ruleset, argv: readonly string[], options = writer()) {
  const done = iptables(ruleset, argv, options)
  if (done.ok) return { ruleset: done.value.ruleset, exit: 0, output: done.value.stdout }
  return { ruleset, exit: done.error.exit, output: done.error.stderr }
}

const HINT = "Try `iptables -h' or 'iptables --help' for more information."
const words = (output: string): string => output.replace(HINT, '').trim()
const shown = (output: string): readonly string[] => output.split('\n').slice(2, -1)

describe('rules as iptables 1.8.9 takes and shows them', () => {
  for (const golden of rules.cases)
    it(`-t ${golden.table} ${golden.argv.join(' ')}`, () => {
      const where = ['-t', golden.table]
      const born = run(EMPTY_RULESET, [...where, '-N', 'USER']).ruleset
      const added = run(born, [...where, '-A', golden.chain, ...golden.argv])
      if (golden.error !== undefined) {
        expect(words(added.output)).toBe(golden.error)
        return
      }
      expect(added.output).toBe('')
      const show = (...flags: readonly string[]) => run(added.ruleset, [...where, ...flags]).output
      expect(show('-S', golden.chain).split('\n').slice(1, -1)).toEqual(golden.save)
      expect(shown(show('-L', golden.chain, '-n'))).toEqual(golden.list)
      const zeroed = golden.listVerbose.map((line) => line.replace('    5    60 ', '    0     0 '))
      expect(shown(show('-L', golden.chain, '-v'))).toEqual(zeroed)
    })
})

describe('a session of commands', () => {
  let ruleset: Ruleset = EMPTY_RULESET
  const options = writer()
  for (const golden of commands.cases)
    it(`iptables ${golden.argv.join(' ')}`, () => {
      const done = run(ruleset, golden.argv, options)
      ruleset = done.ruleset
      expect({ exit: done.exit, output: done.output.trimEnd() }).toEqual({
        exit: golden.exit,
        output: golden.output.replace('Ignoring deprecated --wait-interval option.', '').trimEnd(),
      })
    })
})
