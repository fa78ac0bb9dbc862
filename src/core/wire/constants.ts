/** Assigned numbers (IANA registries of the same names), as far as the lab uses them. */

export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, bridged: 0x6558 } as const

export const ARP_OP = { request: 1, reply: 2 } as const

export const IP_PROTO = { icmp: 1, ipip: 4, tcp: 6, udp: 17, gre: 47, esp: 50 } as const

export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const

export const ICMP_TYPE = {
  echoReply: 0,
  unreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const

/** What a parser takes for what. 51820 is WireGuard's by habit only. 8472 is what Linux (and so flannel) uses for VXLAN, 4789 is IANA's. */
export const PORT = {
  dns: 53,
  http: 80,
  https: 443,
  vxlan: 4789,
  vxlanLinux: 8472,
  geneve: 6081,
  wireguard: 51820,
} as const

export const DNS_TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  HTTPS: 65,
  ANY: 255,
} as const

export const DNS_RCODE = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5 } as const

/** ICMP types that quote the datagram they complain about (RFC 792; RFC 1122 section 3.2.2). */
export function isIcmpError(type: number): boolean {
  return type === 3 || type === 11 || type === 4 || type === 5 || type === 12
}
