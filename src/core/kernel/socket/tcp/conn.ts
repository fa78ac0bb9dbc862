import { MS, SEC, type SimTime } from '../../../base/time.ts'
import { type EventKind, eventKind } from '../../../sim/sim.ts'
import { IP_PROTO, TCP_FLAG } from '../../../wire/constants.ts'
import { type Tcp, type TcpOptions, NO_DATA } from '../../../wire/types.ts'
import type { Errno } from '../../errno.ts'
import type { SendError, SendRequest } from '../../kernel.ts'
import type { SendReason } from '../details.ts'
import { type SocketStack, dontFragment, note, socketOf, tell } from '../stack.ts'
import type { SocketRow, SocketState, TcpRow } from '../tables.ts'
import { seqAdd, seqAfter, seqDiff, seqMax } from './seq.ts'

/** One socket's timer; which one, the event kind says. */
export interface TcpTimer {
  readonly socket: number
}
export const TCP_RETRANSMIT: EventKind<TcpTimer> = eventKind('tcp.retransmit')
export const TCP_DELAYED_ACK: EventKind<TcpTimer> = eventKind('tcp.delayed-ack')
export const TCP_LINGER: EventKind<TcpTimer> = eventKind('tcp.linger')

/** A segment did not fit the path: handled apart from what sent it (tcp_v4_mtu_reduced runs deferred, too). */
export const TCP_MTU_REDUCED: EventKind<{ readonly socket: number; readonly mtu: number }> =
  eventKind('tcp.mtu-reduced')

/** include/net/tcp.h */
export const RTO_INITIAL: SimTime = SEC
/** TCP_TIMEOUT_MIN: two ticks of 250 a second. */
export const TIMEOUT_MIN: SimTime = 8 * MS
export const RTO_MAX: SimTime = 120 * SEC
export const DELAYED_ACK: SimTime = 40 * MS
export const TIME_WAIT: SimTime = 60 * SEC
export const INITIAL_CWND = 10
/** What the kernel starts from: half of the default of net.ipv4.tcp_rmem. */
export const RECEIVE_SPACE = 65536
/** Window scale for the default upper limit of tcp_rmem of recent kernels (32 MiB). */
export const WINDOW_SCALE = 10
export const TIMESTAMP_OPTION = 12
export const QUICK_ACKS = 16

interface Segment {
  readonly tcp: Tcp
  readonly why: SendReason
}

/**
 * A connection in the hands of one event: a copy of its rows to work on, and what is to be sent. `release` writes the rows back and
 * only then sends, so that nothing the packet path does meets a half-written connection.
 */
export interface Conn {
  readonly stack: SocketStack
  socket: SocketRow
  tcp: { -readonly [K in keyof TcpRow]: TcpRow[K] }
  readonly out: Segment[]
  ackNow: boolean
  ackReason: SendReason
  gone: boolean
  /** In close(2): what goes out now is still the process's. */
  closing: boolean
  /** Packet that is being answered; 0 = none. */
  origin: number
}

export function holdWith(stack: SocketStack, socket: SocketRow, tcp: TcpRow): Conn {
  return {
    stack,
    socket,
    tcp: { ...tcp },
    out: [],
    ackNow: false,
    ackReason: 'ack',
    gone: false,
    closing: false,
    origin: tcp.lastPacket,
  }
}

/** The connection of a socket, or `undefined` when it has none (any more). */
export function hold(stack: SocketStack, id: number): Conn | undefined {
  const tcp = stack.t.tcp.get(id)
  return tcp ? holdWith(stack, socketOf(stack, id), tcp) : undefined
}

/** Writes the rows back, then sends. The last error of sending is the answer. */
export function release(conn: Conn): SendError | null {
  const { stack, socket } = conn
  const { world } = stack.kernel
  if (!conn.gone) {
    world.put(stack.t.socket, socket.id, socket)
    world.put(stack.t.tcp, socket.id, conn.tcp)
  }
  let failure: SendError | null = null
  for (const segment of conn.out) failure = transmit(conn, segment) ?? failure
  if (failure?.errno === 'EMSGSIZE' && !conn.gone) {
    stack.kernel.sim.after(0, TCP_MTU_REDUCED, { socket: socket.id, mtu: failure.mtu ?? 552 })
  }
  return failure
}

