import type { Ipv4 } from '../../base/ipv4.ts'
import type { SimTime } from '../../base/time.ts'

/** skb->_nfct's second half: how a packet relates to its connection. */
export type CtInfo = 'none' | 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED'

/** A conntrack tuple. ICMP: `sport` is the id, `dport` is type << 8 | code. */
export interface Tuple {
  readonly proto: number
  readonly src: Ipv4
  readonly dst: Ipv4
  readonly sport: number
  readonly dport: number
}
export type CtTcpState =
  | 'NONE'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'SYN_SENT2'
export interface ConntrackRow {
  readonly id: number
  readonly netns: number
  readonly zone: number
  readonly orig: Tuple
  /** What a reply looks like: NAT is the difference from the inverse of `orig`. */
  readonly reply: Tuple
  readonly tcp: CtTcpState | null
  readonly seenReply: boolean
  readonly assured: boolean
  /** In the table; unconfirmed ones belong to a packet on its way. */
  readonly confirmed: boolean
  readonly snat: boolean
  readonly dnat: boolean
  /** The nat table has been asked for this manip (IPS_SRC_NAT_DONE, IPS_DST_NAT_DONE). */
  readonly snatDone: boolean
  readonly dnatDone: boolean
  readonly mark: number
  /** Entry that this one is RELATED to; 0 = none. */
  readonly master: number
  readonly created: SimTime
  readonly expires: SimTime
  /** MASQUERADE: output link, so that the entry dies with it; 0 = none. */
  readonly masq: number
  /** TCP: what has been seen of both senders; `null` of other protocols. */
  readonly stream: TcpStream | null
}
export type CtTcpPacket = 'SYN' | 'SYNACK' | 'FIN' | 'ACK' | 'RST'
/** struct ip_ct_tcp: two senders, original first, and the last segment. */
export interface TcpStream {
  readonly seen: readonly [TcpSender, TcpSender]
  readonly last: TcpSegment
  /** How often in a row the same ACK came. */
  readonly retrans: number
}
/** struct ip_ct_tcp_state. Sequence numbers, 32 bits. */
export interface TcpSender {
  readonly end: number
  readonly maxEnd: number
  /** Largest window it announced, in bytes; 0: nothing seen of it. */
  readonly maxWin: number
  /** Largest acknowledgement it sent; `null`: none. */
  readonly maxAck: number | null
  readonly scale: number
  /** It offered window scaling. */
  readonly scaled: boolean
  /** Its connection was picked up in the middle: not to be judged by windows. */
  readonly liberal: boolean
  /** It began to close. */
  readonly closing: boolean
  /** It has sent what is not acknowledged. */
  readonly unacknowledged: boolean
}
/** The last segment that changed something, or that was let pass unjudged; `packet` is `null` before the first. */
export interface TcpSegment {
  readonly packet: CtTcpPacket | null
  readonly reply: boolean
  readonly seq: number
  readonly ack: number
  readonly end: number
  readonly win: number
  readonly scale: number
  readonly scaled: boolean
  /** A SYN that was let pass: an answer may be a challenge (RFC 5961). */
  readonly challenged: boolean
  readonly simultaneous: boolean
}
