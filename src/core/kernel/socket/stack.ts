import type { Ipv4 } from '../../base/ipv4.ts'
import { invariant } from '../../base/result.ts'
import type { DropReason, Point, Verdict } from '../../trace/vocabulary.ts'
import type { Ipv4Packet } from '../../wire/types.ts'
import type { Kernel, LocalDelivery } from '../kernel.ts'
import type { ProgramEvent } from '../process/program.ts'
import type { SocketDetail } from './details.ts'
import type { SocketRoutes } from './routes.ts'
import type { SocketRow, SocketTables } from './tables.ts'

/** What the functions of this folder work on. Nothing in it changes after the lab is wired. */
export interface SocketStack {
  readonly kernel: Kernel
  readonly t: SocketTables
  readonly routes: SocketRoutes
  /** Wakes the process that holds a socket; set by `process/`. */
  notify: (pid: number, event: SocketEvent) => void
}

/** What a socket can tell its process. */
export type SocketEvent = Extract<ProgramEvent, { readonly fd: number }>

/** A packet at the door of the socket layer, with its place in the trace. */
export interface Arrival {
  readonly netns: number
  readonly packet: number
  readonly state: number
  readonly link: number
  readonly ip: Ipv4Packet
  readonly broadcast: boolean
  /** The socket that it was given to on its way (skb->sk); 0 = to be looked up. */
  readonly socket: number
}

export const arrivalOf = (stack: SocketStack, d: LocalDelivery): Arrival => ({
  netns: d.netns,
  packet: d.packet,
  state: stack.kernel.trace.frame(d.ip, d.packet),
  link: d.link,
  ip: d.ip,
  broadcast: d.broadcast,
  socket: d.socket,
})

/** A record about a packet that arrived. */
export function noteArrival(
  stack: SocketStack,
  a: Arrival,
  point: Point,
  verdict: Verdict,
  detail: SocketDetail,
  drop: DropReason = 'NONE',
): void {
  const { kernel } = stack
  kernel.trace.add(kernel.now, a.packet, a.state, a.netns, a.link, point, verdict, detail, drop)
}

/** A record about no packet: a state change, a timer. */
export function note(stack: SocketStack, netns: number, point: Point, verdict: Verdict, detail: SocketDetail): void {
  const { kernel } = stack
  kernel.trace.add(kernel.now, 0, 0, netns, 0, point, verdict, detail)
}

export function socketOf(stack: SocketStack, id: number): SocketRow {
  const row = stack.t.socket.get(id)
  invariant(row, `no socket ${id}`)
  return row
}

/** ip_dont_fragment: what a socket says of a datagram of `length` bytes, on a path that takes `mtu`. */
export const dontFragment = (socket: SocketRow, length: number, mtu: number): boolean | 'path' =>
  socket.pmtu === 'do' || (socket.pmtu === 'want' && length <= mtu ? 'path' : false)

export function tell(stack: SocketStack, socket: SocketRow, event: SocketEvent): void {
  if (socket.owner !== 0) stack.notify(socket.owner, event)
}

/** Of several local addresses none is meant. */
export const ANY: Ipv4 = 0
