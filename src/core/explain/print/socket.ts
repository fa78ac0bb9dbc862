import { formatIpv4 } from '../../base/ipv4.ts'
import type { SocketRow } from '../../kernel/socket/tables.ts'

/** `0.0.0.0:80`, `10.244.1.2:43690`, `0.0.0.0:*` */
export const socketEnd = (addr: number, port: number): string => `${formatIpv4(addr)}:${port === 0 ? '*' : port}`

/** The fields of a line of `ss -a` that say which socket it is. */
export const socketText = (s: SocketRow): string =>
  `${s.proto} ${s.state} ${socketEnd(s.laddr, s.lport)} ${socketEnd(s.raddr, s.rport)}`
