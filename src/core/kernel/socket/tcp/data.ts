import { TCP_FLAG } from '../../../wire/constants.ts'
import type { Tcp } from '../../../wire/types.ts'
import { type Arrival, noteArrival, tell } from '../stack.ts'
import type { OutOfOrder } from '../tables.ts'
import { enterTimeWait } from './ack.ts'
import { type Conn, DELAYED_ACK, TCP_DELAYED_ACK, finSent, setState, startTimer, stopTimer } from './conn.ts'
import { seqAdd, seqAfter, seqBefore, seqDiff } from './seq.ts'

/** The text and FIN of an acceptable segment (tcp_data_queue). */
export function takeData(conn: Conn, a: Arrival, seg: Tcp): void {
  const { tcp: t, stack } = conn
  const fin = (seg.flags & TCP_FLAG.fin) !== 0
  const { data } = seg.payload
  if (data === '' && !fin) return
  if (!seqAfter(seqAdd(seg.seq, data.length + (fin ? 1 : 0)), t.rcvNxt)) {
    noteArrival(stack, a, 'tcp', 'drop', refusal(conn, 'old-data'), 'TCP_OLD_DATA')
    acknowledgeNow(conn, 'duplicate-ack')
    return
  }
  const room = seqDiff(t.rcvAdv, seg.seq)
  const fits = data.slice(0, Math.max(0, room))
  const finFits = fin && fits.length === data.length
  if (fits === '' && !finFits) {
    noteArrival(stack, a, 'tcp', 'drop', refusal(conn, 'outside-window'), 'SOCKET_RCVBUFF')
    acknowledgeNow(conn, 'duplicate-ack')
    return
  }
  if (seqAfter(seg.seq, t.rcvNxt)) keepForLater(conn, a, { seq: seg.seq, data: fits, fin: finFits })
  else inOrder(conn, a, seg.seq, fits, finFits)
}

const refusal = (conn: Conn, why: 'old-data' | 'outside-window') =>
  ({ d: 'tcp-refused', socket: conn.socket.id, why, answer: 'ack' }) as const

function acknowledgeNow(conn: Conn, why: 'ack' | 'duplicate-ack'): void {
  conn.ackNow = true
  conn.ackReason = why
}

function keepForLater(conn: Conn, a: Arrival, segment: OutOfOrder): void {
  const { tcp: t, socket, stack } = conn
  const known = t.outOfOrder.some(
    (other) => other.seq === segment.seq && other.data.length >= segment.data.length && (other.fin || !segment.fin),
  )
  if (!known) {
    t.outOfOrder = [...t.outOfOrder, segment].sort((x, y) => seqDiff(x.seq, y.seq) || x.data.length - y.data.length)
  }
  noteArrival(stack, a, 'tcp', 'queue', {
    d: 'tcp-out-of-order',
    socket: socket.id,
    ahead: seqDiff(segment.seq, t.rcvNxt),
    bytes: segment.data.length,
  })
  acknowledgeNow(conn, 'duplicate-ack')
}

function inOrder(conn: Conn, a: Arrival, seq: number, data: string, fin: boolean): void {
  const { tcp: t, socket, stack } = conn
  const hole = t.outOfOrder.length > 0
  let fresh = data.slice(seqDiff(t.rcvNxt, seq))
  let end = fin
  t.rcvNxt = seqAdd(t.rcvNxt, fresh.length)
  for (const next of t.outOfOrder) {
    if (end || seqAfter(next.seq, t.rcvNxt)) break
    const rest = next.data.slice(seqDiff(t.rcvNxt, next.seq))
    if (seqBefore(seqAdd(next.seq, next.data.length), t.rcvNxt)) continue
    fresh += rest
    t.rcvNxt = seqAdd(t.rcvNxt, rest.length)
    end = next.fin
  }
  t.outOfOrder = end
    ? []
    : t.outOfOrder.filter((next) => seqAfter(seqAdd(next.seq, next.data.length), t.rcvNxt) || next.fin)
  if (fresh !== '') {
    noteArrival(stack, a, 'socket.recv', 'deliver', {
      d: 'socket-deliver',
      socket: socket.id,
      pid: socket.owner,
      bytes: fresh.length,
    })
    const waiting = t.recvQueue !== ''
    t.recvQueue += fresh
    t.ackPending += fresh.length
    if (!waiting) tell(stack, socket, { type: 'data', fd: socket.id })
  }
  if (end) takeFin(conn)
  scheduleAck(conn, hole)
}

function takeFin(conn: Conn): void {
  const { tcp: t, stack } = conn
  t.rcvNxt = seqAdd(t.rcvNxt, 1)
  t.eof = true
  const { state } = conn.socket
  if (state === 'ESTAB') {
    // The program will close, too, very likely: the acknowledgement waits for its FIN (inet_csk_enter_pingpong_mode).
    t.quickAcks = 0
    t.ackPending += 1
    setState(conn, 'CLOSE-WAIT')
  } else acknowledgeNow(conn, 'ack')
  if (state === 'FIN-WAIT-1') {
    // Our FIN is acknowledged in FIN-WAIT-2 only: this is a simultaneous close, or ours has not left yet.
    setState(conn, 'CLOSING')
    if (!finSent(conn)) conn.ackNow = true
  } else if (state === 'FIN-WAIT-2') enterTimeWait(conn)
  tell(stack, conn.socket, { type: 'eof', fd: conn.socket.id })
}

/** At once in the beginning of a connection, for every second segment, and around holes; else within 40 ms (`__tcp_ack_snd_check`). */
function scheduleAck(conn: Conn, hole: boolean): void {
  const { tcp: t } = conn
  if (t.quickAcks > 0 || t.ackPending > t.mss || hole || t.outOfOrder.length > 0) acknowledgeNow(conn, 'ack')
  if (conn.ackNow) t.ackTimer = stopTimer(conn, t.ackTimer)
  else if (t.ackPending > 0 && t.ackTimer === 0) {
    t.ackTimer = startTimer(conn, 0, TCP_DELAYED_ACK, DELAYED_ACK)
  }
}
