import { nameOf, TCP_FLAGS, numberOf, PROTOCOLS, ICMP_TYPES } from '../names.ts'
import { parsePort, parsePortRange, parseRange, parseUint } from '../numbers.ts'
import type { Match, MultiportMatch, PortModule } from '../types.ts'
import { collect, inPrintOrder, type MatchModule, type OptionSpec, type OptionUse, value } from './option.ts'

const PORT_OPTIONS: readonly OptionSpec[] = [
  { name: 'source-port', aliases: ['sport'], args: 1, invert: true },
  { name: 'destination-port', aliases: ['dport'], args: 1, invert: true },
]

function portMatch(module: PortModule, use: OptionUse): Match | string {
  const range = parsePortRange(value(use))
  if (typeof range === 'string') return range
  const m = use.name === 'source-port' ? 'sport' : 'dport'
  // nf_tables has no "not from 0 to n": it is "above n", and printed so.
  const above = use.invert && range.lo === 0 && range.hi > 0 && range.hi < 65535
  if (above) return { m, module, lo: range.hi + 1, hi: 65535, invert: false }
  return { m, module, lo: range.lo, hi: range.hi, invert: use.invert }
}

/** Bits of a list such as `SYN,RST`, `ALL` or `NONE`. */
function flagBits(text: string): number | string {
  if (text === 'ALL') return 0x3f
  if (text === 'NONE') return 0
  let bits = 0
  for (const name of text.split(',')) {
    const bit = numberOf(TCP_FLAGS, name.toUpperCase())
    if (bit === null) return `Unknown TCP flag \`${name}'`
    bits |= bit
  }
  return bits
}

function flagsMatch(use: OptionUse): Match | string {
  if (use.name === 'syn') return { m: 'tcpflags', mask: 0x17, set: 0x02, invert: use.invert }
  const mask = flagBits(use.values[0] ?? '')
  if (typeof mask === 'string') return mask
  const set = flagBits(use.values[1] ?? '')
  return typeof set === 'string' ? set : { m: 'tcpflags', mask, set, invert: use.invert }
}

const needsProtocol = (name: PortModule): number => numberOf(PROTOCOLS, name)!

const tcp: MatchModule = {
  name: 'tcp',
  single: true,
  options: [
    ...PORT_OPTIONS,
    { name: 'tcp-option', args: 1, invert: true },
    { name: 'syn', args: 0, invert: true },
    { name: 'tcp-flags', args: 2, invert: true },
  ],
  build(uses, protocol) {
    if (uses.length > 0 && protocol.proto !== needsProtocol('tcp')) return "TCP match requires '-p tcp'"
    const matches = collect(inPrintOrder(tcp, uses), (use) => {
      if (use.name === 'syn' || use.name === 'tcp-flags') return flagsMatch(use)
      if (use.name !== 'tcp-option') return portMatch('tcp', use)
      const kind = parseUint(value(use), 255)
      if (kind === null || kind === 0) return `Bad TCP option "${value(use)}"`
      return { m: 'tcpoption', kind, invert: use.invert }
    })
    return orBare('tcp', matches)
  },
}

function portsOnly(name: 'udp' | 'sctp' | 'dccp'): MatchModule {
  const module: MatchModule = {
    name,
    single: true,
    options: PORT_OPTIONS,
    build: (uses) =>
      orBare(
        name,
        collect(inPrintOrder(module, uses), (use) => portMatch(name, use)),
      ),
  }
  return module
}

const orBare = (module: string, matches: readonly Match[] | string): readonly Match[] | string =>
  matches.length === 0 ? [{ m: 'bare', module }] : matches

/** `8`, `3/4`, or a name; a name may be cut short as long as it stays unambiguous. */
function icmpType(text: string): { readonly type: number; readonly code: number | null } | string {
  const wanted = text.toLowerCase()
  const found = ICMP_TYPES.filter(([name]) => name.toLowerCase().startsWith(wanted))
  const exact = found.find(([name]) => name.toLowerCase() === wanted) ?? (found.length === 1 ? found[0] : undefined)
  if (exact) return { type: exact[1], code: exact[2] }
  if (found.length > 1) return `Ambiguous ICMP type \`${text}': \`${found[0]![0]}' or \`${found[1]![0]}'?`
  const slash = text.indexOf('/')
  const type = parseUint(slash < 0 ? text : text.slice(0, slash), 255)
  if (type === null) return `Unknown ICMP type \`${text}'`
  const code = slash < 0 ? null : parseUint(text.slice(slash + 1), 255)
  return slash >= 0 && code === null ? `Unknown ICMP type \`${text}'` : { type, code }
}

const icmp: MatchModule = {
  name: 'icmp',
  single: true,
  options: [{ name: 'icmp-type', args: 1, invert: true }],
  build: (uses) =>
    orBare(
      'icmp',
      collect(uses, (use) => {
        const type = icmpType(value(use))
        return typeof type === 'string' ? type : { m: 'icmp', ...type, invert: use.invert }
      }),
    ),
}

const SIDES = { 'source-ports': 'src', 'destination-ports': 'dst', ports: 'either' } as const

const multiport: MatchModule = {
  name: 'multiport',
  options: [
    { name: 'source-ports', aliases: ['sports'], args: 1, invert: true },
    { name: 'destination-ports', aliases: ['dports'], args: 1, invert: true },
    { name: 'ports', args: 1, invert: true },
  ],
  build(uses, protocol) {
    if (uses.length === 0) return 'multiport expection an option'
    if (uses.length > 1)
      return `multiport: option "--${uses[1]!.name}" cannot be used together with "--${uses[0]!.name}".\n`
    const named = nameOf(PROTOCOLS, protocol.proto)
    if (protocol.invert || !named || !['tcp', 'udp', 'udplite', 'sctp', 'dccp'].includes(named))
      return "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'"
    return collect(uses, multiportMatch)
  },
}

function multiportMatch(use: OptionUse): MultiportMatch | string {
  const ports: { lo: number; hi: number }[] = []
  let slots = 0
  for (const word of value(use).split(',')) {
    const ends = word.split(':')
    const lo = parsePort(ends[0]!)
    const hi = ends.length > 1 ? parsePort(ends[1]!) : lo
    if (lo === null) return `invalid port/service \`${ends[0]}' specified`
    if (hi === null) return `invalid port/service \`${ends[1]}' specified`
    slots += ends.length
    if (slots > 15) return 'too many ports specified'
    if (lo > hi) return 'invalid portrange specified'
    ports.push({ lo, hi })
  }
  return { m: 'multiport', side: SIDES[use.name as keyof typeof SIDES], ports, invert: use.invert }
}

function ranged(name: 'length' | 'tcpmss', option: string): MatchModule {
  return {
    name,
    options: [{ name: option, args: 1, invert: true }],
    build(uses) {
      if (uses.length === 0) return `${name}: option "--${option}" must be specified\n`
      return collect(uses, (use) => {
        const range = parseRange(value(use), 65535)
        if (!range) return `${name}: bad value for option "--${option}", or out of range (0-65535).\n`
        return { m: name, lo: range.lo, hi: range.hi, invert: use.invert }
      })
    },
  }
}

export const TRANSPORT_MODULES: readonly MatchModule[] = [
  tcp,
  portsOnly('udp'),
  portsOnly('sctp'),
  portsOnly('dccp'),
  icmp,
  multiport,
  ranged('length', 'length'),
  ranged('tcpmss', 'mss'),
]
