import { formatIpv4, type Ipv4 } from '../../base/ipv4.ts'
import type { Dns, DnsName, DnsRecord } from '../../wire/types.ts'

/**
 * A query as resolvers send it: one question, recursion desired. `edns`: UDP payload size to offer, 0 = no EDNS; `options`: what goes
 * with that (RFC 6891 section 6.1.2), as bytes.
 */
export function dnsQuery(id: number, name: DnsName, type: number, edns = 0, options = ''): Dns {
  const opt: DnsRecord = { type: 'OPT', udpSize: edns, extendedRcode: 0, version: 0, flags: 0, data: options }
  return {
    l: 'dns',
    id,
    qr: false,
    opcode: 0,
    aa: false,
    tc: false,
    rd: true,
    ra: false,
    ad: edns > 0 ? true : undefined,
    rcode: 0,
    questions: [{ name, type, class: 1 }],
    answers: [],
    authority: [],
    additional: edns > 0 ? [opt] : [],
  }
}

/** `4.3.2.1.in-addr.arpa.` */
export const reverseName = (ip: Ipv4): DnsName => `${formatIpv4(ip).split('.').reverse().join('.')}.in-addr.arpa.`
