import { formatIpv4 } from '../../base/ipv4.ts'
import { formatCidr } from '../../base/cidr.ts'
import { formatMac } from '../../base/mac.ts'
import { ADDR_TYPES, bitNames, CT_STATES, CT_STATUSES, nameOf, PROTOCOLS, TCP_FLAGS } from './names.ts'
import { hex, hostText, markText, rangeText } from './numbers.ts'
import {
  type HashlimitMatch,
  LOG_FLAG,
  type Match,
  type NatRange,
  type RecentMatch,
  type SetMatch,
  type SetUse,
  type Target,
} from './types.ts'
import { quoteWord } from './words.ts'

/** The extension that a term belongs to, or null for the terms of the IP header. */
export function moduleOf(match: Match): string | null {
  switch (match.m) {
    case 'src':
    case 'dst':
    case 'in':
    case 'out':
    case 'proto':
    case 'frag':
      return null
    case 'sport':
    case 'dport':
    case 'bare':
    case 'ctstate':
      return match.module
    case 'tcpflags':
    case 'tcpoption':
      return 'tcp'
    case 'ctstatus':
    case 'ctproto':
    case 'ctaddr':
    case 'ctport':
    case 'ctexpire':
    case 'ctdir':
      return 'conntrack'
    case 'random':
    case 'nth':
      return 'statistic'
    case 'physdev-is':
      return 'physdev'
    case 'socket-exists':
      return 'owner'
    case 'unknown':
      return match.name
    default:
      return match.m
  }
}

const not = (match: { readonly invert: boolean }): string => (match.invert ? '! ' : '')

/** A term as the rule has it, e.g. `-d 10.96.0.10/32`, `-m tcp --dport 80`, `-m mark ! --mark 0x4000/0x4000`. */
export function matchText(match: Match): string {
  const module = moduleOf(match)
  const option = optionText(match)
  if (match.m === 'unknown') return match.text
  if (module === null) return option
  const suffix = match.m === 'addrtype' ? limitText(match.limit) : ''
  return option === '' ? `-m ${module}` : `-m ${module} ${option}${suffix}`
}

/** One module instance as iptables-save prints it. */
export function groupText(module: string, terms: readonly Match[]): string {
  const first = terms[0]
  if (first?.m === 'unknown') return first.text
  const options = terms.map(optionText).filter((text) => text !== '')
  const limit = first?.m === 'addrtype' ? limitText(first.limit) : ''
  return [`-m ${module}`, ...options].join(' ') + limit
}

const limitText = (limit: 'in' | 'out' | null): string => (limit ? ` --limit-iface-${limit}` : '')

export const protocolText = (proto: number): string => nameOf(PROTOCOLS, proto) ?? `${proto}`

