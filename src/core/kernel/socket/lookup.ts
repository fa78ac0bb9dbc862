import type { SocketQuery } from '../kernel.ts'
import { noteArrival, type Arrival, type SocketStack } from './stack.ts'
import { type SocketRow, peerKey, portKey } from './tables.ts'

export interface Lookup {
  readonly socket: SocketRow | undefined
  readonly found: 'connected' | 'bound' | 'wildcard' | 'assigned' | 'none'
}

/**
 * The socket for a packet that arrived at (laddr, lport) from (raddr, rport): the connected one, else one bound to the address,
 * else one bound to any (net/ipv4/inet_hashtables.c `__inet_lookup`, udp.c `__udp4_lib_lookup`). Of equals the bound to a device
 * wins, then the newest.
 */
export function lookupSocket(stack: SocketStack, query: SocketQuery): Lookup {
  const connected = lookupConnected(stack, query)
  return connected ? { socket: connected, found: 'connected' } : lookupListener(stack, query)
}

const onLink = (s: SocketRow, link: number): boolean => s.dev === 0 || s.dev === link

/** Its connected socket (`__inet_lookup_established`). */
export const lookupConnected = (stack: SocketStack, query: SocketQuery): SocketRow | undefined =>
  stack.t.byPeer
    .at(peerKey(query))
    .rows()
    .find((s) => onLink(s, query.link))

/** The best of those that take packets from anybody (`__inet_lookup_listener`, `compute_score`). */
export function lookupListener(stack: SocketStack, query: Omit<SocketQuery, 'raddr' | 'rport'>): Lookup {
  const { netns, proto, laddr, lport, link } = query
  let best: SocketRow | undefined
  let bestScore = -1
  for (const s of stack.t.byPort.at(portKey(netns, proto, lport)).rows()) {
    if (s.raddr !== 0 || !onLink(s, link) || (s.laddr !== 0 && s.laddr !== laddr)) continue
    if (proto === 'tcp' && s.state !== 'LISTEN') continue
    const score = (s.laddr !== 0 ? 2 : 0) + (s.dev !== 0 ? 1 : 0)
    if (score >= bestScore) [best, bestScore] = [s, score]
  }
  if (!best) return { socket: undefined, found: 'none' }
  return { socket: best, found: best.laddr === 0 ? 'wildcard' : 'bound' }
}

/**
 * Looks up the socket of an arriving packet and puts the answer on record. A segment that nobody wants ends here; a datagram is left
 * to the packet path, which drops it and says so.
 */
export function findSocket(
  stack: SocketStack,
  a: Arrival,
  proto: 'tcp' | 'udp',
  sport: number,
  dport: number,
): SocketRow | undefined {
  const assigned = stack.t.socket.get(a.socket)
  const { socket, found }: Lookup = assigned
    ? { socket: assigned, found: 'assigned' }
    : lookupSocket(stack, {
        netns: a.netns,
        proto,
        laddr: a.ip.dst,
        lport: dport,
        raddr: a.ip.src,
        rport: sport,
        link: a.link,
      })
  const lost = !socket && proto === 'tcp'
  noteArrival(
    stack,
    a,
    proto,
    socket ? 'lookup' : lost ? 'drop' : 'miss',
    {
      d: 'socket-lookup',
      proto,
      found,
      socket: socket?.id ?? 0,
      pid: socket?.owner ?? 0,
      addr: socket ? socket.laddr : a.ip.dst,
      port: dport,
    },
    lost ? 'NO_SOCKET' : 'NONE',
  )
  return socket
}
