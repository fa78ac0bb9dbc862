import { IP_PROTO } from '../../wire/constants.ts'
import type { Ipv4Packet } from '../../wire/types.ts'
import type { DeliveredError } from '../kernel.ts'
import { icmpErrno } from './icmp-errors.ts'
import { lookupSocket } from './lookup.ts'
import { type SocketStack, tell } from './stack.ts'
import { type SocketRow, portKey } from './tables.ts'
import { shrinkMss, tcpError } from './tcp/calls.ts'

const REDIRECT = 5

/** The two 16-bit words that every protocol of ours begins with, and for ICMP the echo id and sequence number. */
function quotedPorts(quoted: Ipv4Packet): { readonly sport: number; readonly dport: number } | null {
  const { payload } = quoted
  if (payload.l === 'udp' || payload.l === 'tcp') return { sport: payload.sport, dport: payload.dport }
  if (payload.l === 'icmp') return { sport: payload.rest >>> 16, dport: payload.rest & 0xffff }
  if (payload.l !== 'data' || quoted.frag !== 0) return null
  const at = quoted.proto === IP_PROTO.icmp ? 4 : 0
  if (payload.data.length < at + 4) return null
  const word = (i: number): number => payload.data.charCodeAt(at + i) * 256 + payload.data.charCodeAt(at + i + 1)
  return { sport: word(0), dport: word(2) }
}

function socketOfQuote(
  stack: SocketStack,
  e: DeliveredError,
  ports: { sport: number; dport: number },
): SocketRow | undefined {
  const { quoted, netns } = e
  const { sport, dport } = ports
  if (quoted.proto === IP_PROTO.icmp) return stack.t.byPort.at(portKey(netns, 'icmp', sport)).first()
  const proto = quoted.proto === IP_PROTO.tcp ? 'tcp' : quoted.proto === IP_PROTO.udp ? 'udp' : null
  if (proto === null) return undefined
  const ends = { laddr: quoted.src, lport: sport, raddr: quoted.dst, rport: dport }
  return lookupSocket(stack, { netns, proto, ...ends, link: e.link }).socket
}

/** The error message as the packet path has just put it on record: what it quotes is another packet. */
function stateOf(stack: SocketStack, e: DeliveredError): number {
  const { trace } = stack.kernel
  const last = trace.length - 1
  return last >= 0 && trace.columns.packet[last] === e.packet
    ? trace.columns.state[last]!
    : trace.frame(e.quoted, e.packet)
}

/** An ICMP error about something sent from here: to the socket that sent it (icmp_socket_deliver). */
export function socketError(stack: SocketStack, e: DeliveredError): void {
  const ports = quotedPorts(e.quoted)
  const socket = ports && socketOfQuote(stack, e, ports)
  if (!ports || !socket) return
  const meaning = icmpErrno(e.type, e.code)
  const { kernel } = stack
  const opening = socket.state === 'SYN-SENT' || socket.state === 'SYN-RECV'
  const tooBig = e.type === 3 && e.code === 4
  const hard = meaning !== null && !tooBig && (opening || (meaning.hard && socket.proto !== 'tcp'))
  kernel.trace.add(kernel.now, e.packet, stateOf(stack, e), e.netns, 0, 'icmp', 'deliver', {
    d: 'socket-error',
    socket: socket.id,
    type: e.type,
    code: e.code,
    errno: meaning?.errno ?? null,
    hard,
  })
  // A redirect is for the routing table: of all sockets only ping's are told (udp_err, tcp_v4_err, ping_err).
  if ((socket.recvErr && e.type !== REDIRECT) || socket.proto === 'icmp') {
    const error = { from: e.from, icmpType: e.type, code: e.code, mtu: e.mtu, dst: e.quoted.dst, port: ports.dport }
    tell(stack, socket, { type: 'icmp-error', fd: socket.id, error })
  }
  if (socket.proto === 'tcp') {
    if (tooBig) shrinkMss(stack, socket.id, e.mtu)
    else if (meaning) tcpError(stack, socket.id, meaning.errno)
  } else if (socket.proto === 'udp' && hard && socket.state === 'ESTAB') {
    tell(stack, socket, { type: 'error', fd: socket.id, errno: meaning.errno })
  }
}
