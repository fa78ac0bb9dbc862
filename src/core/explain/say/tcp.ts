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
  // The first state of a connection is told before its first segment: that one knows whom it goes to.
  const next = record.cursor >= 0 ? recordAt(env.trace, record.cursor + 1)?.frame : null
  const sent = next?.l === 'eth' ? next.payload : next
  if (sent?.l === 'ipv4' && sent.payload.l === 'tcp')
    return { peer: socketEnd(sent.dst, sent.payload.dport), local: socketEnd(sent.src, sent.payload.sport) }
  return { peer: `#${socket}`, local: row ? socketEnd(row.laddr, row.lport) : '' }
}
