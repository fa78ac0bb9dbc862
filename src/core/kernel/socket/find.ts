import type { FoundSocket, SocketKind, SocketQuery } from '../kernel.ts'
import { lookupConnected, lookupListener } from './lookup.ts'
import type { SocketStack } from './stack.ts'
import type { SocketRow } from './tables.ts'

/** The socket that netfilter asks for (nf_tproxy_get_sock_v4, nf_sk_lookup_slow_v4). */
export function findFor(stack: SocketStack, query: SocketQuery, which: SocketKind): FoundSocket | null {
  const row = rowFor(stack, query, which)
  if (!row) return null
  return {
    id: row.id,
    pid: row.owner,
    transparent: row.transparent,
    wildcard: row.laddr === 0,
    timeWait: row.state === 'TIME-WAIT',
  }
}

function rowFor(stack: SocketStack, query: SocketQuery, which: SocketKind): SocketRow | undefined {
  const connected = lookupConnected(stack, query)
  // UDP has one lookup for both, so that a connected socket hides those that wait for anybody.
  if (which === 'established' || (connected && query.proto === 'udp'))
    return which === 'listener' ? undefined : connected
  if (which === 'any' && connected) return connected
  return lookupListener(stack, query).socket
}
