import { ruleCounters } from '../../core/explain/counters.ts'
import { readRuleset } from '../../core/kernel/netfilter/store.ts'
import {
  type Chain,
  type Match,
  type Rule,
  type Ruleset,
  TABLES,
  type TableName,
  BUILTIN_CHAINS,
} from '../../core/kernel/netfilter/types.ts'
import { matchText } from './nft-match.ts'
import { targetText } from './nft-target.ts'
import { type Command, type ConsoleEnv, type ConsolePlace, done, fail } from '../types.ts'

/**
 * `nft list …`: the iptables-nft tables as nft 1.0.6 shows them. Tables of nftables' own are not modelled, and what
 * iptables-nft keeps as an extension prints in libxtables' translation, or as `xt match`/`xt target` where there is none.
 */
export const nftCommand: Command = (env, place, argv) => {
  const words = argv.filter((word) => !word.startsWith('-')).flatMap((word) => word.split(/\s+/))
  const [verb = '', what = '', ...rest] = words
  if (verb !== 'list') {
    if (['add', 'delete', 'flush', 'insert', 'create', 'replace', 'rename', 'destroy'].includes(verb)) {
      return fail('nft: nftables tables of their own are not modelled in this lab; write rules with iptables\n', 1)
    }
    return fail(`Error: syntax error, unexpected newline, expecting string\n${verb}\n${' '.repeat(verb.length)}^\n`, 1)
  }
  const ruleset = readRuleset(env.kernel, place.netns)
  switch (what) {
    case 'ruleset':
      return done(
        shown(ruleset)
          .map((name) => tableText(env, ruleset, name, null))
          .join(''),
      )
    case 'tables':
      return done(
        shown(ruleset)
          .map((name) => `table ip ${name}\n`)
          .join(''),
      )
    case 'table':
      return oneTable(env, place, ruleset, rest, null, argv)
    case 'chain':
      return oneTable(env, place, ruleset, rest.slice(0, -1), rest.at(-1) ?? '', argv)
    case 'chains':
    case 'sets':
    case 'maps':
      return done('')
    default:
      return fail(`Error: syntax error, unexpected ${what === '' ? 'newline' : 'string'}\n${words.join(' ')}\n`, 1)
  }
}

/** Tables that exist, as iptables-nft made them; a base chain appears with its first rule or another policy. */
const shown = (ruleset: Ruleset): readonly TableName[] => TABLES.filter((name) => ruleset[name] !== undefined)

function oneTable(
  env: ConsoleEnv,
  _place: ConsolePlace,
  ruleset: Ruleset,
  words: readonly string[],
  chain: string | null,
  argv: readonly string[],
): ReturnType<Command> {
  const [family, given] = words.length > 1 ? words : ['ip', words[0]]
  const name = shown(ruleset).find((known) => known === given)
  const found =
    family === 'ip' && name && (chain === null || ruleset[name]!.chains.some((known) => known.name === chain))
  if (found) return done(tableText(env, ruleset, name, chain))
  const line = argv.join(' ')
  const missing = chain ?? given ?? ''
  return fail(
    `Error: No such file or directory\n${line}\n${' '.repeat(Math.max(0, line.lastIndexOf(missing)))}${'^'.repeat(missing.length)}\n`,
    1,
  )
}

function tableText(env: ConsoleEnv, ruleset: Ruleset, name: TableName, only: string | null): string {
  const counters = ruleCounters(env.kernel)
  const chains = ruleset[name]!.chains.filter((chain) => (only === null ? exists(chain) : chain.name === only))
  const order = [...chains].sort((a, b) => Number(a.policy !== null) - Number(b.policy !== null))
  const body = order.map((chain) =>
    chainText(name, chain, (rule) => {
      const { packets, bytes } = counters(rule.id)
      return `counter packets ${packets} bytes ${bytes}`
    }),
  )
  return `# Warning: table ip ${name} is managed by iptables-nft, do not touch!\ntable ip ${name} {\n${body.join('\n')}}\n`
}

const exists = (chain: Chain): boolean => chain.policy === null || chain.rules.length > 0 || chain.policy === 'DROP'

const PRIORITIES: Readonly<Record<TableName, number>> = { raw: -300, mangle: -150, nat: -100, filter: 0, security: 50 }
const PRIORITY_NAMES: Readonly<Record<TableName, string>> = {
  raw: 'raw',
  mangle: 'mangle',
  nat: 'dstnat',
  filter: 'filter',
  security: 'security',
}

/** `srcnat`, `dstnat`: names that hold at their own hooks only; elsewhere the number is shown. */
function priorityText(table: TableName, hook: string): string {
  if (table !== 'nat') return PRIORITY_NAMES[table]
  if (hook === 'POSTROUTING' || hook === 'INPUT') return hook === 'POSTROUTING' ? 'srcnat' : '100'
  return hook === 'PREROUTING' ? 'dstnat' : String(PRIORITIES.nat)
}

function chainText(table: TableName, chain: Chain, counter: (rule: Rule) => string): string {
  const base = chain.policy !== null && BUILTIN_CHAINS[table].includes(chain.name)
  const type = table === 'nat' ? 'nat' : table === 'mangle' && chain.name === 'OUTPUT' ? 'route' : 'filter'
  const head = base
    ? `\t\ttype ${type} hook ${chain.name.toLowerCase()} priority ${priorityText(table, chain.name)}; policy ${(chain.policy ?? 'ACCEPT').toLowerCase()};\n`
    : ''
  const rules = chain.rules.map((rule) => `\t\t${ruleText(rule, counter(rule))}\n`).join('')
  return `\tchain ${chain.name} {\n${head}${rules}\t}\n`
}

/** iptables-nft writes devices, protocol and addresses in this order, whatever the command line said; then the modules in theirs. */
const NATIVE: readonly Match['m'][] = ['in', 'out', 'proto', 'src', 'dst', 'frag']

function ruleText(rule: Rule, counter: string): string {
  const native = NATIVE.flatMap((kind) => rule.matches.filter((match) => match.m === kind))
  const modules = flagsFirst(rule.matches.filter((match) => !NATIVE.includes(match.m)))
  const order = [...native, ...modules]
  const words = order
    .flatMap((match, i) => (impliedByNext(match, order[i + 1]) ? [] : [matchText(match, order)]))
    // A module without a translation stands for all of its conditions.
    .filter((text, i, all) => !text.startsWith('xt match') || all[i - 1] !== text)
  return `${[...words, counter].join(' ')}${rule.target ? ` ${targetText(rule.target)}` : ''}`
}

/** Flags are written before the ports of the same module. */
const flagsFirst = (matches: readonly Match[]): readonly Match[] => {
  const at = matches.findIndex((match) => match.m === 'sport' || match.m === 'dport')
  const flags = matches.filter((match, i) => i > at && match.m === 'tcpflags')
  if (at < 0 || flags.length === 0) return matches
  const rest = matches.filter((match) => !flags.includes(match))
  return [...rest.slice(0, at), ...flags, ...rest.slice(at)]
}

/** nft leaves out `meta l4proto tcp` right before `tcp dport` or `tcp flags`, which say the same. */
const impliedByNext = (match: Match, next: Match | undefined): boolean =>
  match.m === 'proto' && !match.invert && (next?.m === 'sport' || next?.m === 'dport' || next?.m === 'tcpflags')
