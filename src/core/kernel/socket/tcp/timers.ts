import { sysctlNumber } from '../../sysctl/sysctl.ts'
import type { QueuedPacket } from '../../tables.ts'
import { type SocketStack, note } from '../stack.ts'
import { shrinkMss } from './calls.ts'
import {
  type Conn,
  TCP_DELAYED_ACK,
  TCP_LINGER,
  TCP_MTU_REDUCED,
  TCP_RETRANSMIT,
  destroy,
  fail,
  flight,
  hold,
  release,
  sendAck,
} from './conn.ts'
import { armRetransmit, backOff, probeWindow, retransmitHead, windowShut } from './output.ts'
import { seqBefore } from './seq.ts'

/** What net.ipv4.tcp_orphan_retries 0 means. */
const ORPHAN_RETRIES = 8

export function registerTcpTimers(stack: SocketStack): void {
  const { sim } = stack.kernel
  sim.on(TCP_RETRANSMIT, ({ socket }) => withConn(stack, socket, retransmitTimeout))
  sim.on(TCP_DELAYED_ACK, ({ socket }) => withConn(stack, socket, delayedAck))
  sim.on(TCP_LINGER, ({ socket }) => withConn(stack, socket, destroy))
  sim.on(TCP_MTU_REDUCED, ({ socket, mtu }) => shrinkMss(stack, socket, mtu))
}

function withConn(stack: SocketStack, id: number, act: (conn: Conn) => void): void {
  const conn = hold(stack, id)
  if (!conn) return
  act(conn)
  release(conn)
}

function delayedAck(conn: Conn): void {
  conn.tcp.ackTimer = 0
  if (conn.tcp.ackPending > 0) sendAck(conn, 'delayed-ack')
}

/** How many times a segment is sent again, and from which timeout on the pause doubles (tcp_write_timeout, tcp_retransmit_timer). */
function limits(conn: Conn): { readonly retries: number; readonly linear: number } {
  const { kernel } = conn.stack
  const { state, netns, owner } = conn.socket
  if (state === 'SYN-SENT') {
    const linear = sysctlNumber(kernel, netns, 'net.ipv4.tcp_syn_linear_timeouts')
    return { retries: sysctlNumber(kernel, netns, 'net.ipv4.tcp_syn_retries') + linear, linear }
  }
  if (state === 'SYN-RECV') return { retries: sysctlNumber(kernel, netns, 'net.ipv4.tcp_synack_retries'), linear: 0 }
  const orphan = sysctlNumber(kernel, netns, 'net.ipv4.tcp_orphan_retries') || ORPHAN_RETRIES
  return { retries: owner === 0 ? orphan : sysctlNumber(kernel, netns, 'net.ipv4.tcp_retries2'), linear: 0 }
}

function retransmitTimeout(conn: Conn): void {
  const { tcp: t, socket, stack } = conn
  t.retransmitTimer = 0
  const probing = windowShut(conn)
  if (!probing && !seqBefore(t.sndUna, t.sndMax)) return
  const { retries, linear } = limits(conn)
  if (t.retransmits >= retries) {
    const errno = t.softError ?? 'ETIMEDOUT'
    note(stack, socket.netns, 'tcp', 'delete', { d: 'tcp-timeout', socket: socket.id, errno })
    return fail(conn, errno)
  }
  t.retransmits += 1
  if (t.retransmits > linear) backOff(conn)
  if (probing) probeWindow(conn)
  else {
    const detail = { d: 'tcp-retransmit', socket: socket.id, attempt: t.retransmits, next: t.rto, fast: false } as const
    note(stack, socket.netns, 'tcp', 'send', detail)
    if (t.sndUna !== t.iss) collapse(conn)
    if (!waitsForNeighbour(conn)) retransmitHead(conn)
  }
  armRetransmit(conn, true)
}

/** skb_still_in_host_queue: the segment has not even left, because nobody knows the next hop's address; another one would not help. */
function waitsForNeighbour(conn: Conn): boolean {
  const { socket, stack } = conn
  const isOurs = (packet: QueuedPacket): boolean => {
    const ip = packet.frame.l === 'ipv4' ? packet.frame : null
    return (
      ip?.payload.l === 'tcp' &&
      ip.dst === socket.raddr &&
      ip.payload.sport === socket.lport &&
      ip.payload.dport === socket.rport
    )
  }
  return stack.kernel.t.neighByNetns
    .at(socket.netns)
    .rows()
    .some((row) => row.queue.some(isOurs))
}

/** Everything on its way counts as lost: slow start from the first unacknowledged byte (tcp_enter_loss). */
function collapse(conn: Conn): void {
  const { tcp: t } = conn
  if (t.retransmits === 1) t.ssthresh = Math.max(2, Math.floor(flight(conn) / t.mss / 2))
  t.cwnd = 1
  t.cwndCount = 0
  t.dupAcks = 0
  t.recover = -1
  t.sndNxt = t.sndUna
}
