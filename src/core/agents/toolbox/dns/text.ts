import { formatIpv4 } from '../../../base/ipv4.ts'
import { DNS_TYPE } from '../../../wire/constants.ts'
import { formatIpv6 } from '../../../wire/ipv6.ts'
import type { DnsRecord } from '../../../wire/types.ts'

export const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const
export const rcodeName = (rcode: number): string => RCODES[rcode] ?? `RCODE${rcode}`

export function typeName(type: number): string {
  for (const [name, value] of Object.entries(DNS_TYPE)) if (value === type) return name
  return `TYPE${type}`
}

/** The number of a type by its name in any case; `null` when unknown. */
export const typeNumber = (name: string): number | null =>
  (DNS_TYPE as Readonly<Record<string, number>>)[name.toUpperCase()] ?? null

export const recordType = (record: DnsRecord): string => (record.type === 'RAW' ? typeName(record.code) : record.type)

/** RDATA in presentation format (RFC 1035 section 5). */
export function rdataText(record: DnsRecord): string {
  switch (record.type) {
    case 'A':
      return formatIpv4(record.address)
    case 'AAAA':
      return formatIpv6(record.address)
    case 'CNAME':
    case 'PTR':
    case 'NS':
      return record.target
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${record.target}`
    case 'TXT':
      return record.texts.map((text) => `"${text}"`).join(' ')
    case 'SOA':
      return `${record.mname} ${record.rname} ${record.serial} ${record.refresh} ${record.retry} ${record.expire} ${record.minimum}`
    case 'RAW':
      return `\\# ${record.data.length}`
    case 'OPT':
      return ''
  }
}
