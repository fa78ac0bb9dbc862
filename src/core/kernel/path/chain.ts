import type { PathDetail } from '../details.ts'
import type { Kernel } from '../kernel.ts'
import { matchTerm } from '../netfilter/evaluate.ts'
import { matchText } from '../netfilter/save-text.ts'
import type { Chain, Match, Rule, Table, TableName, Target } from '../netfilter/types.ts'
import type { Point } from '../../trace/vocabulary.ts'
import type { PacketView } from './match-context.ts'
import { type Skb, step } from './skb.ts'

/** What a chain decides: go on, drop, or (the target took the packet) nothing more to do. */
export type ChainVerdict = 'accept' | 'drop' | 'stolen'

/** What a non-terminating or NAT target does; `continue` goes on with the next rule. */
export type RunTarget = (rule: Rule, target: Target, detail: PathDetail) => ChainVerdict | 'continue'

interface CompiledRule {
  readonly rule: Rule
  readonly hit: PathDetail
  readonly misses: (PathDetail | undefined)[]
}
interface CompiledChain {
  readonly rules: readonly CompiledRule[]
  readonly policy: PathDetail
  readonly end: PathDetail
}

const compiledChains = new WeakMap<Chain, Map<TableName, CompiledChain>>()
const chainsByName = new WeakMap<Table, ReadonlyMap<string, Chain>>()

function compile(table: TableName, chain: Chain): CompiledChain {
  let perTable = compiledChains.get(chain)
  if (!perTable) compiledChains.set(chain, (perTable = new Map()))
  let compiled = perTable.get(table)
  if (!compiled) {
    const rules = chain.rules.map((rule, i): CompiledRule => {
      return { rule, hit: { d: 'rule', table, chain: chain.name, num: i + 1, rule }, misses: [] }
    })
    const policy = { d: 'policy', table, chain: chain.name, policy: chain.policy ?? 'ACCEPT' } as const
    compiled = { rules, policy, end: { d: 'chain-end', table, chain: chain.name } }
    perTable.set(table, compiled)
  }
  return compiled
}

const findChain = (table: Table, name: string): Chain | undefined => {
  let byName = chainsByName.get(table)
  if (!byName) chainsByName.set(table, (byName = new Map(table.chains.map((chain) => [chain.name, chain]))))
  return byName.get(name)
}

/** Index of the first term that does not hold, or -1 when the rule matches. */
function firstFailure(rule: Rule, view: PacketView): number {
  view.rule = rule
  for (let i = 0; i < rule.matches.length; i++) {
    const match: Match = rule.matches[i]!
    if (!matchTerm(match, view)) return i
  }
  return -1
}

function missDetail(compiled: CompiledRule, failed: number, table: TableName, chain: string, num: number): PathDetail {
  const known = compiled.misses[failed]
  if (known) return known
  const term = matchText(compiled.rule.matches[failed]!)
  const fresh: PathDetail = { d: 'miss', table, chain, num, rule: compiled.rule, term }
  compiled.misses[failed] = fresh
  return fresh
}

/**
 * ipt_do_table: walks a chain rule by rule, telling of each whether it matched and, if not, at which term. Jumps nest, `goto` does
 * not come back. The verdict of a built-in chain that nobody decided is its policy.
 */
export function walkChain(
  k: Kernel,
  skb: Skb,
  point: Point,
  name: TableName,
  table: Table,
  chain: Chain,
  view: PacketView,
  runTarget: RunTarget,
): ChainVerdict {
  const verdict = walk(k, skb, point, name, table, chain, view, runTarget)
  if (verdict !== 'return') return verdict
  const { policy } = compile(name, chain)
  if (chain.policy !== 'DROP') {
    step(k, skb, point, 'policy', policy)
    return 'accept'
  }
  step(k, skb, point, 'drop', policy, 'NETFILTER_DROP')
  return 'drop'
}

function walk(
  k: Kernel,
  skb: Skb,
  point: Point,
  name: TableName,
  table: Table,
  chain: Chain,
  view: PacketView,
  runTarget: RunTarget,
): ChainVerdict | 'return' {
  const compiled = compile(name, chain)
  for (let i = 0; i < compiled.rules.length; i++) {
    const each = compiled.rules[i]!
    const failed = firstFailure(each.rule, view)
    if (failed >= 0) {
      step(k, skb, point, 'miss', missDetail(each, failed, name, chain.name, i + 1))
      continue
    }
    const { target } = each.rule
    if (target === null) {
      step(k, skb, point, 'match', each.hit)
      continue
    }
    if (target.t === 'jump' || target.t === 'goto') {
      step(k, skb, point, 'jump', each.hit)
      const next = findChain(table, target.chain)
      if (!next) continue
      k.trace.depth++
      const verdict = walk(k, skb, point, name, table, next, view, runTarget)
      k.trace.depth--
      if (verdict !== 'return') return verdict
      if (target.t === 'goto') return 'return'
      continue
    }
    if (target.t === 'RETURN') {
      step(k, skb, point, 'return', each.hit)
      return 'return'
    }
    if (target.t === 'ACCEPT') {
      step(k, skb, point, 'accept', each.hit)
      return 'accept'
    }
    if (target.t === 'DROP') {
      step(k, skb, point, 'drop', each.hit, 'NETFILTER_DROP')
      return 'drop'
    }
    const verdict = runTarget(each.rule, target, each.hit)
    if (verdict !== 'continue') return verdict
  }
  if (chain.policy === null) step(k, skb, point, 'return', compiled.end)
  return 'return'
}

export const chainNamed = findChain
