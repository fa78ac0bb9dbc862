import type { Kernel } from '../kernel.ts'
import type { Match, Table } from './types.ts'

const CT_MATCHES: ReadonlySet<Match['m']> = new Set([
  'ctstate',
  'ctstatus',
  'ctproto',
  'ctaddr',
  'ctport',
  'ctexpire',
  'ctdir',
  'connmark',
])

const perTable = new WeakMap<Table, boolean>()

function tableNeeds(table: Table): boolean {
  let needs = perTable.get(table)
  if (needs === undefined) {
    needs = table.chains.some((chain) =>
      chain.rules.some(
        (rule) =>
          rule.matches.some((match) => CT_MATCHES.has(match.m)) ||
          rule.target?.t === 'CONNMARK' ||
          rule.target?.t === 'CT',
      ),
    )
    perTable.set(table, needs)
  }
  return needs
}

/** Whether connections are tracked in a namespace: the hooks exist once a nat table or a rule that asks for them does (nf_ct_netns_get). */
export function conntrackActive(k: Kernel, netns: number): boolean {
  for (const row of k.t.netfilterByNetns.at(netns).rows()) {
    if ((row.name === 'nat' && row.hooked) || tableNeeds(row.table)) return true
  }
  return false
}
