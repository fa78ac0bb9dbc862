import { TCP_FLAG } from '../../../wire/constants.ts'
import { note } from '../stack.ts'
import {
  type Conn,
  RTO_INITIAL,
  RTO_MAX,
  TCP_RETRANSMIT,
  bufferSeq,
  emit,
  finSeq,
  finSent,
  flight,
  sendAck,
  startTimer,
  stopTimer,
} from './conn.ts'
import { seqAdd, seqAfter, seqBefore, seqDiff } from './seq.ts'

const MAY_SEND = new Set(['ESTAB', 'CLOSE-WAIT', 'FIN-WAIT-1', 'CLOSING', 'LAST-ACK'])

/**
 * Sends what window, congestion window and Nagle allow (tcp_write_xmit), then the FIN if it is its turn, then an acknowledgement
 * if one is due and nothing carried it.
 */
export function push(conn: Conn): void {
  if (conn.gone) return
  if (MAY_SEND.has(conn.socket.state)) while (sendNext(conn));
  if (conn.ackNow) sendAck(conn, conn.ackReason)
  armRetransmit(conn, false)
}

/** One segment of new data, or the FIN. False when there is nothing to send, or nothing may be sent now. */
function sendNext(conn: Conn): boolean {
  const { tcp: t } = conn
  const at = seqDiff(t.sndNxt, bufferSeq(t))
  const waiting = t.sndBuf.length - at
  if (waiting < 0) return false
  const inFlight = flight(conn)
  const room = Math.min(t.sndWnd, t.cwnd * t.mss) - inFlight
  const length = Math.min(waiting, t.mss, room)
  if (waiting > 0) {
    if (length <= 0 || !worthSending(conn, length, waiting, inFlight)) return false
    sendData(conn, at, length, t.finQueued && length === waiting && length < room)
    return true
  }
  if (!t.finQueued || (room <= 0 && inFlight > 0)) return false
  sendFlags(conn, '', true)
  return true
}

/**
 * Sender's silly window avoidance (RFC 9293 section 3.8.6.2.1) and Nagle (RFC 896) as Minshall has it: a small segment waits only for
 * another small one. A closing socket waits for nothing.
 */
function worthSending(conn: Conn, length: number, waiting: number, inFlight: number): boolean {
  const { tcp: t, socket } = conn
  if (length === t.mss || inFlight === 0) return true
  if (length < waiting) return length >= t.maxWnd / 2
  return socket.noDelay || t.finQueued || !seqAfter(t.sndSml, t.sndUna)
}

function sendData(conn: Conn, at: number, length: number, fin: boolean): void {
  sendFlags(conn, conn.tcp.sndBuf.slice(at, at + length), fin)
}

function sendFlags(conn: Conn, data: string, fin: boolean): void {
  const { tcp: t, stack } = conn
  const seq = t.sndNxt
  const end = seqAdd(seq, data.length + (fin ? 1 : 0))
  const again = seqBefore(seq, t.sndMax)
  const last = seqDiff(end, bufferSeq(t)) >= t.sndBuf.length
  const flags = TCP_FLAG.ack | (data !== '' && last ? TCP_FLAG.psh : 0) | (fin ? TCP_FLAG.fin : 0)
  emit(conn, flags, seq, data, again ? 'retransmit' : data === '' ? 'fin' : 'data')
  t.sndNxt = end
  if (data.length < t.mss && data !== '') t.sndSml = end
  if (!again && t.timing === null) t.timing = { end, at: stack.kernel.now }
}

/** Sends what the peer waits for, again: SYN, SYN-ACK, the first segment of the buffer, or the FIN (tcp_retransmit_skb). */
export function retransmitHead(conn: Conn): void {
  const { tcp: t, socket } = conn
  t.timing = null
  if (t.sndUna === t.iss) {
    const flags = TCP_FLAG.syn | (socket.state === 'SYN-SENT' ? 0 : TCP_FLAG.ack)
    emit(conn, flags, t.iss, '', 'retransmit')
    t.sndNxt = seqAdd(t.iss, 1)
    return
  }
  const data = t.sndBuf.slice(0, t.mss)
  const fin = finSent(conn) && data.length === t.sndBuf.length
  const flags =
    TCP_FLAG.ack | (data !== '' && data.length === t.sndBuf.length ? TCP_FLAG.psh : 0) | (fin ? TCP_FLAG.fin : 0)
  emit(conn, flags, t.sndUna, data, 'retransmit')
  const end = seqAdd(t.sndUna, data.length + (fin ? 1 : 0))
  if (seqBefore(t.sndNxt, end)) t.sndNxt = end
}

/** tcp_send_probe0: a segment in front of the window, which the peer must answer with its window of now. */
export function probeWindow(conn: Conn): void {
  emit(conn, TCP_FLAG.ack, seqAdd(conn.tcp.sndUna, -1), '', 'window-probe')
  note(conn.stack, conn.socket.netns, 'tcp', 'send', {
    d: 'tcp-window-probe',
    socket: conn.socket.id,
    attempt: conn.tcp.retransmits,
  })
}

/** Data waits, nothing is on its way, and the peer's window is shut. */
export const windowShut = (conn: Conn): boolean =>
  MAY_SEND.has(conn.socket.state) && flight(conn) === 0 && conn.tcp.sndWnd === 0 && unsent(conn)

const unsent = (conn: Conn): boolean =>
  seqBefore(conn.tcp.sndNxt, finSeq(conn)) || (conn.tcp.finQueued && !finSent(conn))

/** Keeps the timer running exactly while something waits for an answer; `again` starts it anew. */
export function armRetransmit(conn: Conn, again: boolean): void {
  const { tcp: t } = conn
  if (conn.gone) return
  const needed = seqBefore(t.sndUna, t.sndMax) || windowShut(conn)
  if (!needed) t.retransmitTimer = stopTimer(conn, t.retransmitTimer)
  else if (again || t.retransmitTimer === 0) {
    t.retransmitTimer = startTimer(conn, t.retransmitTimer, TCP_RETRANSMIT, t.rto)
  }
}

/** Doubles the timeout (RFC 6298 section 5.5). */
export function backOff(conn: Conn): void {
  conn.tcp.rto = Math.min(conn.tcp.rto * 2, RTO_MAX)
}

/** The timeout that the measured round trip gives, without back-off. */
export function baseRto(conn: Conn): number {
  const { srtt, rttvar } = conn.tcp
  return srtt === 0 ? RTO_INITIAL : Math.min(srtt + rttvar, RTO_MAX)
}
