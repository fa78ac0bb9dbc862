import type { ObjectRef } from '../../base/ref.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Kernel } from '../kernel.ts'
import { type LineCache, type RestoreError, type RestoreLine, type RestoreOutcome, applyRestore } from './restore.ts'
import type { CounterWrite, Writer } from './ruleset.ts'
import { type Chain, type Ruleset, TABLES, type TableName } from './types.ts'

const key = (netns: number, name: TableName): string => `${netns}/${name}`

/** The iptables rules of a namespace, as one value. */
export function readRuleset(k: Kernel, netns: number): Ruleset {
  const ruleset: { -readonly [name in TableName]?: Ruleset[name] } = {}
  for (const name of TABLES) {
    const row = k.t.netfilter.get(key(netns, name))
    if (row) ruleset[name] = row.table
  }
  return ruleset
}

/** Makes `ruleset` the rules of a namespace: tables that did not change (by identity) are not written. */
export function writeRuleset(
  k: Kernel,
  netns: number,
  ruleset: Ruleset,
  counters: readonly CounterWrite[] = [],
  subject?: readonly ObjectRef[],
): void {
  for (const name of TABLES) {
    const table = ruleset[name]
    const present = k.t.netfilter.get(key(netns, name))
    if (table && table !== present?.table) {
      const hooked = present?.hooked === true || table.chains.some(isHooked)
      k.world.put(k.t.netfilter, key(netns, name), { netns, name, table, hooked }, subject)
    }
    if (!table && present) k.world.delete(k.t.netfilter, key(netns, name))
  }
  for (const { rule, counters: c } of counters) {
    k.world.put(k.t.ruleCounter, rule, { rule, packets: c.packets, bytes: c.bytes, since: k.trace.length })
  }
}

const isHooked = (chain: Chain): boolean => chain.policy !== null && (chain.rules.length > 0 || chain.policy === 'DROP')

/** Who writes rules in a namespace now: ids out of the world's counter, the cause that holds the pen. */
export const ruleWriter = (k: Kernel, netns: number): Writer => ({
  allocateId: () => k.world.next('rule'),
  cause: k.world.cause,
  hasSet: (name) => k.t.ipset.has(`${netns}/${name}`),
})

// Parsing is pure, and every node restores much the same text: one cache for all of them.
const parsed: LineCache = new Map()
const CACHE_LIMIT = 200_000

/** `iptables-restore [--noflush] [--counters]` in a namespace. On failure nothing of the failing table is changed. */
export function restore(
  k: Kernel,
  netns: number,
  input: string | readonly RestoreLine[],
  options: { readonly noflush?: boolean; readonly counters?: boolean } = {},
): Result<RestoreOutcome, RestoreError> {
  if (parsed.size > CACHE_LIMIT) parsed.clear()
  const done = applyRestore(readRuleset(k, netns), input, { ...options, ...ruleWriter(k, netns), cache: parsed })
  const outcome = done.ok ? done.value : done.error.applied
  writeRuleset(k, netns, outcome.ruleset, outcome.counters)
  return done.ok ? ok(outcome) : err(done.error)
}
