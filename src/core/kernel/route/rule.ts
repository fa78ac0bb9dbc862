import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { RuleRow } from '../tables.ts'
import { ROUTE_PROTO, ROUTE_TABLE } from './row.ts'

/** A rule with every selector that was left out open: for all packets, to the main table. */
export const ruleRow = (spec: Pick<RuleRow, 'netns' | 'pref'> & Partial<RuleRow>): RuleRow => ({
  from: null,
  to: null,
  iif: '',
  oif: '',
  fwmark: 0,
  fwmask: 0,
  tos: 0,
  invert: false,
  action: 'lookup',
  table: ROUTE_TABLE.main,
  suppress: -1,
  target: 0,
  proto: 0,
  ...spec,
})

/** All but who made it, which the kernel does not compare. */
const ruleKey = (row: RuleRow): string =>
  `${row.netns}/${String(row.pref).padStart(10, '0')}/${JSON.stringify({ ...row, proto: 0 })}`

/** The three rules every namespace starts with: local, main, default. */
export function addDefaultRules(k: Kernel, netns: number): void {
  const { kernel: proto } = ROUTE_PROTO
  addRule(k, ruleRow({ netns, pref: 0, table: ROUTE_TABLE.local, proto }))
  addRule(k, ruleRow({ netns, pref: 32766, table: ROUTE_TABLE.main, proto }))
  addRule(k, ruleRow({ netns, pref: 32767, table: ROUTE_TABLE.default, proto }))
}

/** `ip rule add`. EEXIST for an equal rule. */
export function addRule(k: Kernel, row: RuleRow): Result<void, Errno> {
  const key = ruleKey(row)
  if (k.t.rule.has(key)) return err('EEXIST')
  k.world.put(k.t.rule, key, row)
  return ok(undefined)
}

export function deleteRule(k: Kernel, row: RuleRow): Result<void, Errno> {
  const key = ruleKey(row)
  if (!k.t.rule.has(key)) return err('ENOENT')
  k.world.delete(k.t.rule, key)
  return ok(undefined)
}

export function deleteRulesOf(k: Kernel, netns: number): void {
  for (const key of [...k.t.ruleByNetns.at(netns).keys()]) k.world.delete(k.t.rule, key)
}

/** In the order they are asked: by preference. */
export const rulesOf = (k: Kernel, netns: number): readonly RuleRow[] => k.t.ruleByNetns.at(netns).rows()

/** A lookup without a condition. */
export const isPlain = (r: RuleRow): boolean =>
  !r.from &&
  !r.to &&
  r.iif === '' &&
  r.oif === '' &&
  r.fwmask === 0 &&
  r.tos === 0 &&
  !r.invert &&
  r.suppress < 0 &&
  r.action === 'lookup'
