import { type Cidr, formatCidr } from '../../base/cidr.ts'
import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import {
  bitNames,
  CT_STATES,
  CT_STATUSES,
  ICMP_TYPES,
  LOG_LEVEL_SHOWN,
  nameOf,
  serviceName,
  TOS_NAMES,
} from './names.ts'
import { hex, hostText, markText, type NumberRange, rangeText } from './numbers.ts'
import {
  addrTypes,
  dscpText,
  flagNames,
  moduleOf,
  natFlags,
  natPorts,
  natRangeText,
  hashlimitWords,
  nflogWords,
  setFlags,
  setTargetWords,
  optionText,
  tosText,
} from './save-text.ts'
import { LOG_FLAG, type Match, type PortModule, type Target } from './types.ts'

/** The last column of `iptables -L`: what the extensions and the target say, with a leading blank each. */
export function listDetails(matches: readonly Match[], target: Target | null, numeric: boolean): string {
  let text = target?.t === 'goto' ? '[goto] ' : ''
  for (let i = 0; i < matches.length;) {
    const module = moduleOf(matches[i]!)
    let end = i + 1
    if (module !== null) while (end < matches.length && continues(matches.slice(i, end), matches[end]!)) end++
    if (module !== null && !isHeaderText(matches[i]!)) text += listGroup(module, matches.slice(i, end), numeric)
    i = end
  }
  return text + (target ? listTarget(target, numeric) : '')
}

/** Whether a term belongs to the module instance before it: a term of the same sort begins an instance of its own. */
const continues = (group: readonly Match[], match: Match): boolean =>
  moduleOf(group[0]!) === moduleOf(match) && !group.some((term) => sortOf(term) === sortOf(match))

const sortOf = (match: Match): string =>
  `${match.m} ${'what' in match ? match.what : 'side' in match ? match.side : 'field' in match ? match.field : ''}`

/** A netmask with holes is kept as text and shown in the address column. */
const isHeaderText = (match: Match): boolean => match.m === 'unknown' && match.name === 'netmask'

const PREFIXES: Readonly<Record<string, string>> = {
  tcp: ' tcp',
  udp: ' udp',
  sctp: ' sctp',
  dccp: ' dccp',
  physdev: ' PHYSDEV match',
  addrtype: ' ADDRTYPE match',
}

function listGroup(module: string, terms: readonly Match[], numeric: boolean): string {
  const first = terms[0]!
  const limit = first.m === 'addrtype' && first.limit ? ` limit-${first.limit}` : ''
  return (PREFIXES[module] ?? '') + terms.map((term) => listTerm(term, numeric)).join('') + limit
}

const bang = (match: { readonly invert: boolean }): string => (match.invert ? '!' : '')
const bangBlank = (match: { readonly invert: boolean }): string => (match.invert ? '! ' : '')

