import type { Key } from '../../base/order.ts'
import { ROUTE_PROTO } from '../../kernel/route/row.ts'
import { isPlain } from '../../kernel/route/rule.ts'
import type { RouteRow, RuleRow } from '../../kernel/tables.ts'
import type { ExplainEnv } from '../env.ts'
import { routeText, ruleText } from '../print/route.ts'
import { type Item, PHASE, linkThing, netnsThing, upThing } from './item.ts'
import type { SpaceNames } from './names.ts'

/** Routes that somebody added. Those of the kernel itself (`proto kernel`) come with the addresses. */
export function routeItems(env: ExplainEnv, names: SpaceNames): Item[] {
  const { t } = env.kernel
  return t.route.keys().flatMap((key): Item[] => {
    const { row, cause, subject } = t.route.entry(key)!
    if (row.proto === ROUTE_PROTO.kernel) return []
    const text = routeText(env.kernel, row, true).replaceAll('\n\t', ' ')
    return [
      {
        host: t.netns.get(row.netns)?.host ?? '',
        table: 'route',
        key,
        cause,
        subject: subject.length > 0 ? subject : (t.netns.entry(row.netns)?.subject ?? []),
        phase: row.via === 0 && row.nexthops.length === 0 ? PHASE.connected : PHASE.via,
        commands: [`ip -n ${names.space(row.netns)} route add ${text}`],
        needs: [netnsThing(row.netns), ...devicesOf(row)],
        gives: [],
      },
    ]
  })
}

/** The devices must be up, or the kernel refuses the route. */
function devicesOf(row: RouteRow): string[] {
  const devices = [row.dev, ...row.nexthops.map(({ dev }) => dev)].filter((dev) => dev !== 0)
  return devices.flatMap((dev) => [linkThing(dev), upThing(dev)])
}

/** Rules but for the three that every namespace is born with; those are deleted where the lab has lost them. */
export function ruleItems(env: ExplainEnv, names: SpaceNames): Item[] {
  const { t } = env.kernel
  const items = t.rule.keys().flatMap((key): Item[] => {
    const { row, cause, subject } = t.rule.entry(key)!
    return isDefault(row) ? [] : [ruleItem(env, row, key, cause, subject, `add ${wordsOf(row)}`, names)]
  })
  const missing = t.netns.rows().flatMap(({ id }) => {
    const kept = new Set(
      t.ruleByNetns
        .at(id)
        .rows()
        .filter(isDefault)
        .map(({ pref }) => pref),
    )
    return DEFAULT_PREFS.filter((pref) => !kept.has(pref)).map((pref) =>
      ruleItem(env, { netns: id }, `${id}/-${pref}`, 0, [], `del pref ${pref}`, names),
    )
  })
  return [...items, ...missing]
}

/** Preference and table of the rules that the kernel makes (kernel/route/rule.ts `addDefaultRules`). */
const DEFAULT_TABLES: Readonly<Record<number, number>> = { 0: 255, 32766: 254, 32767: 253 }
const DEFAULT_PREFS: readonly number[] = [0, 32766, 32767]

const isDefault = (r: RuleRow): boolean => DEFAULT_TABLES[r.pref] === r.table && isPlain(r)

function wordsOf(row: RuleRow): string {
  const [pref = '', text = ''] = ruleText(row).split(':\t')
  return `pref ${pref} ${text}`
}

function ruleItem(
  env: ExplainEnv,
  { netns }: { readonly netns: number },
  key: Key,
  cause: number,
  subject: Item['subject'],
  what: string,
  names: SpaceNames,
): Item {
  return {
    host: env.kernel.t.netns.get(netns)?.host ?? '',
    table: 'rule',
    key,
    cause,
    subject,
    phase: PHASE.rule,
    commands: [`ip -n ${names.space(netns)} rule ${what}`],
    needs: [netnsThing(netns)],
    gives: [],
  }
}
