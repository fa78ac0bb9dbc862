/** Short words and colours for a packet on the canvas, taken from what it carries inside all tunnels. */
import { ICMP_TYPE, PORT, TCP_FLAG } from './constants.ts'
import { innermost } from './layers.ts'
import type { Arp, Data, Frame, Ipv4Packet, Tcp } from './types.ts'

export type Hue = 'arp' | 'icmp' | 'tcp' | 'udp' | 'dns' | 'http'

/** One or two words: `SYN ACK`, `GET`, `200`, `DNS`, `ARP`, `PING`, `PONG`, `ICMP`, `UDP`, `WG INIT`. Protocol words, the same in all languages. */
export function packetMark(frame: Frame): string {
  const core = coreOf(frame)
  if (core.l === 'arp') return 'ARP'
  if (core.l === 'data') return 'L2'
  if (core.mf || core.frag > 0) return 'FRAG'
  const payload = core.payload
  switch (payload.l) {
    case 'tcp':
      return httpMark(payload) ?? tcpMark(payload)
    case 'udp':
      if (payload.payload.l === 'wireguard') return WIREGUARD[payload.payload.type]
      return payload.payload.l === 'dns' ? 'DNS' : 'UDP'
    case 'icmp':
      if (payload.type === ICMP_TYPE.echoRequest) return 'PING'
      return payload.type === ICMP_TYPE.echoReply ? 'PONG' : 'ICMP'
    default:
      return 'IP'
  }
}

/** What WireGuard's ends say to each other: the two messages of a handshake, and an empty one. */
const WIREGUARD = { 1: 'WG INIT', 2: 'WG RESP', 4: 'WG KEEP' } as const

export function protocolHue(frame: Frame): Hue {
  const core = coreOf(frame)
  if (core.l === 'arp') return 'arp'
  if (core.l === 'data') return 'udp'
  const payload = core.payload
  if (payload.l === 'tcp') return isHttp(payload) ? 'http' : 'tcp'
  if (payload.l === 'udp') return payload.payload.l === 'dns' ? 'dns' : 'udp'
  return payload.l === 'icmp' || core.proto === 1 ? 'icmp' : core.proto === 6 ? 'tcp' : 'udp'
}

function coreOf(frame: Frame): Arp | Ipv4Packet | Data {
  const inner = innermost(frame)
  return inner.l === 'eth' ? inner.payload : inner
}

/** What the segment does to the connection comes before what it carries. */
function tcpMark(tcp: Tcp): string {
  const { fin, syn, rst, ack } = TCP_FLAG
  if ((tcp.flags & rst) !== 0) return 'RST'
  if ((tcp.flags & syn) !== 0) return (tcp.flags & ack) !== 0 ? 'SYN ACK' : 'SYN'
  if ((tcp.flags & fin) !== 0) return 'FIN'
  return tcp.payload.data === '' ? 'ACK' : 'DATA'
}

const REQUEST = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) \S+ HTTP\/1\.[01]\r?\n/
const STATUS = /^HTTP\/1\.[01] (\d{3})[ \r\n]/

/** Method or status code if the segment starts with an HTTP/1.x start line. */
function httpMark(tcp: Tcp): string | null {
  const { data } = tcp.payload
  return data === '' ? null : (REQUEST.exec(data)?.[1] ?? STATUS.exec(data)?.[1] ?? null)
}

/** A start line on any port, or any data on port 80 (a body's later segments). */
const isHttp = (tcp: Tcp): boolean =>
  tcp.payload.data !== '' && (tcp.sport === PORT.http || tcp.dport === PORT.http || httpMark(tcp) !== null)

export { innermost, layersJson, layersOf } from './layers.ts'
