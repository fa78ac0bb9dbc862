import fc from 'fast-check'
import type { Leaving, Scenario, Setup, Stimulus } from '../../language.ts'
import { VIP } from '../rules.ts'
import { type Widening, scenarioOf } from '../generate.ts'
import { type Blueprint, blueprint } from '../plan.ts'
import type { Topology } from '../topology.ts'
import { Draw, draws } from './draw.ts'
import { setsOf, wideRuleOf } from './rules.ts'
import { hashing, secondCables, wayOf } from './ways.ts'

/** What a wide scenario has on top of one of the first generator. */
interface WideBlueprint {
  readonly base: Blueprint
  readonly cables: boolean
  readonly policy: number
  readonly sets: readonly number[]
  readonly ways: readonly (readonly number[])[]
  readonly rules: readonly (readonly number[])[]
  readonly talks: readonly (readonly number[])[]
}

const wideBlueprint: fc.Arbitrary<WideBlueprint> = fc.record({
  base: blueprint,
  cables: fc.boolean(),
  policy: fc.constantFrom(0, 0, 1),
  sets: draws,
  ways: fc.array(draws, { minLength: 1, maxLength: 4 }),
  rules: fc.array(draws, { minLength: 2, maxLength: 7 }),
  talks: fc.array(draws, { minLength: 0, maxLength: 3 }),
})

/**
 * The wide scenario of a seed: policy routing, several next hops, sets, and the extensions of iptables that the first generator leaves
 * out. A flavour of its own, because seeds are names: what `generated-7` means never changes.
 */
export function wideScenario(seed: number): Scenario {
  const [b] = fc.sample(wideBlueprint, { seed, numRuns: 1 })
  const s = scenarioOf(b!.base, `wide-${seed}`, (t) => widened(b!, t))
  return heardOnce(portsSpread(s, b!.policy))
}

function widened(b: WideBlueprint, plain: Topology): Widening {
  const t = b.cables ? withCables(plain) : plain
  const rules = b.rules.map((numbers, i) => {
    const d = new Draw(numbers)
    const rule = wideRuleOf(d, i, t, b.cables)
    return { rule, when: d.upTo(40) }
  })
  const asking = new Set(
    rules.filter(({ rule }) => / --(match|add|del)-set /.test(rule.line)).map(({ rule }) => rule.ns),
  )
  const sets = setsOf(new Draw(b.sets), t)
  return {
    setup: [
      ...(b.cables ? secondCables(t) : []),
      ...hashing(t, b.policy),
      ...b.ways.flatMap((numbers, i) => wayOf(new Draw(numbers), i, t, b.cables)),
      ...[...asking].sort().map((ns): Setup => ({ do: 'ipset', ns, text: sets })),
    ],
    rules,
    stimuli: b.talks.flatMap((numbers, i) => talkOf(new Draw(numbers), i, t)),
  }
}

/** The devices of the second cables, too, are matched. */
function withCables(t: Topology): Topology {
  const more = (ns: string): readonly string[] =>
    t.routers.flatMap((other, at) =>
      other !== ns ? [] : [...(at > 0 ? ['left2'] : []), ...(at < t.routers.length - 1 ? ['right2'] : [])],
    )
  return { ...t, devices: new Map([...t.devices].map(([ns, devices]) => [ns, [...devices, ...more(ns)]])) }
}

/** Other ways to end a conversation, and what the routing tables say. What TCP sends fits into one segment: see GSO in the README. */
function talkOf(d: Draw, i: number, t: Topology): readonly Stimulus[] {
  const ns = d.of([...t.hosts, ...t.hosts, ...t.routers])
  const to = d.of([...t.hosts.map((host) => t.addresses.get(host)![0]!), VIP])
  const patience = 120
  const leaves = d.of<Leaving>(['answered', 'half-closed', 'closed', 'aborted'])
  const sport = 40300 + 10 * i + d.upTo(3)
  const command = d.of([
    `ip route get ${to}`,
    `ip route get ${to} mark ${1 + d.upTo(3)}`,
    `ip route get ${to} from ${t.addresses.get(ns)![0]}`,
    'ip rule',
    'ip route',
    `ip route show table ${100 + d.upTo(2)}`,
  ])
  return [
    d.of<Stimulus>([
      { do: 'tcp', ns, to, port: 80, sport, patience, send: d.of([18, 400]), leaves },
      { do: 'ping', ns, to, count: 3, patience },
      { do: 'ask', ns, command },
      { do: 'ask', ns, command },
    ]),
  ]
}

/** The sender of a packet that is copied may hear two answers at once, and which one first is chance: none dies on the way. */
function heardOnce(s: Scenario): Scenario {
  const steps = [...s.setup, ...s.stimuli.map((step) => (step.do === 'change' ? step.change : step))]
  if (!steps.some((step) => step.do === 'iptables' && step.text.includes('-j TEE'))) return s
  const stimuli = s.stimuli.map((step) => {
    if (step.do !== 'ping' && step.do !== 'udp') return step
    const { ttl, ...rest } = step
    return ttl === undefined ? step : rest
  })
  return { ...s, stimuli }
}

/** A TCP socket's packets carry a hash drawn at random, which routers on the same machine take over: not where ports choose the way. */
const portsSpread = (s: Scenario, policy: number): Scenario =>
  policy === 0 ? s : { ...s, stimuli: s.stimuli.filter((stimulus) => stimulus.do !== 'tcp') }
