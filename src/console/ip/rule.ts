import { equal } from '../../core/base/equal.ts'
import { ruleText } from '../../core/explain/print/route.ts'
import { addRule, deleteRule, ruleRow, rulesOf } from '../../core/kernel/route/rule.ts'
import type { RuleRow } from '../../core/kernel/tables.ts'
import { type Done, done, text } from '../types.ts'
import { type IpContext, extack, findDevice, needPrefix, refused } from './context.ts'
import { tableNumber } from './route-text.ts'
import { type Words, abbreviates, pick, stop, wrongArgument } from './words.ts'

const COMMANDS = ['list', 'lst', 'show', 'save', 'restore', 'add', 'delete', 'flush', 'help'] as const

/** `ip rule …` (ip/iprule.c do_iprule). */
export function ipRule(ip: IpContext, words: Words): Done {
  if (words.done) return show(ip, words)
  const word = words.next()
  switch (pick(word, COMMANDS)) {
    case 'list':
    case 'lst':
    case 'show':
      return show(ip, words)
    case 'add':
      return add(ip, words)
    case 'delete':
      return remove(ip, words)
    case 'flush':
      for (const rule of rulesOf(ip.env.kernel, ip.netns)) if (rule.pref !== 0) deleteRule(ip.env.kernel, rule)
      return done('')
    case 'help':
      return stop(
        'Usage: ip rule { add | del } SELECTOR ACTION\n       ip rule { flush | list }\n' +
          'SELECTOR := [ not ] [ from PREFIX ] [ to PREFIX ] [ tos TOS ] [ fwmark FWMARK[/MASK] ] [ iif STRING ]\n' +
          '            [ oif STRING ] [ pref NUMBER ]\n' +
          'ACTION := [ table TABLE_ID ] [ suppress_prefixlength NUMBER ] | blackhole | unreachable | prohibit | nop |\n' +
          '          goto NUMBER\n',
        255,
      )
    default:
      return stop(`Command "${word}" is unknown, try "ip rule help".\n`, 255)
  }
}

function show(ip: IpContext, words: Words): Done {
  const rules = rulesOf(ip.env.kernel, ip.netns)
  const said = read(words)
  const here = {
    dev: (name: string) => findDevice(ip, name) !== undefined,
    pref: (target: number) => rules.some((rule) => rule.pref === target),
  }
  const proto = (rule: RuleRow): string => (ip.details ? ` proto ${rule.proto === 0 ? 'unspec' : 'kernel'}` : '')
  const shown = rules.filter((rule) => fits(rule, said))
  return done(ip.family === 6 ? '' : text(shown.map((rule) => ruleText(rule, here) + proto(rule))))
}

/** What the words say; `pref` and whether a table was named besides. */
interface Said {
  readonly pref: number | null
  readonly rule: Partial<RuleRow>
}

function read(words: Words): Said {
  const rule: { -readonly [key in keyof RuleRow]?: RuleRow[key] } = {}
  let pref: number | null = null
  while (!words.done) {
    const word = words.next()
    if (word === 'not') rule.invert = true
    else if (word === 'from') rule.from = selector(words.value())
    else if (word === 'to') rule.to = selector(words.value())
    else if (abbreviates(word, 'preference') || abbreviates(word, 'order') || abbreviates(word, 'priority')) {
      pref = numberOf(words.value(), 'preference')
    } else if (word === 'tos' || word === 'dsfield') rule.tos = tosOf(words.value())
    else if (word === 'fwmark') Object.assign(rule, markOf(words.value()))
    else if (word === 'iif' || word === 'dev') rule.iif = words.value()
    else if (word === 'oif') rule.oif = words.value()
    else if (abbreviates(word, 'table') || abbreviates(word, 'lookup')) rule.table = tableOf(words.value())
    else if (abbreviates(word, 'suppress_prefixlength') || abbreviates(word, 'sup_pl')) {
      rule.suppress = numberOf(words.value(), 'suppress_prefixlength')
    } else if (word === 'goto') Object.assign(rule, { action: 'goto', target: numberOf(words.value(), 'goto target') })
    else if (UNMODELLED.has(word)) stop(`ip rule: ${word}: not modelled in this lab\n`, 255)
    else if (ACTIONS.has(word)) rule.action = word as RuleRow['action']
    else if (word !== 'type') stop(`Error: argument "${word}" is wrong: Failed to parse rule type\n\n`, 255)
  }
  return { pref, rule: rule.action && rule.action !== 'lookup' ? { table: 0, ...rule } : rule }
}

const ACTIONS: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit', 'nop'])
const UNMODELLED: ReadonlySet<string> = new Set([
  'ipproto',
  'sport',
  'dport',
  'uidrange',
  'l3mdev',
  'tun_id',
  'suppress_ifgroup',
  'realms',
])

const tableOf = (word: string): number => tableNumber(word) ?? wrongArgument(word, 'invalid table ID')

const tosOf = (word: string): number =>
  /^(0x)?[0-9a-f]{1,2}$/i.test(word) ? Number.parseInt(word, 16) : wrongArgument(word, 'TOS value is invalid')

function selector(word: string): RuleRow['from'] {
  const { addr, len } = needPrefix(word)
  return len === 0 ? null : { addr, len }
}

const numberOf = (word: string, what: string): number =>
  /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(word) ? Number(word) : wrongArgument(word, `${what} value is invalid`)

function markOf(word: string): { fwmark: number; fwmask: number } {
  const [value, mask] = word.split('/')
  const fwmask = mask === undefined ? 0xffffffff : numberOf(mask, 'fwmask')
  return { fwmark: numberOf(value!, 'fwmark') >>> 0, fwmask: fwmask >>> 0 }
}

/** Without a preference a rule goes before the first one that is not at 0 (fib_default_rule_pref). */
function add(ip: IpContext, words: Words): Done {
  if (words.done) return stop('"ip rule add" requires arguments.\n', 1)
  const { pref, rule } = read(words)
  const first = rulesOf(ip.env.kernel, ip.netns).find((known) => known.pref > 0)
  const chosen = pref ?? Math.max(0, (first?.pref ?? 32766) - 1)
  if (rule.action === 'goto' && rule.target! <= chosen) return extack('Backward goto not supported.')
  const result = addRule(ip.env.kernel, ruleRow({ ...rule, netns: ip.netns, pref: chosen }))
  return result.ok ? done('') : refused(result.error)
}

/** Whether a rule has all that was given. */
function fits(known: RuleRow, { pref, rule }: Said): boolean {
  const asked = Object.entries(rule) as [keyof RuleRow, RuleRow[keyof RuleRow]][]
  return (
    (pref === null || known.pref === pref) && asked.every(([key, value]) => value === null || equal(known[key], value))
  )
}

/** The first rule that has what was given goes. */
function remove(ip: IpContext, words: Words): Done {
  if (words.done) return stop('"ip rule del" requires arguments.\n', 1)
  const said = read(words)
  const found = rulesOf(ip.env.kernel, ip.netns).find((known) => fits(known, said))
  if (!found) return refused('ENOENT')
  const result = deleteRule(ip.env.kernel, found)
  return result.ok ? done('') : refused(result.error)
}
