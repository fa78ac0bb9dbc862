import type { Kernel } from '../kernel.ts'
import type { Match, Rule, Table } from './types.ts'

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

/** What the rules of a table ask for. */
interface Needs {
  readonly conntrack: boolean
  /** Datagrams put together before PREROUTING, besides what conntrack does. */
  readonly whole: boolean
}

const perTable = new WeakMap<Table, Needs>()

function needsOf(table: Table): Needs {
  let needs = perTable.get(table)
  if (needs === undefined) {
    const rules = table.chains.flatMap((chain) => chain.rules)
    perTable.set(table, (needs = { conntrack: rules.some(tracks), whole: rules.some(looksForSockets) }))
  }
  return needs
}

const tracks = ({ matches, target }: Rule): boolean =>
  matches.some((match) => CT_MATCHES.has(match.m)) ||
  (target !== null && CT_TARGETS.has(target.t) && !(target.t === 'CT' && target.notrack))

const looksForSockets = ({ matches, target }: Rule): boolean =>
  target?.t === 'TPROXY' || matches.some((match) => match.m === 'socket')

/**
 * Whether connections are tracked in a namespace: while there is a rule that asks for it (nf_ct_netns_get), by a match or by its target. An
 * empty nat chain does not: when the last such rule goes, the translations of living connections end with it.
 */
export const conntrackActive = (k: Kernel, netns: number): boolean => someTable(k, netns, ({ conntrack }) => conntrack)

/** Whether pieces are put together before PREROUTING (nf_defrag_ipv4_enable): for conntrack, and to find the socket that a packet is for. */
export const defragActive = (k: Kernel, netns: number): boolean =>
  someTable(k, netns, ({ conntrack, whole }) => conntrack || whole)

function someTable(k: Kernel, netns: number, asks: (needs: Needs) => boolean): boolean {
  for (const row of k.t.netfilterByNetns.at(netns).rows()) {
    if (asks(needsOf(row.table))) return true
  }
  return false
}
