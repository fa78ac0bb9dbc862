import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { isValid, neighState } from '../../kernel/neigh/state.ts'
import type { LinkRow } from '../../kernel/tables.ts'
import type { ExplainEnv } from '../env.ts'
import { comment } from './comment.ts'
import { type SpaceNames, quote } from './names.ts'

const ABOUT =
  'What is known here already: neighbours that were asked for, and behind which port an address was seen. Without it the first packets would have to ask and would be flooded.'

/** What the kernels of a machine have learned by ARP and from frames that passed, as if it had been learned just now. */
export function learnedLines(env: ExplainEnv, names: SpaceNames, host: string): readonly string[] {
  const spaces = env.kernel.t.netns.rows().filter((row) => row.host === host)
  const commands = spaces.flatMap(({ id }) => [...neighbours(env, names.space(id), id), ...forwarding(env, names, id)])
  return commands.length === 0 ? [] : ['', ...comment(ABOUT), ...commands]
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

/** What the switch of a network knows, once everything is plugged in. */
export const switchLines = (env: ExplainEnv, names: SpaceNames): readonly string[] =>
  env.fabric.ports
    .rows()
    .map(
      ({ network, mac, link }) =>
        `bridge -n ${names.network(network)} fdb replace ${formatMac(mac)} dev ${names.port(link)} master dynamic`,
    )
