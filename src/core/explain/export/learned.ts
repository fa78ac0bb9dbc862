import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { isValid, neighState } from '../../kernel/neigh/state.ts'
import type { LinkRow } from '../../kernel/tables.ts'
import type { ExplainEnv } from '../env.ts'
import { comment } from './comment.ts'
import { type SpaceNames, machineOrder, quote } from './names.ts'

const ABOUT =
  'Neighbours that were asked for, and behind which port of a bridge or switch an address was seen, as if just now. Without it the first packets would have to ask and would be flooded.'

/** What kernels and switches have learned by ARP and from frames that passed: a function, since ports learn only once they forward. */
export function learnedLines(env: ExplainEnv, names: SpaceNames): readonly string[] {
  const commands = [
    ...machineOrder(env).flatMap(({ id }) => [...neighbours(env, names.space(id), id), ...forwarding(env, names, id)]),
    ...switches(env, names),
  ]
  return [...comment(ABOUT), 'known() {', ...(commands.length === 0 ? [':'] : commands), '}']
}

function neighbours({ kernel: k }: ExplainEnv, space: string, netns: number): readonly string[] {
  const rows = k.t.neighByNetns.at(netns).rows()
  return rows.flatMap((row) => {
    const state = neighState(row, k.now)
    if (!isValid(state) || state === 'PERMANENT' || state === 'NOARP') return []
    const dev = quote(k.t.link.get(row.link)?.name ?? '')
    const nud = state === 'REACHABLE' ? 'reachable' : 'stale'
    return [`ip -n ${space} neigh replace ${formatIpv4(row.ip)} lladdr ${formatMac(row.mac)} dev ${dev} nud ${nud}`]
  })
}

function forwarding({ kernel: { t } }: ExplainEnv, names: SpaceNames, netns: number): readonly string[] {
  const name = (link: LinkRow | undefined): string => quote(link?.name ?? '')
  return t.linkByNetns
    .at(netns)
    .rows()
    .flatMap((table) => {
      const learned = t.fdbByTable
        .at(table.id)
        .rows()
        .filter(({ state, local }) => state === 'learned' && !local)
      return learned.map(({ mac, port, dst }) => {
        const where = port === 0 ? `${name(table)} dst ${formatIpv4(dst)} self` : `${name(t.link.get(port))} master`
        return `bridge -n ${names.space(netns)} fdb replace ${formatMac(mac)} dev ${where} dynamic`
      })
    })
}

const switches = (env: ExplainEnv, names: SpaceNames): readonly string[] =>
  env.fabric.ports
    .rows()
    .map(
      ({ network, mac, link }) =>
        `bridge -n ${names.network(network)} fdb replace ${formatMac(mac)} dev ${names.port(link)} master dynamic`,
    )
