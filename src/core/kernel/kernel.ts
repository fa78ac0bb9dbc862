import type { SimTime } from '../base/time.ts'
import type { Ipv4 } from '../base/ipv4.ts'
import type { Mac } from '../base/mac.ts'
import type { Result } from '../base/result.ts'
import { type EventKind, type Sim, eventKind } from '../sim/sim.ts'
import type { Trace } from '../trace/trace.ts'
import type { Arp, Frame, IpPayload, Ipv4Packet } from '../wire/types.ts'
import type { World } from '../world/world.ts'
import type { Errno } from './errno.ts'
import type { SocketDetail } from './socket/details.ts'
import { type CtInfo, type KernelTables, type LinkRow, type PacketIds, defineKernelTables } from './tables.ts'

/** A frame that crosses from one device to another: what a wire, a veth pair or the loopback carries. */
export interface FrameInFlight {
  /** Link id of the receiving device (`dev.receive`), or of the sending NIC (`wire.transmit`). */
  readonly link: number
  readonly packet: PacketIds
  readonly frame: Frame
  /** skb->mark survives a veth pair or loopback inside one namespace only; else 0. */
  readonly mark: number
  /** Devices passed since it was made: bounds loops that nothing in the frame itself bounds. */
  readonly hops: number
  /** skb->_nfct survives the loopback: the packet comes back with the connection it left with. */
  readonly tracked?: Tracking
}

/** A packet's connection (conntrack id), how it relates to it, and whether it travels in its reply direction. */
export interface Tracking {
  readonly ct: number
  readonly info: CtInfo
  readonly reply: boolean
}

/** A frame arrives at a device: handled by `path/`. */
export const DEV_RECEIVE: EventKind<FrameInFlight> = eventKind('dev.receive')
/** A frame leaves a physical NIC: handled by the fabric, which owns the wires. */
export const WIRE_TRANSMIT: EventKind<FrameInFlight> = eventKind('wire.transmit')

/** A datagram that a socket, or the kernel itself, wants to send: the arguments of ip_queue_xmit and ip_push_pending_frames. */
export interface SendRequest {
  readonly netns: number
  /** 0: the route chooses. */
  readonly src: Ipv4
  readonly dst: Ipv4
  readonly proto: number
  readonly payload: IpPayload
  /** Default 64 (net.ipv4.ip_default_ttl). */
  readonly ttl?: number
  readonly tos?: number
  /** Don't Fragment; `path`: unless the MTU of the path is locked (IP_PMTUDISC_WANT). Default false. */
  readonly df?: boolean | 'path'
  readonly mark?: number
  /** Bound device (SO_BINDTODEVICE); 0 or absent = any. */
  readonly oif?: number
  readonly uid?: number
  /** See `Skb.sender`; default: a process's where `detail` names one, else the kernel's. */
  readonly sender?: 'process' | 'kernel' | 'none'
  /** Sent on behalf of somebody else: `src` need not be an address of this machine (FLOWI_FLAG_ANYSRC). */
  readonly anySource?: boolean
  /** It is about a packet of this connection, and belongs to it (nf_conntrack_attach). */
  readonly attach?: Tracking
  /** Sent by ICMP itself, which holds its socket meanwhile: what becomes of it on the way is no cause for another error (icmp_xmit_lock). */
  readonly byIcmp?: true
  /** Trace packet that set this off (the request it answers); 0 = none. */
  readonly origin: number
  /** Why it is sent: recorded with the packet's first step, at `socket.send`. */
  readonly detail?: SocketDetail
}

export type SendError = { readonly errno: Errno; readonly mtu?: number }

/** A datagram that reached its machine: what ip_local_deliver hands to a protocol. */
export interface LocalDelivery {
  readonly netns: number
  /** Trace id of the packet. */
  readonly packet: number
  readonly ip: Ipv4Packet
  /** Link id it came in by. */
  readonly link: number
  /** The frame's destination was broadcast or multicast: no ICMP errors, no RST. */
  readonly broadcast: boolean
  /** The socket that it was given to on its way (skb->sk); 0 = to be looked up. */
  readonly socket: number
}