function transmit(conn: Conn, { tcp, why }: Segment): SendError | null {
  const { socket } = conn
  const sent = conn.stack.kernel.send({
    netns: socket.netns,
    src: socket.laddr,
    dst: socket.raddr,
    proto: IP_PROTO.tcp,
    payload: tcp,
    df: dontFragment(socket, 0, 0),
    oif: socket.dev,
    anySource: socket.transparent,
    tos: socket.tos,
    origin: conn.origin,
    sender: senderOf(conn, tcp),
    detail: { d: 'socket-send', proto: 'tcp', socket: socket.id, pid: socket.owner, why },
    ...(socket.ttl === 0 ? {} : { ttl: socket.ttl }),
  })
  return sent.ok ? null : sent.error
}

/**
 * Which socket a segment counts as sent by: a connection that nobody has accepted has no file yet (a SYN-ACK is the listener's), one that
 * was closed has none any more.
 */
function senderOf({ socket, tcp: t, closing }: Conn, { flags }: Tcp): SendRequest['sender'] {
  const accepted = t.listener === 0 || (flags & TCP_FLAG.syn) !== 0
  return closing || (socket.owner !== 0 && accepted) ? 'process' : 'none'
}

export function setState(conn: Conn, to: SocketState): void {
  const from = conn.socket.state
  if (from === to) return
  conn.socket = { ...conn.socket, state: to }
  note(conn.stack, conn.socket.netns, 'tcp', 'update', { d: 'tcp-state', socket: conn.socket.id, from, to })
}

/** Queues a segment. Whatever has the ACK bit acknowledges all there is. */
export function emit(conn: Conn, flags: number, seq: number, data: string, why: SendReason): void {
  const { tcp: t, socket } = conn
  const syn = (flags & TCP_FLAG.syn) !== 0
  const window = syn ? Math.min(t.rcvBuf, 65535) : selectWindow(conn)
  const segment: Tcp = {
    l: 'tcp',
    sport: socket.lport,
    dport: socket.rport,
    seq,
    ack: flags & TCP_FLAG.ack ? t.rcvNxt : 0,
    flags,
    window,
    options: syn ? synOptions(conn, flags) : t.timestamps ? { ts: [timestampOf(conn), t.tsRecent] } : {},
    payload: data === '' ? NO_DATA : { l: 'data', data },
  }
  conn.out.push({ tcp: segment, why })
  if (flags & TCP_FLAG.ack) acknowledged(conn, syn ? window : window << t.rcvScale)
  const length = data.length + (syn ? 1 : 0) + (flags & TCP_FLAG.fin ? 1 : 0)
  t.sndMax = seqMax(t.sndMax, seqAdd(seq, length))
}

function acknowledged(conn: Conn, window: number): void {
  const { tcp: t } = conn
  t.rcvAdv = seqMax(t.rcvAdv, seqAdd(t.rcvNxt, window))
  if (t.quickAcks > 0 && t.ackPending > 0) t.quickAcks -= 1
  t.ackPending = 0
  conn.ackNow = false
  t.ackTimer = stopTimer(conn, t.ackTimer)
}

const timestampOf = (conn: Conn): number => seqAdd(conn.tcp.tsOffset, Math.floor(conn.stack.kernel.now / MS))

/** A SYN offers everything; a SYN-ACK only what the SYN offered (tcp_syn_options, tcp_synack_options). */
function synOptions(conn: Conn, flags: number): TcpOptions {
  const { tcp: t } = conn
  const first = (flags & TCP_FLAG.ack) === 0
  return {
    mss: t.advMss,
    ...(t.sackOk ? { sackOk: true } : {}),
    ...(t.timestamps ? { ts: [timestampOf(conn), first ? 0 : t.tsRecent] as const } : {}),
    ...(t.rcvScale > 0 ? { wscale: t.rcvScale } : {}),
  }
}

/**
 * The window field (`__tcp_select_window`): free receive space in units of the scale, rounded up; nothing when less than a segment
 * is free; never less than what was offered before.
 */
