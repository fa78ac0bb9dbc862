import { parseIpv4 } from '../../../base/ipv4.ts'
import { parseUint } from '../numbers.ts'
import type { Match, RecentMatch, SetUse, Side } from '../types.ts'
import { badInteger, collect, type MatchModule, mustBeGiven, type OptionUse, used, value } from './option.ts'

const comment: MatchModule = {
  name: 'comment',
  options: [{ name: 'comment', args: 1 }],
  build(uses) {
    if (uses.length === 0) return mustBeGiven('comment', 'comment')
    return collect(uses, (use) =>
      value(use).length > 255
        ? `comment: bad value for option "--comment", or out of range (0-255).\n`
        : { m: 'comment', text: value(use) },
    )
  },
}

const statistic: MatchModule = {
  name: 'statistic',
  options: [
    { name: 'mode', args: 1 },
    { name: 'probability', args: 1, invert: true },
    { name: 'every', args: 1, invert: true },
    { name: 'packet', args: 1 },
  ],
  build(uses) {
    const mode = used(uses, 'mode')
    if (mode && value(mode) === 'nth') return nthMatch(uses)
    if (mode && value(mode) !== 'random') return `Bad mode "${value(mode)}"`
    const probability = used(uses, 'probability')
    if (!probability) return '--probability must be specified when using random mode'
    const p = /^\d*\.?\d+(e-?\d+)?$/i.test(value(probability)) ? Number(value(probability)) : 2
    if (p > 1) return 'statistic: bad value for option "--probability", or out of range (0-1).\n'
    const threshold = Math.round(p * 0x80000000)
    const text = (threshold / 0x80000000).toFixed(11)
    return [{ m: 'random', threshold, text, invert: probability.invert }]
  },
}

function nthMatch(uses: readonly OptionUse[]): readonly Match[] | string {
  const every = used(uses, 'every')
  const packet = used(uses, 'packet')
  if (!every) return '--every must be specified when using nth mode'
  if (!packet) return 'statistic: option "--every" also requires "--packet".\n'
  const n = parseUint(value(every))
  const p = parseUint(value(packet))
  if (n === null || n === 0) return badInteger('statistic', 'every')
  if (p === null) return badInteger('statistic', 'packet')
  if (p >= n) return 'the --packet p must be 0 <= p <= n-1'
  return [{ m: 'nth', every: n, packet: p, invert: every.invert }]
}

const RECENT_OPS = ['set', 'rcheck', 'update', 'remove'] as const

const recent: MatchModule = {
  name: 'recent',
  options: [
    ...RECENT_OPS.map((name) => ({ name, args: 0, invert: true }) as const),
    ...['seconds', 'hitcount', 'name', 'mask'].map((name) => ({ name, args: 1 }) as const),
    ...['reap', 'rttl', 'rsource', 'rdest'].map((name) => ({ name, args: 0 }) as const),
  ],
  build(uses) {
    const ops = uses.filter((use) => RECENT_OPS.some((op) => op === use.name))
    const op = ops[0]
    if (!op) return "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'"
    if (ops[1]) return `recent: option "--${op.name}" cannot be used together with "--${ops[1].name}".\n`
    if (used(uses, 'reap') && !used(uses, 'seconds')) return 'recent: option "--reap" also requires "--seconds".\n'
    const zero = uses.find((use) => use.name === 'seconds' && (parseUint(value(use)) ?? 0) === 0)
    if (zero) return 'recent: bad value for option "--seconds", or out of range (1-4294967295).\n'
    const number = (name: string): number | null => {
      const use = used(uses, name)
      return use ? parseUint(value(use)) : null
    }
    const maskUse = used(uses, 'mask')
    const mask = maskUse ? parseIpv4(value(maskUse)) : 0xffffffff
    if (mask === null) return `recent: bad value for option "--mask", or out of range.\n`
    const name = used(uses, 'name')
    const match: RecentMatch = {
      m: 'recent',
      op: op.name as RecentMatch['op'],
      name: name ? value(name) : 'DEFAULT',
      seconds: number('seconds'),
      hitcount: number('hitcount'),
      reap: used(uses, 'reap') !== undefined,
      rttl: used(uses, 'rttl') !== undefined,
      side: used(uses, 'rdest') ? 'dst' : 'src',
      mask,
      invert: op.invert,
    }
    return [match]
  },
}

const PERIODS: readonly (readonly [unit: string, seconds: number])[] = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]
const PRINTED_PERIODS: readonly (readonly [unit: string, seconds: number])[] = [
  ['day', 86400],
  ['hour', 3600],
  ['min', 60],
  ['sec', 1],
]

interface Rate {
  readonly rate: number
  readonly per: number
  readonly text: string
}

/** `5/min`, `10/second`, `7` (per second). Printed in the largest unit that still comes out whole (libxt_limit). */
export function parseRate(text: string): Rate | null {
  const [count, unit = 's'] = text.split('/')
  const rate = parseUint(count ?? '')
  const period = PERIODS.find(([name]) => unit !== '' && name.startsWith(unit.toLowerCase()))
  if (rate === null || rate === 0 || !period) return null
  const cost = Math.floor((10000 * period[1]) / rate)
  if (cost === 0) return null
  let shown = PRINTED_PERIODS[0]!
  for (const candidate of PRINTED_PERIODS.slice(1)) {
    const budget = candidate[1] * 10000
    if (cost > budget || Math.floor(budget / cost) < budget % cost) break
    shown = candidate
  }
  return { rate, per: period[1], text: `${Math.floor((shown[1] * 10000) / cost)}/${shown[0]}` }
}