/** Whom a frame was for (skb->pkt_type); `other`: another machine. */
export type Cast = 'host' | 'broadcast' | 'multicast' | 'other'

/** An ARP packet that reached a device. */
export interface ArpArrival {
  readonly link: number
  readonly arp: Arp
  readonly cast: Cast
}

/** An ICMP error about a datagram that a local socket sent. */
export interface DeliveredError {
  readonly netns: number
  /** Link id that it came in by. */
  readonly link: number
  readonly packet: number
  readonly from: Ipv4
  readonly type: number
  readonly code: number
  /** Next-hop MTU for "fragmentation needed"; else 0. */
  readonly mtu: number
  /** The quoted datagram, as this machine had sent it (NAT undone). */
  readonly quoted: Ipv4Packet
}

/** The ends of a packet as netfilter looks a socket up by: `laddr`, `lport` are its destination, or where it is redirected to. */
export interface SocketQuery {
  readonly netns: number
  readonly proto: 'tcp' | 'udp'
  readonly laddr: Ipv4
  readonly lport: number
  readonly raddr: Ipv4
  readonly rport: number
  /** Link id it came in by. */
  readonly link: number
}

/** Connected ones, those that wait for anybody, or the former first. */
export type SocketKind = 'established' | 'listener' | 'any'

export interface FoundSocket {
  readonly id: number
  readonly pid: number
  /** IP_TRANSPARENT. */
  readonly transparent: boolean
  /** Bound to every address. */
  readonly wildcard: boolean
  readonly timeWait: boolean
}

/** What `socket/` offers to the packet path. Each returns whether somebody took it; the path answers for the rest (ICMP 3/3, RST is TCP's own). */
export interface SocketLayer {
  udp(d: LocalDelivery): boolean
  tcp(d: LocalDelivery): boolean
  /** Echo replies and other ICMP messages for ping and raw sockets. */
  icmp(d: LocalDelivery): boolean
  /** Any other protocol: raw sockets. */
  raw(d: LocalDelivery): boolean
  /** A copy for packet sockets. */
  arp(a: ArpArrival): void
  error(e: DeliveredError): void
  /** The socket that a packet would reach: netfilter asks before routing does (TPROXY, `-m socket`). */
  find(query: SocketQuery, which: SocketKind): FoundSocket | null
  /** Whether a namespace has transparent sockets. */
  transparentIn(netns: number): boolean
  /** Forgets a connection in TIME-WAIT: its client opens another one (inet_twsk_deschedule_put). */
  endTimeWait(socket: number): void
}

/** The simulated Linux kernels of a lab, all in one: tables, clock, trace. Holds no state of its own: state is rows. */
export class Kernel {
  readonly world: World
  readonly sim: Sim
  readonly trace: Trace
  readonly t: KernelTables
  /** Set once by `socket/` when it is wired in. */
  sockets: SocketLayer = {
    udp: () => false,
    tcp: () => false,
    icmp: () => false,
    raw: () => false,
    arp: () => {},
    error: () => {},
    find: () => null,
    transparentIn: () => false,
    endTimeWait: () => {},
  }
  /** Set once by `path/`: sends a datagram from a namespace. */
  send: (request: SendRequest) => Result<{ packet: number }, SendError> = () => ({
    ok: false,
    error: { errno: 'ENETDOWN' },
  })

  /** Set once by `path/`: announces an address of a device by ARP. */
  announce: (link: LinkRow, ip: Ipv4) => void = () => {}
  /** Set once by `path/`: an ARP packet of a packet socket leaves as it is. */
  sendArp: (link: LinkRow, arp: Arp, to: Mac) => void = () => {}
  /** Set once by `path/`: a device has come up or was set anew, and what waits in it may go. */
  wake: (link: number) => void = () => {}

  constructor(world: World, sim: Sim, trace: Trace) {
    this.world = world
    this.sim = sim
    this.trace = trace
    this.t = defineKernelTables(world)
  }

  get now(): SimTime {
    return this.sim.now
  }
}
