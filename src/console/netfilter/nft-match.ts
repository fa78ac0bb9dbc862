import { maskOf, formatCidr } from '../../core/base/cidr.ts'
import { formatIpv4 } from '../../core/base/ipv4.ts'
import { formatMac } from '../../core/base/mac.ts'
import { bitNames, CT_STATES, CT_STATUSES, TCP_FLAGS } from '../../core/kernel/netfilter/names.ts'
import { moduleOf } from '../../core/kernel/netfilter/save-text.ts'
import type { HashlimitMatch, Match, MultiportMatch } from '../../core/kernel/netfilter/types.ts'
import { unmodelledMatch } from './nft-unmodelled.ts'

const not = (invert: boolean): string => (invert ? '!= ' : '')
const hex = (value: number): string => `0x${value.toString(16)}`
const hex8 = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`
const range = (lo: number, hi: number): string => (lo === hi ? `${lo}` : `${lo}-${hi}`)
const address = (cidr: { readonly addr: number; readonly len: number }): string =>
  cidr.len === 32 ? formatIpv4(cidr.addr) : formatCidr(cidr)
const PROTOCOL: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' }

/**
 * One term, as nft 1.0.6 shows it: what iptables-nft writes as expressions of nf_tables, and extensions through libxtables' translation;
 * those without one print as `xt match`. A comment, or a module without an option, translates to nothing: its blank stays.
 */
export function matchText(match: Match, all: readonly Match[]): string {
  switch (match.m) {
    case 'src':
      return `ip saddr ${not(match.invert)}${address(match.cidr)}`
    case 'dst':
      return `ip daddr ${not(match.invert)}${address(match.cidr)}`
    case 'in':
      return `iifname ${not(match.invert)}"${match.name}${match.prefix ? '*' : ''}"`
    case 'out':
      return `oifname ${not(match.invert)}"${match.name}${match.prefix ? '*' : ''}"`
    case 'proto':
      return `meta l4proto ${not(match.invert)}${PROTOCOL[match.proto] ?? match.proto}`
    case 'frag':
      return `ip frag-off & 8191 ${match.invert ? '==' : '!='} 0`
    case 'sport':
    case 'dport':
      return `${match.module} ${match.m} ${not(match.invert)}${range(match.lo, match.hi)}`
    case 'mark':
      return match.mask === 0xffffffff
        ? `meta mark ${not(match.invert)}${hex8(match.value)}`
        : `meta mark & ${hex8(match.mask)} ${match.invert ? '!=' : '=='} ${hex8(match.value)}`
    case 'comment':
    case 'bare':
      return ''
    case 'unknown':
      return unmodelledMatch(match.name, match.text)
    default:
      return translated(match, all) ?? `xt match ${moduleOf(match)}`
  }
}

/** libxtables' `.xlate` of an extension; `null`: it has none. */
function translated(match: Match, all: readonly Match[]): string | null {
  switch (match.m) {
    case 'tcpflags':
      return tcpFlags(match)
    case 'tcpoption':
      return `tcp option ${match.kind} ${match.invert ? 'missing' : 'exists'}`
    case 'tcpmss':
      return `tcp option maxseg size ${not(match.invert)}${range(match.lo, match.hi)}`
    case 'multiport':
      return multiport(match, all)
    case 'icmp':
      return icmp(match)
    case 'addrtype':
      return `fib ${match.side === 'src' ? 'saddr' : 'daddr'}${match.limit ? ` . ${match.limit === 'in' ? 'iif' : 'oif'}` : ''} type ${not(match.invert)}${addressTypes(match.types)}`
    case 'random':
      return `meta random & 2147483647 ${match.invert ? '>=' : '<'} ${match.threshold}`
    case 'nth':
      return `numgen inc mod ${match.every} ${not(match.invert)}${match.packet}`
    case 'limit':
      return `limit rate ${rate(match.text)}${burst(match.burst)}`
    case 'hashlimit':
      return meter(match)
    case 'iprange':
      return `ip ${match.side === 'src' ? 'saddr' : 'daddr'} ${not(match.invert)}${formatIpv4(match.from)}-${formatIpv4(match.to)}`
    case 'length':
      return `meta length ${not(match.invert)}${range(match.lo, match.hi)}`
    case 'ttl':
      return `ip ttl ${match.op === 'eq' ? not(match.invert) : `${match.op} `}${match.value}`
    case 'dscp':
      return `ip dscp ${not(match.invert)}0x${match.value.toString(16).padStart(2, '0')}`
    case 'pkttype':
      return `pkttype ${not(match.invert)}${match.type}`
    case 'mac':
      return `ether saddr ${not(match.invert)}${formatMac(match.mac)}`
    case 'owner':
      // Of several conditions in one module it translates none.
      return all.filter((other) => moduleOf(other) === 'owner').length > 1
        ? null
        : `${match.what === 'uid' ? 'skuid' : 'skgid'} ${not(match.invert)}${range(match.lo, match.hi)}`
    default:
      return connection(match)
  }
}

function connection(match: Match): string | null {
  switch (match.m) {
    case 'connmark': {
      const masked = match.mask === 0xffffffff ? '' : `and ${hex(match.mask)} `
      const equal = masked === '' ? '' : '== '
      return `ct mark ${masked}${match.invert ? '!= ' : equal}${hex(match.value)}`
    }
    case 'ctstate':
      // The translation of SNAT and DNAT, which are no states, forgets the rest, and that it was inverted.
      if (/[SD]NAT/.test(bitNames(CT_STATES, match.states)))
        return `ct status ${bitNames(CT_STATES, match.states).includes('DNAT') ? 'dnat' : 'snat'}`
      return `ct state ${match.invert ? '! ' : ''}${bitNames(CT_STATES, match.states).toLowerCase()}`
    case 'ctstatus':
      return `ct status ${match.invert ? '! ' : ''}${bitNames(CT_STATUSES, match.status).toLowerCase()}`
    case 'ctproto':
      return `ct original protocol ${not(match.invert)}${match.proto}`
    case 'ctaddr':
      return `ct ${direction(match.field)} ${match.field.endsWith('src') ? 'saddr' : 'daddr'} ${not(match.invert)}${address(match.cidr)}`
    case 'ctport':
      return `ct ${direction(match.field)} ${match.field.includes('src') ? 'proto-src' : 'proto-dst'} ${not(match.invert)}${range(match.lo, match.hi)}`
    case 'ctdir':
      return `ct direction ${match.dir.toLowerCase()}`
    case 'ctexpire':
      return `ct expiration ${not(match.invert)}${range(match.lo, match.hi)}`
    default:
      return null
  }
}

const direction = (field: string): string => (field.startsWith('ctorig') ? 'original' : 'reply')

function tcpFlags(match: Match & { readonly m: 'tcpflags' }): string {
  const names = (bits: number): string => bitNames(TCP_FLAGS, bits).toLowerCase()
  if (match.set === 0) return `tcp flags ${match.invert ? '' : '! '}${names(match.mask)}`
  const oneBit = (match.mask & (match.mask - 1)) === 0
  if (oneBit) return `tcp flags & ${names(match.mask)} ${match.invert ? '!=' : '=='} ${names(match.set)}`
  return `tcp flags ${not(match.invert)}${names(match.set)} / ${names(match.mask)}`
}

function multiport({ side, ports, invert }: MultiportMatch, all: readonly Match[]): string {
  const proto = all.find((other) => other.m === 'proto')
  const name = proto?.m === 'proto' ? (PROTOCOL[proto.proto] ?? 'tcp') : 'tcp'
  const list = ports.map(({ lo, hi }) => range(lo, hi))
  if (side === 'either') {
    const pairs = list.flatMap((port) => [`0-65535 . ${port}`, `${port} . 0-65535`])
    return `${name} sport . ${name} dport ${not(invert)}{ ${pairs.join(', ')} }`
  }
  const shown = list.length === 1 ? list[0]! : `{ ${list.join(', ')} }`
  return `${name} ${side === 'src' ? 'sport' : 'dport'} ${not(invert)}${shown}`
}

/** nft's names of the types that it knows; with a code there is no translation. */
const ICMP_NAMES: Readonly<Record<number, string>> = {
  0: 'echo-reply',
  3: 'destination-unreachable',
  4: 'source-quench',
  5: 'redirect',
  8: 'echo-request',
  9: 'router-advertisement',
  10: 'router-solicitation',
  11: 'time-exceeded',
  12: 'parameter-problem',
  13: 'timestamp-request',
  14: 'timestamp-reply',
  17: 'address-mask-request',
  18: 'address-mask-reply',
}
const ANY_TYPE = 255

function icmp(match: Match & { readonly m: 'icmp' }): string | null {
  if (match.type === ANY_TYPE) return 'ip protocol icmp'
  if (match.code !== null) return null
  return `icmp type ${not(match.invert)}${ICMP_NAMES[match.type] ?? match.type}`
}

const ADDRESS_TYPES = 'unspec unicast local broadcast anycast multicast blackhole unreachable prohibit'.split(' ')

function addressTypes(bits: number): string {
  const names = ADDRESS_TYPES.filter((_name, bit) => (bits & (1 << bit)) !== 0)
  return names.length === 1 ? names[0]! : `{ ${names.join(', ')} }`
}

const UNITS: Readonly<Record<string, string>> = { sec: 'second', min: 'minute', hour: 'hour', day: 'day' }
/** `5/min` in nft's words. */
const rate = (text: string): string => text.replace(/[a-z]+$/, (unit) => UNITS[unit] ?? unit)
const DEFAULT_BURST = 5
const burst = (packets: number): string => (packets === DEFAULT_BURST ? '' : ` burst ${packets} packets`)

/** The parts of a key in the order of their bits (XT_HASHLIMIT_HASH_*). */
const KEYS = [
  ['dstip', 'ip daddr'],
  ['dstport', 'tcp dport'],
  ['srcip', 'ip saddr'],
  ['srcport', 'tcp sport'],
] as const

function meter(match: HashlimitMatch): string | null {
  if (match.mode.length === 0) return null
  const mask = (key: string): number => (key === 'dstip' ? match.dstMask : key === 'srcip' ? match.srcMask : 32)
  const parts = KEYS.filter(([key]) => match.mode.includes(key)).map(([key, text]) =>
    mask(key) === 32 ? text : `${text} and ${formatIpv4(maskOf(mask(key)))}`,
  )
  const seconds = match.expire === null ? match.per : match.expire / 1000
  const timeout = seconds === 1 ? '' : ` timeout ${seconds}s`
  const over = match.upto ? '' : 'over '
  return `meter ${match.name} { ${parts.join(' . ')}${timeout} limit rate ${over}${rate(match.text)}${burst(match.burst)} }`
}
