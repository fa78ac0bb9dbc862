import { TCP_FLAG, IP_PROTO } from '../../../wire/constants.ts'
import { NO_DATA, type Tcp } from '../../../wire/types.ts'
import type { DropReason } from '../../../trace/vocabulary.ts'
import type { LocalDelivery } from '../../kernel.ts'
import type { TcpRefusal } from '../details.ts'
import { findSocket, lookupListener } from '../lookup.ts'
import { type Arrival, type SocketStack, arrivalOf, noteArrival, tell } from '../stack.ts'
import { sysctlNumber } from '../../sysctl/sysctl.ts'
import type { SocketRow } from '../tables.ts'
import { mayChallenge, takeAck } from './ack.ts'
import {
  TCP_LINGER,
  TCP_RETRANSMIT,
  TIMEOUT_MIN,
  TIME_WAIT,
  type Conn,
  destroy,
  fail,
  hold,
  release,
  sendAck,
  setState,
  startTimer,
} from './conn.ts'
import { takeData } from './data.ts'
import { negotiate, openPassive, queueForAccept } from './open.ts'
import { baseRto, push, retransmitHead } from './output.ts'
import { seqAdd, seqAfter, seqBefore } from './seq.ts'

/** A TCP segment for this machine (tcp_v4_rcv). Always taken: what nobody wants is answered with a reset. */
export function tcpInput(stack: SocketStack, d: LocalDelivery): boolean {
  const seg = d.ip.payload
  if (seg.l !== 'tcp') return false
  const a = arrivalOf(stack, d)
  const socket = findSocket(stack, a, 'tcp', seg.sport, seg.dport)
  if (!socket) resetUnknown(stack, a, seg)
  else if (socket.state === 'LISTEN') listenInput(stack, a, seg, socket)
  else connectionInput(stack, a, seg, socket)
  return true
}

const lengthOf = (seg: Tcp): number =>
  seg.payload.data.length + (seg.flags & TCP_FLAG.syn ? 1 : 0) + (seg.flags & TCP_FLAG.fin ? 1 : 0)

const has = (seg: Tcp, flag: number): boolean => (seg.flags & flag) !== 0

/**
 * The reset for a segment that belongs to no connection (RFC 9293 section 3.10.7.1); never in answer to a reset or a broadcast. `of`: the
 * socket that the segment was for, which the reset counts as sent by, and which may speak for other machines; without one, the kernel's own.
 */
function resetUnknown(stack: SocketStack, a: Arrival, seg: Tcp, of?: SocketRow): void {
  if (has(seg, TCP_FLAG.rst) || a.broadcast) return
  const acked = has(seg, TCP_FLAG.ack)
  stack.kernel.send({
    netns: a.netns,
    src: a.ip.dst,
    dst: a.ip.src,
    proto: IP_PROTO.tcp,
    payload: {
      l: 'tcp',
      sport: seg.dport,
      dport: seg.sport,
      seq: acked ? seg.ack : 0,
      ack: acked ? 0 : seqAdd(seg.seq, lengthOf(seg)),
      flags: acked ? TCP_FLAG.rst : TCP_FLAG.rst | TCP_FLAG.ack,
      window: 0,
      options: {},
      payload: NO_DATA,
    },
    df: true,
    anySource: of?.transparent === true,
    sender: !of ? 'kernel' : of.owner === 0 ? 'none' : 'process',
    origin: a.packet,
    detail: { d: 'socket-send', proto: 'tcp', socket: 0, pid: 0, why: 'rst' },
  })
}

function refuse(
  stack: SocketStack,
  a: Arrival,
  socket: number,
  why: TcpRefusal,
  answer: 'rst' | 'ack' | 'none',
  reason: DropReason,
): void {
  noteArrival(stack, a, 'tcp', 'drop', { d: 'tcp-refused', socket, why, answer }, reason)
}

function listenInput(stack: SocketStack, a: Arrival, seg: Tcp, listener: SocketRow): void {
  if (has(seg, TCP_FLAG.rst)) refuse(stack, a, listener.id, 'rst-not-exact', 'none', 'TCP_FLAGS')
  else if (has(seg, TCP_FLAG.ack)) {
    refuse(stack, a, listener.id, 'unacceptable-ack', 'rst', 'TCP_FLAGS')
    resetUnknown(stack, a, seg, listener)
  } else if (!has(seg, TCP_FLAG.syn) || has(seg, TCP_FLAG.fin) || a.broadcast) {
    refuse(stack, a, listener.id, 'no-ack', 'none', 'TCP_FLAGS')
  } else openPassive(stack, a, seg, listener)
}

