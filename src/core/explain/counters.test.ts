import { describe, expect, it } from 'vitest'
import { MS } from '../base/time.ts'
import { iptables } from '../kernel/netfilter/iptables.ts'
import { readRuleset, ruleWriter, writeRuleset } from '../kernel/netfilter/store.ts'
import { Scene } from '../testkit/scene.ts'
import { deviceStatistics, policyCounters, presentLength, ruleCounters } from './counters.ts'

function scene(): Scene {
  const s = new Scene()
  s.network('lan', '10.0.0.0/24')
  for (const n of [1, 2]) {
    s.host(`h${n}`)
    s.nic(`h${n}`, 'eth0', 'lan', `10.0.0.${n}/24`)
  }
  return s
}

function rule(s: Scene, ns: string, ...argv: readonly string[]): number {
  const done = iptables(readRuleset(s.kernel, s.ns(ns)), argv, ruleWriter(s.kernel, s.ns(ns)))
  if (!done.ok) throw new Error(done.error.stderr)
  writeRuleset(s.kernel, s.ns(ns), done.value.ruleset, done.value.counters)
  return readRuleset(s.kernel, s.ns(ns))
    .filter!.chains.flatMap((chain) => chain.rules)
    .at(-1)!.id
}

describe('counters out of the trace', () => {
  it('of rules: packets and bytes of IP, once per hit, and none for a miss', () => {
    const s = scene()
    const echo = rule(s, 'h2', '-A', 'INPUT', '-p', 'icmp', '-j', 'ACCEPT')
    const never = rule(s, 'h2', '-A', 'INPUT', '-p', 'tcp', '-j', 'ACCEPT')
    s.ping('h1', '10.0.0.2', { size: 56 })
    s.settle()
    s.ping('h1', '10.0.0.2', { seq: 2, size: 100 })
    s.settle()
    expect(ruleCounters(s.kernel)(echo)).toEqual({ packets: 2, bytes: 84 + 128 })
    expect(ruleCounters(s.kernel)(never)).toEqual({ packets: 0, bytes: 0 })
  })

  it('as of any length of the trace, in any order of asking', () => {
    const s = scene()
    const echo = rule(s, 'h2', '-A', 'INPUT', '-p', 'icmp', '-j', 'ACCEPT')
    const at: [number, number][] = [[s.trace.length, 0]]
    for (let seq = 1; seq <= 4; seq++) {
      s.ping('h1', '10.0.0.2', { seq })
      s.settle()
      at.push([s.trace.length, seq])
    }
    for (const [length, packets] of [...at, ...at.toReversed()]) {
      expect(ruleCounters(s.kernel, length)(echo).packets).toBe(packets)
    }
  })

  it('follow a timeline that was forked', () => {
    const s = scene()
    const echo = s.sim.transact('rule', 0, () => rule(s, 'h2', '-A', 'INPUT', '-p', 'icmp', '-j', 'ACCEPT'))
    const { journal } = s.sim.marks.at(-1)!
    s.sim.transact('ping', 0, () => s.ping('h1', '10.0.0.2'))
    s.settle()
    expect(ruleCounters(s.kernel)(echo).packets).toBe(1)
    s.sim.seek(journal)
    expect(presentLength(s.kernel)).toBeLessThan(s.trace.length)
    expect(ruleCounters(s.kernel)(echo).packets).toBe(0)
    s.sim.seek(s.world.journal.length)
    expect(ruleCounters(s.kernel)(echo).packets).toBe(1)
    s.sim.seek(journal)
    s.sim.fork()
    expect(ruleCounters(s.kernel)(echo).packets).toBe(0)
    for (const seq of [1, 2]) s.sim.transact('ping', 0, () => s.ping('h1', '10.0.0.2', { seq }))
    s.settle()
    expect(ruleCounters(s.kernel)(echo).packets).toBe(2)
  })

  it('begin anew where a write reset them', () => {
    const s = scene()
    const echo = rule(s, 'h2', '-A', 'INPUT', '-p', 'icmp', '-j', 'ACCEPT')
    s.ping('h1', '10.0.0.2')
    s.settle()
    const { kernel } = s
    writeRuleset(kernel, s.ns('h2'), readRuleset(kernel, s.ns('h2')), [
      { rule: echo, counters: { packets: 10, bytes: 1000 } },
    ])
    expect(ruleCounters(kernel)(echo)).toEqual({ packets: 10, bytes: 1000 })
    s.ping('h1', '10.0.0.2', { seq: 2 })
    s.settle()
    expect(ruleCounters(kernel)(echo)).toEqual({ packets: 11, bytes: 1084 })
  })

  it('of policies and of devices', () => {
    const s = scene()
    rule(s, 'h2', '-A', 'INPUT', '-p', 'tcp', '-j', 'DROP')
    s.ping('h1', '10.0.0.2')
    s.sim.runUntil(s.sim.now + 100 * MS)
    expect(policyCounters(s.kernel, s.ns('h2'))('filter', 'INPUT')).toEqual({ packets: 1, bytes: 84 })
    expect(policyCounters(s.kernel, s.ns('h1'))('filter', 'INPUT')).toEqual({ packets: 0, bytes: 0 })
    const { rx, tx } = deviceStatistics(s.kernel)(s.link('h2', 'eth0'))
    expect(rx).toMatchObject({ packets: 2, bytes: 42 + 98, dropped: 0 })
    expect(tx).toMatchObject({ packets: 2, bytes: 42 + 98 })
  })
})
