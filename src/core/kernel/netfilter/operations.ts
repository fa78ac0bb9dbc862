import { isTargetName } from './targets/index.ts'
import {
  addChain,
  chainOf,
  type ChainDraft,
  flushChain,
  isBuiltin,
  type NewRule,
  realise,
  type TableDraft,
  type Writer,
  ZERO,
} from './ruleset.ts'
import type { ParsedRule, Policy, RuleCounters } from './types.ts'

/** One change of one table. `index` counts rules from 1. */
export type RuleOperation =
  | { readonly op: 'append'; readonly chain: string; readonly rules: readonly NewRule[] }
  | { readonly op: 'insert'; readonly chain: string; readonly index: number; readonly rules: readonly NewRule[] }
  | { readonly op: 'replace'; readonly chain: string; readonly index: number; readonly rules: readonly NewRule[] }
  | { readonly op: 'delete' | 'check'; readonly chain: string; readonly rules: readonly ParsedRule[] }
  | { readonly op: 'delete-at'; readonly chain: string; readonly index: number }
  | { readonly op: 'new'; readonly chain: string }
  /** `:NAME POLICY [p:b]` of iptables-restore. */
  | {
      readonly op: 'declare'
      readonly chain: string
      readonly policy: Policy | null
      readonly counters: RuleCounters | null
    }
  | { readonly op: 'remove' | 'flush' | 'zero'; readonly chain: string | null }
  | { readonly op: 'policy'; readonly chain: string; readonly policy: string; readonly counters: RuleCounters | null }
  | { readonly op: 'rename'; readonly chain: string; readonly to: string }

/**
 * Why an operation failed.
 * - `kernel`: what the library says of an errno (`iptables: <message>`), exit 1.
 * - `transaction`: what nf_tables answered (`RULE_APPEND failed (Invalid argument): rule in chain X`), exit 4.
 * - `usage`: as a complaint about the command line, exit 2.
 */
export interface OperationError {
  readonly code: 'kernel' | 'transaction' | 'usage'
  readonly message: string
}

export const NO_CHAIN = 'No chain/target/match by that name.'
export const BAD_RULE = 'Bad rule (does a matching rule exist in that chain?).'
const kernel = (message: string): OperationError => ({ code: 'kernel', message })
const busy = (chain: string): OperationError => ({
  code: 'transaction',
  message: `CHAIN_DEL failed (Device or resource busy): chain ${chain}`,
})

/** Applies one operation to a table draft. Null when it went through; a failed one leaves the draft as it was. */
export function applyOperation(draft: TableDraft, operation: RuleOperation, writer: Writer): OperationError | null {
  switch (operation.op) {
    case 'append':
    case 'insert':
    case 'replace':
      return writeRules(draft, operation, writer)
    case 'delete':
    case 'check':
      return matchRules(draft, operation)
    case 'delete-at': {
      const chain = draft.chains.get(operation.chain)
      if (!chain) return kernel(NO_CHAIN)
      if (operation.index > chain.rules.length) return kernel('Index of deletion too big.')
      chain.rules.splice(operation.index - 1, 1)
      return null
    }
    case 'new':
      return newChain(draft, operation.chain)
    case 'declare':
      return declare(draft, operation)
    case 'remove':
      return removeChains(draft, operation.chain)
    case 'flush':
    case 'zero':
      return eachChain(draft, operation.chain, (chain) =>
        operation.op === 'flush' ? discardRules(chain) : zeroChain(draft, chain),
      )
    case 'policy':
      return setPolicy(draft, operation)
    case 'rename':
      return renameChain(draft, operation.chain, operation.to)
  }
}

function writeRules(
  draft: TableDraft,
  operation: RuleOperation & { readonly op: 'append' | 'insert' | 'replace' },
  writer: Writer,
): OperationError | null {
  const chain = draft.chains.get(operation.chain)
  if (!chain) return kernel(NO_CHAIN)
  const size = chain.rules.length
  if (operation.op === 'insert' && operation.index > size + 1) return kernel('Index of insertion too big.')
  if (operation.op === 'replace' && operation.index > size) return kernel('Index of replacement too big.')
  const rules = operation.rules.map((rule) => realise(draft, chain.name, rule, writer))
  if (operation.op === 'append') chain.rules.push(...rules)
  else chain.rules.splice(operation.index - 1, operation.op === 'replace' ? 1 : 0, ...rules)
  return null
}

