import { parseIpv4 } from '../../../base/ipv4.ts'
import { parseMac } from '../../../base/mac.ts'
import { ADDR_TYPES, DSCP_CLASSES, numberOf, TOS_NAMES } from '../names.ts'
import { parseRange, parseUint } from '../numbers.ts'
import { ADDR_TYPE, type AddrTypeMatch, type Match } from '../types.ts'
import {
  badInteger,
  collect,
  inPrintOrder,
  type MatchModule,
  mustBeGiven,
  type OptionUse,
  used,
  value,
} from './option.ts'

const addrtype: MatchModule = {
  name: 'addrtype',
  options: [
    { name: 'src-type', args: 1, invert: true },
    { name: 'dst-type', args: 1, invert: true },
    { name: 'limit-iface-in', args: 0 },
    { name: 'limit-iface-out', args: 0 },
  ],
  build(uses) {
    const sides = inPrintOrder(addrtype, uses).filter((use) => use.name.endsWith('-type'))
    if (sides.length === 0) return 'addrtype: you must specify --src-type or --dst-type'
    const limit = used(uses, 'limit-iface-in') ? 'in' : used(uses, 'limit-iface-out') ? 'out' : null
    return collect(sides, (use) => addrTypeMatch(use, limit))
  },
}

function addrTypeMatch(use: OptionUse, limit: AddrTypeMatch['limit']): Match | string {
  let types = 0
  for (const word of value(use).split(',')) {
    const type = word in ADDR_TYPE ? numberOf(ADDR_TYPES, word) : null
    if (type === null) return `addrtype: bad type "${word}"`
    types |= 1 << type
  }
  return { m: 'addrtype', side: use.name === 'src-type' ? 'src' : 'dst', types, limit, invert: use.invert }
}

const iprange: MatchModule = {
  name: 'iprange',
  options: [
    { name: 'src-range', args: 1, invert: true },
    { name: 'dst-range', args: 1, invert: true },
  ],
  build(uses) {
    if (uses.length === 0) return "iprange match: You must specify `--src-range' or `--dst-range'"
    return collect(inPrintOrder(iprange, uses), (use) => {
      const [first, last] = value(use).split('-')
      const from = parseIpv4(first ?? '')
      const to = last === undefined ? from : parseIpv4(last)
      if (from === null || to === null) return `iprange: Bad value for "--${use.name}" option: "${value(use)}"`
      return { m: 'iprange', side: use.name === 'src-range' ? 'src' : 'dst', from, to, invert: use.invert }
    })
  },
}

const mac: MatchModule = {
  name: 'mac',
  options: [{ name: 'mac-source', args: 1, invert: true }],
  build(uses) {
    if (uses.length === 0) return mustBeGiven('mac', 'mac-source')
    return collect(uses, (use) => {
      const address = parseMac(value(use))
      if (address === null) return `mac: Bad MAC address "${value(use)}"`
      return { m: 'mac', mac: address, invert: use.invert }
    })
  },
}

const ttl: MatchModule = {
  name: 'ttl',
  options: [
    { name: 'ttl-eq', args: 1, invert: true },
    { name: 'ttl-lt', args: 1 },
    { name: 'ttl-gt', args: 1 },
  ],
  build(uses) {
    const use = uses[0]
    if (!use || uses.length > 1) return "TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt'"
    const limit = parseUint(value(use), 255)
    if (limit === null) return badInteger('ttl', use.name)
    const op = use.name === 'ttl-eq' ? 'eq' : use.name === 'ttl-lt' ? 'lt' : 'gt'
    return [{ m: 'ttl', op, value: limit, invert: use.invert }]
  },
}

const dscp: MatchModule = {
  name: 'dscp',
  options: [
    { name: 'dscp', args: 1, invert: true },
    { name: 'dscp-class', args: 1, invert: true },
  ],
  build(uses) {
    if (uses.length === 0) return 'DSCP match: Parameter --dscp is required'
    return collect(uses, (use) => {
      const point = use.name === 'dscp' ? parseUint(value(use), 63) : numberOf(DSCP_CLASSES, value(use).toUpperCase())
      if (point !== null) return { m: 'dscp', value: point, invert: use.invert }
      return use.name === 'dscp' ? badInteger('dscp', 'dscp') : `Invalid DSCP value \`${value(use)}'`
    })
  },
}

