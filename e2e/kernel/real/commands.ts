import type { RouteSetup, Setup } from '../language.ts'
import { deviceCommands } from './devices.ts'

/** One step as the tool that does it, in one namespace. */
export type Command =
  /** Arguments of ip(8) or bridge(8), for `-batch`. */
  | { readonly tool: 'ip' | 'bridge'; readonly ns: string; readonly lines: readonly string[] }
  /** ip(8) outside of any namespace. */
  | { readonly tool: 'root'; readonly lines: readonly string[] }
  /** A line of shell, inside. */
  | { readonly tool: 'shell'; readonly ns: string; readonly line: string }
  | { readonly tool: 'sysctl'; readonly ns: string; readonly name: string; readonly value: string }
  | { readonly tool: 'iptables'; readonly ns: string; readonly text: string; readonly noflush: boolean }
  | { readonly tool: 'ipset'; readonly ns: string; readonly text: string }

const DEFAULT_MTU = 1500

export function commandsOf(step: Setup): readonly Command[] {
  switch (step.do) {
    case 'ns':
      return []
    case 'veth': {
      const { a, b } = step
      const mtu = step.mtu ?? DEFAULT_MTU
      const end = (e: typeof a): string => `${e.dev} netns ${e.ns} address ${e.mac} mtu ${mtu}`
      return [
        { tool: 'root', lines: [`link add ${end(a)} type veth peer name ${end(b)}`] },
        { tool: 'ip', ns: a.ns, lines: [`link set ${a.dev} up`] },
        { tool: 'ip', ns: b.ns, lines: [`link set ${b.dev} up`] },
      ]
    }
    case 'bridge': {
      const { ns, dev, mac, mtu = DEFAULT_MTU } = step
      const add = `link add ${dev} address ${mac} mtu ${mtu} type bridge stp_state 0 mcast_snooping 0`
      return [{ tool: 'ip', ns, lines: [add, `link set ${dev} up`] }]
    }
    case 'port':
      return [{ tool: 'ip', ns: step.ns, lines: [`link set ${step.dev} master ${step.bridge}`, ...portFlags(step)] }]
    case 'vxlan': {
      const { ns, dev, mac, mtu, vni, local, underlay, port } = step
      const tunnel = `type vxlan id ${vni} local ${local} dev ${underlay} dstport ${port} nolearning`
      return [{ tool: 'ip', ns, lines: [`link add ${dev} address ${mac} mtu ${mtu} ${tunnel}`, `link set ${dev} up`] }]
    }
    case 'dummy':
      return [
        {
          tool: 'ip',
          ns: step.ns,
          lines: [`link add ${step.dev} address ${step.mac} type dummy`, `link set ${step.dev} up`],
        },
      ]
    case 'addr':
      return [{ tool: 'ip', ns: step.ns, lines: [`addr add ${step.addr} dev ${step.dev}`] }]
    case 'route':
      return [{ tool: 'ip', ns: step.ns, lines: [routeLine(step)] }]
    case 'rule':
      return [{ tool: 'ip', ns: step.ns, lines: [ruleLine(step)] }]
    case 'neigh':
      return [
        {
          tool: 'ip',
          ns: step.ns,
          lines: [`neigh replace ${step.ip} lladdr ${step.mac} dev ${step.dev} nud permanent`],
        },
      ]
    case 'remote':
      return [
        {
          tool: 'bridge',
          ns: step.ns,
          lines: [`fdb append ${step.mac} dev ${step.dev} dst ${step.dst} self permanent`],
        },
      ]
    case 'fdb':
      return [{ tool: 'bridge', ns: step.ns, lines: [`fdb replace ${step.mac} dev ${step.dev} master static`] }]
    case 'sysctl':
      return [{ tool: 'sysctl', ns: step.ns, name: step.name, value: step.value }]
    case 'iptables':
      return [{ tool: 'iptables', ns: step.ns, text: step.text, noflush: step.noflush ?? false }]
    case 'ipset':
      return [{ tool: 'ipset', ns: step.ns, text: step.text }]
    case 'ip':
      return [{ tool: 'ip', ns: step.ns, lines: [step.line] }]
    case 'link':
      return [{ tool: 'ip', ns: step.ns, lines: [`link set ${step.dev} ${step.up ? 'up' : 'down'}`] }]
    default:
      return deviceCommands(step)
  }
}

function portFlags(step: Setup & { readonly do: 'port' }): readonly string[] {
  const flags = (['hairpin', 'isolated', 'learning', 'flood'] as const).filter((flag) => step[flag] !== undefined)
  if (flags.length === 0) return []
  const words = flags.map((flag) => `${flag} ${step[flag] ? 'on' : 'off'}`)
  return [`link set dev ${step.dev} type bridge_slave ${words.join(' ')}`]
}

function routeLine(r: RouteSetup): string {
  const words = ['route add', r.type ?? '', r.to, r.via ? `via ${r.via}` : '', r.dev ? `dev ${r.dev}` : '']
  if (r.onlink) words.push('onlink')
  if (r.table !== undefined) words.push(`table ${r.table}`)
  if (r.metric !== undefined) words.push(`metric ${r.metric}`)
  if (r.src) words.push(`src ${r.src}`)
  if (r.mtu !== undefined) words.push(`mtu ${r.mtu}`)
  return words.filter((word) => word !== '').join(' ')
}

function ruleLine(r: Setup & { readonly do: 'rule' }): string {
  const words = [`rule add pref ${r.pref}`]
  if (r.from) words.push(`from ${r.from}`)
  if (r.to) words.push(`to ${r.to}`)
  if (r.iif) words.push(`iif ${r.iif}`)
  if (r.fwmark) words.push(`fwmark ${r.fwmark}`)
  words.push(r.action ?? `lookup ${r.table ?? 254}`)
  return words.join(' ')
}