function listTerm(match: Match, numeric: boolean): string {
  switch (match.m) {
    case 'sport':
    case 'dport': {
      const name = match.m === 'sport' ? 'spt' : 'dpt'
      return ` ${name}${match.lo === match.hi ? '' : 's'}:${bang(match)}${portsShown(match, numeric, match.module)}`
    }
    case 'tcpflags':
      return ` flags:${bang(match)}${numeric ? `${flagHex(match.mask)}/${flagHex(match.set)}` : `${flagNames(match.mask)}/${flagNames(match.set)}`}`
    case 'tcpoption':
      return ` option=${bang(match)}${match.kind}`
    case 'icmp':
      return ` icmp${icmpShown(match, numeric)}`
    case 'bare':
      return ''
    case 'multiport':
      return ` multiport ${match.side === 'either' ? 'ports' : `${match.side[0]}ports`} ${match.invert ? ' !' : ''}${match.ports.map((range) => portsShown(range, numeric)).join(',')}`
    case 'mark':
      return ` mark match ${bangBlank(match)}${markText(match.value, match.mask)}`
    case 'connmark':
      return ` connmark match ${match.invert ? '!' : ''} ${markText(match.value, match.mask)}`
    case 'ctstate':
      return ` ${bangBlank(match)}${match.module === 'state' ? 'state' : 'ctstate'} ${bitNames(CT_STATES, match.states)}`
    case 'ctstatus':
      return ` ${bangBlank(match)}ctstatus ${match.status === 0 ? 'NONE' : bitNames(CT_STATUSES, match.status)}`
    case 'ctproto':
    case 'ctaddr':
    case 'ctport':
    case 'ctexpire':
    case 'ctdir':
      return ` ${optionText(match).replace('--', '')}`
    case 'addrtype':
      return ` ${match.side}-type ${bang(match)}${addrTypes(match.types)}`
    case 'comment':
      return ` /* ${match.text} */`
    case 'random':
      return ` statistic mode random ${bangBlank(match)}probability ${match.text}`
    case 'nth':
      return ` statistic mode nth ${bangBlank(match)}every ${match.every}${match.packet === 0 ? '' : ` packet ${match.packet}`}`
    case 'recent':
      return recentShown(match)
    case 'physdev':
    case 'physdev-is':
      return ` ${optionText(match)}`
    case 'iprange':
      return ` ${match.side === 'src' ? 'source' : 'destination'} IP range ${bangBlank(match)}${formatIpv4(match.from)}-${formatIpv4(match.to)}`
    case 'mac':
      return ` MAC ${bangBlank(match)}${formatMac(match.mac)}`
    case 'owner':
      return ` ${bangBlank(match)}owner ${match.what.toUpperCase()} match ${ownerShown(match, numeric)}`
    case 'socket-exists':
      return ` ${bangBlank(match)}owner socket exists`
    case 'limit':
      return ` limit: avg ${match.text} burst ${match.burst}`
    case 'hashlimit':
      return (
        ` limit: ${match.upto ? 'up to' : 'above'} ${match.text} burst ${match.burst}` +
        `${match.mode.length > 0 ? ` mode ${match.mode.join('-')}` : ''}${hashlimitWords(match, ' ')}`
      )
    case 'set':
      return ` ${bangBlank(match)}match-set ${match.name} ${match.dirs.join(',')}${setFlags(match).join('')}`
    case 'nfacct':
      return ` nfacct-name  ${match.name}`
    case 'pkttype':
      return ` PKTTYPE ${match.invert ? '!' : ''}= ${match.type}`
    case 'ttl':
      return ` TTL match TTL ${match.op === 'lt' ? '<' : match.op === 'gt' ? '>' : match.invert ? '!=' : '=='} ${match.value}`
    case 'length':
      return ` length ${bang(match)}${rangeText(match)}`
    case 'tcpmss':
      return ` tcpmss match ${bang(match)}${rangeText(match)}`
    case 'dscp':
      return ` DSCP match ${bang(match)}${dscpText(match.value)}`
    case 'tos': {
      const name = numeric || match.mask !== 0x3f ? null : nameOf(TOS_NAMES, match.value)
      return ` tos match${bang(match)}${name === null ? tosText(match.value, match.mask) : ` ${name}`}`
    }
    case 'socket':
      return ` socket${optionText(match) === '' ? '' : ` ${optionText(match)}`}`
    case 'rpfilter':
      return ` rpfilter${optionText(match) === '' ? '' : ` ${optionText(match).replaceAll('--', '')}`}`
    case 'unknown':
      return ` ${match.text.replace('-m ', '')}`
    default:
      return ''
  }
}

/** `80`, `80:90`; service names where the output is not numeric. */
function portsShown(range: NumberRange, numeric: boolean, protocol: PortModule = 'tcp'): string {
  const shown = (port: number): string => (numeric ? null : serviceName(port, protocol)) ?? `${port}`
  return range.lo === range.hi ? shown(range.lo) : `${shown(range.lo)}:${shown(range.hi)}`
}

const ownerShown = (ids: { readonly lo: number; readonly hi: number }, numeric: boolean): string =>
  !numeric && ids.hi === 0 ? 'root' : rangeText(ids, '-')

const flagHex = (bits: number): string => `0x${bits.toString(16).toUpperCase().padStart(2, '0')}`

function icmpShown(match: Match & { readonly m: 'icmp' }, numeric: boolean): string {
  const named = ICMP_TYPES.find(([, type, code]) => type === match.type && code === match.code)
  if (!numeric && named) return ` ${bang(match)}${named[0]}`
  return `${match.invert ? ' !' : ''}type ${match.type}${match.code === null ? '' : ` code ${match.code}`}`
}

const RECENT_WORDS = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' } as const

function recentShown(match: Match & { readonly m: 'recent' }): string {
  let text = ` ${bangBlank(match)}recent: ${RECENT_WORDS[match.op]}`
  if (match.seconds !== null) text += ` seconds: ${match.seconds}`
  if (match.reap) text += ' reap'
  if (match.hitcount !== null) text += ` hit_count: ${match.hitcount}`
  if (match.rttl) text += ' TTL-Match'
  return `${text} name: ${match.name} side: ${match.side === 'src' ? 'source' : 'dest'} mask: ${formatIpv4(match.mask)}`
}

