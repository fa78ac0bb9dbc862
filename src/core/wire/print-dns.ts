/** DNS messages in tcpdump's notation: `12345+ A? web. (21)`, `12345*- 1/0/0 A 10.96.0.1 (37)`. */
import { formatIpv4 } from '../base/ipv4.ts'
import { dnsLength } from './dns.ts'
import { formatIpv6 } from './ipv6.ts'
import type { Dns, DnsQuestion, DnsRecord } from './types.ts'

export function dnsText(dns: Dns): string {
  return `${dns.id}${dns.qr ? responseText(dns) : queryText(dns)} (${dnsLength(dns)})`
}

const OPCODE = ['', ' inv_q', ' stat', ' op3', ' notify', ' update']
const RCODE = ['', ' FormErr', ' ServFail', ' NXDomain', ' NotImp', ' Refused', ' YXDomain', ' YXRRSet', ' NXRRSet']
const RCODE_MORE = [' NotAuth', ' NotZone']

const opcodeText = (opcode: number): string => OPCODE[opcode] ?? ` op${opcode}`
const rcodeText = (rcode: number): string => [...RCODE, ...RCODE_MORE][rcode] ?? ` Resp${rcode}`

/** `*` authoritative, `-` recursion not available, `|` truncated, `$` authenticated. */
function responseText(dns: Dns): string {
  const marks = `${dns.aa ? '*' : ''}${dns.ra ? '' : '-'}${dns.tc ? '|' : ''}${dns.ad === true ? '$' : ''}`
  const odd = dns.questions.length === 1 ? '' : ` [${dns.questions.length}q]`
  const commas = ','.repeat(Math.max(0, dns.questions.length - 1))
  const counts = `${dns.answers.length}/${dns.authority.length}/${dns.additional.length}`
  const answers = dns.answers.map(recordText).join(',')
  const head = `${opcodeText(dns.opcode)}${rcodeText(dns.rcode)}${marks}${odd}${commas} ${counts}`
  return answers === '' ? head : `${head}${answers}`
}

/** `+` recursion desired, `$` authenticated data wanted, `%` checking disabled. */
function queryText(dns: Dns): string {
  const marks = `${dns.rd ? '+' : ''}${dns.ad === true ? '$' : ''}${dns.cd === true ? '%' : ''}`
  let out = `${opcodeText(dns.opcode)}${marks}`
  if (dns.answers.length > 0) out += ` [${dns.answers.length}a]`
  if (dns.questions.length !== 1) out += ` [${dns.questions.length}q]`
  if (dns.authority.length > 0) out += ` [${dns.authority.length}n]`
  if (dns.additional.length > 0) out += ` [${dns.additional.length}au]`
  return out + dns.questions.map(questionText).join('')
}

const questionText = (question: DnsQuestion): string =>
  ` ${typeText(question.type)}${classText(question.class)}? ${question.name}`

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

function recordText(record: DnsRecord): string {
  if (record.type === 'OPT') return ` OPT UDPsize=${record.udpSize}${(record.flags & 0x8000) === 0 ? '' : ' DO'}`
  const type = record.type === 'RAW' ? typeText(record.code) : record.type
  return `${classText(record.class)} ${type}${rdataText(record)}`
}

function rdataText(record: Exclude<DnsRecord, { type: 'OPT' }>): string {
  switch (record.type) {
    case 'A':
      return ` ${formatIpv4(record.address)}`
    case 'AAAA':
      return ` ${formatIpv6(record.address)}`
    case 'CNAME':
    case 'PTR':
    case 'NS':
      return ` ${record.target}`
    case 'SRV':
      return ` ${record.target}:${record.port} ${record.priority} ${record.weight}`
    case 'TXT':
      return record.texts.map((text) => ` "${text}"`).join('')
    case 'SOA':
    case 'RAW':
      return ''
  }
}
