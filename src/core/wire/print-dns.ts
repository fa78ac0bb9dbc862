/** DNS messages in tcpdump's notation: `12345+ A? web. (21)`, `12345*- 1/0/0 A 10.96.0.1 (37)`. */
import { formatIpv4 } from '../base/ipv4.ts'
import { nameLabels } from './dns-name.ts'
import { dnsLength, flagsWord } from './dns.ts'
import { formatIpv6 } from './ipv6.ts'
import { hexText, safeText } from './print-bytes.ts'
import type { Dns, DnsName, DnsQuestion, DnsRecord } from './types.ts'

/** `verbose`: how many `-v`; one adds owners' names, two the sections that are not the answer, three times to live. */
export function dnsText(dns: Dns, verbose = 0): string {
  return `${dns.id}${dns.qr ? responseText(dns, verbose) : queryText(dns, verbose)} (${dnsLength(dns)})`
}

const OPCODE = ' inv_q stat op3 notify update op6 op7 op8 updateA updateD updateDA updateM updateMA zoneInit zoneRef'
const RCODE = ' FormErr ServFail NXDomain NotImp Refused YXDomain YXRRSet NXRRSet NotAuth NotZone'

/** The n-th word with its space before it; number 0 is the normal case and has none. */
const opcodeText = (opcode: number): string => (opcode === 0 ? '' : ` ${OPCODE.split(' ')[opcode] ?? ''}`)

function rcodeText(dns: Dns): string {
  const opt = dns.additional.find((record) => record.type === 'OPT')
  const rcode = dns.rcode + (opt?.type === 'OPT' ? opt.extendedRcode * 16 : 0)
  if (rcode === 0) return ''
  return ` ${rcode === 15 ? 'NoChange' : (RCODE.split(' ')[rcode] ?? `Resp${rcode}`)}`
}

/** `*` authoritative, `-` recursion not available, `|` truncated, `$` authenticated. */
function responseText(dns: Dns, verbose: number): string {
  const marks = `${dns.aa ? '*' : ''}${dns.ra ? '' : '-'}${dns.tc ? '|' : ''}${dns.ad === true ? '$' : ''}`
  const odd = dns.questions.length === 1 ? '' : ` [${dns.questions.length}q]`
  const questions = dns.questions.map((question) => (verbose > 1 ? ` q:${questionText(question)}` : '')).join(',')
  const counts = `${dns.answers.length}/${dns.authority.length}/${dns.additional.length}`
  const head = `${opcodeText(dns.opcode)}${rcodeText(dns)}${marks}${odd}${questions} ${counts}`
  return head + recordsText(dns.answers, verbose) + otherSections(dns, verbose)
}

const recordsText = (records: readonly DnsRecord[], verbose: number): string =>
  records.map((record) => recordText(record, verbose)).join(',')

function otherSections({ authority, additional }: Dns, verbose: number): string {
  if (verbose < 2) return ''
  const section = (name: string, records: readonly DnsRecord[]): string =>
    records.length > 0 ? ` ${name}:${recordsText(records, verbose)}` : ''
  return section('ns', authority) + section('ar', additional)
}

/** `+` recursion desired, `%` checking disabled; bits that make no sense in a query are shown in hex. */
function queryText(dns: Dns, verbose: number): string {
  let out = `${opcodeText(dns.opcode)}${dns.rd ? '+' : ''}${dns.cd === true ? '%' : ''}`
  const flags = flagsWord(dns)
  if ((flags & 0x06cf) !== 0) out += ` [b2&3=0x${flags.toString(16)}]`
  const [questions, answers] = [` [${dns.questions.length}q]`, ` [${dns.answers.length}a]`]
  if (dns.opcode === INVERSE_QUERY) {
    out += (dns.questions.length > 0 ? questions : '') + (dns.answers.length === 1 ? '' : answers)
  } else {
    out += (dns.answers.length > 0 ? answers : '') + (dns.questions.length === 1 ? '' : questions)
  }
  if (dns.authority.length > 0) out += ` [${dns.authority.length}n]`
  if (dns.additional.length > 0) out += ` [${dns.additional.length}au]`
  const others = verbose > 1 ? recordsText(dns.answers, verbose) + otherSections(dns, verbose) : ''
  return out + dns.questions.map(questionText).join('') + others
}

