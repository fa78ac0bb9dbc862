import { ADDR_TYPE, CT_STATE, CT_STATUS, type RejectWith, TCP_FLAG } from './types.ts'

/** A name and its number, in the order the tools print them. */
export type NameTable = readonly (readonly [name: string, value: number])[]

/** IP protocols that libxtables knows by name (IANA protocol numbers). */
export const PROTOCOLS: NameTable = [
  ['icmp', 1],
  ['ipencap', 4],
  ['tcp', 6],
  ['udp', 17],
  ['dccp', 33],
  ['ipv6', 41],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['ospf', 89],
  ['sctp', 132],
  ['udplite', 136],
]

/** The services a newcomer meets (IANA port numbers, names as in Debian's /etc/services). */
export const SERVICES: NameTable = [
  ['tcpmux', 1],
  ['ftp', 21],
  ['ssh', 22],
  ['telnet', 23],
  ['smtp', 25],
  ['domain', 53],
  ['bootps', 67],
  ['bootpc', 68],
  ['tftp', 69],
  ['http', 80],
  ['pop3', 110],
  ['sunrpc', 111],
  ['ntp', 123],
  ['imap2', 143],
  ['snmp', 161],
  ['bgp', 179],
  ['ldap', 389],
  ['https', 443],
  ['syslog', 514],
  ['ldaps', 636],
  ['mysql', 3306],
  ['postgresql', 5432],
  ['http-alt', 8080],
]

/** Services that are registered for TCP alone, or for UDP alone. */
const TCP_ONLY = new Set([1, 21, 22, 23, 25, 80, 110, 143, 179, 3306, 5432])
const UDP_ONLY = new Set([67, 68, 69, 123, 514])

/** The service on a port of a protocol, as `getservbyport` finds it. */
export function serviceName(port: number, protocol: string): string | null {
  if (protocol === 'tcp' ? UDP_ONLY.has(port) : protocol !== 'udp' || TCP_ONLY.has(port)) return null
  return nameOf(SERVICES, port)
}

/** ICMP types as iptables names them: [name, type, code or null for any code] (RFC 792, RFC 1812). */
export const ICMP_TYPES: readonly (readonly [name: string, type: number, code: number | null])[] = [
  ['any', 255, null],
  ['echo-reply', 0, null],
  ['pong', 0, null],
  ['destination-unreachable', 3, null],
  ['network-unreachable', 3, 0],
  ['host-unreachable', 3, 1],
  ['protocol-unreachable', 3, 2],
  ['port-unreachable', 3, 3],
  ['fragmentation-needed', 3, 4],
  ['source-route-failed', 3, 5],
  ['network-unknown', 3, 6],
  ['host-unknown', 3, 7],
  ['network-prohibited', 3, 9],
  ['host-prohibited', 3, 10],
  ['TOS-network-unreachable', 3, 11],
  ['TOS-host-unreachable', 3, 12],
  ['communication-prohibited', 3, 13],
  ['host-precedence-violation', 3, 14],
  ['precedence-cutoff', 3, 15],
  ['source-quench', 4, null],
  ['redirect', 5, null],
  ['network-redirect', 5, 0],
  ['host-redirect', 5, 1],
  ['TOS-network-redirect', 5, 2],
  ['TOS-host-redirect', 5, 3],
  ['echo-request', 8, null],
  ['ping', 8, null],
  ['router-advertisement', 9, null],
  ['router-solicitation', 10, null],
  ['time-exceeded', 11, null],
  ['ttl-exceeded', 11, null],
  ['ttl-zero-during-transit', 11, 0],
  ['ttl-zero-during-reassembly', 11, 1],
  ['parameter-problem', 12, null],
  ['ip-header-bad', 12, 0],
  ['required-option-missing', 12, 1],
  ['timestamp-request', 13, null],
  ['timestamp-reply', 14, null],
  ['address-mask-request', 17, null],
  ['address-mask-reply', 18, null],
]

export const TCP_FLAGS: NameTable = Object.entries(TCP_FLAG)

/** In the order in which `--ctstate` is printed. */
export const CT_STATES: NameTable = [
  ['INVALID', CT_STATE.INVALID],
  ['NEW', CT_STATE.NEW],
  ['RELATED', CT_STATE.RELATED],
  ['ESTABLISHED', CT_STATE.ESTABLISHED],
  ['UNTRACKED', CT_STATE.UNTRACKED],
  ['SNAT', CT_STATE.SNAT],
  ['DNAT', CT_STATE.DNAT],
]
export const CT_STATUSES: NameTable = Object.entries(CT_STATUS)
export const ADDR_TYPES: NameTable = Object.entries(ADDR_TYPE)
export const LOG_LEVELS: NameTable = [
  ['emerg', 0],
  ['alert', 1],
  ['crit', 2],
  ['error', 3],
  ['warning', 4],
  ['notice', 5],
  ['info', 6],
  ['debug', 7],
]
/** How `-L` (without -n) prints a log level. */
export const LOG_LEVEL_SHOWN = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'] as const

/** Reject types with their short spelling. */
export const REJECTS: readonly (readonly [RejectWith, string])[] = [
  ['icmp-net-unreachable', 'net-unreach'],
  ['icmp-host-unreachable', 'host-unreach'],
  ['icmp-proto-unreachable', 'proto-unreach'],
  ['icmp-port-unreachable', 'port-unreach'],
  ['icmp-net-prohibited', 'net-prohib'],
  ['icmp-host-prohibited', 'host-prohib'],
  ['tcp-reset', 'tcp-rst'],
  ['icmp-admin-prohibited', 'admin-prohib'],
]

export const DSCP_CLASSES: NameTable = [
  ['CS0', 0],
  ['CS1', 8],
  ['CS2', 16],
  ['CS3', 24],
  ['CS4', 32],
  ['CS5', 40],
  ['CS6', 48],
  ['CS7', 56],
  ['BE', 0],
  ['AF11', 10],
  ['AF12', 12],
  ['AF13', 14],
  ['AF21', 18],
  ['AF22', 20],
  ['AF23', 22],
  ['AF31', 26],
  ['AF32', 28],
  ['AF33', 30],
  ['AF41', 34],
  ['AF42', 36],
  ['AF43', 38],
  ['EF', 46],
]
export const TOS_NAMES: NameTable = [
  ['Minimize-Delay', 16],
  ['Maximize-Throughput', 8],
  ['Maximize-Reliability', 4],
  ['Minimize-Cost', 2],
  ['Normal-Service', 0],
]

export const numberOf = (table: NameTable, name: string): number | null =>
  table.find(([known]) => known === name)?.[1] ?? null

export const nameOf = (table: NameTable, value: number): string | null =>
  table.find(([, known]) => known === value)?.[0] ?? null

/** The names of the bits set in `bits`, in table order, joined by commas. */
export const bitNames = (table: NameTable, bits: number): string =>
  table
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(',')
