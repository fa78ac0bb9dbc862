import fc from 'fast-check'

/** What a generated scenario is made from: numbers and switches, which topology.ts and stimuli.ts turn into steps. */
export interface Blueprint {
  /** One site per router, in a row. */
  readonly sites: readonly SiteBlueprint[]
  /** Between site i and i + 1. */
  readonly transits: readonly TransitBlueprint[]
  readonly rules: readonly RuleBlueprint[]
  readonly stimuli: readonly StimulusBlueprint[]
  readonly extras: readonly number[]
}

export interface SiteBlueprint {
  /** `cable`: one host on a veth; `bridge`: hosts on a bridge of the router; `switch`: hosts and router on a switch. */
  readonly lan: 'cable' | 'bridge' | 'switch'
  readonly hosts: number
  readonly mtu: number
  readonly hairpin: boolean
  readonly bridgeNf: boolean
  readonly rpFilter: number
}

export interface TransitBlueprint {
  readonly kind: 'cable' | 'switch' | 'vxlan'
  readonly mtu: number
}

export interface RuleBlueprint {
  readonly at: number
  readonly table: 'filter' | 'nat' | 'mangle' | 'raw'
  readonly chain: number
  readonly match: readonly number[]
  readonly target: number
  /** Index of the stimulus before which it is inserted; beyond the last: from the start. */
  readonly when: number
}

export interface StimulusBlueprint {
  readonly kind: 'ping' | 'udp' | 'tcp'
  readonly from: number
  readonly to: number
  readonly service: number
  readonly sport: number
  readonly size: number
  readonly df: number
  readonly ttl: number
}

const MTUS = [1500, 1500, 1500, 1450, 1400, 1280, 900]
const index = fc.nat({ max: 1_000_000 })

const site: fc.Arbitrary<SiteBlueprint> = fc.record({
  lan: fc.constantFrom('cable', 'bridge', 'bridge', 'switch'),
  hosts: fc.integer({ min: 1, max: 3 }),
  mtu: fc.constantFrom(...MTUS),
  hairpin: fc.boolean(),
  bridgeNf: fc.boolean(),
  rpFilter: fc.constantFrom(0, 0, 0, 1, 2),
})

const transit: fc.Arbitrary<TransitBlueprint> = fc.record({
  kind: fc.constantFrom('cable', 'switch', 'vxlan'),
  mtu: fc.constantFrom(...MTUS),
})

const rule: fc.Arbitrary<RuleBlueprint> = fc.record({
  at: index,
  table: fc.constantFrom('filter', 'filter', 'nat', 'nat', 'nat', 'mangle', 'raw'),
  chain: index,
  match: fc.array(index, { minLength: 0, maxLength: 3 }),
  target: index,
  when: fc.integer({ min: 0, max: 40 }),
})

const stimulus: fc.Arbitrary<StimulusBlueprint> = fc.record({
  kind: fc.constantFrom('ping', 'udp', 'tcp'),
  from: index,
  to: index,
  service: index,
  sport: index,
  size: fc.constantFrom(20, 56, 56, 56, 500, 1300, 1472, 2000, 3000),
  df: index,
  ttl: index,
})

export const blueprint: fc.Arbitrary<Blueprint> = fc.record({
  sites: fc.array(site, { minLength: 1, maxLength: 3 }),
  transits: fc.array(transit, { minLength: 2, maxLength: 2 }),
  rules: fc.array(rule, { minLength: 0, maxLength: 8 }),
  stimuli: fc.array(stimulus, { minLength: 3, maxLength: 8 }),
  extras: fc.array(index, { minLength: 0, maxLength: 3 }),
})
