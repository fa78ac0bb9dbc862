import { formatIpv4 } from '../../base/ipv4.ts'
import type { SocketRow } from '../../kernel/socket/tables.ts'
import { programOf } from '../decided-socket.ts'
import type { ExplainEnv } from '../env.ts'

/** A socket that waits for clients, and the program behind it. */
export interface Listener {
  readonly proto: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
  readonly program: string
}

/** The listening sockets of a namespace. Half-open and connected ones belong to conversations, which are not written out. */
export function listenersOf(env: ExplainEnv, netns: number): readonly Listener[] {
  const rows = env.sockets?.byNetns.at(netns).rows() ?? []
  return rows.filter(isWaiting).map((socket) => ({
    proto: socket.proto === 'udp' ? 'udp' : 'tcp',
    address: formatIpv4(socket.laddr),
    port: socket.lport,
    program: programOf(env, socket.owner),
  }))
}

const isWaiting = (s: SocketRow): boolean =>
  (s.proto === 'tcp' && s.state === 'LISTEN') ||
  (s.proto === 'udp' && s.state === 'UNCONN' && s.lport !== 0 && s.raddr === 0)
