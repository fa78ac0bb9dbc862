/** The datagram quoted in an ICMP error: what its receiver needs to find the socket or connection it is about. */
import { IP_PROTO } from './constants.ts'
import type { Ipv4Packet } from './types.ts'

/** Ports of a TCP or UDP datagram; from the raw bytes if it was cut short. `null`: another protocol, or a later fragment. */
export function quotedPorts(ip: Ipv4Packet): { readonly sport: number; readonly dport: number } | null {
  const payload = ip.payload
  if (payload.l === 'tcp' || payload.l === 'udp') return { sport: payload.sport, dport: payload.dport }
  if (payload.l !== 'data' || payload.data.length < 4 || ip.frag > 0) return null
  if (ip.proto !== IP_PROTO.tcp && ip.proto !== IP_PROTO.udp) return null
  return { sport: word(payload.data, 0), dport: word(payload.data, 2) }
}

const word = (data: string, at: number): number => data.charCodeAt(at) * 256 + data.charCodeAt(at + 1)
