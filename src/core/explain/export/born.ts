import type { Key } from '../../base/order.ts'
import type { ExplainEnv } from '../env.ts'
import type { Item } from './item.ts'

/** Since which position of the journal a row has been there without a break; 0 for a row older than the journal. */
export type Born = (item: Pick<Item, 'table' | 'key'>) => number

const TABLES = ['netns', 'link', 'address', 'route', 'rule', 'neigh', 'fdb', 'sysctl'] as const

/** Read off the journal: the order in which agents really made things is an order in which they can be made again. */
export function births(env: ExplainEnv): Born {
  const { world } = env
  const known = new Map<number, Map<Key, number>>()
  for (const name of TABLES) known.set(world.table(name)?.id ?? -1, new Map())
  for (const { table, key, position, before, after } of world.journal.changes(0, world.journal.position)) {
    const rows = known.get(table)
    if (!rows) continue
    if (!after) rows.delete(key)
    else if (!before) rows.set(key, position)
  }
  return ({ table, key }) => known.get(world.table(table)?.id ?? -1)?.get(key) ?? 0
}