const INVERSE_QUERY = 1

const questionText = (question: DnsQuestion): string =>
  ` ${typeText(question.type)}${classText(question.class)}? ${nameText(question.name)}`

const TYPE_NAME: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  13: 'HINFO',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  41: 'OPT',
  43: 'DS',
  48: 'DNSKEY',
  64: 'SVCB',
  65: 'HTTPS',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
}

const typeText = (type: number): string => TYPE_NAME[type] ?? `Type${type}`

function classText(value: number): string {
  if (value === 1) return ''
  return value === 3 ? ' CHAOS' : value === 4 ? ' HS' : value === 255 ? ' ANY' : ` (Class ${value})`
}

function recordText(record: DnsRecord, verbose: number): string {
  if (record.type === 'OPT') {
    const opt = ` OPT UDPsize=${record.udpSize}${(record.flags & 0x8000) === 0 ? '' : ' DO'}${ednsText(record.data)}`
    return verbose > 0 ? ` .${opt}` : opt
  }
  const owner = verbose > 0 ? ` ${nameText(record.name)}` : ''
  const ttl = verbose > 2 ? ` [${timeText(record.ttl)}]` : ''
  const type = record.type === 'RAW' ? typeText(record.code) : record.type
  return `${owner}${classText(record.class)}${ttl} ${type}${rdataText(record, verbose)}`
}

const COOKIE = 10
const CLIENT_COOKIE = 8

/** EDNS options (RFC 6891, section 6.1.2): cookies (RFC 7873), client's and server's; of others the number. */
function ednsText(data: string): string {
  const word = (at: number): number => data.charCodeAt(at) * 256 + data.charCodeAt(at + 1)
  const options: string[] = []
  for (let at = 0; at + 4 <= data.length; at += 4 + word(at + 2)) {
    const value = data.slice(at + 4, at + 4 + word(at + 2))
    const halves = [value.slice(0, CLIENT_COOKIE), value.slice(CLIENT_COOKIE)]
      .filter((half) => half !== '')
      .map(hexText)
    options.push(word(at) === COOKIE ? `COOKIE ${halves.join(' ')}` : `Opt${word(at)}`)
  }
  return options.length > 0 ? ` [${options.join(',')}]` : ''
}

const UNITS = [
  ['y', 31_536_000],
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

/** Seconds as `1d2h`. */
function timeText(seconds: number): string {
  let [out, rest] = ['', seconds]
  for (const [unit, size] of UNITS) {
    const times = Math.floor(rest / size)
    if (times > 0) out += `${times}${unit}`
    rest -= times * size
  }
  return out || '0s'
}

function rdataText(record: Exclude<DnsRecord, { type: 'OPT' }>, verbose: number): string {
  switch (record.type) {
    case 'A':
      return ` ${formatIpv4(record.address)}`
    case 'AAAA':
      return ` ${formatIpv6(record.address)}`
    case 'CNAME':
    case 'PTR':
    case 'NS':
      return ` ${nameText(record.target)}`
    case 'SRV':
      return ` ${nameText(record.target)}:${record.port} ${record.priority} ${record.weight}`
    case 'TXT':
      return record.texts.map((text) => ` "${safeText(text)}"`).join('')
    case 'SOA':
      return verbose > 0 ? soaText(record) : ''
    case 'RAW':
      return ''
  }
}

function soaText(soa: Extract<DnsRecord, { type: 'SOA' }>): string {
  const numbers = [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum]
  return ` ${nameText(soa.mname)} ${nameText(soa.rname)} ${numbers.join(' ')}`
}

/** Labels as they are, dots between them unescaped. */
const nameText = (name: DnsName): string =>
  (nameLabels(name) ?? []).map((label) => `${safeText(label)}.`).join('') || '.'
