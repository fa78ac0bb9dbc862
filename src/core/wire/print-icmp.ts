import { formatIpv4 } from '../base/ipv4.ts'
import { IP_PROTO } from './constants.ts'
import { ipPayloadLength } from './length.ts'
import { quotedPorts } from './quote.ts'
import type { Icmp, Ipv4Packet } from './types.ts'

/** An ICMP message in tcpdump's words. */
export function icmpText(icmp: Icmp): string {
  return `ICMP ${messageText(icmp)}, length ${ipPayloadLength(icmp)}`
}

function messageText(icmp: Icmp): string {
  const idSeq = `id ${icmp.rest >>> 16}, seq ${icmp.rest & 0xffff}`
  switch (icmp.type) {
    case 0:
      return `echo reply, ${idSeq}`
    case 8:
      return `echo request, ${idSeq}`
    case 3:
      return icmp.payload.l === 'ipv4' ? unreachableText(icmp, icmp.payload) : 'unreachable'
    case 5:
      return icmp.payload.l === 'ipv4' ? redirectText(icmp, icmp.payload) : 'redirect'
    case 11:
      return TIME_EXCEEDED[icmp.code] ?? `time exceeded-#${icmp.code}`
    case 12:
      return `parameter problem - ${icmp.code === 0 ? `octet ${icmp.rest >>> 24}` : `code ${icmp.code}`}`
    default:
      return TYPE_NAME[icmp.type] ?? `type-#${icmp.type}`
  }
}

const TIME_EXCEEDED: Readonly<Record<number, string>> = {
  0: 'time exceeded in-transit',
  1: 'ip reassembly time exceeded',
}

const TYPE_NAME: Readonly<Record<number, string>> = {
  4: 'source quench',
  10: 'router solicitation',
}

function unreachableText(icmp: Icmp, quote: Ipv4Packet): string {
  const dst = formatIpv4(quote.dst)
  if (icmp.code === 2) return `${dst} protocol ${quote.proto} unreachable`
  if (icmp.code === 3) return `${dst} ${portText(quote)} unreachable`
  if (icmp.code === 4) {
    const mtu = icmp.rest & 0xffff
    return `${dst} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`
  }
  const known = UNREACHABLE[icmp.code]
  return known === undefined ? `${dst} unreachable - #${icmp.code}` : known.replace('%', dst)
}

/** Code → text, `%` being the destination of the quoted datagram. */
const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'net % unreachable',
  1: 'host % unreachable',
  5: '% unreachable - source route failed',
  6: 'net % unreachable - unknown',
  7: 'host % unreachable - unknown',
  8: '% unreachable - source host isolated',
  9: 'net % unreachable - admin prohibited',
  10: 'host % unreachable - admin prohibited',
  11: 'net % unreachable - tos prohibited',
  12: 'host % unreachable - tos prohibited',
  13: 'host % unreachable - admin prohibited filter',
  14: 'host % unreachable - host precedence violation',
  15: 'host % unreachable - precedence cutoff',
}

function portText(quote: Ipv4Packet): string {
  const port = quotedPorts(quote)?.dport ?? 0
  if (quote.proto === IP_PROTO.tcp) return `tcp port ${port}`
  if (quote.proto === IP_PROTO.udp) return `udp port ${port}`
  return `protocol ${quote.proto} port ${port}`
}

function redirectText(icmp: Icmp, quote: Ipv4Packet): string {
  const [verb, noun] = REDIRECT[icmp.code] ?? [`redirect-#${icmp.code}`, '']
  return `${verb} ${formatIpv4(quote.dst)} to ${noun}${formatIpv4(icmp.rest)}`
}

const REDIRECT: Readonly<Record<number, readonly [verb: string, noun: string]>> = {
  0: ['redirect', 'net '],
  1: ['redirect', 'host '],
  2: ['redirect-tos', 'net '],
  3: ['redirect-tos', 'host '],
}
