import type { Node, Taint } from '../../core/api/kinds/types.ts'
import type { CommandResult } from '../types.ts'
import { SELECTING, patchAndSay } from './change.ts'
import { type Kubectl, Output, complain } from './context.ts'
import type { FlagTable } from './flags.ts'
import { selection } from './get.ts'
import { fetchAll, kindNamed } from './resources.ts'

export const TAINT_FLAGS: FlagTable = { ...SELECTING, overwrite: 'bool' }

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const

interface TaintChange {
  readonly key: string
  readonly value: string
  readonly effect: Taint['effect'] | null
  readonly remove: boolean
}

function readTaint(word: string): TaintChange {
  const match = /^([^=:]+?)(?:=([^=:]*?))?(?::([^:]*?))?(-)?$/.exec(word)
  const effect = EFFECTS.find((known) => known === match?.[3]) ?? null
  if (match?.[3] !== undefined && !effect)
    return complain(`invalid taint effect: ${match[3]}, unsupported taint effect`)
  if (!match || (!match[4] && !effect)) return complain(`invalid taint spec: ${word}`)
  return { key: match[1]!, value: match[2] ?? '', effect, remove: match[4] !== undefined }
}

/** `kubectl taint nodes node1 key=value:NoSchedule`, `key-`. */
export function taint(k: Kubectl): CommandResult {
  const [type, ...rest] = k.flags.words
  if (type === undefined) return complain('one or more resources must be specified as <resource> <name>')
  const info = kindNamed(type.split('/')[0]!)
  if (info.kind !== 'Node') return complain(`invalid resource type ${type}, only node types are supported`)
  const isChange = (word: string): boolean => /[=:]|-$/.test(word)
  const firstChange = rest.findIndex(isChange)
  if (firstChange < 0) return complain('at least one taint update is required')
  const names = rest.slice(0, firstChange)
  const changes = rest.slice(firstChange).map(readTaint)
  const out = new Output()
  const words = type.includes('/') ? [type] : [type, ...names]
  if (names.length === 0 && !type.includes('/') && !k.flags.on('all') && !k.flags.has('selector')) {
    return complain("at least one resource name must be specified since '--all' parameter is not set")
  }
  for (const node of fetchAll(k, words, selection(k), out)) taintOne(k, node as Node, changes, out)
  return out.done()
}

function taintOne(k: Kubectl, node: Node, changes: readonly TaintChange[], out: Output): void {
  let taints: readonly Taint[] = node.spec?.taints ?? []
  for (const change of changes) {
    const same = (known: Taint): boolean =>
      known.key === change.key && (change.effect === null || known.effect === change.effect)
    const known = taints.filter(same)
    if (change.remove) {
      if (known.length === 0) {
        out.warn(
          `error: taint ${JSON.stringify(change.effect ? `${change.key}:${change.effect}` : change.key)} not found`,
        )
        out.exit = 1
        return
      }
      taints = taints.filter((each) => !same(each))
      continue
    }
    if (known.length > 0 && !k.flags.on('overwrite')) {
      out.warn(
        `error: node ${node.metadata.name} already has ${change.key} taint(s) with same effect(s) and --overwrite is false`,
      )
      out.exit = 1
      return
    }
    const added: Taint = {
      key: change.key,
      ...(change.value !== '' && { value: change.value }),
      effect: change.effect!,
    }
    taints = [...taints.filter((each) => !same(each)), added]
  }
  const onlyRemoved = changes.every((change) => change.remove)
  patchAndSay(
    k,
    node,
    { spec: { taints } },
    onlyRemoved ? 'untainted' : changes.some((change) => change.remove) ? 'modified' : 'tainted',
    out,
  )
}