function connectionInput(stack: SocketStack, a: Arrival, seg: Tcp, socket: SocketRow): void {
  const conn = hold(stack, socket.id)
  if (!conn) return
  conn.origin = a.packet
  conn.tcp.lastPacket = a.packet
  if (socket.state === 'SYN-SENT') synSentInput(conn, a, seg)
  else if (socket.state === 'TIME-WAIT') {
    if (timeWaitInput(conn, a, seg)) return
  } else synchronisedInput(conn, a, seg)
  push(conn)
  release(conn)
}

/** RFC 9293 section 3.10.7.3. Simultaneous open is not modelled: a bare SYN is dropped. */
function synSentInput(conn: Conn, a: Arrival, seg: Tcp): void {
  const { stack, tcp: t, socket } = conn
  const acked = has(seg, TCP_FLAG.ack)
  if (acked && (!seqAfter(seg.ack, t.iss) || seqAfter(seg.ack, t.sndMax))) {
    refuse(stack, a, socket.id, 'unacceptable-ack', has(seg, TCP_FLAG.rst) ? 'none' : 'rst', 'TCP_FLAGS')
    // Perhaps the end of an older connection: when that has had its reset, the SYN is tried again soon.
    if (t.retransmits === 0) t.retransmitTimer = startTimer(conn, t.retransmitTimer, TCP_RETRANSMIT, TIMEOUT_MIN)
    resetUnknown(stack, a, seg, socket)
  } else if (has(seg, TCP_FLAG.rst)) {
    if (acked) takeReset(conn, a, 'ECONNREFUSED')
    else refuse(stack, a, socket.id, 'rst-not-exact', 'none', 'TCP_RESET')
  } else if (!acked || !has(seg, TCP_FLAG.syn)) {
    refuse(stack, a, socket.id, 'no-ack', 'none', 'TCP_FLAGS')
  } else {
    negotiate(conn, seg, false)
    takeAck(conn, a, seg)
    t.rto = baseRto(conn)
    setState(conn, 'ESTAB')
    tell(stack, socket, { type: 'connected', fd: socket.id })
    conn.ackNow = true
  }
}

/** RFC 9293 section 3.10.7.4, with the challenge acknowledgements of RFC 5961. */
function synchronisedInput(conn: Conn, a: Arrival, seg: Tcp): void {
  const { stack, tcp: t, socket } = conn
  const end = seqAdd(seg.seq, lengthOf(seg))
  if (socket.state === 'SYN-RECV' && has(seg, TCP_FLAG.syn) && end === t.rcvNxt) {
    refuse(stack, a, socket.id, 'syn-in-connection', 'ack', 'TCP_OLD_DATA')
    return retransmitHead(conn)
  }
  if (seqBefore(end, t.rcvNxt) || seqAfter(seg.seq, t.rcvAdv)) return outsideWindow(conn, a, seg)
  if (has(seg, TCP_FLAG.rst)) {
    if (seg.seq === t.rcvNxt) takeReset(conn, a, socket.state === 'CLOSE-WAIT' ? 'EPIPE' : 'ECONNRESET')
    else challenge(conn, a, seg, 'rst-not-exact', 'TCP_RESET')
    return
  }
  if (has(seg, TCP_FLAG.syn)) return challenge(conn, a, seg, 'syn-in-connection', 'TCP_INVALID_SEQUENCE')
  if (!has(seg, TCP_FLAG.ack)) return refuse(stack, a, socket.id, 'no-ack', 'none', 'TCP_FLAGS')
  if (seqAfter(seg.ack, t.sndMax)) {
    if (socket.state !== 'SYN-RECV') return challenge(conn, a, seg, 'unacceptable-ack', 'TCP_INVALID_SEQUENCE')
    refuse(stack, a, socket.id, 'unacceptable-ack', 'rst', 'TCP_INVALID_SEQUENCE')
    return resetUnknown(stack, a, seg, socket)
  }
  if (t.timestamps && seg.options.ts && !seqAfter(seg.seq, t.rcvNxt)) t.tsRecent = seg.options.ts[0]
  if (socket.state === 'SYN-RECV') {
    if (!seqAfter(seg.ack, t.iss)) return refuse(stack, a, socket.id, 'no-ack', 'none', 'TCP_OLD_DATA')
    if (queueIsFull(stack, t.listener)) return overflow(conn, a, seg)
    setState(conn, 'ESTAB')
    queueForAccept(conn)
  }
  if (sentAfterClose(conn, seg, end)) {
    refuse(stack, a, socket.id, 'after-close', 'rst', 'TCP_CLOSE')
    resetUnknown(stack, a, seg, socket)
    return fail(conn, 'ECONNRESET')
  }
  takeAck(conn, a, seg)
  if (!conn.gone) takeData(conn, a, seg)
}

