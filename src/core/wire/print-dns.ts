/** DNS messages in tcpdump's notation: `12345+ A? web. (21)`, `12345*- 1/0/0 A 10.96.0.1 (37)`. */
import { formatIpv4 } from '../base/ipv4.ts'
import { nameLabels } from './dns-name.ts'
import { dnsLength, flagsWord } from './dns.ts'
import { formatIpv6 } from './ipv6.ts'
import type { Dns, DnsName, DnsQuestion, DnsRecord } from './types.ts'

export function dnsText(dns: Dns): string {
  return `${dns.id}${dns.qr ? responseText(dns) : queryText(dns)} (${dnsLength(dns)})`
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
function responseText(dns: Dns): string {
  const marks = `${dns.aa ? '*' : ''}${dns.ra ? '' : '-'}${dns.tc ? '|' : ''}${dns.ad === true ? '$' : ''}`
  const odd = dns.questions.length === 1 ? '' : ` [${dns.questions.length}q]`
  const commas = ','.repeat(Math.max(0, dns.questions.length - 1))
  const counts = `${dns.answers.length}/${dns.authority.length}/${dns.additional.length}`
  const answers = dns.answers.map(recordText).join(',')
  const head = `${opcodeText(dns.opcode)}${rcodeText(dns)}${marks}${odd}${commas} ${counts}`
  return answers === '' ? head : `${head}${answers}`
}

/** `+` recursion desired, `%` checking disabled; bits that make no sense in a query are shown in hex. */
function queryText(dns: Dns): string {
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
  return out + dns.questions.map(questionText).join('')
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
      return ` ${nameText(record.target)}`
    case 'SRV':
      return ` ${nameText(record.target)}:${record.port} ${record.priority} ${record.weight}`
    case 'TXT':
      return record.texts.map((text) => ` "${safeText(text)}"`).join('')
    case 'SOA':
    case 'RAW':
      return ''
  }
}

/** Labels as they are, dots between them unescaped. */
const nameText = (name: DnsName): string =>
  (nameLabels(name) ?? []).map((label) => `${safeText(label)}.`).join('') || '.'

/** Control bytes as `^A`, bytes from 128 on as `M-` and the byte without its high bit. */
function safeText(data: string): string {
  return Array.from(data, (char) => {
    const code = char.charCodeAt(0)
    const low = code & 127
    const plain = low >= 0x20 && low < 0x7f ? String.fromCharCode(low) : `^${String.fromCharCode(low ^ 0x40)}`
    return code < 128 ? plain : `M-${plain}`
  }).join('')
}
