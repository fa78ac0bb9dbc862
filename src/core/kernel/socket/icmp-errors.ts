import type { Errno } from '../errno.ts'

/** What "destination unreachable" means to a socket, by code; `hard` ones end a connection (net/ipv4/icmp.c `icmp_err_convert`). */
const UNREACHABLE: readonly (readonly [Errno, boolean])[] = [
  ['ENETUNREACH', false],
  ['EHOSTUNREACH', false],
  ['ENOPROTOOPT', true],
  ['ECONNREFUSED', true],
  ['EMSGSIZE', false],
  ['EOPNOTSUPP', false],
  ['ENETUNREACH', true],
  ['EHOSTDOWN', true],
  ['ENONET', true],
  ['ENETUNREACH', true],
  ['EHOSTUNREACH', true],
  ['ENETUNREACH', false],
  ['EHOSTUNREACH', false],
  ['EHOSTUNREACH', true],
  ['EHOSTUNREACH', true],
  ['EHOSTUNREACH', true],
]

/** The errno of an ICMP error; `null`: sockets do not care (redirects, source quench). */
export function icmpErrno(type: number, code: number): { readonly errno: Errno; readonly hard: boolean } | null {
  if (type === 3) {
    const known = UNREACHABLE[code]
    return known ? { errno: known[0], hard: known[1] } : null
  }
  if (type === 11) return { errno: 'EHOSTUNREACH', hard: false }
  if (type === 12) return { errno: 'EPROTO', hard: true }
  return null
}
