import { type Ipv4, IPV4_LOOPBACK } from '../../../base/ipv4.ts'
import { type Result, err, ok } from '../../../base/result.ts'
import { IP_PROTO } from '../../../wire/constants.ts'
import type { Errno } from '../../errno.ts'
import type { SendError } from '../../kernel.ts'
import { choosePortFor } from '../ports.ts'
import { type SocketEvent, type SocketStack, note, socketOf } from '../stack.ts'
import type { SocketRow } from '../tables.ts'
import { startFinTimeout } from './ack.ts'
import { type Conn, destroy, fail, hold, release, sendAck, sendRst, setState } from './conn.ts'
import { openActive, segmentSize } from './open.ts'
import { push, retransmitHead } from './output.ts'
import { seqDiff } from './seq.ts'

/** connect(2): sends the SYN. The outcome comes as an event; an error when the SYN cannot even leave. */
export function tcpConnect(stack: SocketStack, socket: SocketRow, addr: Ipv4, port: number): Result<void, SendError> {
  if (socket.state !== 'UNCONN') return err({ errno: 'EISCONN' })
  const dst = addr === 0 ? IPV4_LOOPBACK : addr
  const flow = { proto: IP_PROTO.tcp, sport: socket.lport, dport: port, anySource: socket.transparent }
  const route = stack.routes.output(socket.netns, dst, socket.laddr, socket.dev, flow)
  if (!route.ok) return err({ errno: route.error })
  const laddr = socket.laddr || route.value.src
  const lport = socket.lport === 0 ? choosePortFor(stack, socket, laddr, dst, port) : ok(socket.lport)
  if (!lport.ok) return err({ errno: lport.error })
  const failure = openActive(stack, { ...socket, laddr, lport: lport.value, raddr: dst, rport: port }, route.value)
  // EPERM and the like from a filter: Linux keeps trying. No route is final.
  return failure && isFinal(failure.errno) ? abandon(stack, socket.id, failure) : ok(undefined)
}

const isFinal = (errno: Errno): boolean =>
  errno === 'ENETUNREACH' || errno === 'EHOSTUNREACH' || errno === 'EACCES' || errno === 'EINVAL'

function abandon(stack: SocketStack, id: number, failure: SendError): Result<void, SendError> {
  const conn = hold(stack, id)
  if (conn) {
    conn.socket = { ...conn.socket, owner: 0 }
    destroy(conn)
  }
  return err(failure)
}

/**
 * How a connect(2) ended, for a program that did not wait in the call but asks by SO_ERROR when it is woken: an ICMP error that came since
 * the handshake counts, and is forgotten (sk_getsockopt). The connection itself goes on until the program closes it.
 */
export function connectOutcome(stack: SocketStack, event: SocketEvent): SocketEvent {
  const errno = event.type === 'connected' ? (stack.t.tcp.get(event.fd)?.softError ?? null) : null
  if (errno === null) return event
  stack.kernel.world.patch(stack.t.tcp, event.fd, { softError: null })
  return { type: 'connect-failed', fd: event.fd, errno }
}

/** Puts bytes behind what is queued, and sends what may go. The send buffer has no limit. */
export function tcpSend(stack: SocketStack, id: number, data: string): Result<void, SendError> {
  const conn = hold(stack, id)
  if (!conn) return err({ errno: 'EPIPE' })
  const { state } = conn.socket
  if (state !== 'ESTAB' && state !== 'CLOSE-WAIT') return err({ errno: state === 'SYN-SENT' ? 'ENOTCONN' : 'EPIPE' })
  if (conn.tcp.finQueued) return err({ errno: 'EPIPE' })
  conn.tcp.sndBuf += data
  push(conn)
  release(conn)
  return ok(undefined)
}

/** Takes what has arrived, and opens the window again when that makes room for more than twice what was left (tcp_cleanup_rbuf). */
export function tcpRecv(stack: SocketStack, id: number, max: number): string {
  const conn = hold(stack, id)
  if (!conn || conn.tcp.recvQueue === '') return ''
  const { tcp: t } = conn
  const data = t.recvQueue.slice(0, max)
  t.recvQueue = t.recvQueue.slice(data.length)
  const offered = seqDiff(t.rcvAdv, t.rcvNxt)
  const free = t.rcvBuf - t.recvQueue.length
  const open = !t.eof && 2 * offered <= t.rcvBuf && free >= t.mss && free >= 2 * offered
  if (open) sendAck(conn, 'window-update')
  release(conn)
  return data
}

