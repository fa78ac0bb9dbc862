import { formatCidr } from '../../core/base/cidr.ts'
import { formatIpv4 } from '../../core/base/ipv4.ts'
import { ruleCounters } from '../../core/explain/counters.ts'
import { readRuleset } from '../../core/kernel/netfilter/store.ts'
import {
  type Chain,
  type Match,
  type Rule,
  type Ruleset,
  TABLES,
  type TableName,
  type Target,
  type NatRange,
  BUILTIN_CHAINS,
} from '../../core/kernel/netfilter/types.ts'
import { bitNames, CT_STATES } from '../../core/kernel/netfilter/names.ts'
import { natFlags as natFlagNames, natPorts, natRangeText } from '../../core/kernel/netfilter/save-text.ts'
import { type Command, type ConsoleEnv, type ConsolePlace, done, fail } from '../types.ts'

/**
 * `nft list …`: the iptables-nft tables as nft 1.0.6 shows them. Tables of nftables' own are not modelled, and what iptables-nft
 * keeps as an xt extension prints as `xt match`/`xt target`, as nft does without that extension's translation.
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
  const modules = rule.matches.filter((match) => !NATIVE.includes(match.m))
  const order = [...native, ...modules]
  const words = order.flatMap((match, i) => (impliedByNext(match, order[i + 1]) ? [] : [matchText(match, order)]))
  return `${[...words, counter].join(' ')}${rule.target ? ` ${targetText(rule.target)}` : ''}`
}

/** nft leaves out `meta l4proto tcp` right before `tcp dport`, which says the same. */
const impliedByNext = (match: Match, next: Match | undefined): boolean =>
  match.m === 'proto' && !match.invert && (next?.m === 'sport' || next?.m === 'dport')

const not = (invert: boolean): string => (invert ? '!= ' : '')
const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`
const range = (lo: number, hi: number): string => (lo === hi ? `${lo}` : `${lo}-${hi}`)
const address = (cidr: { readonly addr: number; readonly len: number }): string =>
  cidr.len === 32 ? formatIpv4(cidr.addr) : formatCidr(cidr)
const PROTOCOL: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' }

/** One term. A comment, or a module without an option, is an extension that translates to nothing: its blank stays. */
function matchText(match: Match, all: readonly Match[]): string {
  switch (match.m) {
    case 'src':
      return `ip saddr ${not(match.invert)}${address(match.cidr)}`
    case 'dst':
      return `ip daddr ${not(match.invert)}${address(match.cidr)}`
    case 'in':
      return `iifname ${not(match.invert)}"${match.name}${match.prefix ? '*' : ''}"`
    case 'out':
      return `oifname ${not(match.invert)}"${match.name}${match.prefix ? '*' : ''}"`
    case 'proto':
      return `meta l4proto ${not(match.invert)}${PROTOCOL[match.proto] ?? match.proto}`
    case 'sport':
    case 'dport':
      return `${match.module} ${match.m} ${not(match.invert)}${range(match.lo, match.hi)}`
    case 'multiport': {
      const proto = all.find((other) => other.m === 'proto')
      const name = proto?.m === 'proto' ? (PROTOCOL[proto.proto] ?? 'tcp') : 'tcp'
      return `${name} ${match.side === 'src' ? 'sport' : 'dport'} ${not(match.invert)}{ ${match.ports.map((p) => range(p.lo, p.hi)).join(', ')} }`
    }
    case 'icmp':
      return `icmp type ${match.type === 8 ? 'echo-request' : match.type === 0 ? 'echo-reply' : match.type}`
    case 'mark':
      return match.mask === 0xffffffff
        ? `meta mark ${not(match.invert)}${hex(match.value)}`
        : `meta mark & ${hex(match.mask)} ${match.invert ? '!=' : '=='} ${hex(match.value)}`
    case 'connmark':
      return `ct mark & ${hex(match.mask)} ${match.invert ? '!=' : '=='} ${hex(match.value)}`
    case 'ctstate':
      // The translation of SNAT and DNAT, which are no states, forgets the rest, and that it was inverted.
      if (/[SD]NAT/.test(bitNames(CT_STATES, match.states)))
        return `ct status ${bitNames(CT_STATES, match.states).includes('DNAT') ? 'dnat' : 'snat'}`
      return `ct state ${match.invert ? '! ' : ''}${bitNames(CT_STATES, match.states).toLowerCase()}`
    case 'addrtype':
      return `fib ${match.side === 'src' ? 'saddr' : 'daddr'} type ${not(match.invert)}${addressTypes(match.types)}`
    case 'random':
      return `meta random & 2147483647 ${match.invert ? '>=' : '<'} ${match.threshold}`
    case 'comment':
    case 'bare':
      return ''
    default:
      return `xt match ${match.m === 'unknown' ? match.name : match.m}`
  }
}

const ADDRESS_TYPES = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
]

function addressTypes(bits: number): string {
  const names = ADDRESS_TYPES.filter((_name, bit) => (bits & (1 << bit)) !== 0)
  return names.length === 1 ? names[0]! : `{ ${names.join(', ')} }`
}

function targetText(target: Target): string {
  switch (target.t) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return target.t.toLowerCase()
    case 'jump':
    case 'goto':
      return `${target.t} ${target.chain}`
    case 'MARK':
      if (target.mask === 0xffffffff) return `meta mark set 0x${target.value.toString(16)}`
      if (target.mask === 0) return `meta mark set mark xor 0x${target.value.toString(16)}`
      if (target.value === target.mask) return `meta mark set mark or 0x${target.value.toString(16)}`
      if (target.value === 0) return `meta mark set mark and 0x${(~target.mask >>> 0).toString(16)}`
      return `meta mark set mark and 0x${(~target.mask >>> 0).toString(16)} xor 0x${target.value.toString(16)}`
    case 'MASQUERADE':
      return `masquerade${target.range.minPort === null ? '' : ` to :${natPorts(target.range)}`}${natFlags(target.range)}`
    case 'DNAT':
    case 'SNAT':
      return `${target.t.toLowerCase()} to ${natRangeText(target.range)}${natFlags(target.range)}`
    case 'REDIRECT':
      return `redirect to :${natPorts(target.range)}`
    case 'REJECT':
      if (target.with === 'tcp-reset') return 'reject with tcp reset'
      return target.with === 'icmp-port-unreachable' ? 'reject' : `reject with icmp ${target.with.replace('icmp-', '')}`
    case 'LOG':
      return `log${target.prefix === '' ? '' : ` prefix "${target.prefix}"`}`
    default:
      return `xt target ${'name' in target ? target.name : target.t}`
  }
}

/** nft's word for `random-fully` is `fully-random`. */
const natFlags = (range: NatRange): string =>
  natFlagNames(range)
    .map((flag) => ` ${flag === 'random-fully' ? 'fully-random' : flag}`)
    .join('')
