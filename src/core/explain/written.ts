import type { Key } from '../base/order.ts'
import type { SimTime } from '../base/time.ts'
import type { EventMark } from '../sim/sim.ts'
import type { JournalChange } from '../world/journal.ts'
import type { World } from '../world/world.ts'
import type { ExplainEnv } from './env.ts'

/** Tables whose writes are remembered row by row. The others change too often, or carry the time themselves. */
const TRACKED: ReadonlySet<string> = new Set(['route', 'address', 'link', 'object', 'fdb', 'neigh', 'sysctl'])

/**
 * When rows were written: an index over the journal, extended as that grows. A rule's id comes from the counter `rule`, so the
 * counter's changes say when each rule was made.
 */
class WriteIndex {
  readonly #world: World
  #done = 0
  #last: JournalChange | null = null
  readonly #rows = new Map<number, Map<Key, number[]>>()
  readonly #rules: number[] = []
  readonly #counter: number

  constructor(world: World) {
    this.#world = world
    this.#counter = world.table('counter')?.id ?? -1
    for (const name of TRACKED) {
      const table = world.table(name)
      if (table) this.#rows.set(table.id, new Map())
    }
  }

  /** Reads what the journal has got since; begins anew when the timeline was forked before where we were. */
  extend(): void {
    const { journal } = this.#world
    if (!this.#stillThere()) this.#clear()
    for (const change of journal.changes(this.#done, journal.length)) {
      this.#note(change)
      this.#last = change
    }
    this.#done = journal.length
  }

  #stillThere(): boolean {
    const last = this.#last
    if (!last) return true
    for (const now of this.#world.journal.changes(last.position, last.position + 1)) {
      return now.before === last.before && now.after === last.after
    }
    return false
  }

  #clear(): void {
    this.#done = 0
    this.#last = null
    this.#rules.length = 0
    for (const rows of this.#rows.values()) rows.clear()
  }

  #note({ table, key, position, after }: JournalChange): void {
    if (table === this.#counter && key === 'rule') {
      this.#rules[(after?.row as { readonly value: number } | undefined)?.value ?? 0] = position
      return
    }
    const rows = this.#rows.get(table)
    if (!rows) return
    const positions = rows.get(key)
    if (positions) positions.push(position)
    else rows.set(key, [position])
  }

  ruleAt(id: number): number | null {
    return this.#rules[id] ?? null
  }

  /** Position of the last write of the row up to where the journal stands. */
  rowAt(table: string, key: Key): number | null {
    const id = this.#world.table(table)?.id
    const positions = id === undefined ? undefined : this.#rows.get(id)?.get(key)
    const { position } = this.#world.journal
    return positions?.findLast((at) => at < position) ?? null
  }
}

const indexes = new WeakMap<World, WriteIndex>()

function indexOf(env: ExplainEnv): WriteIndex {
  let index = indexes.get(env.world)
  if (!index) indexes.set(env.world, (index = new WriteIndex(env.world)))
  index.extend()
  return index
}

/** When the row as it stands was written; `null` where nobody has kept count. */
export function rowWrittenAt(env: ExplainEnv, table: string, key: Key): SimTime | null {
  return timeOf(env, indexOf(env).rowAt(table, key))
}

/** When an iptables rule was made. */
export function ruleWrittenAt(env: ExplainEnv, id: number): SimTime | null {
  return timeOf(env, indexOf(env).ruleAt(id))
}

function timeOf(env: ExplainEnv, position: number | null): SimTime | null {
  if (position === null) return null
  const marks: readonly EventMark[] = env.sim.marks
  let low = 0
  let high = marks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (marks[middle]!.journal <= position) low = middle + 1
    else high = middle
  }
  return marks[low]?.at ?? null
}
