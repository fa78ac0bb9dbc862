import type { Kernel } from '../kernel.ts'
import { setsNamedBy } from '../netfilter/sets-named.ts'
import type { Table } from '../netfilter/types.ts'

const perTable = new WeakMap<Table, ReadonlyMap<string, number>>()

function countsOf(table: Table): ReadonlyMap<string, number> {
  let counts = perTable.get(table)
  if (!counts) {
    const fresh = new Map<string, number>()
    for (const chain of table.chains)
      for (const rule of chain.rules) for (const name of setsNamedBy(rule)) fresh.set(name, (fresh.get(name) ?? 0) + 1)
    perTable.set(table, (counts = fresh))
  }
  return counts
}

/** How often the rules of a namespace name a set. */
export function ruleReferences(k: Kernel, netns: number, name: string): number {
  let count = 0
  for (const row of k.t.netfilterByNetns.at(netns).rows()) count += countsOf(row.table).get(name) ?? 0
  return count
}
