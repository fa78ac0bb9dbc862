import type { Ipv4 } from '../../base/ipv4.ts'
import type { SimTime } from '../../base/time.ts'
import type { Errno } from '../errno.ts'
import type { SocketProto, SocketState } from './tables.ts'

/** What decided a step of the socket layer: the `detail` of its trace records. */
export type SocketDetail =
  /** Which socket a packet is for. `none`: nobody listens; `assigned`: TPROXY has given it to this one. */
  | {
      readonly d: 'socket-lookup'
      readonly proto: SocketProto
      readonly found: 'connected' | 'bound' | 'wildcard' | 'assigned' | 'none'
      readonly socket: number
      readonly pid: number
      readonly addr: Ipv4
      readonly port: number
    }
  /** Payload handed to a socket's receive queue. */
  | { readonly d: 'socket-deliver'; readonly socket: number; readonly pid: number; readonly bytes: number }
  /** A socket sends: recorded with the first step of the packet. */
  | {
      readonly d: 'socket-send'
      readonly proto: SocketProto
      readonly socket: number
      readonly pid: number
      readonly why: SendReason
    }
  | {
      readonly d: 'socket-bind'
      readonly proto: SocketProto
      readonly socket: number
      readonly pid: number
      readonly addr: Ipv4
      readonly port: number
      readonly listen: boolean
    }
  | { readonly d: 'tcp-state'; readonly socket: number; readonly from: SocketState; readonly to: SocketState }
  /** An acknowledgement of new data; `flight` is what is still on its way. */
  | {
      readonly d: 'tcp-ack'
      readonly socket: number
      readonly acked: number
      readonly flight: number
      readonly cwnd: number
    }
  | { readonly d: 'tcp-dup-ack'; readonly socket: number; readonly count: number }
  | { readonly d: 'tcp-out-of-order'; readonly socket: number; readonly ahead: number; readonly bytes: number }
  /** Why a segment was not taken. */
  | {
      readonly d: 'tcp-refused'
      readonly socket: number
      readonly why: TcpRefusal
      readonly answer: 'rst' | 'ack' | 'none'
    }
  /** The retransmission timer fired, or three duplicate acknowledgements came. `next`: the new timeout, ns. */
  | {
      readonly d: 'tcp-retransmit'
      readonly socket: number
      readonly attempt: number
      readonly next: SimTime
      readonly fast: boolean
    }
  | { readonly d: 'tcp-window-probe'; readonly socket: number; readonly attempt: number }
  | { readonly d: 'tcp-timeout'; readonly socket: number; readonly errno: Errno }
  | { readonly d: 'tcp-reset'; readonly socket: number; readonly errno: Errno }
  | { readonly d: 'tcp-mss'; readonly socket: number; readonly from: number; readonly to: number; readonly mtu: number }
  /** An ICMP error reached the socket whose packet it is about. `hard`: the socket fails with `errno`. */
  | {
      readonly d: 'socket-error'
      readonly socket: number
      readonly type: number
      readonly code: number
      readonly errno: Errno | null
      readonly hard: boolean
    }

export type SendReason =
  | 'syn'
  | 'syn-ack'
  | 'ack'
  | 'delayed-ack'
  | 'duplicate-ack'
  | 'challenge-ack'
  | 'window-update'
  | 'data'
  | 'fin'
  | 'rst'
  | 'retransmit'
  | 'window-probe'
  | 'datagram'
  | 'echo'

export type TcpRefusal =
  | 'no-listener'
  | 'unacceptable-ack'
  | 'outside-window'
  | 'syn-in-connection'
  | 'rst-not-exact'
  | 'no-ack'
  | 'backlog-full'
  | 'after-close'
  | 'old-data'
