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

const CT_TARGETS: ReadonlySet<string> = new Set(['CONNMARK', 'CT', 'DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP'])

const perTable = new WeakMap<Table, boolean>()

function tableNeeds(table: Table): boolean {
  let needs = perTable.get(table)
  if (needs === undefined) {
    needs = table.chains.some((chain) =>
      chain.rules.some(
        (rule) =>
          rule.matches.some((match) => CT_MATCHES.has(match.m)) ||
          (rule.target !== null && CT_TARGETS.has(rule.target.t) && !(rule.target.t === 'CT' && rule.target.notrack)),
      ),
    )
    perTable.set(table, needs)
  }
  return needs
}

/**
 * Whether connections are tracked in a namespace: while there is a rule that asks for it (nf_ct_netns_get), by a match or by its target. An
 * empty nat chain does not: when the last such rule goes, the translations of living connections end with it.
 */
export function conntrackActive(k: Kernel, netns: number): boolean {
  for (const row of k.t.netfilterByNetns.at(netns).rows()) {
    if (tableNeeds(row.table)) return true
  }
  return false
}
