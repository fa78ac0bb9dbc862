import type { Ipv4 } from '../../base/ipv4.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import { sysctl } from '../sysctl/sysctl.ts'
import type { SocketStack } from './stack.ts'
import { type SocketProto, type SocketRow, peerKey, portKey } from './tables.ts'

/** net.ipv4.ip_local_port_range, both ends inclusive. */
function portRange(stack: SocketStack, netns: number): readonly [number, number] {
  const words = (sysctl(stack.kernel, netns, 'net.ipv4.ip_local_port_range') ?? '32768\t60999').trim().split(/\s+/)
  const low = Number(words[0])
  const high = Number(words[1])
  return low >= 1 && high <= 65535 && low <= high ? [low, high] : [32768, 60999]
}

/** bind(2)'s rule (inet_csk_bind_conflict, udp's ipv4_rcv_saddr_equal): may `socket` share `port` with another? */
function conflicts(socket: SocketRow, other: SocketRow, addr: Ipv4): boolean {
  if (other.id === socket.id) return false
  if (socket.dev !== 0 && other.dev !== 0 && socket.dev !== other.dev) return false
  if (addr !== 0 && other.laddr !== 0 && addr !== other.laddr) return false
  return !(socket.reuseAddr && other.reuseAddr && other.state !== 'LISTEN')
}

const taken = (stack: SocketStack, socket: SocketRow, addr: Ipv4, port: number): boolean =>
  stack.t.byPort
    .at(portKey(socket.netns, socket.proto, port))
    .rows()
    .some((other) => conflicts(socket, other, addr))

/** The port for bind(2) to (addr, port); port 0 asks for an ephemeral one. */
export function choosePort(stack: SocketStack, socket: SocketRow, addr: Ipv4, port: number): Result<number, Errno> {
  if (port !== 0) return taken(stack, socket, addr, port) ? err('EADDRINUSE') : ok(port)
  return searchPort(stack, socket, (candidate) => taken(stack, socket, addr, candidate), 1)
}

/**
 * The ephemeral port for connect(2) without bind(2): one whose four-tuple is free. Linux begins with ports of the parity of the
 * range's lower end, and leaves the others to bind(2) (`__inet_hash_connect`, `inet_csk_find_open_port`).
 */
export function choosePortFor(
  stack: SocketStack,
  socket: SocketRow,
  laddr: Ipv4,
  raddr: Ipv4,
  rport: number,
): Result<number, Errno> {
  const { netns, proto } = socket
  return searchPort(
    stack,
    socket,
    (port) =>
      stack.t.byPeer.at(peerKey({ netns, proto, laddr, lport: port, raddr, rport })).size > 0 ||
      stack.t.byPort
        .at(portKey(netns, proto, port))
        .rows()
        .some((other) => other.raddr === 0 && conflicts(socket, other, laddr)),
    0,
  )
}

function searchPort(
  stack: SocketStack,
  socket: SocketRow,
  isTaken: (port: number) => boolean,
  parity: number,
): Result<number, Errno> {
  const [low, high] = portRange(stack, socket.netns)
  const count = high - low + 1
  const stream = portStream(socket.proto, socket.netns)
  const start = stack.kernel.world.randomBelow(stream, count)
  // UDP takes any port; TCP walks the ports of one parity first.
  const walks =
    socket.proto === 'tcp' ? [walk(low + parity, 2, high), walk(low + 1 - parity, 2, high)] : [walk(low, 1, high)]
  for (const { first, step, size } of walks) {
    for (let i = 0; i < size; i++) {
      const port = first + step * ((start + i) % size)
      if (!isTaken(port)) return ok(port)
    }
  }
  return err(socket.proto === 'tcp' && parity === 0 ? 'EADDRNOTAVAIL' : 'EADDRINUSE')
}

const walk = (first: number, step: number, high: number) => ({
  first,
  step,
  size: Math.floor((high - first) / step) + 1,
})

const portStream = (proto: SocketProto, netns: number): string => `port/${netns}/${proto}`
