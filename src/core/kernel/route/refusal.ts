import type { Errno } from '../errno.ts'
import type { FibResult } from './lookup.ts'

/** What a route or rule that refuses says: to a sender on this machine, and to a guest by ICMP (type 3). */
export interface Refusal {
  readonly errno: Errno
  /** ICMP code; `null`: nothing is said. */
  readonly code: number | null
}

const PROHIBITED: Refusal = { errno: 'EACCES', code: 13 }
const SILENT: Refusal = { errno: 'EINVAL', code: null }
const HOST: Refusal = { errno: 'EHOSTUNREACH', code: 1 }
const NET: Refusal = { errno: 'ENETUNREACH', code: 0 }

/** fib_props and fib4_rule_action: an unreachable route is a host that cannot be reached, an unreachable rule a network. */
export function refusalOf({ route, rule }: FibResult): Refusal | null {
  switch (route.type) {
    case 'blackhole':
      return SILENT
    case 'prohibit':
      return PROHIBITED
    case 'unreachable':
      return rule.action === 'unreachable' ? NET : HOST
    default:
      return null
  }
}
