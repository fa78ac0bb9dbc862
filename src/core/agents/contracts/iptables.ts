import type { ObjectRef } from '../../base/ref.ts'
import { invariant } from '../../base/result.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { parseRule } from '../../kernel/netfilter/parse.ts'
import type { RestoreLine } from '../../kernel/netfilter/restore.ts'
import { readRuleset, restore } from '../../kernel/netfilter/store.ts'
import { TABLES, type Ruleset, type TableName } from '../../kernel/netfilter/types.ts'

/** A rule as on the command line, without `-A chain`: `-m comment --comment "x" -j Y`. */
export type RuleArgs = string

// What a rule is printed as depends on its text alone, and every node writes much the same rules.
const printed = new Map<RuleArgs, string>()
const PRINTED_LIMIT = 20_000

function textOf(args: RuleArgs): string {
  let text = printed.get(args)
  if (text === undefined) {
    const parsed = parseRule(args)
    invariant(parsed.ok, `iptables rule ${args}`)
    if (printed.size >= PRINTED_LIMIT) printed.clear()
    printed.set(args, (text = parsed.value.text))
  }
  return text
}

/**
 * A run of single iptables commands on one namespace, written together at the end: what client code such as go-iptables and
 * k8s pkg/util/iptables does command by command. Commands that the kernel refuses are bugs of the caller.
 */
export class IptablesSession {
  readonly #k: Kernel
  readonly #netns: number
  readonly #subject: readonly ObjectRef[]
  readonly #ruleset: Ruleset
  readonly #lines = new Map<TableName, RestoreLine[]>()
  /** Chains and rules as they will be, where this run changes them: `table chain`, `table chain rule`. */
  readonly #made = new Map<string, boolean>()

  constructor(k: Kernel, netns: number, subject: readonly ObjectRef[] = []) {
    this.#k = k
    this.#netns = netns
    this.#subject = subject
    this.#ruleset = readRuleset(k, netns)
  }

  hasChain(table: TableName, chain: string): boolean {
    const made = this.#made.get(`${table} ${chain}`)
    return made ?? this.#ruleset[table]?.chains.some((known) => known.name === chain) ?? false
  }

  /** Whether the chain was missing. */
  ensureChain(table: TableName, chain: string): boolean {
    if (this.hasChain(table, chain)) return false
    this.#line(table, `-N ${chain}`)
    this.#made.set(`${table} ${chain}`, true)
    return true
  }

  hasRule(table: TableName, chain: string, args: RuleArgs): boolean {
    const text = textOf(args)
    const made = this.#made.get(`${table} ${chain} ${text}`)
    if (made !== undefined) return made
    const found = this.#ruleset[table]?.chains.find((known) => known.name === chain)
    return found?.rules.some((rule) => rule.text === text) ?? false
  }

  /** Whether the rule was missing. */
  ensureRule(table: TableName, chain: string, args: RuleArgs, where: 'prepend' | 'append'): boolean {
    if (this.hasRule(table, chain, args)) return false
    this.#line(table, `${where === 'prepend' ? '-I' : '-A'} ${chain} ${args}`)
    this.#made.set(`${table} ${chain} ${textOf(args)}`, true)
    return true
  }

  deleteRule(table: TableName, chain: string, args: RuleArgs): boolean {
    if (!this.hasRule(table, chain, args)) return false
    this.#line(table, `-D ${chain} ${args}`)
    this.#made.set(`${table} ${chain} ${textOf(args)}`, false)
    return true
  }

  /** Empties and deletes a chain that nothing jumps to any more. */
  deleteChain(table: TableName, chain: string): void {
    if (!this.hasChain(table, chain)) return
    this.#line(table, `-F ${chain}`)
    this.#line(table, `-X ${chain}`)
    this.#made.set(`${table} ${chain}`, false)
  }

  /** Writes what has changed. */
  commit(): void {
    const lines = TABLES.flatMap((table) => {
      const own = this.#lines.get(table)
      return own ? [{ text: `*${table}` }, ...own, { text: 'COMMIT' }] : []
    })
    if (lines.length === 0) return
    const done = restore(this.#k, this.#netns, lines, { noflush: true })
    invariant(done.ok, done.ok ? '' : done.error.stderr)
  }

  #line(table: TableName, text: string): void {
    const own = this.#lines.get(table)
    if (own) own.push({ text, subject: this.#subject })
    else this.#lines.set(table, [{ text, subject: this.#subject }])
  }
}
