import { IP_PROTO, TCP_FLAG } from '../../../wire/constants.ts'
import type { Ipv4Packet, Tcp } from '../../../wire/types.ts'
import { note, type Arrival, noteArrival, tell, type SocketStack } from '../stack.ts'
import type { SocketRoute } from '../routes.ts'
import type { SocketRow, TcpRow } from '../tables.ts'
import {
  type Conn,
  INITIAL_CWND,
  QUICK_ACKS,
  RECEIVE_SPACE,
  RTO_INITIAL,
  TIMESTAMP_OPTION,
  WINDOW_SCALE,
  emit,
  holdWith,
  release,
} from './conn.ts'
import { armRetransmit } from './output.ts'
import { seqAdd } from './seq.ts'

/** What of the route to the peer a connection starts with. */
type Path = Pick<SocketRoute, 'mtu' | 'metrics'>

/** A connection before its first segment. */
export function newTcp(stack: SocketStack, id: number, { mtu, metrics }: Path): TcpRow {
  const { world } = stack.kernel
  const iss = world.random('tcp/isn')
  const pathMss = Math.max(88, Math.min(mtu, 65535) - 40)
  const advMss = metrics?.advmss ?? pathMss
  return {
    id,
    listener: 0,
    iss,
    sndUna: iss,
    sndNxt: seqAdd(iss, 1),
    sndMax: iss,
    sndSml: iss,
    sndWnd: 0,
    sndWl1: 0,
    sndWl2: 0,
    maxWnd: 0,
    sndBuf: '',
    finQueued: false,
    rcvNxt: 0,
    rcvAdv: 0,
    rcvBuf: wholeSegments(advMss),
    recvQueue: '',
    eof: false,
    outOfOrder: [],
    mss: advMss - TIMESTAMP_OPTION,
    peerMss: 536,
    advMss,
    pathMss,
    sndScale: 0,
    rcvScale: WINDOW_SCALE,
    sackOk: true,
    timestamps: true,
    tsOffset: world.random('tcp/timestamp'),
    tsRecent: 0,
    srtt: 0,
    rttvar: 0,
    rto: RTO_INITIAL,
    timing: null,
    retransmits: 0,
    cwnd: metrics?.initcwnd ?? INITIAL_CWND,
    ssthresh: Number.MAX_SAFE_INTEGER,
    cwndCount: 0,
    dupAcks: 0,
    recover: -1,
    quickAcks: QUICK_ACKS,
    ackPending: 0,
    retransmitTimer: 0,
    ackTimer: 0,
    lingerTimer: 0,
    softError: null,
    lastChallenge: -1e12,
    lastPacket: 0,
  }
}

/** tcp_select_initial_window: the receive space in whole segments (64240 = 44 × 1460, 65160 = 45 × 1448). */
const wholeSegments = (mss: number): number => Math.floor(RECEIVE_SPACE / mss) * mss

/** Sends the SYN of an active open. */
export function openActive(stack: SocketStack, socket: SocketRow, path: Path): ReturnType<typeof release> {
  const conn = holdWith(stack, socket, newTcp(stack, socket.id, path))
  const { tcp: t } = conn
  note(stack, socket.netns, 'tcp', 'update', { d: 'tcp-state', socket: socket.id, from: 'CLOSED', to: 'SYN-SENT' })
  conn.socket = { ...socket, state: 'SYN-SENT' }
  emit(conn, TCP_FLAG.syn, t.iss, '', 'syn')
  t.timing = { end: seqAdd(t.iss, 1), at: stack.kernel.now }
  armRetransmit(conn, true)
  return release(conn)
}

