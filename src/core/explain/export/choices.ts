import type { PathDetail } from '../../kernel/details.ts'
import type { Rule, TableName } from '../../kernel/netfilter/types.ts'
import { presentLength } from '../counters.ts'
import type { ExplainEnv } from '../env.ts'

/** A rule that a chain with chances in it (`--mode random`) chose for a new connection. */
export interface Choice {
  readonly netns: number
  readonly table: TableName
  readonly chain: string
  /** Chain that it went on to. */
  readonly target: string
}

/** The choices that the lab made by chance after the moment that is exported: those that its script met, in order. */
export function choicesOf(env: ExplainEnv): readonly Choice[] {
  const { trace, kernel } = env
  const { columns, details } = trace
  const chances = new Set(
    kernel.t.netfilter
      .rows()
      .flatMap(({ netns, name, table }) =>
        table.chains.flatMap((chain) => (chain.rules.some(isChance) ? [`${netns}/${name}/${chain.name}`] : [])),
      ),
  )
  const choices: Choice[] = []
  for (let i = presentLength(kernel); i < trace.length; i++) {
    const detail = details[columns.detail[i]!] as PathDetail
    if (detail.d !== 'rule') continue
    const { table, chain, rule } = detail
    const netns = columns.place[i]!
    if (!chances.has(`${netns}/${table}/${chain}`)) continue
    const target = targetOf(rule)
    // What comes before the first chance (KUBE-MARK-MASQ) is no choice.
    if (target !== null && isAmongChances(env, netns, table, chain, rule)) choices.push({ netns, table, chain, target })
  }
  return choices
}

export const isChance = (rule: Rule): boolean => rule.matches.some((match) => match.m === 'random')

export const targetOf = ({ target }: Rule): string | null =>
  target?.t === 'jump' || target?.t === 'goto' ? target.chain : null

function isAmongChances(env: ExplainEnv, netns: number, table: TableName, chain: string, rule: Rule): boolean {
  const rules = env.kernel.t.netfilter.get(`${netns}/${table}`)?.table.chains.find(({ name }) => name === chain)?.rules
  const at = rules?.findIndex(({ id }) => id === rule.id) ?? -1
  return rules !== undefined && at >= rules.findIndex(isChance)
}
