import { formatIpv4 } from '../base/ipv4.ts'
import type { ProcessDetail } from '../kernel/process/details.ts'
import type { SocketDetail } from '../kernel/socket/details.ts'
import { type Decided, fromRow, note } from './decided.ts'
import type { ExplainEnv } from './env.ts'
import { socketEnd, socketText } from './print/socket.ts'
import type { TraceRecord } from './record.ts'

/** The program that holds a socket, as `nginx[12]`; '' when nobody does. */
export function programOf(env: ExplainEnv, pid: number): string {
  if (pid === 0) return ''
  const row = env.processes?.process.get(pid)
  return row ? `${row.program}[${pid}]` : `[${pid}]`
}

function socketRow(env: ExplainEnv, id: number, pid: number, rest: string): Decided {
  const row = env.sockets?.socket.get(id)
  const text = [row ? socketText(row) : '', rest].filter(Boolean).join('  ')
  return fromRow(env, 'socket', programOf(env, pid || (row?.owner ?? 0)), text, 'socket', id)
}

/** What decided a step of sockets and processes. */
export function socketDecided(env: ExplainEnv, _record: TraceRecord, detail: SocketDetail | ProcessDetail): Decided {
  switch (detail.d) {
    case 'socket-lookup':
      return detail.found === 'none'
        ? note(`${detail.proto} ${socketEnd(detail.addr, detail.port)}: no socket`)
        : socketRow(env, detail.socket, detail.pid, '')
    case 'socket-deliver':
      return socketRow(env, detail.socket, detail.pid, `${detail.bytes} bytes`)
    case 'socket-send':
      return socketRow(env, detail.socket, detail.pid, detail.why)
    case 'socket-bind':
      return socketRow(
        env,
        detail.socket,
        detail.pid,
        `${detail.listen ? 'listen' : 'bind'} ${formatIpv4(detail.addr)}:${detail.port}`,
      )
    case 'tcp-state':
      return socketRow(env, detail.socket, 0, `${detail.from} → ${detail.to}`)
    case 'tcp-ack':
      return socketRow(env, detail.socket, 0, `acked ${detail.acked} in flight ${detail.flight} cwnd ${detail.cwnd}`)
    case 'tcp-dup-ack':
      return socketRow(env, detail.socket, 0, `duplicate ack ${detail.count}`)
    case 'tcp-out-of-order':
      return socketRow(env, detail.socket, 0, `${detail.bytes} bytes, ${detail.ahead} ahead`)
    case 'tcp-refused':
      return socketRow(env, detail.socket, 0, `${detail.why}, answer ${detail.answer}`)
    case 'tcp-retransmit':
      return socketRow(env, detail.socket, 0, `retransmission ${detail.attempt}${detail.fast ? ' (fast)' : ''}`)
    case 'tcp-window-probe':
      return socketRow(env, detail.socket, 0, `window probe ${detail.attempt}`)
    case 'tcp-timeout':
    case 'tcp-reset':
      return socketRow(env, detail.socket, 0, detail.errno)
    case 'tcp-mss':
      return socketRow(env, detail.socket, 0, `mss ${detail.from} → ${detail.to} (mtu ${detail.mtu})`)
    case 'socket-error':
      return socketRow(env, detail.socket, 0, `icmp ${detail.type}/${detail.code} ${detail.errno ?? ''}`.trim())
    case 'process':
      return { ...note(detail.argv.join(' '), `${detail.program}[${detail.pid}]`), table: 'process', key: detail.pid }
    case 'output':
      return { ...note(detail.text.trimEnd(), programOf(env, detail.pid)), table: 'process', key: detail.pid }
    case 'signal':
      return { ...note(`SIG${detail.signal}`, programOf(env, detail.pid)), table: 'process', key: detail.pid }
  }
}
