import { type Result, err, ok } from '../../base/result.ts'
import { type Ipv4, IPV4_BROADCAST, isMulticast } from '../../base/ipv4.ts'
import type { Errno } from '../errno.ts'
import type { Kernel, SendError } from '../kernel.ts'
import type { Endpoint, SocketOptions } from '../process/program.ts'
import { arpInput } from './arp.ts'
import { socketError } from './errors.ts'
import { findFor } from './find.ts'
import { icmpInput } from './ping.ts'
import { choosePort } from './ports.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import { type SocketRoutes, kernelRoutes } from './routes.ts'
import { type SocketStack, note } from './stack.ts'
import { type SocketProto, type SocketRow, defineSocketTables } from './tables.ts'
import { endTimeWait, forgetUnaccepted } from './tcp/conn.ts'
import { tcpClose, tcpConnect } from './tcp/calls.ts'
import { tcpInput } from './tcp/input.ts'
import { registerTcpTimers } from './tcp/timers.ts'
import { udpConnect, udpInput } from './udp.ts'

/**
 * Declares the socket tables, takes the kernel's upcalls and registers the TCP timers. Call once per lab, after the kernel exists.
 * `routes` is for tests; normally the kernel's own tables answer.
 */
export function createSocketLayer(kernel: Kernel, routes: SocketRoutes = kernelRoutes(kernel)): SocketStack {
  const stack: SocketStack = { kernel, t: defineSocketTables(kernel.world), routes, notify: () => {} }
  kernel.sockets = {
    udp: (d) => udpInput(stack, d),
    tcp: (d) => tcpInput(stack, d),
    icmp: (d) => icmpInput(stack, d),
    raw: () => false,
    arp: (arrival) => arpInput(stack, arrival),
    error: (e) => socketError(stack, e),
    find: (query, which) => findFor(stack, query, which),
    transparentIn: (netns) => stack.t.transparent.at(netns).size > 0,
    endTimeWait: (id) => endTimeWait(stack, id),
  }
  registerTcpTimers(stack)
  return stack
}

/** socket(2): a new socket of a process. Returns its id. */
export function openSocket(stack: SocketStack, netns: number, proto: SocketProto, owner: number): number {
  const id = stack.kernel.world.next('socket')
  stack.kernel.world.put(stack.t.socket, id, {
    id,
    netns,
    proto,
    state: 'UNCONN',
    laddr: 0,
    lport: 0,
    raddr: 0,
    rport: 0,
    owner,
    dev: 0,
    reuseAddr: false,
    ttl: 0,
    tos: 0,
    pmtu: 'want',
    recvErr: false,
    broadcast: false,
    noDelay: false,
    transparent: false,
    backlog: 0,
    accepting: [],
  })
  return id
}

/** The socket `id` if process `pid` holds it. */
export function ownSocket(stack: SocketStack, id: number, pid: number): Result<SocketRow, Errno> {
  const row = stack.t.socket.get(id)
  return row?.owner === pid ? ok(row) : err('EBADF')
}

/** setsockopt(2). ENODEV for a device that the namespace does not have. */
export function setSocketOptions(stack: SocketStack, socket: SocketRow, options: SocketOptions): Result<void, Errno> {
  const { kernel, t } = stack
  const { device, ...rest } = options
  const dev = device ? kernel.t.linkByName.at(`${socket.netns}/${device}`).firstKey() : socket.dev
  if (dev === undefined) return err('ENODEV')
  kernel.world.patch(t.socket, socket.id, { ...rest, dev })
  return ok(undefined)
}

