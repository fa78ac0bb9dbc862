import { type Chain, type Table, type TableName, TABLES } from '../../kernel/netfilter/types.ts'
import { ruleKey, ruleLine } from '../decided.ts'
import { causeChain, subjectViews } from '../provenance.ts'
import type { TableRowView, TableView } from '../views.ts'
import { type Marks, isChanged, isLit, plainRow } from './row.ts'

/** The iptables tables of a namespace: one row per chain, which opens to its rules. */
export function iptablesTables(marks: Marks, netns: number): TableView[] {
  const { t } = marks.env.kernel
  return TABLES.flatMap((name) => {
    const row = t.netfilter.get(`${netns}/${name}`)
    if (!row) return []
    const before = isChanged(marks, 'netfilter', `${netns}/${name}`) ? tableBefore(marks, netns, name) : row.table
    const view: TableView = {
      title: `iptables-${name}`,
      command: `iptables -t ${name} -S`,
      columns: ['Chain', 'Policy', 'Rules'],
      rows: row.table.chains.map((chain) => chainRow(marks, netns, name, chain, before)),
    }
    return [view]
  })
}

/** The table as it was before the last write, to tell which rules are new. */
function tableBefore({ env }: Marks, netns: number, name: TableName): Table | null {
  const { journal } = env.world
  const id = env.kernel.t.netfilter.id
  for (let at = journal.position - 1; at >= 0; at--) {
    for (const change of journal.changes(at, at + 1)) {
      if (change.table === id && change.key === `${netns}/${name}`) return beforeOf(change.before)
    }
  }
  return null
}

const beforeOf = (entry: { readonly row: object } | undefined): Table | null =>
  entry ? (entry.row as { readonly table: Table }).table : null

function chainRow(marks: Marks, netns: number, table: TableName, chain: Chain, before: Table | null): TableRowView {
  const here = marks.place === netns
  const old = before?.chains.find((each) => each.name === chain.name)
  const known = old === chain ? null : new Set(old?.rules ?? [])
  const rules = chain.rules.map((rule, i): TableRowView => {
    const num = i + 1
    return {
      key: ruleKey(table, chain.name, num),
      cells: [String(num), ruleLine(chain.name, rule)],
      lit: here && isLit(marks, 'netfilter', ruleKey(table, chain.name, num)),
      changed: known !== null && !known.has(rule),
      subject: subjectViews(rule.subject, marks.lines),
      causes: causeChain(marks.env, rule.cause),
      open: null,
    }
  })
  return {
    ...plainRow(`${table}/${chain.name}`, [chain.name, chain.policy ?? '-', String(chain.rules.length)]),
    lit: here && isLit(marks, 'netfilter', `${table}/${chain.name}`),
    changed: known !== null && (rules.some((rule) => rule.changed) || (old?.rules.length ?? 0) !== chain.rules.length),
    open: rules,
  }
}
