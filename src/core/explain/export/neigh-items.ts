import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import type { FdbRow } from '../../kernel/tables.ts'
import type { ExplainEnv } from '../env.ts'
import { type Item, PHASE, linkThing } from './item.ts'
import { type SpaceNames, quote } from './names.ts'

/** Neighbours, and addresses to be answered for, that somebody wrote down; those learned by ARP are in learned.ts. */
export const neighItems = (env: ExplainEnv, names: SpaceNames): Item[] => [
  ...permanentItems(env, names),
  ...proxyItems(env, names),
]

function proxyItems(env: ExplainEnv, names: SpaceNames): Item[] {
  const { t } = env.kernel
  return t.proxyNeigh.keys().map((key): Item => {
    const { row, cause, subject } = t.proxyNeigh.entry(key)!
    const dev = quote(t.link.get(row.link)?.name ?? '')
    return {
      host: t.netns.get(row.netns)?.host ?? '',
      table: 'proxyNeigh',
      key,
      cause,
      subject,
      phase: PHASE.neigh,
      commands: [`ip -n ${names.space(row.netns)} neigh add proxy ${formatIpv4(row.ip)} dev ${dev}`],
      needs: [linkThing(row.link)],
      gives: [],
    }
  })
}

function permanentItems(env: ExplainEnv, names: SpaceNames): Item[] {
  const { t } = env.kernel
  return t.neigh.keys().flatMap((key): Item[] => {
    const { row, cause, subject } = t.neigh.entry(key)!
    if (row.state !== 'PERMANENT') return []
    const entry = `${formatIpv4(row.ip)} lladdr ${formatMac(row.mac)} dev ${quote(t.link.get(row.link)?.name ?? '')}`
    return [
      {
        host: t.netns.get(row.netns)?.host ?? '',
        table: 'neigh',
        key,
        cause,
        subject,
        phase: PHASE.neigh,
        commands: [`ip -n ${names.space(row.netns)} neigh replace ${entry} nud permanent`],
        needs: [linkThing(row.link)],
        gives: [],
      },
    ]
  })
}

/** Forwarding entries of bridges and tunnels that somebody wrote down: neither learned nor a device's own. */
export function fdbItems(env: ExplainEnv, names: SpaceNames): Item[] {
  const { t } = env.kernel
  return t.fdb.keys().flatMap((key): Item[] => {
    const { row, cause, subject } = t.fdb.entry(key)!
    const table = t.link.get(row.table)
    if (!table || row.local || row.state === 'learned') return []
    return [
      {
        host: t.netns.get(table.netns)?.host ?? '',
        table: 'fdb',
        key,
        cause,
        subject,
        phase: PHASE.fdb,
        commands: [`bridge -n ${names.space(table.netns)} fdb ${entryText(env, row)}`],
        needs: [linkThing(row.table), ...(row.port === 0 ? [] : [linkThing(row.port)])],
        gives: [],
      },
    ]
  })
}

function entryText(env: ExplainEnv, row: FdbRow): string {
  const name = (id: number): string => quote(env.kernel.t.link.get(id)?.name ?? '')
  if (row.port === 0)
    return `append ${formatMac(row.mac)} dev ${name(row.table)} dst ${formatIpv4(row.dst)} self permanent`
  const port = row.port === row.table ? `${name(row.table)} self` : `${name(row.port)} master`
  return `replace ${formatMac(row.mac)} dev ${port} ${row.state === 'static' ? 'static' : 'permanent'}`
}