/** What the two SYNs agreed on, from the peer's one: options, first window, MSS. `answering`: ours is the SYN-ACK. */
export function negotiate(conn: Conn, seg: Tcp, answering: boolean): void {
  const { tcp: t } = conn
  const { options } = seg
  t.peerMss = options.mss ?? 536
  t.timestamps = options.ts !== undefined
  t.tsRecent = options.ts?.[0] ?? 0
  t.sackOk = options.sackOk === true
  t.sndScale = Math.min(14, options.wscale ?? 0)
  if (options.wscale === undefined) t.rcvScale = 0
  t.mss = segmentSize(t)
  if (answering) t.rcvBuf = wholeSegments(t.advMss - (t.timestamps ? TIMESTAMP_OPTION : 0))
  t.rcvNxt = seqAdd(seg.seq, 1)
  // The window of our SYN is what the peer may fill already; a SYN-ACK is about to offer its own.
  t.rcvAdv = answering ? t.rcvNxt : seqAdd(t.rcvNxt, Math.min(t.rcvBuf, 65535))
  t.sndWnd = seg.window
  t.maxWnd = seg.window
  t.sndWl1 = seg.seq
  t.sndWl2 = seg.ack
}

/** Payload bytes of a full segment. */
export const segmentSize = (t: Pick<TcpRow, 'peerMss' | 'pathMss' | 'timestamps'>): number =>
  Math.max(36, Math.min(t.peerMss, t.pathMss) - (t.timestamps ? TIMESTAMP_OPTION : 0))

/** A SYN for a listening socket: a new socket in SYN-RECV, which belongs to the listener until it is accepted. */
export function openPassive(stack: SocketStack, a: Arrival, seg: Tcp, listener: SocketRow): void {
  if (listener.accepting.length > listener.backlog) {
    const refused = { d: 'tcp-refused', socket: listener.id, why: 'backlog-full', answer: 'none' } as const
    noteArrival(stack, a, 'tcp', 'drop', refused, 'SOCKET_BACKLOG')
    return
  }
  const flow = { proto: IP_PROTO.tcp, sport: seg.dport, dport: seg.sport, anySource: listener.transparent }
  const route = stack.routes.output(a.netns, a.ip.src, a.ip.dst, listener.dev, flow)
  if (!route.ok) {
    const refused = { d: 'tcp-refused', socket: listener.id, why: 'no-ack', answer: 'none' } as const
    noteArrival(stack, a, 'tcp', 'drop', refused, 'IP_OUTNOROUTES')
    return
  }
  const socket = childOf(stack, listener, a.ip, seg)
  const conn = holdWith(stack, socket, { ...newTcp(stack, socket.id, route.value), listener: listener.id })
  const { tcp: t } = conn
  conn.origin = a.packet
  t.lastPacket = a.packet
  note(stack, a.netns, 'tcp', 'create', { d: 'tcp-state', socket: socket.id, from: 'LISTEN', to: 'SYN-RECV' })
  negotiate(conn, seg, true)
  emit(conn, TCP_FLAG.syn | TCP_FLAG.ack, t.iss, '', 'syn-ack')
  t.timing = { end: seqAdd(t.iss, 1), at: stack.kernel.now }
  armRetransmit(conn, true)
  release(conn)
}

/** tcp_openreq_init: the addresses are those of the SYN, which TPROXY may have brought to a listener on another port. */
function childOf(stack: SocketStack, listener: SocketRow, ip: Ipv4Packet, seg: Tcp): SocketRow {
  const id = stack.kernel.world.next('socket')
  const ends = { laddr: ip.dst, lport: seg.dport, raddr: ip.src, rport: seg.sport }
  return { ...listener, ...ends, id, state: 'SYN-RECV', backlog: 0, accepting: [] }
}

/** The handshake of a passive open is complete: the connection waits for accept(2). */
export function queueForAccept(conn: Conn): void {
  const { stack, tcp: t, socket } = conn
  const listener = stack.t.socket.get(t.listener)
  if (!listener) return
  stack.kernel.world.patch(stack.t.socket, listener.id, { accepting: [...listener.accepting, socket.id] })
  const from = { addr: socket.raddr, port: socket.rport }
  tell(stack, listener, { type: 'accepted', fd: listener.id, conn: socket.id, from })
}
