import type { ObjectRef } from '../../base/ref.ts'
import { compareKeys } from '../../base/order.ts'
import { equal } from '../../base/equal.ts'
import {
  BUILTIN_CHAINS,
  type Chain,
  type ParsedRule,
  type Policy,
  type Rule,
  type RuleCounters,
  type Ruleset,
  type Table,
  type TableName,
} from './types.ts'

export const EMPTY_RULESET: Ruleset = {}
export const ZERO: RuleCounters = { packets: 0, bytes: 0 }

/** A table as it is born: its built-in chains, empty, policy ACCEPT. */
export const freshTable = (name: TableName): Table => ({
  chains: BUILTIN_CHAINS[name].map((chain) => ({ name: chain, policy: 'ACCEPT', rules: [], policyCounters: ZERO })),
})

/** The table, or as it would be born (the tools show an untouched table so). */
export const tableOf = (ruleset: Ruleset, name: TableName): Table => ruleset[name] ?? freshTable(name)

export const isBuiltin = (table: TableName, chain: string): boolean => BUILTIN_CHAINS[table].includes(chain)

export const findChain = (table: Table, name: string): Chain | undefined =>
  table.chains.find((chain) => chain.name === name)

/** How many rules of the table jump or go to the chain. */
export function referencesTo(table: Table, name: string): number {
  let count = 0
  for (const chain of table.chains) for (const rule of chain.rules) if (chainOf(rule) === name) count++
  return count
}

/** The user chain that a rule jumps or goes to. */
export function chainOf(rule: Pick<Rule, 'target'>): string | null {
  const target = rule.target
  return target && (target.t === 'jump' || target.t === 'goto') ? target.chain : null
}

/** A chain while a transaction changes it. `was` is the chain it came from. */
export interface ChainDraft {
  readonly name: string
  policy: Policy | null
  policyCounters: RuleCounters
  /** A copy once it was written to. */
  rules: Rule[]
  readonly was: Chain | null
}

/** Who writes, and how new rules get their ids. */
export interface Writer {
  readonly allocateId: () => number
  readonly cause: number
  /** Whether the namespace has a set of that name; absent: nobody asks. */
  readonly hasSet?: (name: string) => boolean
}

/** A counter that the write sets: of a rule, or of the policy of a chain. */
export interface CounterWrite {
  readonly rule: number
  readonly counters: RuleCounters
}

/**
 * One table while a transaction changes it. Chains are looked up by name only; the order of the result is fixed, so the
 * order of this map never shows.
 */
export interface TableDraft {
  readonly name: TableName
  readonly chains: Map<string, ChainDraft>
  /** Rules that were flushed in this transaction, by chain, then by text: a rule written again with the same text is the same rule. */
  readonly flushed: Map<string, Map<string, Rule[]>>
  readonly counters: CounterWrite[]
  readonly was: Table | null
}

export function draftTable(ruleset: Ruleset, name: TableName): TableDraft {
  const chains = new Map<string, ChainDraft>()
  for (const chain of tableOf(ruleset, name).chains) chains.set(chain.name, draftChain(chain))
  return { name, chains, flushed: new Map(), counters: [], was: ruleset[name] ?? null }
}

const draftChain = (chain: Chain): ChainDraft => ({
  name: chain.name,
  policy: chain.policy,
  policyCounters: chain.policyCounters,
  rules: [...chain.rules],
  was: chain,
})

/** A new, empty user chain. One of that name that this transaction deleted before may turn out to be the same again. */
export function addChain(draft: TableDraft, name: string): ChainDraft {
  const was = (draft.was && findChain(draft.was, name)) ?? null
  const chain: ChainDraft = { name, policy: null, policyCounters: ZERO, rules: [], was }
  draft.chains.set(name, chain)
  return chain
}

/** Empties a chain and remembers its rules, so that those written again keep their identity. */
export function flushChain(draft: TableDraft, chain: ChainDraft): void {
  let remembered = draft.flushed.get(chain.name)
  if (!remembered) draft.flushed.set(chain.name, (remembered = new Map()))
  for (const rule of chain.rules) {
    const same = remembered.get(rule.text)
    if (same) same.push(rule)
    else remembered.set(rule.text, [rule])
  }
  chain.rules = []
}

/** A rule to write: what it says, whom it is for, and the counters it begins with. */
export interface NewRule {
  readonly parsed: ParsedRule
  readonly subject: readonly ObjectRef[]
  readonly counters: RuleCounters | null
}

/** The `Rule` for a line: the flushed one of the same text where there is one, else a new one. Counters start anew. */
export function realise(draft: TableDraft, chain: string, rule: NewRule, writer: Writer): Rule {
  const old = draft.flushed.get(chain)?.get(rule.parsed.text)?.shift()
  const made = old ? resubject(old, rule.subject, writer) : createRule(rule, writer)
  if (old || rule.counters) draft.counters.push({ rule: made.id, counters: rule.counters ?? ZERO })
  return made
}

const resubject = (rule: Rule, subject: readonly ObjectRef[], writer: Writer): Rule =>
  equal(rule.subject, subject) ? rule : { ...rule, subject, cause: writer.cause }

const createRule = (rule: NewRule, writer: Writer): Rule => ({
  id: writer.allocateId(),
  ...rule.parsed,
  subject: rule.subject,
  cause: writer.cause,
})

/** The new ruleset. Chains, tables and the ruleset itself that came out as they were keep their identity. */
export function commitTable(ruleset: Ruleset, draft: TableDraft): Ruleset {
  const order = BUILTIN_CHAINS[draft.name]
  const position = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length)
  const chains = [...draft.chains.values()]
    .sort((a, b) => position(a.name) - position(b.name) || compareKeys(a.name, b.name))
    .map(commitChain)
  const was = draft.was
  if (was && sameList(was.chains, chains)) return ruleset
  return { ...ruleset, [draft.name]: { chains } }
}

function commitChain(draft: ChainDraft): Chain {
  const { was, name, policy, policyCounters } = draft
  if (was && was.policy === policy && equal(was.policyCounters, policyCounters)) {
    if (sameList(was.rules, draft.rules)) return was
  }
  return { name, policy, policyCounters, rules: draft.rules }
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