/** bind(2). EADDRNOTAVAIL, EADDRINUSE. Port 0: an ephemeral port; an ICMP socket has an id instead. */
export function bindSocket(stack: SocketStack, socket: SocketRow, addr: Ipv4, port: number): Result<Endpoint, Errno> {
  if (socket.lport !== 0 || socket.state !== 'UNCONN') return err('EINVAL')
  const broadcastOk = socket.proto === 'udp' && (addr === IPV4_BROADCAST || isMulticast(addr))
  const own = addr === 0 || broadcastOk || socket.transparent || stack.routes.isLocal(socket.netns, addr)
  if (!own) return err('EADDRNOTAVAIL')
  const chosen = socket.proto === 'icmp' ? ok(port) : choosePort(stack, socket, addr, port)
  if (!chosen.ok) return chosen
  stack.kernel.world.patch(stack.t.socket, socket.id, { laddr: addr, lport: chosen.value })
  const { id, owner, proto, netns } = socket
  const detail = { d: 'socket-bind', proto, socket: id, pid: owner, addr, port: chosen.value, listen: false } as const
  note(stack, netns, 'app', 'create', detail)
  return ok({ addr, port: chosen.value })
}

/** listen(2): net.core.somaxconn limits the backlog. */
export function listenSocket(stack: SocketStack, socket: SocketRow, backlog: number): Result<void, Errno> {
  if (socket.proto !== 'tcp') return err('EOPNOTSUPP')
  if (socket.state !== 'UNCONN') return err('EINVAL')
  const port = socket.lport === 0 ? choosePort(stack, socket, socket.laddr, 0) : ok(socket.lport)
  if (!port.ok) return port
  const { id, owner, proto, netns, laddr } = socket
  const inUse = stack.t.byNetns
    .at(netns)
    .rows()
    .some(
      (s) =>
        s.id !== id &&
        s.state === 'LISTEN' &&
        s.lport === port.value &&
        (s.laddr === laddr || s.laddr === 0 || laddr === 0),
    )
  if (inUse) return err('EADDRINUSE')
  const limit = sysctlNumber(stack.kernel, netns, 'net.core.somaxconn')
  stack.kernel.world.patch(stack.t.socket, id, {
    state: 'LISTEN',
    lport: port.value,
    backlog: Math.min(backlog, limit),
  })
  const detail = {
    d: 'socket-bind',
    proto,
    socket: id,
    pid: owner,
    addr: laddr,
    port: port.value,
    listen: true,
  } as const
  note(stack, netns, 'app', 'create', detail)
  return ok(undefined)
}

/** connect(2). ICMP: remembers the peer and asks for a route. */
export function connectSocket(
  stack: SocketStack,
  socket: SocketRow,
  addr: Ipv4,
  port: number,
): Result<void, SendError> {
  if (socket.proto === 'tcp') return tcpConnect(stack, socket, addr, port)
  if (socket.proto === 'udp') return udpConnect(stack, socket, addr, port)
  const route = stack.routes.output(socket.netns, addr, socket.laddr, socket.dev, { anySource: socket.transparent })
  if (!route.ok) return err({ errno: route.error })
  if (route.value.broadcast && !socket.broadcast) return err({ errno: 'EACCES' })
  stack.kernel.world.patch(stack.t.socket, socket.id, { laddr: socket.laddr || route.value.src })
  return ok(undefined)
}

/** accept(2) of a connection that waits: it leaves the queue. False when it is gone again. */
export function acceptSocket(stack: SocketStack, listener: number, conn: number): boolean {
  forgetUnaccepted(stack, listener, conn)
  if (!stack.t.tcp.has(conn)) return false
  stack.kernel.world.patch(stack.t.tcp, conn, { listener: 0 })
  return true
}

/** close(2). */
export function closeSocket(stack: SocketStack, socket: SocketRow): void {
  if (socket.proto === 'tcp') tcpClose(stack, socket.id)
  else stack.kernel.world.delete(stack.t.socket, socket.id)
}

/** exit(2): what a process held is closed. */
export function closeSocketsOf(stack: SocketStack, pid: number): void {
  for (const socket of [...stack.t.byOwner.at(pid).rows()]) closeSocket(stack, stack.t.socket.get(socket.id) ?? socket)
}
