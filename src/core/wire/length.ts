/**
 * Sizes in bytes, computed from the values alone. Called for every packet at every hop (MTU checks, counters, link rates),
 * so nothing here allocates, except for compressed DNS messages, which have to be emitted to be measured.
 */
import { dnsLength } from './dns.ts'
import type { Ethernet, Frame, Gre, IpPayload, Ipv4Packet, Layer, Tcp, TcpOptions, Udp, Wireguard } from './types.ts'

export const ETHERNET_HEADER = 14
export const VLAN_TAG = 4
export const ARP_LENGTH = 28
export const IPV4_HEADER = 20
export const ICMP_HEADER = 8
export const UDP_HEADER = 8
export const TCP_HEADER = 20
export const VXLAN_HEADER = 8
export const GENEVE_HEADER = 8
/** Sizes of WireGuard's messages; of data: header and authentication tag. */
export const WG_INITIATION = 148
export const WG_RESPONSE = 92
export const WG_DATA = 32

/** Bytes as a capture counts them: without the frame check sequence and without padding to 60 bytes. */
export function frameLength(frame: Frame): number {
  return frame.l === 'eth' ? ethernetLength(frame) : ipLength(frame)
}

export function ethernetLength(eth: Ethernet): number {
  const header = eth.vlan === undefined ? ETHERNET_HEADER : ETHERNET_HEADER + VLAN_TAG
  const payload = eth.payload
  switch (payload.l) {
    case 'ipv4':
      return header + ipLength(payload)
    case 'arp':
      return header + ARP_LENGTH
    case 'data':
      return header + payload.data.length
  }
}

/** Header and payload bytes that are there. In a shortened ICMP quote this is less than its stated `totalLength`. */
export function ipLength(ip: Ipv4Packet): number {
  return IPV4_HEADER + ipPayloadLength(ip.payload)
}

/** What counts against a device's MTU: the frame without its Ethernet header (a VLAN tag does not count either). */
export function mtuLength(frame: Frame): number {
  if (frame.l === 'ipv4') return ipLength(frame)
  return ethernetLength(frame) - (frame.vlan === undefined ? ETHERNET_HEADER : ETHERNET_HEADER + VLAN_TAG)
}

export function ipPayloadLength(payload: IpPayload): number {
  switch (payload.l) {
    case 'tcp':
      return tcpHeaderLength(payload) + payload.payload.data.length
    case 'udp':
      return udpLength(payload)
    case 'icmp': {
      const body = payload.payload
      return ICMP_HEADER + (body.l === 'data' ? body.data.length : ipLength(body))
    }
    case 'ipv4':
      return ipLength(payload)
    case 'gre':
      return greHeaderLength(payload) + frameLength(payload.payload)
    case 'data':
      return payload.data.length
  }
}

/** Four bytes, and four more for each of checksum, key and number. */
export function greHeaderLength(gre: Gre): number {
  return 4 + (gre.csum ? 4 : 0) + (gre.key === undefined ? 0 : 4) + (gre.seq === undefined ? 0 : 4)
}

export function wireguardLength(message: Wireguard): number {
  if (message.type === 1) return WG_INITIATION
  if (message.type === 2) return WG_RESPONSE
  const { payload } = message
  return WG_DATA + message.padding + (payload.l === 'data' ? payload.data.length : ipLength(payload))
}

/** The UDP length field: header and payload. */
export function udpLength(udp: Udp): number {
  const payload = udp.payload
  switch (payload.l) {
    case 'vxlan':
      return UDP_HEADER + VXLAN_HEADER + ethernetLength(payload.payload)
    case 'geneve':
      return UDP_HEADER + GENEVE_HEADER + ethernetLength(payload.payload)
    case 'wireguard':
      return UDP_HEADER + wireguardLength(payload)
    case 'data':
      return UDP_HEADER + payload.data.length
    case 'dns':
      return UDP_HEADER + dnsLength(payload)
  }
}

export function tcpHeaderLength(tcp: Tcp): number {
  return TCP_HEADER + tcpOptionsLength(tcp.options)
}

/** Options as Linux lays them out (net/ipv4/tcp_output.c `tcp_options_write`): every group is padded to 4 bytes. */
export function tcpOptionsLength(options: TcpOptions): number {
  let length = 0
  if (options.mss !== undefined) length += 4
  if (options.ts !== undefined) length += 12
  else if (options.sackOk === true) length += 4
  if (options.wscale !== undefined) length += 4
  return length
}

/** Bytes of one layer with everything inside it. */
export function layerLength(layer: Layer): number {
  switch (layer.l) {
    case 'eth':
      return ethernetLength(layer)
    case 'arp':
      return ARP_LENGTH
    case 'vxlan':
      return VXLAN_HEADER + ethernetLength(layer.payload)
    case 'geneve':
      return GENEVE_HEADER + ethernetLength(layer.payload)
    case 'wireguard':
      return wireguardLength(layer)
    case 'dns':
      return dnsLength(layer)
    default:
      return ipPayloadLength(layer)
  }
}
