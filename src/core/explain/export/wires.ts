import { formatMac } from '../../base/mac.ts'
import { US } from '../../base/time.ts'
import type { WireRow } from '../../fabric/fabric.ts'
import type { LinkRow } from '../../kernel/tables.ts'
import type { ExplainEnv } from '../env.ts'
import { type SpaceNames, quote } from './names.ts'

/** The delay of a wire that the lab says nothing about: the simulator's own, left out here. */
const USUAL_DELAY = 5 * US
/** Large enough for every frame: the ports of a switch do not fragment, they forward or drop. */
const SWITCH_MTU = 65535

export const networkOf = (env: ExplainEnv, row: LinkRow): string | null => env.fabric.wires.get(row.id)?.network ?? null

/** A NIC and its cable to the network's switch: a veth pair, whose other end is a port of the switch. */
export function wireCommands(env: ExplainEnv, names: SpaceNames, row: LinkRow): readonly string[] {
  const wire = env.fabric.wires.get(row.id)!
  const [ns, net, port] = [names.space(row.netns), names.network(wire.network), names.port(row.id)]
  const nic = `${quote(row.name)} address ${formatMac(row.mac)} mtu ${row.mtu}`
  return [
    `ip -n ${ns} link add ${nic} type veth peer name ${port} mtu ${wire.mtu ?? SWITCH_MTU} netns ${net}`,
    `ip -n ${net} link set ${port} master switch up`,
    ...(wire.mtu === null
      ? []
      : [`# this cable carries ${wire.mtu} bytes at most: what is larger is lost on it, and no ICMP tells`]),
    ...impairments(wire, ns, quote(row.name), net, port),
  ]
}

/** netem on both ends: what is sent into the cable, and what comes out of it. */
function impairments(wire: WireRow, ns: string, dev: string, net: string, port: string): readonly string[] {
  const words: string[] = []
  if (wire.delay !== USUAL_DELAY) words.push(`delay ${wire.delay / US}us`)
  if (wire.loss > 0) words.push(`loss ${Number((wire.loss * 100).toPrecision(6))}%`)
  const rate = wire.rate === null ? [] : [`rate ${wire.rate}bit`]
  const lines: string[] = []
  if (words.length + rate.length > 0) lines.push(`impair ${ns} ${dev} ${[...words, ...rate].join(' ')}`)
  if (words.length > 0) lines.push(`impair ${net} ${port} ${words.join(' ')}`)
  return lines
}