/** shutdown(SHUT_WR): a FIN follows what is queued. */
export function tcpShutdown(stack: SocketStack, id: number): void {
  const conn = hold(stack, id)
  if (!conn) return
  finish(conn)
  push(conn)
  release(conn)
}

function finish(conn: Conn): void {
  const { state } = conn.socket
  if (state !== 'ESTAB' && state !== 'SYN-RECV' && state !== 'CLOSE-WAIT') return
  conn.tcp.finQueued = true
  setState(conn, state === 'CLOSE-WAIT' ? 'LAST-ACK' : 'FIN-WAIT-1')
}

/** close(2): the kernel finishes the connection alone. Unread data is lost, and the peer learns it by a reset (RFC 2525 2.17). */
export function tcpClose(stack: SocketStack, id: number): void {
  const socket = stack.t.socket.get(id)
  if (!socket) return
  if (socket.state === 'LISTEN') return closeListener(stack, socket)
  const conn = hold(stack, id)
  if (!conn) return stack.kernel.world.delete(stack.t.socket, id)
  conn.closing = true
  conn.socket = { ...conn.socket, owner: 0 }
  if (socket.state === 'SYN-SENT') destroy(conn)
  else if (conn.tcp.recvQueue !== '' && socket.state !== 'TIME-WAIT') {
    sendRst(conn)
    destroy(conn)
  } else {
    finish(conn)
    if (conn.socket.state === 'FIN-WAIT-2') startFinTimeout(conn)
  }
  push(conn)
  release(conn)
}

/** close(2) with SO_LINGER and no patience: a reset instead of a FIN, and what is queued is thrown away (tcp_disconnect). */
export function tcpAbort(stack: SocketStack, id: number): void {
  const conn = hold(stack, id)
  if (!conn) return
  conn.closing = true
  conn.socket = { ...conn.socket, owner: 0 }
  if (conn.socket.state !== 'SYN-SENT') sendRst(conn)
  destroy(conn)
  release(conn)
}

function closeListener(stack: SocketStack, listener: SocketRow): void {
  const port = stack.t.byNetns.at(listener.netns).rows()
  const children = port.filter((s) => stack.t.tcp.get(s.id)?.listener === listener.id)
  note(stack, listener.netns, 'tcp', 'update', { d: 'tcp-state', socket: listener.id, from: 'LISTEN', to: 'CLOSED' })
  stack.kernel.world.delete(stack.t.socket, listener.id)
  for (const child of children) {
    const conn = hold(stack, child.id)
    if (!conn) continue
    conn.socket = { ...conn.socket, owner: 0 }
    if (child.state !== 'SYN-RECV') sendRst(conn)
    destroy(conn)
    release(conn)
  }
}

/** net.ipv4.route.min_pmtu: nobody makes TCP send smaller packets than this. */
const MIN_PMTU = 552

/** A smaller path MTU became known: smaller segments, and what was too large is sent again (tcp_v4_mtu_reduced). */
export function shrinkMss(stack: SocketStack, id: number, reported: number): void {
  const conn = hold(stack, id)
  if (!conn) return
  const { tcp: t } = conn
  const mtu = Math.max(reported, MIN_PMTU)
  const mss = Math.min(t.mss, segmentSize({ ...t, pathMss: mtu - 40 }))
  if (mss >= t.mss) return
  note(stack, conn.socket.netns, 'tcp', 'update', { d: 'tcp-mss', socket: id, from: t.mss, to: mss, mtu })
  t.mss = mss
  t.timing = null
  if (t.sndBuf !== '' && t.sndUna !== t.iss) {
    t.sndNxt = t.sndUna
    retransmitHead(conn)
  }
  push(conn)
  release(conn)
}

/** An ICMP error about a segment of ours (tcp_v4_err): ends an open in progress, is remembered by a connection. */
export function tcpError(stack: SocketStack, id: number, errno: Errno): void {
  const socket = socketOf(stack, id)
  const conn = hold(stack, id)
  if (!conn) return
  if (socket.state === 'SYN-SENT' || socket.state === 'SYN-RECV') fail(conn, errno)
  else conn.tcp.softError = errno
  release(conn)
}