function selectWindow(conn: Conn): number {
  const { tcp: t } = conn
  const free = t.rcvBuf - t.recvQueue.length
  const usable = free < Math.min(t.mss, t.rcvBuf >> 1) ? 0 : free
  const offered = Math.max(0, seqDiff(t.rcvAdv, t.rcvNxt))
  return Math.min(65535, Math.ceil(Math.max(usable, offered) / (1 << t.rcvScale)))
}

/** Segments without text stand behind all that was ever sent, or the peer would take them for old ones (tcp_acceptable_seq). */
function acceptableSeq({ tcp: t }: Conn): number {
  const windowEnd = seqAdd(t.sndUna, t.sndWnd)
  return seqAfter(t.sndMax, windowEnd) ? windowEnd : t.sndMax
}

export const sendAck = (conn: Conn, why: SendReason): void => emit(conn, TCP_FLAG.ack, acceptableSeq(conn), '', why)

/** A reset for a synchronised connection that this end gives up. */
export const sendRst = (conn: Conn): void => emit(conn, TCP_FLAG.rst | TCP_FLAG.ack, acceptableSeq(conn), '', 'rst')

/** Bytes sent and not acknowledged, SYN and FIN counted. */
export const flight = (conn: Conn): number => seqDiff(conn.tcp.sndNxt, conn.tcp.sndUna)

/** Sequence number of sndBuf[0]: behind the SYN while that is not acknowledged. */
export const bufferSeq = (t: Pick<TcpRow, 'sndUna' | 'iss'>): number =>
  t.sndUna === t.iss ? seqAdd(t.iss, 1) : t.sndUna

/** Sequence number that our FIN has or will have. */
export const finSeq = (conn: Conn): number => seqAdd(bufferSeq(conn.tcp), conn.tcp.sndBuf.length)

export const finSent = (conn: Conn): boolean => conn.tcp.finQueued && seqAfter(conn.tcp.sndMax, finSeq(conn))

export function startTimer(
  conn: Conn,
  old: number,
  kind: EventKind<TcpTimer>,
  delay: SimTime,
  background = false,
): number {
  stopTimer(conn, old)
  return conn.stack.kernel.sim.after(delay, kind, { socket: conn.socket.id }, background)
}

export function stopTimer(conn: Conn, timer: number): 0 {
  if (timer !== 0) conn.stack.kernel.sim.cancel(timer)
  return 0
}

/** The socket ceases to exist; what is queued to be sent still goes out. */
export function destroy(conn: Conn): void {
  const { stack, tcp: t, socket } = conn
  setState(conn, 'CLOSED')
  stopTimer(conn, t.retransmitTimer)
  stopTimer(conn, t.ackTimer)
  stopTimer(conn, t.lingerTimer)
  conn.gone = true
  stack.kernel.world.delete(stack.t.tcp, socket.id)
  stack.kernel.world.delete(stack.t.socket, socket.id)
}

/** A connection in TIME-WAIT is forgotten before its time. */
export function endTimeWait(stack: SocketStack, id: number): void {
  const conn = hold(stack, id)
  if (conn) destroy(conn)
}

/** The connection failed: its process is told, and it is gone (tcp_reset, tcp_write_err). */
export function fail(conn: Conn, errno: Errno): void {
  const { stack, socket, tcp: t } = conn
  const { state } = socket
  note(stack, socket.netns, 'tcp', 'delete', { d: 'tcp-reset', socket: socket.id, errno })
  destroy(conn)
  if (state === 'SYN-RECV' || state === 'TIME-WAIT') return
  if (t.listener !== 0) forgetUnaccepted(stack, t.listener, socket.id)
  tell(stack, socket, { type: state === 'SYN-SENT' ? 'connect-failed' : 'reset', fd: socket.id, errno })
}

/** Takes a connection out of its listener's accept queue. */
export function forgetUnaccepted(stack: SocketStack, listener: number, id: number): void {
  const row = stack.t.socket.get(listener)
  if (!row?.accepting.includes(id)) return
  stack.kernel.world.patch(stack.t.socket, listener, { accepting: row.accepting.filter((other) => other !== id) })
}
