import { EPOCH_MS, SEC, type SimTime } from '../../core/base/time.ts'
import { ruleCounters } from '../../core/explain/counters.ts'
import {
  type ToolOptions,
  type ToolRun,
  iptables,
  iptablesRestore,
  iptablesSave,
} from '../../core/kernel/netfilter/iptables.ts'
import { readRuleset, ruleWriter, writeRuleset } from '../../core/kernel/netfilter/store.ts'
import type { TableName } from '../../core/kernel/netfilter/types.ts'
import { type Command, type ConsoleEnv, type ConsolePlace, done, fail } from '../types.ts'

/** `Fri Nov 20 14:35:33 2026`: ctime(3) in UTC. */
export function calendarText(t: SimTime): string {
  const [day, date, month, year, clock] = new Date(EPOCH_MS + Math.floor(t / SEC) * 1000)
    .toUTCString()
    .replace(',', '')
    .split(' ')
  return `${day} ${month} ${String(Number(date)).padStart(2)} ${clock} ${year}`
}

function options(env: ConsoleEnv, place: ConsolePlace): ToolOptions {
  const { kernel } = env
  return { ...ruleWriter(kernel, place.netns), counters: ruleCounters(kernel), date: calendarText(kernel.now) }
}

function commit(env: ConsoleEnv, place: ConsolePlace, run: ToolRun): void {
  writeRuleset(env.kernel, place.netns, run.ruleset, run.counters)
}

/** `iptables`: the nf_tables variant, 1.8.9. */
export const iptablesCommand: Command = (env, place, argv) => {
  const words = withoutWait(argv)
  const zeroed = zero(env, place, words)
  const result = iptables(readRuleset(env.kernel, place.netns), words, options(env, place))
  if (!result.ok) return fail(result.error.stderr, result.error.exit)
  commit(env, place, result.value)
  zeroed()
  return done(result.value.stdout)
}

/** `-w [seconds]`: nothing holds the xtables lock in the lab. */
function withoutWait(argv: readonly string[]): readonly string[] {
  const words: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (/^(-w|--wait|-W|--wait-interval)$/.test(word)) {
      if (/^\d+$/.test(argv[i + 1] ?? '')) i++
    } else if (!/^(-w\d+|--wait=\d+)$/.test(word)) words.push(word)
  }
  return words
}

/** `-Z [chain]`: the counters of the rules begin anew. They are counted out of the trace, from where the reset says. */
function zero(env: ConsoleEnv, place: ConsolePlace, words: readonly string[]): () => void {
  const at = words.findIndex((word) => word === '-Z' || word === '--zero')
  if (at < 0) return () => {}
  const table = (words[words.findIndex((word) => word === '-t' || word === '--table') + 1] ?? 'filter') as TableName
  const name = words.includes('-t') || words.includes('--table') ? table : 'filter'
  const chain = words[at + 1]?.startsWith('-') ? undefined : words[at + 1]
  return () => {
    const chains = readRuleset(env.kernel, place.netns)[name]?.chains ?? []
    const rules = chains.filter((known) => chain === undefined || known.name === chain).flatMap((known) => known.rules)
    const counters = rules.map((rule) => ({ rule: rule.id, counters: { packets: 0, bytes: 0 } }))
    writeRuleset(env.kernel, place.netns, readRuleset(env.kernel, place.netns), counters)
  }
}

export const iptablesSaveCommand: Command = (env, place, argv) => {
  const result = iptablesSave(readRuleset(env.kernel, place.netns), argv, options(env, place))
  return result.ok ? done(result.value.stdout) : fail(result.error.stderr, result.error.exit)
}

/** `iptables-restore`: rules on standard input. What was committed before a failing table stays. */
export const iptablesRestoreCommand: Command = (env, place, argv, stdin) => {
  const result = iptablesRestore(readRuleset(env.kernel, place.netns), argv, stdin, options(env, place))
  if (result.ok) {
    commit(env, place, result.value)
    return done(result.value.stdout)
  }
  writeRuleset(env.kernel, place.netns, result.error.applied)
  return fail(result.error.stderr, result.error.exit)
}

/** The IPv6 twins: there is no IPv6 in the lab, and so no rule. */
export const ip6tablesCommand: Command = (env, place, argv) => {
  const result = iptables({}, withoutWait(argv), options(env, place))
  return result.ok
    ? done(result.value.stdout)
    : fail(result.error.stderr.replaceAll('iptables', 'ip6tables'), result.error.exit)
}
