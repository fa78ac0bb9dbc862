import { IPV4_LOOPBACK, type Ipv4 } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { IP_PROTO } from '../../wire/constants.ts'
import { emitIpPayload } from '../../wire/emit.ts'
import { UDP_HEADER, udpLength } from '../../wire/length.ts'
import type { Data, Dns, Ipv4Packet, Udp } from '../../wire/types.ts'
import type { LocalDelivery, SendError } from '../kernel.ts'
import { findSocket } from './lookup.ts'
import { choosePort } from './ports.ts'
import { type Arrival, type SocketStack, arrivalOf, dontFragment, noteArrival, socketOf, tell } from './stack.ts'
import { type SocketRow, portKey } from './tables.ts'

/** A UDP datagram for this machine (udp_rcv). False: no socket, and the packet path answers with ICMP port unreachable. */
export function udpInput(stack: SocketStack, d: LocalDelivery): boolean {
  const udp = d.ip.payload
  if (udp.l !== 'udp') return false
  const a = arrivalOf(stack, d)
  const socket = findSocket(stack, a, 'udp', udp.sport, udp.dport)
  if (!socket) return false
  const receivers = a.broadcast && a.socket === 0 ? boundTo(stack, a, udp.dport) : [socket]
  for (const receiver of receivers) deliver(stack, a, udp, receiver)
  return true
}

/** __udp4_lib_mcast_deliver: a datagram for everybody is for every socket that could have it. */
const boundTo = (stack: SocketStack, a: Arrival, port: number): readonly SocketRow[] =>
  stack.t.byPort
    .at(portKey(a.netns, 'udp', port))
    .rows()
    .filter((s) => (s.dev === 0 || s.dev === a.link) && (s.laddr === 0 || s.laddr === a.ip.dst))
    .filter((s) => s.raddr === 0 || s.raddr === a.ip.src)

function deliver(stack: SocketStack, a: Arrival, udp: Udp, socket: SocketRow): void {
  const { payload } = udp
  noteArrival(stack, a, 'socket.recv', 'deliver', {
    d: 'socket-deliver',
    socket: socket.id,
    pid: socket.owner,
    bytes: udpLength(udp) - 8,
  })
  const from = { addr: a.ip.src, port: udp.sport }
  const datagram = {
    from,
    to: a.ip.dst,
    toPort: udp.dport,
    payload: readable(payload, a.ip),
    ttl: a.ip.ttl,
    packet: a.packet,
  }
  tell(stack, socket, { type: 'datagram', fd: socket.id, datagram })
}

/** What a tunnel wrapped is bytes to a program that it is led to. */
function readable(payload: Udp['payload'], ip: Ipv4Packet): Data | Dns {
  if (payload.l === 'data' || payload.l === 'dns') return payload
  return { l: 'data', data: emitIpPayload(ip).slice(UDP_HEADER) }
}

/** Gives a socket an ephemeral port if it has none (inet_autobind). */
function autobind(stack: SocketStack, socket: SocketRow): Result<SocketRow, SendError> {
  if (socket.lport !== 0) return ok(socket)
  const port = choosePort(stack, socket, socket.laddr, 0)
  if (!port.ok) return err({ errno: 'ENOBUFS' })
  stack.kernel.world.patch(stack.t.socket, socket.id, { lport: port.value })
  return ok(socketOf(stack, socket.id))
}

/** connect(2) on a datagram socket: fixes peer and source address. */
export function udpConnect(stack: SocketStack, socket: SocketRow, addr: Ipv4, port: number): Result<void, SendError> {
  const dst = addr === 0 ? IPV4_LOOPBACK : addr
  const flow = { proto: IP_PROTO.udp, sport: socket.lport, dport: port, anySource: socket.transparent }
  const route = stack.routes.output(socket.netns, dst, socket.laddr, socket.dev, flow)
  if (!route.ok) return err({ errno: route.error })
  if (route.value.broadcast && !socket.broadcast) return err({ errno: 'EACCES' })
  const bound = autobind(stack, socket)
  if (!bound.ok) return bound
  const laddr = socket.laddr || route.value.src
  stack.kernel.world.patch(stack.t.socket, socket.id, { laddr, raddr: dst, rport: port, state: 'ESTAB' })
  return ok(undefined)
}

export interface DatagramOptions {
  /** Trace packet that it answers. */
  readonly origin?: number | undefined
  readonly ttl?: number | undefined
  /** Source address (IP_PKTINFO); 0 or absent: the socket's, else the route's. */
  readonly src?: Ipv4 | undefined
}

/** sendto(2). DF is set unless the datagram has to be fragmented (ip_make_skb with IP_PMTUDISC_WANT). */
export function udpSend(
  stack: SocketStack,
  socket: SocketRow,
  to: { readonly addr: Ipv4; readonly port: number },
  data: string | Dns,
  options: DatagramOptions = {},
): Result<void, SendError> {
  const bound = autobind(stack, socket)
  if (!bound.ok) return bound
  const dst = to.addr === 0 ? IPV4_LOOPBACK : to.addr
  const payload = typeof data === 'string' ? ({ l: 'data', data } as const) : data
  const udp: Udp = { l: 'udp', sport: bound.value.lport, dport: to.port, payload }
  const length = udpLength(udp)
  if (length > 65515) return err({ errno: 'EMSGSIZE' })
  const src = options.src || bound.value.laddr
  const flow = { proto: IP_PROTO.udp, sport: udp.sport, dport: to.port, anySource: socket.transparent }
  const route = stack.routes.output(socket.netns, dst, src, socket.dev, flow)
  if (!route.ok) return err({ errno: route.error })
  if (route.value.broadcast && !socket.broadcast) return err({ errno: 'EACCES' })
  const ttl = options.ttl ?? socket.ttl
  const sent = stack.kernel.send({
    netns: socket.netns,
    src,
    dst,
    proto: IP_PROTO.udp,
    payload: udp,
    df: dontFragment(socket, length + 20, route.value.mtu),
    oif: socket.dev,
    anySource: socket.transparent,
    tos: socket.tos,
    origin: options.origin ?? 0,
    detail: { d: 'socket-send', proto: 'udp', socket: socket.id, pid: socket.owner, why: 'datagram' },
    ...(ttl === 0 ? {} : { ttl }),
  })
  return sent.ok ? ok(undefined) : sent
}
