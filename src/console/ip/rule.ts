import { formatIpv4 } from '../../core/base/ipv4.ts'
import { addRule, deleteRule, deleteRulesOf, rulesOf } from '../../core/kernel/route/rule.ts'
import type { RuleRow } from '../../core/kernel/tables.ts'
import { type Done, done, text } from '../types.ts'
import { type IpContext, findDevice, needPrefix, refused } from './context.ts'
import { needTable } from './route-filter.ts'
import { tableName } from './route-text.ts'
import { type Words, abbreviates, pick, stop, wrongArgument } from './words.ts'

const COMMANDS = ['list', 'lst', 'show', 'save', 'restore', 'add', 'delete', 'flush', 'help'] as const

/** `ip rule …` (ip/iprule.c do_iprule). */
export function ipRule(ip: IpContext, words: Words): Done {
  if (words.done) return show(ip)
  const word = words.next()
  switch (pick(word, COMMANDS)) {
    case 'list':
    case 'lst':
    case 'show':
      return show(ip)
    case 'add':
      return add(ip, words)
    case 'delete':
      return remove(ip, words)
    case 'flush':
      deleteRulesOf(ip.env.kernel, ip.netns)
      return done('')
    case 'help':
      return stop(
        'Usage: ip rule { add | del } SELECTOR ACTION\n       ip rule { flush | list }\n' +
          'SELECTOR := [ from PREFIX ] [ to PREFIX ] [ fwmark FWMARK[/MASK] ] [ iif STRING ] [ oif STRING ] [ pref NUMBER ]\n' +
          'ACTION := [ table TABLE_ID ] | blackhole | unreachable | prohibit\n',
        255,
      )
    default:
      return stop(`Command "${word}" is unknown, try "ip rule help".\n`, 255)
  }
}

const show = (ip: IpContext): Done =>
  done(ip.family === 6 ? '' : text(rulesOf(ip.env.kernel, ip.netns).map((rule) => ruleText(ip, rule))))

const prefix = ({ addr, len }: { readonly addr: number; readonly len: number }): string =>
  len === 32 ? formatIpv4(addr) : `${formatIpv4(addr)}/${len}`

function ruleText(ip: IpContext, rule: RuleRow): string {
  const words = [`from ${rule.from ? prefix(rule.from) : 'all'}`]
  if (rule.to) words.push(`to ${prefix(rule.to)}`)
  if (rule.fwmark !== 0 || rule.fwmask !== 0) {
    const mask = rule.fwmask === 0xffffffff ? '' : `/0x${rule.fwmask.toString(16)}`
    words.push(`fwmark 0x${rule.fwmark.toString(16)}${mask}`)
  }
  for (const [key, name] of [['iif', rule.iif] as const, ['oif', rule.oif] as const]) {
    if (name !== '') words.push(`${key} ${name}${findDevice(ip, name) ? '' : ' [detached]'}`)
  }
  words.push(rule.action === 'lookup' ? `lookup ${tableName(rule.table)}` : rule.action)
  return `${rule.pref}:\t${words.join(' ')}`
}

type Said = { -readonly [key in keyof Omit<RuleRow, 'netns' | 'pref'>]: RuleRow[key] } & {
  pref: number | null
  tabled: boolean
}

function read(words: Words): Said {
  const said: Said = {
    pref: null,
    from: null,
    to: null,
    iif: '',
    oif: '',
    fwmark: 0,
    fwmask: 0,
    action: 'lookup',
    table: 254,
    tabled: false,
  }
  while (!words.done) {
    const word = words.next()
    if (word === 'from') said.from = selector(words.value())
    else if (word === 'to') said.to = selector(words.value())
    else if (abbreviates(word, 'preference') || abbreviates(word, 'order') || abbreviates(word, 'priority')) {
      said.pref = numberOf(words.value(), 'preference')
    } else if (word === 'fwmark') Object.assign(said, markOf(words.value()))
    else if (word === 'iif' || word === 'dev') said.iif = words.value()
    else if (word === 'oif') said.oif = words.value()
    else if (abbreviates(word, 'table') || abbreviates(word, 'lookup')) {
      said.table = needTable(words.value())
      said.tabled = true
    } else if (word === 'blackhole' || word === 'unreachable' || word === 'prohibit') {
      said.action = word
      said.table = 0
    } else if (word !== 'type') stop(`Error: argument "${word}" is wrong: Failed to parse rule type\n\n`, 255)
  }
  return said
}

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
  const { pref, tabled: _tabled, ...rule } = read(words)
  const first = rulesOf(ip.env.kernel, ip.netns).find((known) => known.pref > 0)
  const chosen = pref ?? Math.max(0, (first?.pref ?? 32766) - 1)
  const result = addRule(ip.env.kernel, { ...rule, netns: ip.netns, pref: chosen })
  return result.ok ? done('') : refused(result.error)
}

function remove(ip: IpContext, words: Words): Done {
  const { pref, tabled, ...rule } = read(words)
  const same = (a: RuleRow['from'], b: RuleRow['from']): boolean =>
    !a || (b !== null && a.addr === b.addr && a.len === b.len)
  const found = rulesOf(ip.env.kernel, ip.netns).find(
    (known) =>
      (pref === null || known.pref === pref) &&
      same(rule.from, known.from) &&
      same(rule.to, known.to) &&
      (rule.fwmark === 0 || rule.fwmark === known.fwmark) &&
      (rule.iif === '' || rule.iif === known.iif) &&
      (!tabled || rule.table === known.table) &&
      (rule.action === 'lookup' || rule.action === known.action),
  )
  if (!found) return refused('ENOENT')
  const result = deleteRule(ip.env.kernel, found)
  return result.ok ? done('') : refused(result.error)
}
