import type { Ipv4 } from '../../base/ipv4.ts'
import type { SimTime } from '../../base/time.ts'
import type { Index, Table } from '../../world/table.ts'
import type { World } from '../../world/world.ts'
import type { Errno } from '../errno.ts'

/** `arp`: a packet socket (AF_PACKET) for ARP, of one device. */
export type SocketProto = 'tcp' | 'udp' | 'icmp' | 'arp'

/** States as `ss` prints them. UDP and ICMP sockets are UNCONN, or ESTAB when connected. */
export type SocketState =
  | 'UNCONN'
  | 'LISTEN'
  | 'SYN-SENT'
  | 'SYN-RECV'
  | 'ESTAB'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'TIME-WAIT'
  | 'CLOSED'

/** A socket. `id` is unique in the lab and is what programs call its descriptor. */
export interface SocketRow {
  readonly id: number
  readonly netns: number
  readonly proto: SocketProto
  readonly state: SocketState
  /** 0 = not bound to an address. */
  readonly laddr: Ipv4
  /** Local port; the echo id of an ICMP socket. 0 = not bound. */
  readonly lport: number
  readonly raddr: Ipv4
  readonly rport: number
  /** Process that holds it; 0 = orphan: the kernel finishes it alone. */
  readonly owner: number
  /** Link id of SO_BINDTODEVICE; 0 = any. */
  readonly dev: number
  readonly reuseAddr: boolean
  /** 0 = the namespace's default. */
  readonly ttl: number
  readonly tos: number
  readonly pmtu: 'want' | 'do' | 'dont'
  readonly recvErr: boolean
  /** SO_BROADCAST: may send to broadcast addresses. */
  readonly broadcast: boolean
  readonly noDelay: boolean
  /** IP_TRANSPARENT: its own address need not be one of this machine; TPROXY may give it packets for others. */
  readonly transparent: boolean
  /** LISTEN: limit of `accepting`; else 0. */
  readonly backlog: number
  /** LISTEN: connections that are complete and wait for accept(2), oldest first. */
  readonly accepting: readonly number[]
}

/** A segment that arrived ahead of its turn. */
export interface OutOfOrder {
  readonly seq: number
  readonly data: string
  readonly fin: boolean
}

/** The connection of a TCP socket: struct tcp_sock, as far as it is modelled. Sequence numbers are unsigned 32-bit. */
export interface TcpRow {
  readonly id: number
  /** Listening socket that a connection not yet accepted belongs to; 0 = none. */
  readonly listener: number
  readonly iss: number
  readonly sndUna: number
  readonly sndNxt: number
  /** Highest sequence number ever sent: sndNxt goes back after a timeout, this does not. */
  readonly sndMax: number
  /** End of the last segment sent that was not full: while it is not acknowledged, no other small one follows (Minshall). */
  readonly sndSml: number
  /** Window that the peer offers, bytes, and the segment that told so. */
  readonly sndWnd: number
  readonly sndWl1: number
  readonly sndWl2: number
  readonly maxWnd: number
  /** Bytes from sndUna on that are sent and not acknowledged, or not sent yet. */
  readonly sndBuf: string
  /** The program sends no more: a FIN follows the last byte of sndBuf. */
  readonly finQueued: boolean
  readonly rcvNxt: number
  /** Right edge of the window that was last offered. */
  readonly rcvAdv: number
  readonly rcvBuf: number
  /** In order, and not read by the program. */
  readonly recvQueue: string
  readonly eof: boolean
  readonly outOfOrder: readonly OutOfOrder[]
  /** Payload bytes per segment, options taken off. */
  readonly mss: number
  /** What the peer's MSS option said. */
  readonly peerMss: number
  /** What ours said. */
  readonly advMss: number
  /** What the path takes, headers off: the limit of what we send, as `advMss` is of what we are sent. */
  readonly pathMss: number
  readonly sndScale: number
  readonly rcvScale: number
  readonly sackOk: boolean
  readonly timestamps: boolean
  readonly tsOffset: number
  readonly tsRecent: number
  /** Smoothed round trip and its variation, ns; 0 = never measured (RFC 6298). */
  readonly srtt: SimTime
  readonly rttvar: SimTime
  readonly rto: SimTime
  /** The segment whose round trip is being measured: its end and when it left. */
  readonly timing: { readonly end: number; readonly at: SimTime } | null
  /** Timeouts in a row without progress. */
  readonly retransmits: number
  /** Congestion window and threshold, in segments. */
  readonly cwnd: number
  readonly ssthresh: number
  /** Segments acknowledged since cwnd last grew by one (congestion avoidance). */
  readonly cwndCount: number
  readonly dupAcks: number
  /** sndMax when loss recovery began; -1 = not recovering. */
  readonly recover: number
  /** Acknowledgements that are still sent at once. */
  readonly quickAcks: number
  /** Bytes received and not acknowledged yet. */
  readonly ackPending: number
  /** Event ids; 0 = not running. */
  readonly retransmitTimer: number
  readonly ackTimer: number
  /** TIME-WAIT, or FIN-WAIT-2 of an orphan. */
  readonly lingerTimer: number
  readonly softError: Errno | null
  /** When a segment outside the window was last answered (tcp_invalid_ratelimit). */
  readonly lastChallenge: SimTime
  /** Trace id of the last packet received: what is sent next is its answer. */
  readonly lastPacket: number
}

export interface SocketTables {
  readonly socket: Table<SocketRow, number>
  readonly tcp: Table<TcpRow, number>
  /** By `netns/proto/lport`. */
  readonly byPort: Index<SocketRow, number>
  /** Connected sockets by `netns/proto/laddr/lport/raddr/rport`. */
  readonly byPeer: Index<SocketRow, number>
  readonly byNetns: Index<SocketRow, number>
  /** Transparent sockets of a namespace. */
  readonly transparent: Index<SocketRow, number>
  /** Sockets of a process. */
  readonly byOwner: Index<SocketRow, number>
  /** ARP sockets by the device that they hear. */
  readonly arpByDevice: Index<SocketRow, number>
}

export const portKey = (netns: number, proto: SocketProto, port: number): string => `${netns}/${proto}/${port}`

type Ends = Pick<SocketRow, 'netns' | 'proto' | 'laddr' | 'lport' | 'raddr' | 'rport'>

export const peerKey = ({ netns, proto, laddr, lport, raddr, rport }: Ends): string =>
  `${netns}/${proto}/${laddr}/${lport}/${raddr}/${rport}`

export function defineSocketTables(world: World): SocketTables {
  const socket = world.define<SocketRow, number>('socket')
  return {
    socket,
    tcp: world.define<TcpRow, number>('tcp'),
    byPort: world.index(socket, (s) => (s.lport === 0 ? undefined : portKey(s.netns, s.proto, s.lport))),
    byPeer: world.index(socket, (s) => (s.raddr === 0 ? undefined : peerKey(s))),
    byNetns: world.index(socket, (s) => s.netns),
    transparent: world.index(socket, (s) => (s.transparent ? s.netns : undefined)),
    byOwner: world.index(socket, (s) => (s.owner === 0 ? undefined : s.owner)),
    arpByDevice: world.index(socket, (s) => (s.proto === 'arp' ? s.dev : undefined)),
  }
}