const tos: MatchModule = {
  name: 'tos',
  options: [{ name: 'tos', args: 1, invert: true }],
  build(uses) {
    if (uses.length === 0) return mustBeGiven('tos', 'tos')
    return collect(uses, (use) => {
      const named = TOS_NAMES.find(([name]) => name.toLowerCase() === value(use).toLowerCase())
      if (named) return { m: 'tos', value: named[1], mask: 0x3f, invert: use.invert }
      const [field, mask] = value(use).split('/')
      const bits = parseUint(field ?? '', 255)
      const cared = mask === undefined ? 0xff : parseUint(mask, 255)
      if (bits === null || cared === null) return badInteger('tos', 'tos')
      return { m: 'tos', value: bits, mask: cared, invert: use.invert }
    })
  },
}

const PACKET_TYPES = ['unicast', 'broadcast', 'multicast'] as const

const pkttype: MatchModule = {
  name: 'pkttype',
  options: [{ name: 'pkt-type', args: 1, invert: true }],
  build(uses) {
    if (uses.length === 0) return mustBeGiven('pkttype', 'pkt-type')
    return collect(uses, (use) => {
      const type = PACKET_TYPES.find((known) => known === value(use).toLowerCase())
      if (!type) return `pkttype: Bad packet type '${value(use)}'`
      return { m: 'pkttype', type, invert: use.invert }
    })
  },
}

const owner: MatchModule = {
  name: 'owner',
  options: [
    { name: 'uid-owner', args: 1, invert: true },
    { name: 'gid-owner', args: 1, invert: true },
    { name: 'socket-exists', args: 0, invert: true },
  ],
  build(uses) {
    if (uses.length === 0) return 'owner: At least one of --uid-owner, --gid-owner or --socket-exists is required'
    return collect(inPrintOrder(owner, uses), (use) => {
      if (use.name === 'socket-exists') return { m: 'socket-exists', invert: use.invert }
      const ids = value(use) === 'root' ? { lo: 0, hi: 0 } : parseRange(value(use), 0xfffffffe, '-')
      if (!ids) return `owner: Bad value for "--${use.name}" option: "${value(use)}"`
      return { m: 'owner', what: use.name === 'uid-owner' ? 'uid' : 'gid', ...ids, invert: use.invert }
    })
  },
}

const socket: MatchModule = {
  name: 'socket',
  options: ['transparent', 'nowildcard', 'restore-skmark'].map((name) => ({ name, args: 0 })),
  build: (uses) => [
    {
      m: 'socket',
      transparent: used(uses, 'transparent') !== undefined,
      noWildcard: used(uses, 'nowildcard') !== undefined,
      restoreMark: used(uses, 'restore-skmark') !== undefined,
    },
  ],
}

const physdev: MatchModule = {
  name: 'physdev',
  options: [
    { name: 'physdev-in', args: 1, invert: true },
    { name: 'physdev-is-in', args: 0, invert: true },
    { name: 'physdev-out', args: 1, invert: true },
    { name: 'physdev-is-out', args: 0, invert: true },
    { name: 'physdev-is-bridged', args: 0, invert: true },
  ],
  build(uses) {
    if (uses.length === 0) return 'PHYSDEV: no physdev option specified'
    return collect(inPrintOrder(physdev, uses), physdevMatch)
  },
}

function physdevMatch(use: OptionUse): Match {
  if (use.name === 'physdev-in' || use.name === 'physdev-out') {
    const what = use.name === 'physdev-in' ? 'in' : 'out'
    return { m: 'physdev', what, ...devicePattern(value(use)), invert: use.invert }
  }
  const what = use.name === 'physdev-is-in' ? 'in' : use.name === 'physdev-is-out' ? 'out' : 'bridged'
  return { m: 'physdev-is', what, invert: use.invert }
}

/** `eth+` stands for every device whose name begins with `eth`. */
export function devicePattern(text: string): { readonly name: string; readonly prefix: boolean } {
  return text.endsWith('+') ? { name: text.slice(0, -1), prefix: true } : { name: text, prefix: false }
}

const rpfilter: MatchModule = {
  name: 'rpfilter',
  options: ['loose', 'validmark', 'accept-local', 'invert'].map((name) => ({ name, args: 0 })),
  build: (uses) => [
    {
      m: 'rpfilter',
      loose: used(uses, 'loose') !== undefined,
      validMark: used(uses, 'validmark') !== undefined,
      acceptLocal: used(uses, 'accept-local') !== undefined,
      invert: used(uses, 'invert') !== undefined,
    },
  ],
}

export const PACKET_MODULES: readonly MatchModule[] = [
  addrtype,
  iprange,
  mac,
  ttl,
  dscp,
  tos,
  pkttype,
  owner,
  socket,
  physdev,
  rpfilter,
]
