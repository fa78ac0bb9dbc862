import type { Ipv4 } from '../../base/ipv4.ts'
import type { Mac } from '../../base/mac.ts'
import type { SimTime } from '../../base/time.ts'
import type { Ethernet, Frame } from '../../wire/types.ts'
import type { CtInfo } from '../conntrack/rows.ts'
import type { PacketIds } from '../path/rows.ts'

export type NeighState = 'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'NOARP' | 'PERMANENT'
/** A neighbour entry. REACHABLE ages to STALE by the clock: read the state through `neigh/state.ts`. */
export interface NeighRow {
  readonly link: number
  readonly netns: number
  readonly ip: Ipv4
  readonly mac: Mac
  readonly state: NeighState
  /** When reachability was last confirmed, and when the entry last changed. */
  readonly confirmed: SimTime
  readonly updated: SimTime
  readonly used: SimTime
  /** How long REACHABLE lasts for this entry, ns: drawn from 0.5 to 1.5 × base_reachable_time. */
  readonly reachable: SimTime
  /** Requests sent in the present state. */
  readonly probes: number
  /** Event id of the running timer; 0 = none. */
  readonly timer: number
  /** Packets that wait for the answer, oldest first. */
  readonly queue: readonly QueuedPacket[]
}
/** `ip neigh add proxy`: an address that is answered for on a device (struct pneigh_entry). */
export interface ProxyNeighRow {
  readonly link: number
  readonly netns: number
  readonly ip: Ipv4
}
export interface QueuedPacket {
  readonly packet: PacketIds
  readonly frame: Frame
  /** For an ICMP error to the sender if resolution fails: link it came in by, 0 = local. */
  readonly iif: number
  readonly mark: number
  /**
   * A bridged frame whose destination was rewritten: the port it came in by, the frame as it was, and the pieces it was put together from.
   */
  readonly bridged: {
    readonly port: number
    readonly frame: Ethernet
    readonly fragMax: number
    readonly fragSizes: readonly number[] | null
  } | null
  /** The connection it belongs to. */
  readonly ct: number
  readonly ctinfo: CtInfo
  readonly ctReply: boolean
}
