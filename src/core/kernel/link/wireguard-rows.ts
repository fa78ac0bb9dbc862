import type { Ipv4 } from '../../base/ipv4.ts'
import type { SimTime } from '../../base/time.ts'
import type { Ipv4Packet } from '../../wire/types.ts'
import type { PacketIds } from '../path/rows.ts'

/** Keys that two WireGuard peers have agreed on. An index names the session on the wire, each side has its own. */
export interface WgSession {
  readonly own: number
  readonly theirs: number
  readonly since: SimTime
  readonly initiator: boolean
  /** Number of the next packet sent; the highest received, -1 = none. */
  readonly sent: number
  readonly received: number
}
/** `src`: which of our own addresses the peer wrote to last; 0 = as routed. */
export interface WgEndpoint {
  readonly addr: Ipv4
  readonly port: number
  readonly src: Ipv4
}
/** `null`: a keepalive. */
export interface WgQueued {
  readonly packet: PacketIds
  readonly datagram: Ipv4Packet | null
}
/** A peer of a WireGuard device. */
export interface WgPeerRow {
  readonly link: number
  readonly publicKey: string
  /** Where its packets are sent; `null` until it is set or the peer has been heard. */
  readonly endpoint: WgEndpoint | null
  /** What is routed to it, and what it may claim to come from. */
  readonly allowed: readonly { readonly addr: Ipv4; readonly len: number }[]
  /** Persistent keepalive, seconds; 0 = off. */
  readonly keepalive: number
  /** Sends and receives; the one before it still receives. */
  readonly session: WgSession | null
  readonly previous: WgSession | null
  /** Offered to the peer, which has not used it yet: receives only. */
  readonly next: WgSession | null
  /** An initiation that waits for its answer: its index, when it was sent, how often before. */
  readonly handshake: { readonly own: number; readonly sent: SimTime; readonly attempts: number } | null
  /** When an initiation was last sent; -1 = never. */
  readonly initiated: SimTime
  /** When a handshake was last completed; 0 = never. */
  readonly agreed: SimTime
  /** Packets that wait for a session, oldest first. */
  readonly queue: readonly WgQueued[]
  readonly rxBytes: number
  readonly txBytes: number
  /** Event ids of running timers; 0 = none. */
  readonly timers: { readonly [timer in WgTimer]: number }
}
/** drivers/net/wireguard/timers.c: repeat an initiation, answer with a keepalive, start anew after silence, keep alive for ever. */
export type WgTimer = 'retransmit' | 'keepalive' | 'renew' | 'persistent'