const queueIsFull = (stack: SocketStack, id: number): boolean => {
  const listener = stack.t.socket.get(id)
  return listener !== undefined && listener.accepting.length > listener.backlog
}

/** tcp_check_req: the handshake is complete, but nobody has accepted what came before. The acknowledgement is forgotten, or it is the end. */
function overflow(conn: Conn, a: Arrival, seg: Tcp): void {
  const { stack, socket } = conn
  const abort = sysctlNumber(stack.kernel, socket.netns, 'net.ipv4.tcp_abort_on_overflow') !== 0
  refuse(stack, a, socket.id, 'backlog-full', abort ? 'rst' : 'none', 'SOCKET_BACKLOG')
  if (!abort) return
  resetUnknown(stack, a, seg, socket)
  destroy(conn)
}

/** Nobody is there to read: the program has closed the socket. */
const sentAfterClose = (conn: Conn, seg: Tcp, end: number): boolean =>
  conn.socket.owner === 0 &&
  (conn.socket.state === 'FIN-WAIT-1' || conn.socket.state === 'FIN-WAIT-2') &&
  seg.payload.data !== '' &&
  seqAfter(end, conn.tcp.rcvNxt)

function outsideWindow(conn: Conn, a: Arrival, seg: Tcp): void {
  if (has(seg, TCP_FLAG.rst))
    return refuse(conn.stack, a, conn.socket.id, 'outside-window', 'none', 'TCP_INVALID_SEQUENCE')
  const old = seqBefore(seg.seq, conn.tcp.rcvNxt)
  challenge(conn, a, seg, old ? 'old-data' : 'outside-window', old ? 'TCP_OLD_DATA' : 'TCP_INVALID_SEQUENCE')
}

/** Drops the segment and tells the peer where this end stands; bare acknowledgements are answered rarely. */
function challenge(conn: Conn, a: Arrival, seg: Tcp, why: TcpRefusal, reason: DropReason): void {
  const answer = seg.payload.data !== '' || has(seg, TCP_FLAG.fin) || mayChallenge(conn)
  refuse(conn.stack, a, conn.socket.id, why, answer ? 'ack' : 'none', reason)
  if (answer) sendAck(conn, why === 'old-data' ? 'duplicate-ack' : 'challenge-ack')
}

function takeReset(conn: Conn, a: Arrival, errno: 'ECONNREFUSED' | 'ECONNRESET' | 'EPIPE'): void {
  noteArrival(conn.stack, a, 'tcp', 'accept', { d: 'tcp-reset', socket: conn.socket.id, errno })
  fail(conn, errno)
}

/**
 * tcp_timewait_state_process. True: the connection is gone and a new one took the segment. A SYN that nobody listens for is told where the old
 * connection stands, which its sender answers with a reset.
 */
function timeWaitInput(conn: Conn, a: Arrival, seg: Tcp): boolean {
  const { stack, tcp: t, socket } = conn
  if (has(seg, TCP_FLAG.rst)) {
    if (seg.seq === t.rcvNxt) takeReset(conn, a, 'ECONNRESET')
    else refuse(stack, a, socket.id, 'rst-not-exact', 'none', 'TCP_RESET')
    return conn.gone
  }
  if (has(seg, TCP_FLAG.syn) && !has(seg, TCP_FLAG.ack) && seqAfter(seg.seq, t.rcvNxt)) {
    const query = { netns: a.netns, proto: 'tcp', laddr: a.ip.dst, lport: seg.dport, link: a.link } as const
    const next = lookupListener(stack, query).socket
    if (next) {
      destroy(conn)
      listenInput(stack, a, seg, next)
      return true
    }
  }
  if (lengthOf(seg) > 0) {
    refuse(stack, a, socket.id, 'old-data', 'ack', 'TCP_OLD_DATA')
    sendAck(conn, 'duplicate-ack')
    if (has(seg, TCP_FLAG.fin)) t.lingerTimer = startTimer(conn, t.lingerTimer, TCP_LINGER, TIME_WAIT, true)
  } else refuse(stack, a, socket.id, 'after-close', 'none', 'TCP_OLD_DATA')
  return false
}
