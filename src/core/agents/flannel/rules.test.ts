import { describe, expect, it } from 'vitest'
import { saveTable } from '../../kernel/netfilter/print.ts'
import { applyRestore } from '../../kernel/netfilter/restore.ts'
import { EMPTY_RULESET } from '../../kernel/netfilter/ruleset.ts'
import type { Ruleset } from '../../kernel/netfilter/types.ts'
import { flannelRestore, flannelRules, flannelRulesPresent } from './rules.ts'

const input = {
  subnet: '10.244.1.0/24',
  network: '10.244.0.0/16',
  ipMasq: true,
  forwardRules: true,
  randomFully: true,
  subject: ['Node/node1'],
}

let id = 0
function restore(ruleset: Ruleset): Ruleset {
  const done = applyRestore(ruleset, flannelRestore(input, ruleset), {
    allocateId: () => ++id,
    cause: 1,
    noflush: true,
  })
  if (!done.ok) throw new Error(done.error.stderr)
  return done.value.ruleset
}

describe('flannel rules', () => {
  it('come out as iptables-save showed them on a real node', () => {
    const ruleset = restore(EMPTY_RULESET)
    expect(saveTable(ruleset, 'nat').slice(6, -1)).toEqual([
      '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG',
      '-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN',
      '-A FLANNEL-POSTRTG -s 10.244.1.0/24 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j RETURN',
      '-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.1.0/24 -m comment --comment "flanneld masq" -j RETURN',
      '-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.1.0/24 -m comment --comment "flanneld masq" -j RETURN',
      '-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
      '-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
    ])
    expect(saveTable(ruleset, 'filter').slice(5, -1)).toEqual([
      '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD',
      '-A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
      '-A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
    ])
  })

  it('are put back once, not twice, where one was deleted', () => {
    const whole = restore(EMPTY_RULESET)
    expect(flannelRulesPresent(input, whole)).toBe(true)
    const options = { allocateId: () => ++id, cause: 2, noflush: true }
    const holed = applyRestore(whole, '*nat\n-F FLANNEL-POSTRTG\nCOMMIT\n', options)
    if (!holed.ok) throw new Error(holed.error.stderr)
    expect(flannelRulesPresent(input, holed.value.ruleset)).toBe(false)
    expect(saveTable(restore(holed.value.ruleset), 'nat')).toEqual(saveTable(whole, 'nat'))
  })

  it('leaves masquerading out without --ip-masq', () => {
    expect(flannelRules({ ...input, ipMasq: false }).every((rule) => rule.table === 'filter')).toBe(true)
  })
})
