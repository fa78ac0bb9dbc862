import { moduleOf } from './save-text.ts'
import { chainOf, type ChainDraft, type TableDraft } from './ruleset.ts'
import type { ParsedRule, TableName, Target } from './types.ts'

/** What nf_tables and the extensions say no to, in errno words. */
export type Refusal = 'Invalid argument' | 'Operation not supported' | 'Too many links'

const HOOKS = { PREROUTING: 1, INPUT: 2, FORWARD: 4, OUTPUT: 8, POSTROUTING: 16 } as const
const ANY = 31
const hookOf = (chain: string): number => HOOKS[chain as keyof typeof HOOKS] ?? ANY

interface Place {
  readonly tables: readonly TableName[]
  readonly hooks: number
}

/** Where a target may stand (`.table` and `.hooks` of its xt_target). */
const TARGET_PLACES: { readonly [T in Target['t']]?: Place } = {
  DNAT: { tables: ['nat'], hooks: HOOKS.PREROUTING | HOOKS.OUTPUT },
  REDIRECT: { tables: ['nat'], hooks: HOOKS.PREROUTING | HOOKS.OUTPUT },
  SNAT: { tables: ['nat'], hooks: HOOKS.POSTROUTING | HOOKS.INPUT },
  MASQUERADE: { tables: ['nat'], hooks: HOOKS.POSTROUTING },
  NETMAP: { tables: ['nat'], hooks: ANY },
  REJECT: { tables: ['filter'], hooks: HOOKS.INPUT | HOOKS.FORWARD | HOOKS.OUTPUT },
  CT: { tables: ['raw'], hooks: HOOKS.PREROUTING | HOOKS.OUTPUT },
  TPROXY: { tables: ['mangle'], hooks: HOOKS.PREROUTING },
}

/** `NFT_JUMP_STACK_SIZE`: how deep chains may call each other. */
const JUMP_STACK = 16

/** What the kernel refuses about a rule in itself, whatever leads to it. */
export function refuseRule(draft: TableDraft, chain: string, rule: ParsedRule): Refusal | null {
  const place = rule.target && TARGET_PLACES[rule.target.t]
  if (place && !place.tables.includes(draft.name)) return 'Invalid argument'
  const next = chainOf(rule)
  if (next !== null && draft.chains.get(next)?.policy) return 'Operation not supported'
  if (draft.chains.get(chain)?.policy && (hooksOf(rule) & hookOf(chain)) === 0) return 'Invalid argument'
  return impossible(rule) ? 'Invalid argument' : null
}

/** Terms and targets that need `-p tcp` and the like before them, and terms that could never hold. */
function impossible(rule: ParsedRule): boolean {
  let [proto, inverted] = [-1, false]
  for (const match of rule.matches) {
    if (match.m === 'proto') [proto, inverted] = [match.proto, match.invert]
    if ((match.m === 'src' || match.m === 'dst') && match.invert && match.cidr.len === 0) return true
    const module = moduleOf(match)
    if ((module === 'tcp' || module === 'tcpmss') && proto !== 6) return true
    if (module === 'udp' && proto !== 17) return true
    if (module === 'icmp' && proto !== 1) return true
    if (match.m === 'recent' && match.op === 'set' && (match.seconds !== null || match.hitcount !== null)) return true
  }
  if (rule.target?.t === 'REJECT' && rule.target.with === 'tcp-reset') return proto !== 6
  if (rule.target?.t === 'TPROXY') return inverted || (proto !== 6 && proto !== 17)
  return rule.target?.t === 'TCPMSS' && proto !== 6
}

/** The hooks at which every extension of the rule may run. */
function hooksOf(rule: ParsedRule): number {
  let hooks = (rule.target && TARGET_PLACES[rule.target.t]?.hooks) ?? ANY
  for (const match of rule.matches) {
    if (match.m === 'socket') hooks &= HOOKS.PREROUTING | HOOKS.INPUT
    else if (match.m === 'owner' || match.m === 'socket-exists') hooks &= HOOKS.OUTPUT | HOOKS.POSTROUTING
    else if (match.m === 'rpfilter') hooks &= HOOKS.PREROUTING
  }
  return hooks
}

/** What a chain demands of whoever leads to it. `height`: levels of chains from here down, itself included. */
interface Reach {
  readonly height: number
  readonly hooks: number
}

const CYCLE: Reach = { height: Number.POSITIVE_INFINITY, hooks: ANY }

/**
 * What the kernel refuses about the table as a whole: from a built-in chain, a loop or more than 15 levels of chains
 * ("Too many links"), or an extension that may not run at that hook. User chains that nothing leads to are not looked at
 * (nf_tables_api.c, nft_table_validate).
 */
export function refuseTable(draft: TableDraft): Refusal | null {
  const known = new Map<string, Reach>()
  for (const chain of draft.chains.values()) {
    if (!chain.policy) continue
    const reach = reachOf(draft, chain, known)
    if (reach.height > JUMP_STACK) return 'Too many links'
    if ((reach.hooks & hookOf(chain.name)) === 0) return 'Invalid argument'
  }
  return null
}

function reachOf(draft: TableDraft, chain: ChainDraft, known: Map<string, Reach>): Reach {
  const before = known.get(chain.name)
  if (before) return before
  known.set(chain.name, CYCLE)
  let height = 0
  let hooks = ANY
  for (const rule of chain.rules) {
    hooks &= hooksOf(rule)
    const next = draft.chains.get(chainOf(rule) ?? '')
    if (!next) continue
    const below = reachOf(draft, next, known)
    height = Math.max(height, below.height)
    hooks &= below.hooks
  }
  const reach = { height: height + 1, hooks }
  known.set(chain.name, reach)
  return reach
}

/** The first chain that a rule of the table names and that does not exist. */
export function missingChain(draft: TableDraft): string | null {
  for (const chain of draft.chains.values())
    for (const rule of chain.rules) {
      const next = chainOf(rule)
      if (next !== null && !draft.chains.has(next)) return next
    }
  return null
}
