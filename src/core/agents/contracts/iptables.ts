import type { ObjectRef } from '../../base/ref.ts'
import { invariant } from '../../base/result.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { type ToolRun, iptables } from '../../kernel/netfilter/iptables.ts'
import type { CounterWrite } from '../../kernel/netfilter/ruleset.ts'
import { readRuleset, ruleWriter, writeRuleset } from '../../kernel/netfilter/store.ts'
import type { Ruleset, TableName } from '../../kernel/netfilter/types.ts'
import { splitWords } from '../../kernel/netfilter/words.ts'

/** A rule as on the command line, without `-A chain`: `-m comment --comment "x" -j Y`. */
export type RuleArgs = string

/**
 * A run of single iptables commands on one namespace, written together at the end: what client code such as go-iptables and
 * k8s pkg/util/iptables does command by command. Commands that the kernel refuses are bugs of the caller.
 */
export class IptablesSession {
  readonly #k: Kernel
  readonly #netns: number
  readonly #subject: readonly ObjectRef[]
  readonly #counters: CounterWrite[] = []
  #ruleset: Ruleset

  constructor(k: Kernel, netns: number, subject: readonly ObjectRef[] = []) {
    this.#k = k
    this.#netns = netns
    this.#subject = subject
    this.#ruleset = readRuleset(k, netns)
  }

  hasChain(table: TableName, chain: string): boolean {
    return this.#ruleset[table]?.chains.some((known) => known.name === chain) ?? false
  }

  /** Whether the chain was missing. */
  ensureChain(table: TableName, chain: string): boolean {
    if (this.hasChain(table, chain)) return false
    this.#must(['-t', table, '-N', chain])
    return true
  }

  hasRule(table: TableName, chain: string, args: RuleArgs): boolean {
    return this.hasChain(table, chain) && this.#run(['-t', table, '-C', chain, ...wordsOf(args)]) !== null
  }

  /** Whether the rule was missing. */
  ensureRule(table: TableName, chain: string, args: RuleArgs, where: 'prepend' | 'append'): boolean {
    if (this.#run(['-t', table, '-C', chain, ...wordsOf(args)]) !== null) return false
    this.#must(['-t', table, where === 'prepend' ? '-I' : '-A', chain, ...wordsOf(args)])
    return true
  }

  deleteRule(table: TableName, chain: string, args: RuleArgs): boolean {
    return this.#apply(['-t', table, '-D', chain, ...wordsOf(args)])
  }

  /** Empties and deletes a chain that nothing jumps to any more. */
  deleteChain(table: TableName, chain: string): void {
    this.#apply(['-t', table, '-F', chain])
    this.#apply(['-t', table, '-X', chain])
  }

  flushChain(table: TableName, chain: string): void {
    this.#apply(['-t', table, '-F', chain])
  }

  rulesOf(table: TableName, chain: string): readonly string[] {
    return this.#ruleset[table]?.chains.find((known) => known.name === chain)?.rules.map((rule) => rule.text) ?? []
  }

  /** Writes what has changed. */
  commit(): void {
    writeRuleset(this.#k, this.#netns, this.#ruleset, this.#counters)
  }

  #run(argv: readonly string[]): ToolRun | null {
    const done = iptables(this.#ruleset, argv, { ...ruleWriter(this.#k), subject: this.#subject })
    return done.ok ? done.value : null
  }

  #apply(argv: readonly string[]): boolean {
    const run = this.#run(argv)
    if (!run) return false
    this.#ruleset = run.ruleset
    this.#counters.push(...run.counters)
    return true
  }

  #must(argv: readonly string[]): void {
    invariant(this.#apply(argv), `iptables ${argv.join(' ')}`)
  }
}

const wordsOf = (args: RuleArgs): readonly string[] => splitWords(args).map((word) => word.text)