/** The word in the target column. */
export function targetName(target: Target | null): string {
  if (!target) return ''
  if (target.t === 'jump' || target.t === 'goto') return target.chain
  return target.t === 'unknown' ? target.name : target.t
}

function markShown(set: { readonly value: number; readonly mask: number }): string {
  if (set.value === 0) return `and ${hex(~set.mask)}`
  if (set.value === set.mask) return `or ${hex(set.value)}`
  if (set.mask === 0) return `xor ${hex(set.value)}`
  return set.mask === 0xffffffff ? `set ${hex(set.value)}` : `xset ${hex(set.value)}/${hex(set.mask)}`
}

function connmarkShown(target: Target & { readonly t: 'CONNMARK' }): string {
  if (target.op === 'set') return markShown(target)
  const { nfmask, ctmask } = target
  if (nfmask === 0xffffffff && ctmask === 0xffffffff) return target.op
  if (nfmask === ctmask) return `${target.op} mask ${hex(nfmask)}`
  if (target.op === 'save') return `save nfmask ${hex(nfmask)} ctmask ~${hex(ctmask)}`
  return `restore ctmask ${hex(ctmask)} nfmask ~${hex(nfmask)}`
}

const blanked = (words: readonly string[]): string => words.map((word) => ` ${word}`).join('')

function listTarget(target: Target, numeric: boolean): string {
  switch (target.t) {
    case 'MARK':
      return ` MARK ${markShown(target)}`
    case 'CONNMARK':
      return ` CONNMARK ${connmarkShown(target)}`
    case 'DNAT':
    case 'SNAT':
      return ` to:${natRangeText(target.range)}${blanked(natFlags(target.range))}`
    case 'MASQUERADE':
    case 'REDIRECT': {
      const word = target.t === 'MASQUERADE' ? 'masq ports:' : 'redir ports'
      return `${target.range.minPort === null ? '' : ` ${word} ${natPorts(target.range)}`}${blanked(natFlags(target.range))}`
    }
    case 'NETMAP':
      return ` to:${hostText(target.to)}`
    case 'REJECT':
      return ` reject-with ${target.with}`
    case 'LOG':
      return logShown(target, numeric)
    case 'CT':
      if (target.name === 'NOTRACK') return ' NOTRACK'
      return ` CT${target.notrack ? ' notrack' : ''}${target.zone === null ? '' : ` zone ${target.zone}`}`
    case 'TCPMSS':
      return ` TCPMSS ${target.mss === 'clamp' ? 'clamp to PMTU' : `set ${target.mss}`}`
    case 'TPROXY':
      return ` TPROXY redirect ${formatIpv4(target.ip)}:${target.port} mark ${hex(target.value)}/${hex(target.mask)}`
    case 'TEE':
      return ` TEE gw:${formatIpv4(target.gateway)}`
    case 'SET':
      return setTargetWords(target, '')
    case 'NFLOG':
      return nflogWords(target, '')
    case 'NFQUEUE':
      return ` NFQUEUE num ${target.num}${target.bypass ? ' bypass' : ''}`
    case 'unknown':
      return target.text.slice(`-j ${target.name}`.length)
    default:
      return ''
  }
}

function logShown(target: Target & { readonly t: 'LOG' }, numeric: boolean): string {
  const prefix = target.prefix === '' ? '' : ` prefix "${target.prefix}"`
  if (numeric) return ` LOG flags ${target.flags} level ${target.level}${prefix}`
  let text = ` LOG level ${LOG_LEVEL_SHOWN[target.level]}`
  if (target.flags & LOG_FLAG.TCPSEQ) text += ' tcp-sequence'
  if (target.flags & LOG_FLAG.TCPOPT) text += ' tcp-options'
  if (target.flags & LOG_FLAG.IPOPT) text += ' ip-options'
  if (target.flags & LOG_FLAG.UID) text += ' uid'
  if (target.flags & LOG_FLAG.MACDECODE) text += ' macdecode'
  return text + prefix
}

/** An address column of `-L`: `anywhere`, `localhost`, `10.0.0.1`, `10.0.0.0/8`. */
export function addressShown(cidr: Cidr | null, numeric: boolean): string {
  if (!cidr || cidr.len === 0) return numeric ? '0.0.0.0/0' : 'anywhere'
  if (!numeric && cidr.len === 32 && cidr.addr === 0x7f000001) return 'localhost'
  if (!numeric && cidr.len === 8 && cidr.addr === 0x7f000000) return 'loopback/8'
  if (!numeric && cidr.addr === 0) return `default/${cidr.len}`
  return cidr.len === 32 ? formatIpv4(cidr.addr) : formatCidr(cidr)
}