/** A term without its `-m`. */
export function optionText(match: Match): string {
  switch (match.m) {
    case 'src':
    case 'dst':
      return `${not(match)}${match.m === 'src' ? '-s' : '-d'} ${formatCidr(match.cidr)}`
    case 'in':
    case 'out':
      return `${not(match)}${match.m === 'in' ? '-i' : '-o'} ${match.name}${match.prefix ? '+' : ''}`
    case 'proto':
      return `${not(match)}-p ${protocolText(match.proto)}`
    case 'frag':
      return `${not(match)}-f`
    case 'bare':
      return ''
    case 'sport':
    case 'dport':
      return `${not(match)}--${match.m} ${rangeText(match)}`
    case 'tcpflags':
      return `${not(match)}--tcp-flags ${flagNames(match.mask)} ${flagNames(match.set)}`
    case 'tcpoption':
      return `${not(match)}--tcp-option ${match.kind}`
    case 'icmp':
      return `${not(match)}--icmp-type ${icmpText(match.type, match.code)}`
    case 'multiport':
      return `${not(match)}--${MULTIPORT[match.side]} ${match.ports.map((range) => rangeText(range)).join(',')}`
    case 'mark':
    case 'connmark':
      return `${not(match)}--mark ${markText(match.value, match.mask)}`
    case 'ctstate':
      return `${not(match)}--${match.module === 'state' ? 'state' : 'ctstate'} ${bitNames(CT_STATES, match.states)}`
    case 'ctstatus':
      return `${not(match)}--ctstatus ${match.status === 0 ? 'NONE' : bitNames(CT_STATUSES, match.status)}`
    case 'ctproto':
      return `${not(match)}--ctproto ${match.proto}`
    case 'ctaddr':
      return `${not(match)}--${match.field} ${hostText(match.cidr)}`
    case 'ctport':
      return `${not(match)}--${match.field} ${rangeText(match)}`
    case 'ctexpire':
      return `${not(match)}--ctexpire ${rangeText(match)}`
    case 'ctdir':
      return `--ctdir ${match.dir}`
    case 'addrtype':
      return `${not(match)}--${match.side}-type ${addrTypes(match.types)}`
    case 'comment':
      return `--comment ${quoteWord(match.text)}`
    case 'random':
      return `--mode random ${not(match)}--probability ${match.text}`
    case 'nth':
      return `--mode nth ${not(match)}--every ${match.every} --packet ${match.packet}`
    case 'recent':
      return recentText(match)
    case 'physdev':
      return `${not(match)}--physdev-${match.what} ${match.name}${match.prefix ? '+' : ''}`
    case 'physdev-is':
      return `${not(match)}--physdev-is-${match.what}`
    case 'iprange':
      return `${not(match)}--${match.side}-range ${formatIpv4(match.from)}-${formatIpv4(match.to)}`
    case 'mac':
      return `${not(match)}--mac-source ${formatMac(match.mac)}`
    case 'owner':
      return `${not(match)}--${match.what}-owner ${rangeText(match, '-')}`
    case 'socket-exists':
      return `${not(match)}--socket-exists`
    case 'limit':
      return `--limit ${match.text}${match.burst === 5 ? '' : ` --limit-burst ${match.burst}`}`
    case 'hashlimit':
      return (
        `--hashlimit-${match.upto ? 'upto' : 'above'} ${match.text} --hashlimit-burst ${match.burst}` +
        `${match.mode.length > 0 ? ` --hashlimit-mode ${match.mode.join(',')}` : ''} --hashlimit-name ${match.name}` +
        hashlimitWords(match, ' --hashlimit-')
      )
    case 'set':
      return `${not(match)}--match-set ${match.name} ${match.dirs.join(',')}${setFlags(match)
        .map((flag) => flag.replace(/[a-z]/, '--$&'))
        .join('')}`
    case 'nfacct':
      return `--nfacct-name ${quoteWord(match.name)}`
    case 'pkttype':
      return `${not(match)}--pkt-type ${match.type}`
    case 'ttl':
      return `${not(match)}--ttl-${match.op} ${match.value}`
    case 'length':
      return `${not(match)}--length ${rangeText(match)}`
    case 'tcpmss':
      return `${not(match)}--mss ${rangeText(match)}`
    case 'dscp':
      return `${not(match)}--dscp ${dscpText(match.value)}`
    case 'tos':
      return `${not(match)}--tos ${tosText(match.value, match.mask)}`
    case 'socket':
      return [
        match.transparent ? '--transparent' : '',
        match.noWildcard ? '--nowildcard' : '',
        match.restoreMark ? '--restore-skmark' : '',
      ]
        .filter((word) => word !== '')
        .join(' ')
    case 'rpfilter':
      return [
        match.loose ? '--loose' : '',
        match.validMark ? '--validmark' : '',
        match.acceptLocal ? '--accept-local' : '',
        match.invert ? '--invert' : '',
      ]
        .filter((word) => word !== '')
        .join(' ')
    case 'unknown':
      return match.text
  }
}

/** The rest of a hashlimit, each option behind `lead`: ` --hashlimit-` or a blank. */
export function hashlimitWords(match: HashlimitMatch, lead: string): string {
  const word = (option: string, value: number | null): string => (value === null ? '' : `${lead}${option} ${value}`)
  return (
    word('htable-size', match.size) +
    word('htable-max', match.max) +
    word('htable-gcinterval', match.gcInterval) +
    word('htable-expire', match.expire) +
    word('srcmask', match.srcMask === 32 ? null : match.srcMask) +
    word('dstmask', match.dstMask === 32 ? null : match.dstMask)
  )
}

/** What else a match on a set asks, each with a blank in front: ` return-nomatch`, ` ! update-counters`, ` packets-gt 3`. */
export const setFlags = (match: SetMatch): readonly string[] => [
  ...(match.returnNomatch ? [' return-nomatch'] : []),
  ...(match.update ? [] : [' ! update-counters']),
  ...match.counters.map((test) => `${test.invert ? ' !' : ''} ${test.field}-${test.op} ${test.value}`),
]

