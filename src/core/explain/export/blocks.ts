import type { ObjectRef } from '../../base/ref.ts'
import type { ExplainEnv } from '../env.ts'
import type { CauseView } from '../views.ts'
import { causeChain } from '../provenance.ts'
import type { Born } from './born.ts'
import type { Item } from './item.ts'

/** What one agent did for one object on one machine. */
export interface Block {
  /** `flanneld@node1`; '' for the lab itself. */
  readonly actor: string
  readonly subject: readonly ObjectRef[]
  /** Chain behind the first of the items. */
  readonly chain: readonly CauseView[]
  readonly items: readonly Item[]
}

interface Draft extends Block {
  readonly items: Item[]
  born: number
}

/**
 * The items of a machine as blocks, in the order in which the first row of each came to be. An item that needs something that is
 * not there yet waits for the block after which it is.
 */
export function blocksOf(env: ExplainEnv, items: readonly Item[], born: Born): readonly Block[] {
  const drafts = new Map<string, Draft>()
  for (const item of items) {
    const chain = causeChain(env, item.cause)
    const actor = chain[0]?.actor ?? ''
    const key = [actor, ...item.subject, item.subject.length === 0 ? (chain[0]?.ref ?? '') : ''].join('\n')
    const at = born(item)
    const draft = drafts.get(key)
    if (!draft) drafts.set(key, { actor, subject: item.subject, chain, items: [item], born: at })
    else {
      draft.items.push(item)
      draft.born = Math.min(draft.born, at)
    }
  }
  const ordered = [...drafts.values()].sort((a, b) => a.born - b.born)
  for (const draft of ordered) draft.items.sort((a, b) => a.phase - b.phase || born(a) - born(b))
  return inOrder(ordered, new Set())
}

/** Each block after those that make what it needs; what a block needs of a later one, which needs this one itself, is put off until then. */
function inOrder(blocks: readonly Block[], there: Set<string>): readonly Block[] {
  const done: Block[] = []
  let waiting: Block[] = []
  const visited = new Set<Block>()
  const take = (block: Block): Block | null => {
    const now: Item[] = []
    const later: Item[] = []
    for (const item of block.items) {
      const possible = item.needs.every((need) => there.has(need))
      ;(possible ? now : later).push(item)
      if (possible) for (const thing of item.gives) there.add(thing)
    }
    if (now.length > 0) done.push({ ...block, items: now })
    return later.length > 0 ? { ...block, items: later } : null
  }
  const visit = (block: Block): void => {
    if (visited.has(block)) return
    visited.add(block)
    const own = new Set(block.items.flatMap(({ gives }) => gives))
    const wanted = new Set(
      block.items.flatMap(({ needs }) => needs).filter((need) => !there.has(need) && !own.has(need)),
    )
    for (const other of blocks) {
      if (other.items.some(({ gives }) => gives.some((thing) => wanted.has(thing)))) visit(other)
    }
    const rest = take(block)
    if (rest) waiting.push(rest)
    for (let before = -1; before !== done.length;) {
      before = done.length
      waiting = waiting.flatMap((each) => take(each) ?? [])
    }
  }
  for (const block of blocks) visit(block)
  return [...done, ...waiting]
}