const limit: MatchModule = {
  name: 'limit',
  options: [
    { name: 'limit', args: 1 },
    { name: 'limit-burst', args: 1 },
  ],
  build(uses) {
    const given = used(uses, 'limit')
    const rate = parseRate(given ? value(given) : '3/hour')
    if (!rate) return `bad rate \`${given ? value(given) : ''}'`
    const burstUse = used(uses, 'limit-burst')
    const burst = burstUse ? parseUint(value(burstUse), 10000) : 5
    return burst === null ? badInteger('limit', 'limit-burst') : [{ m: 'limit', ...rate, burst }]
  },
}

/** What buckets are told apart by, in the order they are printed. */
const HASH_KEYS = ['srcip', 'srcport', 'dstip', 'dstport'] as const

const hashlimit: MatchModule = {
  name: 'hashlimit',
  options: [
    { name: 'hashlimit-upto', aliases: ['hashlimit'], args: 1, invert: true },
    { name: 'hashlimit-above', args: 1 },
    { name: 'hashlimit-burst', args: 1 },
    { name: 'hashlimit-mode', args: 1 },
    { name: 'hashlimit-name', args: 1 },
    ...['htable-size', 'htable-max', 'htable-gcinterval', 'htable-expire', 'srcmask', 'dstmask'].map(
      (option) => ({ name: `hashlimit-${option}`, args: 1 }) as const,
    ),
  ],
  build(uses) {
    const name = used(uses, 'hashlimit-name')
    const rateUse = used(uses, 'hashlimit-upto') ?? used(uses, 'hashlimit-above')
    if (!rateUse) return 'You have to specify --hashlimit'
    if (!name) return mustBeGiven('hashlimit', 'hashlimit-name')
    const rate = parseRate(value(rateUse))
    const burstUse = used(uses, 'hashlimit-burst')
    const burst = burstUse ? parseUint(value(burstUse)) : 5
    if (!rate || burst === null) return `bad rate \`${value(rateUse)}'`
    const modeUse = used(uses, 'hashlimit-mode')
    const number = (option: string): number | null => {
      const use = used(uses, `hashlimit-${option}`)
      return use ? parseUint(value(use)) : null
    }
    const keys = modeUse ? value(modeUse).split(',') : []
    return [
      {
        m: 'hashlimit',
        name: value(name),
        upto: (rateUse.name === 'hashlimit-upto') !== rateUse.invert,
        ...rate,
        burst,
        mode: HASH_KEYS.filter((key) => keys.includes(key)),
        expire: number('htable-expire'),
        size: number('htable-size'),
        max: number('htable-max'),
        gcInterval: number('htable-gcinterval'),
        srcMask: number('srcmask') ?? 32,
        dstMask: number('dstmask') ?? 32,
      },
    ]
  },
}

/** The set and its directions in `--match-set NAME src,dst`, `--add-set …`; the tool's words when there are none. */
export function setUse(use: OptionUse): SetUse | string {
  const dirs: Side[] = []
  for (const dir of (use.values[1] ?? '').split(',')) {
    if (dir !== 'src' && dir !== 'dst') return "You must spefify (the comma separated list of) 'src' or 'dst'."
    dirs.push(dir)
  }
  return dirs.length > 6 ? "Can't be more src/dst options than 6." : { name: value(use), dirs }
}

const COUNTER_TESTS = (['packets', 'bytes'] as const).flatMap((field) =>
  (['eq', 'lt', 'gt'] as const).map((op) => ({ name: `${field}-${op}`, field, op })),
)

const set: MatchModule = {
  name: 'set',
  options: [
    { name: 'match-set', args: 2, invert: true },
    { name: 'return-nomatch', args: 0 },
    { name: 'update-counters', args: 0, invert: true },
    ...COUNTER_TESTS.map(({ name }) => ({ name, args: 1, invert: true }) as const),
  ],
  build(uses) {
    if (!used(uses, 'match-set')) return "You must specify `--match-set' with proper arguments"
    const counters = COUNTER_TESTS.flatMap(({ name, field, op }) =>
      uses
        .filter((use) => use.name === name)
        .map((use) => ({ field, op, value: Number(value(use)), invert: use.invert })),
    )
    return collect(
      uses.filter((use) => use.name === 'match-set'),
      (use) => {
        const named = setUse(use)
        if (typeof named === 'string') return named
        return {
          m: 'set',
          ...named,
          returnNomatch: used(uses, 'return-nomatch') !== undefined,
          update: used(uses, 'update-counters')?.invert !== true,
          counters,
          invert: use.invert,
        }
      },
    )
  },
}

const nfacct: MatchModule = {
  name: 'nfacct',
  options: [{ name: 'nfacct-name', args: 1 }],
  build: (uses) =>
    uses.length === 0
      ? mustBeGiven('nfacct', 'nfacct-name')
      : collect(uses, (use) => ({ m: 'nfacct', name: value(use) })),
}

export const STATEFUL_MODULES: readonly MatchModule[] = [comment, statistic, recent, limit, hashlimit, set, nfacct]
