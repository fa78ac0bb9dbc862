import type { Ipv4 } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import { ICMP_TYPE, IP_PROTO } from '../../wire/constants.ts'
import type { LocalDelivery, SendError } from '../kernel.ts'
import { type SocketStack, arrivalOf, noteArrival, socketOf, tell, dontFragment } from './stack.ts'
import { type SocketRow, portKey } from './tables.ts'

/** An echo reply for this machine (ping_rcv): to the socket with its id. False: nobody waits for it. */
export function icmpInput(stack: SocketStack, d: LocalDelivery): boolean {
  const icmp = d.ip.payload
  if (icmp.l !== 'icmp' || icmp.type !== ICMP_TYPE.echoReply) return false
  const a = arrivalOf(stack, d)
  const id = icmp.rest >>> 16
  const sockets = stack.t.byPort.at(portKey(a.netns, 'icmp', id)).rows()
  const socket = sockets.find((s) => (s.dev === 0 || s.dev === a.link) && (s.raddr === 0 || s.raddr === a.ip.src))
  const data = icmp.payload.l === 'data' ? icmp.payload.data : ''
  if (!socket) return false
  noteArrival(stack, a, 'socket.recv', 'deliver', {
    d: 'socket-deliver',
    socket: socket.id,
    pid: socket.owner,
    bytes: data.length + 8,
  })
  const reply = { from: a.ip.src, to: a.ip.dst, id, seq: icmp.rest & 0xffff, ttl: a.ip.ttl, data }
  tell(stack, socket, { type: 'icmp', fd: socket.id, reply })
  return true
}

/** An id of its own for a ping socket (ping_get_port). */
function withId(stack: SocketStack, socket: SocketRow): SocketRow {
  if (socket.lport !== 0) return socket
  const { world } = stack.kernel
  let id = 1 + world.randomBelow('icmp/id', 65535)
  while (stack.t.byPort.at(portKey(socket.netns, 'icmp', id)).size > 0) id = (id % 65535) + 1
  world.patch(stack.t.socket, socket.id, { lport: id })
  return socketOf(stack, socket.id)
}

/** Sends an echo request. DF is set unless the message has to be fragmented, or the socket says otherwise. */
export function sendEcho(
  stack: SocketStack,
  socket: SocketRow,
  to: Ipv4,
  seq: number,
  data: string,
): Result<void, SendError> {
  const { lport, laddr } = withId(stack, socket)
  const route = stack.routes.output(socket.netns, to, laddr, socket.dev)
  if (!route.ok) return err({ errno: route.error })
  if (route.value.broadcast && !socket.broadcast) return err({ errno: 'EACCES' })
  const length = 20 + 8 + data.length
  if (length > 65535) return err({ errno: 'EMSGSIZE', mtu: Math.min(route.value.mtu, 65535) })
  const sent = stack.kernel.send({
    netns: socket.netns,
    // Of an unbound socket the route chooses the source: rules that ask for one do not see it yet.
    src: laddr,
    dst: to,
    proto: IP_PROTO.icmp,
    payload: {
      l: 'icmp',
      type: ICMP_TYPE.echoRequest,
      code: 0,
      rest: ((lport << 16) | (seq & 0xffff)) >>> 0,
      payload: { l: 'data', data },
    },
    df: dontFragment(socket, length, route.value.mtu),
    oif: socket.dev,
    tos: socket.tos,
    origin: 0,
    detail: { d: 'socket-send', proto: 'icmp', socket: socket.id, pid: socket.owner, why: 'echo' },
    ...(socket.ttl === 0 ? {} : { ttl: socket.ttl }),
  })
  return sent.ok ? ok(undefined) : sent
}