const MULTIPORT = { src: 'sports', dst: 'dports', either: 'ports' } as const
export const flagNames = (bits: number): string => (bits === 0 ? 'NONE' : bitNames(TCP_FLAGS, bits))
export const dscpText = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`
export const tosText = (value: number, mask: number): string => `${dscpText(value)}/${dscpText(mask)}`
export const addrTypes = (types: number): string =>
  ADDR_TYPES.filter(([, type]) => types & (1 << type))
    .map(([name]) => name)
    .join(',')

function icmpText(type: number, code: number | null): string {
  if (type === 255) return 'any'
  return code === null ? `${type}` : `${type}/${code}`
}

function recentText(match: RecentMatch): string {
  const words = [`${not(match)}--${match.op}`]
  if (match.seconds !== null) words.push(`--seconds ${match.seconds}`)
  if (match.reap) words.push('--reap')
  if (match.hitcount !== null) words.push(`--hitcount ${match.hitcount}`)
  if (match.rttl) words.push('--rttl')
  words.push(`--name ${match.name}`, `--mask ${formatIpv4(match.mask)}`, match.side === 'src' ? '--rsource' : '--rdest')
  return words.join(' ')
}

/** `1.2.3.4`, `1.2.3.4-1.2.3.9:80-90`, `:80`. */
export function natRangeText(range: NatRange): string {
  let text = range.minIp === null ? '' : formatIpv4(range.minIp)
  if (range.maxIp !== null && range.maxIp !== range.minIp) text += `-${formatIpv4(range.maxIp)}`
  if (range.minPort !== null) text += `:${natPorts(range)}`
  return text
}

export const natPorts = (range: NatRange): string => rangeText({ lo: range.minPort ?? 0, hi: range.maxPort ?? 0 }, '-')

/** The flags of a NAT target in the order they are printed. */
export const natFlags = (range: NatRange): readonly string[] => [
  ...(range.random ? ['random'] : []),
  ...(range.randomFully ? ['random-fully'] : []),
  ...(range.persistent ? ['persistent'] : []),
]

const dashed = (words: readonly string[]): string => words.map((word) => ` --${word}`).join('')

/** A target as iptables-save prints it, with its `-j` or `-g`. */
export function targetText(target: Target): string {
  switch (target.t) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
    case 'TRACE':
      return `-j ${target.t}`
    case 'jump':
      return `-j ${target.chain}`
    case 'goto':
      return `-g ${target.chain}`
    case 'MARK':
      return `-j MARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`
    case 'CONNMARK':
      if (target.op === 'set') return `-j CONNMARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`
      return `-j CONNMARK --${target.op}-mark --nfmask ${hex(target.nfmask)} --ctmask ${hex(target.ctmask)}`
    case 'DNAT':
      return `-j DNAT --to-destination ${natRangeText(target.range)}${dashed(natFlags(target.range))}`
    case 'SNAT':
      return `-j SNAT --to-source ${natRangeText(target.range)}${dashed(natFlags(target.range))}`
    case 'MASQUERADE':
    case 'REDIRECT':
      return `-j ${target.t}${target.range.minPort === null ? '' : ` --to-ports ${natPorts(target.range)}`}${dashed(natFlags(target.range))}`
    case 'NETMAP':
      return `-j NETMAP --to ${hostText(target.to)}`
    case 'REJECT':
      return `-j REJECT --reject-with ${target.with}`
    case 'LOG':
      return logText(target)
    case 'CT':
      if (target.name === 'NOTRACK') return '-j NOTRACK'
      return `-j CT${target.notrack ? ' --notrack' : ''}${target.zone === null ? '' : ` --zone ${target.zone}`}`
    case 'TCPMSS':
      return `-j TCPMSS ${target.mss === 'clamp' ? '--clamp-mss-to-pmtu' : `--set-mss ${target.mss}`}`
    case 'TPROXY':
      return `-j TPROXY --on-port ${target.port} --on-ip ${formatIpv4(target.ip)} --tproxy-mark ${hex(target.value)}/${hex(target.mask)}`
    case 'TEE':
      return `-j TEE --gateway ${formatIpv4(target.gateway)}`
    case 'SET':
      return `-j SET${setTargetWords(target, '--')}`
    case 'NFLOG':
      return `-j NFLOG${nflogWords(target, '--')}`
    case 'NFQUEUE':
      return `-j NFQUEUE --queue-num ${target.num}${target.bypass ? ' --queue-bypass' : ''}`
    case 'unknown':
      return target.text
  }
}

/** ` --add-set NAME src,dst --exist --timeout 60`, or the same without dashes. */
export function setTargetWords(target: Target & { readonly t: 'SET' }, dashes: '--' | ''): string {
  const use = (word: string, set: SetUse | null): string =>
    set ? ` ${dashes}${word} ${set.name} ${set.dirs.join(',')}` : ''
  return (
    use('add-set', target.add) +
    (target.exist ? ` ${dashes}exist` : '') +
    (target.timeout === null ? '' : ` ${dashes}timeout ${target.timeout}`) +
    use('del-set', target.del)
  )
}

export function nflogWords(target: Target & { readonly t: 'NFLOG' }, dashes: '--' | ''): string {
  const prefix = dashes ? quoteWord(target.prefix) : `"${target.prefix}"`
  return (
    (target.prefix === '' ? '' : ` ${dashes}nflog-prefix ${prefix}`) +
    (target.group === 0 ? '' : ` ${dashes}nflog-group ${target.group}`)
  )
}

function logText(target: Target & { readonly t: 'LOG' }): string {
  let text = '-j LOG'
  if (target.prefix !== '') text += ` --log-prefix ${quoteWord(target.prefix)}`
  if (target.level !== 4) text += ` --log-level ${target.level}`
  if (target.flags & LOG_FLAG.TCPSEQ) text += ' --log-tcp-sequence'
  if (target.flags & LOG_FLAG.TCPOPT) text += ' --log-tcp-options'
  if (target.flags & LOG_FLAG.IPOPT) text += ' --log-ip-options'
  if (target.flags & LOG_FLAG.UID) text += ' --log-uid'
  if (target.flags & LOG_FLAG.MACDECODE) text += ' --log-macdecode'
  return text
}
