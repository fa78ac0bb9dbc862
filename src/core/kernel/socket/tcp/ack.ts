import { MS, SEC, type SimTime, US } from '../../../base/time.ts'
import { TCP_FLAG } from '../../../wire/constants.ts'
import type { Tcp } from '../../../wire/types.ts'
import { sysctlNumber } from '../../sysctl/sysctl.ts'
import { type Arrival, note, noteArrival, tell } from '../stack.ts'
import {
  type Conn,
  TCP_LINGER,
  TIME_WAIT,
  bufferSeq,
  destroy,
  finSeq,
  flight,
  setState,
  startTimer,
  stopTimer,
} from './conn.ts'
import { armRetransmit, baseRto, retransmitHead } from './output.ts'
import { seqAfter, seqBefore, seqDiff } from './seq.ts'

/** The acknowledgement of an acceptable segment (tcp_ack): window, progress, duplicates, and what the FIN's one brings. */
export function takeAck(conn: Conn, a: Arrival, seg: Tcp): void {
  const { tcp: t, socket } = conn
  if (seqBefore(seg.ack, t.sndUna)) return
  // Something got through: what an ICMP error said before does not count any more.
  t.softError = null
  const windowBefore = t.sndWnd
  updateWindow(conn, seg)
  if (seg.ack === t.sndUna) {
    if (flight(conn) === 0) t.retransmits = 0
    else if (seg.payload.data === '' && t.sndWnd === windowBefore) duplicateAck(conn, a)
    return
  }
  const acked = seqDiff(seg.ack, t.sndUna)
  const finAcked = t.finQueued && seqAfter(seg.ack, finSeq(conn))
  const data = Math.max(0, Math.min(t.sndBuf.length, seqDiff(seg.ack, bufferSeq(t))))
  const recovering = t.recover >= 0
  t.sndBuf = t.sndBuf.slice(data)
  t.sndUna = seg.ack
  if (seqBefore(t.sndNxt, seg.ack)) t.sndNxt = seg.ack
  measure(conn, seg.ack)
  t.retransmits = 0
  t.rto = baseRto(conn)
  t.dupAcks = 0
  growWindow(conn, acked)
  noteArrival(conn.stack, a, 'tcp', 'accept', {
    d: 'tcp-ack',
    socket: socket.id,
    acked,
    flight: flight(conn),
    cwnd: t.cwnd,
  })
  if (recovering && t.recover >= 0) retransmitHead(conn)
  armRetransmit(conn, true)
  if (data > 0 && t.sndBuf === '' && !t.finQueued) tell(conn.stack, socket, { type: 'writable', fd: socket.id })
  if (finAcked) finAcknowledged(conn)
}

function updateWindow(conn: Conn, seg: Tcp): void {
  const { tcp: t } = conn
  const newer = seqBefore(t.sndWl1, seg.seq) || (t.sndWl1 === seg.seq && !seqAfter(t.sndWl2, seg.ack))
  // The window of a SYN-ACK is not scaled, and is known already.
  if (!newer || (seg.flags & TCP_FLAG.syn) !== 0) return
  t.sndWnd = seg.window * 2 ** t.sndScale
  t.sndWl1 = seg.seq
  t.sndWl2 = seg.ack
  t.maxWnd = Math.max(t.maxWnd, t.sndWnd)
}

/** net.ipv4.tcp_rto_min_us */
const rtoMin = ({ stack, socket }: Conn): SimTime =>
  sysctlNumber(stack.kernel, socket.netns, 'net.ipv4.tcp_rto_min_us') * US

/** RFC 6298 section 2, with Linux's floor under the variation instead of under the whole. */
function measure(conn: Conn, ack: number): void {
  const { tcp: t } = conn
  if (t.timing === null || seqBefore(ack, t.timing.end)) return
  const sample = Math.max(1, conn.stack.kernel.now - t.timing.at)
  t.timing = null
  if (t.srtt === 0) {
    t.srtt = sample
    t.rttvar = Math.max(rtoMin(conn), sample * 2)
    return
  }
  const deviation = Math.abs(sample - t.srtt)
  const quarter = t.rttvar / 4
  t.rttvar = Math.max(rtoMin(conn), Math.floor((quarter + (deviation - quarter) / 4) * 4))
  t.srtt = Math.floor(t.srtt + (sample - t.srtt) / 8)
}

/** Slow start, congestion avoidance, and the end of a fast recovery (RFC 5681, RFC 6582): not CUBIC. */
function growWindow(conn: Conn, acked: number): void {
  const { tcp: t } = conn
  const segments = Math.max(1, Math.floor(acked / t.mss))
  if (t.recover >= 0) {
    if (seqBefore(t.sndUna, t.recover)) return
    t.recover = -1
    t.cwnd = t.ssthresh
    t.cwndCount = 0
  } else if (t.cwnd < t.ssthresh) {
    t.cwnd += segments
  } else {
    t.cwndCount += segments
    if (t.cwndCount >= t.cwnd) [t.cwnd, t.cwndCount] = [t.cwnd + 1, 0]
  }
}

/** The third duplicate means that a segment was lost (RFC 5681 section 3.2). */
function duplicateAck(conn: Conn, a: Arrival): void {
  const { tcp: t, socket, stack } = conn
  t.dupAcks += 1
  noteArrival(stack, a, 'tcp', 'accept', { d: 'tcp-dup-ack', socket: socket.id, count: t.dupAcks })
  if (t.recover >= 0) {
    t.cwnd += 1
    return
  }
  if (t.dupAcks !== 3) return
  t.ssthresh = Math.max(2, Math.floor(flight(conn) / t.mss / 2))
  t.cwnd = t.ssthresh + 3
  t.recover = t.sndMax
  note(stack, socket.netns, 'tcp', 'send', {
    d: 'tcp-retransmit',
    socket: socket.id,
    attempt: 1,
    next: t.rto,
    fast: true,
  })
  retransmitHead(conn)
  armRetransmit(conn, true)
}

/** The peer has our FIN. */
function finAcknowledged(conn: Conn): void {
  const { state, owner } = conn.socket
  if (state === 'LAST-ACK') destroy(conn)
  else if (state === 'CLOSING') enterTimeWait(conn)
  else if (state === 'FIN-WAIT-1') {
    setState(conn, 'FIN-WAIT-2')
    if (owner === 0) startFinTimeout(conn)
  }
}

/** net.ipv4.tcp_fin_timeout: an orphan does not wait for the peer's FIN for ever. */
export function startFinTimeout(conn: Conn): void {
  const { stack, socket } = conn
  const timeout = sysctlNumber(stack.kernel, socket.netns, 'net.ipv4.tcp_fin_timeout') * SEC
  conn.tcp.lingerTimer = startTimer(conn, conn.tcp.lingerTimer, TCP_LINGER, timeout, true)
}

export function enterTimeWait(conn: Conn): void {
  const { tcp: t } = conn
  setState(conn, 'TIME-WAIT')
  t.retransmitTimer = stopTimer(conn, t.retransmitTimer)
  t.lingerTimer = startTimer(conn, t.lingerTimer, TCP_LINGER, TIME_WAIT, true)
}

/** One reply per half second to segments out of place, so that two confused ends do not answer each other for ever. */
export function mayChallenge(conn: Conn): boolean {
  const { tcp: t, stack } = conn
  if (stack.kernel.now < t.lastChallenge + 500 * MS) return false
  t.lastChallenge = stack.kernel.now
  return true
}
