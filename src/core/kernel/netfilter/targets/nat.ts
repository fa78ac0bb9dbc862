import { parseIpv4 } from '../../../base/ipv4.ts'
import { parseAddress, parseUint } from '../numbers.ts'
import { mustBeGiven, type OptionUse, used, value } from '../modules/option.ts'
import type { NatRange } from '../types.ts'
import type { TargetModule } from './option.ts'

const KEEP: NatRange = {
  minIp: null,
  maxIp: null,
  minPort: null,
  maxPort: null,
  random: false,
  randomFully: false,
  persistent: false,
}

/** `80` or `80-90`; the tool's words when it is neither. */
function portRange(text: string): Pick<NatRange, 'minPort' | 'maxPort'> | string {
  const [first = '', last] = text.split('-')
  const minPort = parseUint(first, 65535)
  const maxPort = last === undefined ? minPort : parseUint(last, 65535)
  if (minPort === null || maxPort === null) return `Port \`${text}' not valid`
  return minPort > maxPort ? `Port range \`${text}' funky` : { minPort, maxPort }
}

/** `ip`, `ip-ip`, `ip:port`, `:port-port`, … as --to-destination and --to-source take it. */
function natRange(text: string): Partial<NatRange> | string {
  const colon = text.indexOf(':')
  const ports = colon < 0 ? {} : portRange(text.slice(colon + 1))
  if (typeof ports === 'string') return ports
  const ips = colon < 0 ? text : text.slice(0, colon)
  if (ips === '') return ports
  const [first = '', last] = ips.split('-')
  const minIp = parseIpv4(first)
  const maxIp = last === undefined ? minIp : parseIpv4(last)
  if (minIp === null) return `Bad IP address "${first}"`
  return maxIp === null ? `Bad IP address "${last}"` : { minIp, maxIp, ...ports }
}

const flags = (uses: readonly OptionUse[]): Pick<NatRange, 'random' | 'randomFully' | 'persistent'> => ({
  random: used(uses, 'random') !== undefined,
  randomFully: used(uses, 'random-fully') !== undefined,
  persistent: used(uses, 'persistent') !== undefined,
})

const NEEDS_PORTS = 'Need TCP, UDP, SCTP or DCCP with port specification'

const flag = (name: string) => ({ name, args: 0 }) as const

function addressed(t: 'DNAT' | 'SNAT', option: string): TargetModule {
  const names = t === 'DNAT' ? ['random', 'persistent'] : ['random', 'random-fully', 'persistent']
  return {
    name: t,
    options: [{ name: option, args: 1 }, ...names.map(flag)],
    build(uses, portsKnown) {
      const to = used(uses, option)
      if (!to) return mustBeGiven(t, option)
      const range = natRange(value(to))
      if (typeof range === 'string') return range
      if (range.minPort !== undefined && !portsKnown) return NEEDS_PORTS
      return { t, range: { ...KEEP, ...range, ...flags(uses) } }
    },
  }
}

function portOnly(t: 'MASQUERADE' | 'REDIRECT'): TargetModule {
  const names = t === 'MASQUERADE' ? ['random', 'random-fully'] : ['random']
  return {
    name: t,
    options: [{ name: 'to-ports', args: 1 }, ...names.map(flag)],
    build(uses, portsKnown) {
      const to = used(uses, 'to-ports')
      const ports = to ? portRange(value(to)) : {}
      if (typeof ports === 'string') return ports
      if (to && !portsKnown) return NEEDS_PORTS
      return { t, range: { ...KEEP, ...ports, ...flags(uses) } }
    },
  }
}

const netmap: TargetModule = {
  name: 'NETMAP',
  options: [{ name: 'to', args: 1 }],
  build(uses) {
    const to = used(uses, 'to')
    if (!to) return mustBeGiven('NETMAP', 'to')
    const cidr = parseAddress(value(to))
    if (typeof cidr === 'string') return cidr
    return 'len' in cidr ? { t: 'NETMAP', to: cidr } : `NETMAP: bad value for option "--to", or out of range.\n`
  },
}

export const NAT_TARGETS: readonly TargetModule[] = [
  addressed('DNAT', 'to-destination'),
  addressed('SNAT', 'to-source'),
  portOnly('MASQUERADE'),
  portOnly('REDIRECT'),
  netmap,
]