function matchRules(
  draft: TableDraft,
  operation: RuleOperation & { readonly op: 'delete' | 'check' },
): OperationError | null {
  const chain = draft.chains.get(operation.chain)
  if (operation.rules.length === 0) return kernel(BAD_RULE)
  const at = operation.rules.map((rule) => chain?.rules.findIndex((old) => old.text === rule.text) ?? -1)
  if (!chain || at.includes(-1)) return kernel(BAD_RULE)
  if (operation.op === 'delete') chain.rules = chain.rules.filter((_rule, index) => !at.includes(index))
  return null
}

/** The complaint about a name that no chain may have. */
export function chainNameProblem(name: string): string | null {
  if (name === '') return 'Chain name should not be empty'
  if (name.length >= 29) return `chain name \`${name}' too long (must be under 29 chars)`
  if (name.startsWith('-') || name.startsWith('!')) return `chain name not allowed to start with \`${name[0]}'`
  return isTargetName(name) ? 'chain name may not clash with target name' : null
}

function newChain(draft: TableDraft, name: string): OperationError | null {
  const problem = chainNameProblem(name)
  if (problem !== null) return { code: 'usage', message: problem }
  if (draft.chains.has(name)) return kernel('Chain already exists.')
  addChain(draft, name)
  return null
}

function declare(draft: TableDraft, operation: RuleOperation & { readonly op: 'declare' }): OperationError | null {
  const chain = draft.chains.get(operation.chain)
  if (isBuiltin(draft.name, operation.chain)) {
    if (chain && operation.policy) chain.policy = operation.policy
    if (chain && operation.counters) chain.policyCounters = operation.counters
    return null
  }
  if (chain) {
    flushChain(draft, chain)
    return null
  }
  const problem = chainNameProblem(operation.chain)
  if (problem !== null) return { code: 'usage', message: problem }
  addChain(draft, operation.chain)
  return null
}

/** `-X`: one user chain, or all of them. A chain with rules, or one that a rule jumps to, is busy. */
function removeChains(draft: TableDraft, name: string | null): OperationError | null {
  const names = name === null ? [...draft.chains.keys()].filter((key) => !isBuiltin(draft.name, key)).sort() : [name]
  const referenced = new Set<string>()
  for (const chain of draft.chains.values()) for (const rule of chain.rules) referenced.add(chainOf(rule) ?? '')
  for (const key of names) {
    const chain = draft.chains.get(key)
    if (!chain || chain.policy) return kernel(NO_CHAIN)
    if (chain.rules.length > 0 || referenced.has(key)) return busy(key)
  }
  for (const key of names) draft.chains.delete(key)
  return null
}

/** `-F` on the command line: what is gone is gone, an equal rule added later is a new one. */
function discardRules(chain: ChainDraft): void {
  chain.rules = []
}

function zeroChain(draft: TableDraft, chain: ChainDraft): void {
  chain.policyCounters = ZERO
  for (const rule of chain.rules) draft.counters.push({ rule: rule.id, counters: ZERO })
}

function eachChain(draft: TableDraft, name: string | null, apply: (chain: ChainDraft) => void): OperationError | null {
  if (name === null) {
    draft.chains.forEach(apply)
    return null
  }
  const chain = draft.chains.get(name)
  if (!chain) return kernel(NO_CHAIN)
  apply(chain)
  return null
}

function setPolicy(draft: TableDraft, operation: RuleOperation & { readonly op: 'policy' }): OperationError | null {
  const chain = draft.chains.get(operation.chain)
  if (operation.policy !== 'ACCEPT' && operation.policy !== 'DROP')
    return kernel("Bad policy name. Run `dmesg' for more information.")
  if (!chain?.policy) return kernel('Bad built-in chain name.')
  chain.policy = operation.policy
  if (operation.counters) chain.policyCounters = operation.counters
  return null
}

function renameChain(draft: TableDraft, name: string, to: string): OperationError | null {
  const chain = draft.chains.get(name)
  if (!chain || chain.policy) return kernel(NO_CHAIN)
  if (draft.chains.has(to)) return kernel('File exists.')
  draft.chains.delete(name)
  draft.chains.set(to, { ...chain, name: to, was: null })
  for (const other of draft.chains.values())
    other.rules = other.rules.map((rule) => {
      const target = rule.target
      if (!target || (target.t !== 'jump' && target.t !== 'goto') || target.chain !== name) return rule
      const flag = target.t === 'jump' ? '-j' : '-g'
      const text = `${rule.text.slice(0, rule.text.length - name.length - 3)}${flag} ${to}`
      return { ...rule, text, target: { t: target.t, chain: to } }
    })
  return null
}
