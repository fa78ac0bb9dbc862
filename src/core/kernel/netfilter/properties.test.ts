import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filterTable, ruleArguments } from '../../testkit/netfilter-arbitraries.ts'
import { parseRule } from './parse.ts'
import { printSave } from './print.ts'
import { applyRestore, type RestoreOptions } from './restore.ts'
import { EMPTY_RULESET } from './ruleset.ts'
import { matchText, targetText } from './save-text.ts'
import type { Ruleset } from './types.ts'

function options(extra: Partial<RestoreOptions> = {}): RestoreOptions {
  let id = 0
  return { allocateId: () => ++id, cause: 1, ...extra }
}

function restored(
  lines: readonly string[],
  ruleset: Ruleset = EMPTY_RULESET,
  extra: Partial<RestoreOptions> = {},
): Ruleset {
  const done = applyRestore(
    ruleset,
    lines.map((text) => ({ text })),
    options(extra),
  )
  if (!done.ok) throw new Error(done.error.stderr)
  return done.value.ruleset
}

describe('rules', () => {
  it('parse(print(rule)) = rule', () => {
    fc.assert(
      fc.property(ruleArguments, (args) => {
        const first = parseRule(args)
        if (!first.ok) throw new Error(`${args}: ${first.error.message}`)
        expect(parseRule(first.value.text)).toEqual(first)
      }),
    )
  })

  it('are the sum of their terms: the terms alone, put together, say the same', () => {
    fc.assert(
      fc.property(ruleArguments, (args) => {
        const rule = parseRule(args)
        if (!rule.ok) throw new Error(rule.error.message)
        const { matches, target } = rule.value
        const text = [...matches.map(matchText), ...(target ? [targetText(target)] : [])].join(' ')
        const again = parseRule(text)
        expect(again.ok && again.value.matches).toEqual(matches)
      }),
    )
  })

  it('put the terms of the header first, in the order the kernel looks at them', () => {
    const order = ['src', 'dst', 'in', 'out', 'proto', 'frag']
    fc.assert(
      fc.property(ruleArguments, (args) => {
        const rule = parseRule(args)
        const at = rule.ok ? rule.value.matches.map((match) => order.indexOf(match.m)) : []
        const ranks = at.map((rank) => (rank < 0 ? order.length : rank))
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
      }),
    )
  })
})

describe('restore', () => {
  it('save, restore, save is the same text', () => {
    fc.assert(
      fc.property(filterTable, (lines) => {
        const saved = printSave(restored(lines))
        expect(printSave(restored(saved.trimEnd().split('\n')))).toBe(saved)
      }),
    )
  })

  it('of the same input is the same value, whoever writes it', () => {
    fc.assert(
      fc.property(filterTable, fc.boolean(), (lines, noflush) => {
        const input = noflush ? lines.filter((line) => !line.startsWith('-A FORWARD')) : lines
        const first = restored(input, EMPTY_RULESET, { noflush })
        expect(restored(input, first, { noflush, cause: 2, allocateId: () => expect.unreachable() })).toBe(first)
      }),
    )
  })

  it('changes nothing of a table in which a line fails', () => {
    const broken = [
      '-A A -j NOWHERE',
      '-D A -j ACCEPT -m comment --comment none',
      '-A X -j DROP',
      '-X INPUT',
      '-A A -p tcp --bogus',
    ]
    fc.assert(
      fc.property(filterTable, filterTable, fc.constantFrom(...broken), fc.nat(), (before, lines, bad, at) => {
        const ruleset = restored(before)
        const position = 4 + (at % (lines.length - 4))
        const input = [...lines.slice(0, position), bad, ...lines.slice(position)]
        const done = applyRestore(
          ruleset,
          input.map((text) => ({ text })),
          options(),
        )
        expect(done.ok).toBe(false)
        if (!done.ok) expect(done.error.applied.ruleset).toBe(ruleset)
      }),
    )
  })

  it('keeps tables that were committed before the failing one', () => {
    const input = [...['*filter', ':A - [0:0]', 'COMMIT'], ...['*nat', '-X NOPE', 'COMMIT']]
    const done = applyRestore(
      EMPTY_RULESET,
      input.map((text) => ({ text })),
      options(),
    )
    expect(!done.ok && Object.keys(done.error.applied.ruleset)).toEqual(['filter'])
  })

  it('shares the chains that it does not touch', () => {
    const first = restored(['*filter', ':A - [0:0]', ':B - [0:0]', '-A A -j DROP', '-A B -j DROP', 'COMMIT'])
    const chain = (ruleset: Ruleset, name: string) => ruleset.filter?.chains.find((known) => known.name === name)
    const next = restored(['*filter', ':A - [0:0]', '-A A -j ACCEPT', '-A A -j DROP', 'COMMIT'], first, {
      noflush: true,
    })
    expect(chain(next, 'B')).toBe(chain(first, 'B'))
    expect(chain(next, 'A')?.rules[1]).toBe(chain(first, 'A')?.rules[0])
    expect(chain(next, 'A')?.rules.map((rule) => rule.text)).toEqual(['-j ACCEPT', '-j DROP'])
  })

  it('takes the subject of a line; a rule for somebody else is written anew under its old id', () => {
    const input = (owner: string) => [
      { text: '*filter' },
      { text: ':A - [0:0]' },
      { text: '-A A -j DROP', subject: [owner] },
      { text: 'COMMIT' },
    ]
    const first = applyRestore(EMPTY_RULESET, input('Service/a/b'), options({ noflush: true }))
    const second =
      first.ok && applyRestore(first.value.ruleset, input('Service/a/c'), options({ noflush: true, cause: 7 }))
    const rule = second && second.ok && second.value.ruleset.filter?.chains.at(-1)?.rules[0]
    expect(rule).toMatchObject({ id: 1, subject: ['Service/a/c'], cause: 7 })
  })

  it('starts the counters of rewritten rules anew', () => {
    const input = ['*filter', ':A - [0:0]', '[3:40] -A A -j DROP', '-A A -j ACCEPT', 'COMMIT'].map((text) => ({ text }))
    const first = applyRestore(EMPTY_RULESET, input, options({ noflush: true, counters: true }))
    expect(first.ok && first.value.counters).toEqual([{ rule: 1, counters: { packets: 3, bytes: 40 } }])
    const second = first.ok && applyRestore(first.value.ruleset, input, options({ noflush: true }))
    expect(second && second.ok && second.value.counters.map((write) => write.counters.packets)).toEqual([0, 0])
  })
})

describe('what is not modelled', () => {
  it.each([
    '-m u32 --u32 0x6&0xff=0x1 -j DROP',
    '-p tcp -m connlimit --connlimit-above 3 --connlimit-mask 32 --connlimit-saddr -m comment --comment x',
    '-m string ! --string "a b" --algo bm',
    '-j CHECKSUM --checksum-fill',
    '-s 10.0.0.0/255.0.255.0 -j ACCEPT',
  ])('keeps its text and says so: %s', (args) => {
    const rule = parseRule(args)
    expect(rule.ok && rule.value.text.replace('"0x6&0xff=0x1"', '0x6&0xff=0x1')).toBe(args)
    const named = rule.ok && [...rule.value.matches.map((match) => match.m), rule.value.target?.t]
    expect(named).toContain('unknown')
  })
})
