import { MS } from '../../base/time.ts'
import { socketEnd } from '../print/socket.ts'
import type { Params, Said, Told } from '../narrate.ts'
import { recordAt } from '../record.ts'

/** TCP's own affairs: states, acknowledgements, timers, segments not taken. */
export function sayTcp(told: Told): Said {
  const { detail, point, verdict } = told.record
  if (detail === null || !('socket' in detail)) return null
  const peer = peerOf(told, detail.socket)
  switch (detail.d) {
    case 'tcp-state':
      return [STATES[detail.to] ?? 'tcp-state', { ...peer, from: detail.from, to: detail.to }]
    case 'tcp-ack':
      return [
        detail.flight === 0 ? 'tcp-ack-all' : 'tcp-ack',
        { ...peer, n: detail.acked, flight: detail.flight, cwnd: detail.cwnd },
      ]
    case 'tcp-dup-ack':
      return ['tcp-dup-ack', { ...peer, count: detail.count }]
    case 'tcp-out-of-order':
      return ['tcp-out-of-order', { ...peer, bytes: detail.bytes, ahead: detail.ahead }]
    case 'tcp-refused':
      return [`tcp-refused-${detail.why}`, { ...peer, answer: detail.answer }]
    case 'tcp-retransmit':
      return [
        detail.fast ? 'tcp-fast-retransmit' : 'tcp-retransmit',
        { ...peer, attempt: detail.attempt, next: Math.round(detail.next / MS) },
      ]
    case 'tcp-window-probe':
      return ['tcp-window-probe', { ...peer, attempt: detail.attempt }]
    case 'tcp-timeout':
      return ['tcp-timeout', { ...peer, errno: detail.errno }]
    case 'tcp-reset':
      return [point === 'tcp' && verdict === 'accept' ? 'tcp-reset' : 'tcp-gone', { ...peer, errno: detail.errno }]
    case 'tcp-mss':
      return ['tcp-mss', { ...peer, from: detail.from, to: detail.to, mtu: detail.mtu }]
    default:
      return null
  }
}

/** States that have a sentence of their own. */
const STATES: Readonly<Record<string, string>> = {
  'SYN-SENT': 'tcp-syn-sent',
  'SYN-RECV': 'tcp-syn-recv',
  ESTAB: 'tcp-established',
  'TIME-WAIT': 'tcp-time-wait',
  CLOSED: 'tcp-closed',
}

function peerOf({ env, record }: Told, socket: number): Params {
  const row = env.sockets?.socket.get(socket)
  if (row && row.rport !== 0) return { peer: socketEnd(row.raddr, row.rport), local: socketEnd(row.laddr, row.lport) }
  const ip = record.frame?.l === 'eth' ? record.frame.payload : record.frame
  const tcp = ip?.l === 'ipv4' && ip.payload.l === 'tcp' ? ip.payload : null
  if (ip?.l === 'ipv4' && tcp) return { peer: socketEnd(ip.src, tcp.sport), local: socketEnd(ip.dst, tcp.dport) }
  // The first state of a connection is told before its first segment, the last one after its row is gone.
  const before = tcpOf(env, record.cursor - 1, socket)
  if (before) return { peer: socketEnd(before.src, before.sport), local: socketEnd(before.dst, before.dport) }
  const next = tcpOf(env, record.cursor + 1, null)
  if (next) return { peer: socketEnd(next.dst, next.dport), local: socketEnd(next.src, next.sport) }
  return { peer: `#${socket}`, local: row ? socketEnd(row.laddr, row.lport) : '' }
}

/** Whose the segment of another record is: of one that is about the socket, or of whatever is sent there. */
function tcpOf(env: Told['env'], cursor: number, socket: number | null) {
  const record = recordAt(env.trace, cursor)
  const { detail = null, frame = null } = record ?? {}
  if (socket !== null && !(detail && 'socket' in detail && detail.socket === socket)) return null
  const ip = frame?.l === 'eth' ? frame.payload : frame
  if (ip?.l !== 'ipv4' || ip.payload.l !== 'tcp') return null
  return { src: ip.src, dst: ip.dst, sport: ip.payload.sport, dport: ip.payload.dport }
}
