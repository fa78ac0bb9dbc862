/** DNS messages ↔ bytes (RFC 1035, SRV RFC 2782, EDNS RFC 6891). Measuring an uncompressed message does not allocate. */
import { invariant } from '../base/result.ts'
import { DNS_TYPE } from './constants.ts'
import { nameLabels, nameWireLength } from './dns-name.ts'
import type { Dns, DnsName, DnsRecord } from './types.ts'

const HEADER = 12

/** Bytes of the message. */
export function dnsLength(dns: Dns): number {
  if (dns.compressed === true) return emitDns(dns).length
  let length = HEADER
  for (const question of dns.questions) length += nameWireLength(question.name) + 4
  return length + sectionLength(dns.answers) + sectionLength(dns.authority) + sectionLength(dns.additional)
}

function sectionLength(records: readonly DnsRecord[]): number {
  let length = 0
  for (const record of records) length += ownerLength(record) + 10 + rdataLength(record)
  return length
}

const ownerLength = (record: DnsRecord): number => (record.type === 'OPT' ? 1 : nameWireLength(record.name))

function rdataLength(record: DnsRecord): number {
  switch (record.type) {
    case 'A':
      return 4
    case 'AAAA':
      return 16
    case 'CNAME':
    case 'PTR':
    case 'NS':
      return nameWireLength(record.target)
    case 'SRV':
      return 6 + nameWireLength(record.target)
    case 'SOA':
      return nameWireLength(record.mname) + nameWireLength(record.rname) + 20
    case 'TXT': {
      let length = 0
      for (const text of record.texts) length += 1 + text.length
      return length
    }
    case 'OPT':
    case 'RAW':
      return record.data.length
  }
}

/** The message as a binary string. Names must satisfy `isDnsName`; TXT strings are at most 255 bytes. */
export function emitDns(dns: Dns): string {
  const out: Output = { data: '', offsets: dns.compressed === true ? new Map() : null }
  out.data += u16(dns.id) + u16(flagsWord(dns))
  out.data += u16(dns.questions.length) + u16(dns.answers.length) + u16(dns.authority.length)
  out.data += u16(dns.additional.length)
  for (const question of dns.questions) {
    writeName(out, question.name)
    out.data += u16(question.type) + u16(question.class)
  }
  for (const section of [dns.answers, dns.authority, dns.additional]) {
    for (const record of section) writeRecord(out, record)
  }
  return out.data
}

/** `offsets`: where each name suffix already stands, when compressing (looked up by key only, never iterated). */
interface Output {
  data: string
  readonly offsets: Map<string, number> | null
}

const u16 = (value: number): string => String.fromCharCode((value >>> 8) & 255, value & 255)
const u32 = (value: number): string => u16(value >>> 16) + u16(value & 0xffff)

/** The second word of the header. */
export function flagsWord(dns: Dns): number {
  return (
    (dns.qr ? 0x8000 : 0) |
    ((dns.opcode & 15) << 11) |
    (dns.aa ? 0x0400 : 0) |
    (dns.tc ? 0x0200 : 0) |
    (dns.rd ? 0x0100 : 0) |
    (dns.ra ? 0x0080 : 0) |
    (dns.ad === true ? 0x0020 : 0) |
    (dns.cd === true ? 0x0010 : 0) |
    (dns.rcode & 15)
  )
}

function writeName(out: Output, name: DnsName, mayCompress = true): void {
  const labels = nameLabels(name)
  invariant(labels !== null, `not a domain name: ${name}`)
  for (let i = 0; i < labels.length; i++) {
    if (mayCompress && out.offsets !== null) {
      const suffix = labels
        .slice(i)
        .map((label) => String.fromCharCode(label.length) + label)
        .join('')
      const known = out.offsets.get(suffix)
      if (known !== undefined) {
        out.data += u16(0xc000 | known)
        return
      }
      if (out.data.length < 0x4000) out.offsets.set(suffix, out.data.length)
    }
    out.data += String.fromCharCode(labels[i]!.length) + labels[i]!
  }
  out.data += '\0'
}

function writeRecord(out: Output, record: DnsRecord): void {
  if (record.type === 'OPT') {
    const { udpSize, extendedRcode, version, flags, data } = record
    out.data += `\0${u16(DNS_TYPE.OPT)}${u16(udpSize)}`
    out.data += String.fromCharCode(extendedRcode & 255, version & 255) + u16(flags) + u16(data.length) + data
    return
  }
  writeName(out, record.name)
  out.data += u16(record.type === 'RAW' ? record.code : DNS_TYPE[record.type]) + u16(record.class) + u32(record.ttl)
  const lengthAt = out.data.length
  out.data += '\0\0'
  writeRdata(out, record)
  const rdlength = out.data.length - lengthAt - 2
  out.data = out.data.slice(0, lengthAt) + u16(rdlength) + out.data.slice(lengthAt + 2)
}

function writeRdata(out: Output, record: Exclude<DnsRecord, { type: 'OPT' }>): void {
  switch (record.type) {
    case 'A':
      out.data += u32(record.address)
      return
    case 'AAAA':
      out.data += record.address
      return
    case 'CNAME':
    case 'PTR':
    case 'NS':
      return writeName(out, record.target)
    case 'SRV':
      out.data += u16(record.priority) + u16(record.weight) + u16(record.port)
      return writeName(out, record.target, false)
    case 'TXT':
      for (const text of record.texts) out.data += String.fromCharCode(text.length) + text
      return
    case 'SOA':
      writeName(out, record.mname)
      writeName(out, record.rname)
      out.data += u32(record.serial) + u32(record.refresh) + u32(record.retry)
      out.data += u32(record.expire) + u32(record.minimum)
      return
    case 'RAW':
      out.data += record.data
      return
  }
}
