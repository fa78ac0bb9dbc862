import { describe, expect, it } from 'vitest'
import golden from './fixtures/restore.json' with { type: 'json' }
import { iptablesRestore, type ToolOptions } from './iptables.ts'
import { printSave } from './print.ts'
import { EMPTY_RULESET } from './ruleset.ts'
import type { RuleCounters, Ruleset } from './types.ts'

describe('iptables-restore, one input after another', () => {
  let ruleset: Ruleset = EMPTY_RULESET
  let id = 0
  const counts = new Map<number, RuleCounters>()
  const counters = (rule: number): RuleCounters => counts.get(rule) ?? { packets: 0, bytes: 0 }
  const options: ToolOptions = { allocateId: () => ++id, cause: 1 }

  golden.cases.forEach((step, index) =>
    it(`${index}: ${step.argv.join(' ')} ${step.input.join(' / ').slice(0, 90)}`, () => {
      const done = iptablesRestore(ruleset, step.argv, step.input.map((line) => `${line}\n`).join(''), options)
      ruleset = done.ok ? done.value.ruleset : done.error.applied
      if (done.ok) for (const write of done.value.counters) counts.set(write.rule, write.counters)
      expect(done.ok ? 0 : done.error.exit).toBe(step.exit)
      expect(done.ok ? '' : done.error.stderr.trimEnd()).toBe(step.stderr)
      const saved = printSave(ruleset, { withCounters: true, counters }).split('\n')
      expect(saved.filter((line) => line !== '' && !line.startsWith('#'))).toEqual(step.after)
    }),
  )
})
