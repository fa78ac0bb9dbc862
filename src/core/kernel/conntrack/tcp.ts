import { TCP_FLAG } from '../../wire/constants.ts'
import type { CtTcpPacket as Packet, CtTcpState } from '../tables.ts'

/** IG: let pass, no change. IV: invalid. */
type Next = CtTcpState | 'IG' | 'IV'

const STATES: readonly CtTcpState[] = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
]
const SHORT: Readonly<Record<string, Next>> = {
  SS: 'SYN_SENT',
  SR: 'SYN_RECV',
  ES: 'ESTABLISHED',
  FW: 'FIN_WAIT',
  CW: 'CLOSE_WAIT',
  LA: 'LAST_ACK',
  TW: 'TIME_WAIT',
  CL: 'CLOSE',
  S2: 'SYN_SENT2',
  IG: 'IG',
  IV: 'IV',
}

/** net/netfilter/nf_conntrack_proto_tcp.c tcp_conntracks: rows by packet, columns by present state, in the order of STATES. */
const ORIGINAL: Readonly<Record<Packet, string>> = {
  SYN: 'SS SS IG IG IG IG IG SS SS S2',
  SYNACK: 'IV IV SR IV IV IV IV IV IV SR',
  FIN: 'IV IV FW FW LA LA LA TW CL IV',
  ACK: 'ES IV ES ES CW CW TW TW CL IV',
  RST: 'IV CL CL CL CL CL CL CL CL CL',
}
const REPLY: Readonly<Record<Packet, string>> = {
  SYN: 'IV S2 IV IV IV IV IV SS IV S2',
  SYNACK: 'IV SR IG IG IG IG IG IG IG SR',
  FIN: 'IV IV FW FW LA LA LA TW CL IV',
  ACK: 'IV IG SR ES CW CW TW TW CL IG',
  RST: 'IV CL CL CL CL CL CL CL CL CL',
}

const parseRow = (row: string): ReadonlyMap<CtTcpState, Next> =>
  new Map(row.split(' ').map((word, i) => [STATES[i]!, SHORT[word]!]))
const table = (rows: Readonly<Record<Packet, string>>): ReadonlyMap<Packet, ReadonlyMap<CtTcpState, Next>> =>
  new Map((Object.keys(rows) as Packet[]).map((packet) => [packet, parseRow(rows[packet])]))
const NEXT = [table(ORIGINAL), table(REPLY)] as const

/** get_conntrack_index: which row of the table a segment belongs to; `null` for flags that mean nothing. */
export function packetIndex(flags: number): Packet | null {
  if (flags & TCP_FLAG.rst) return 'RST'
  if (flags & TCP_FLAG.syn) return flags & TCP_FLAG.ack ? 'SYNACK' : 'SYN'
  if (flags & TCP_FLAG.fin) return 'FIN'
  return flags & TCP_FLAG.ack ? 'ACK' : null
}

/** Flag combinations that no TCP sends are invalid (tcp_valid_flags). */
export function validFlags(flags: number): boolean {
  const f = flags & ~(TCP_FLAG.psh | TCP_FLAG.urg)
  const allowed = [
    TCP_FLAG.syn,
    TCP_FLAG.syn | TCP_FLAG.ack,
    TCP_FLAG.rst,
    TCP_FLAG.rst | TCP_FLAG.ack,
    TCP_FLAG.fin | TCP_FLAG.ack,
    TCP_FLAG.ack,
  ]
  return allowed.includes(f & 0x1f)
}

export const nextState = (reply: boolean, packet: Packet, state: CtTcpState): Next =>
  NEXT[reply ? 1 : 0].get(packet)!.get(state)!

/** sysctl leaf that holds a state's timeout, seconds. */
export const TIMEOUT_SYSCTL: Readonly<Record<CtTcpState, string>> = {
  NONE: 'syn_sent',
  SYN_SENT: 'syn_sent',
  SYN_RECV: 'syn_recv',
  ESTABLISHED: 'established',
  FIN_WAIT: 'fin_wait',
  CLOSE_WAIT: 'close_wait',
  LAST_ACK: 'last_ack',
  TIME_WAIT: 'time_wait',
  CLOSE: 'close',
  SYN_SENT2: 'syn_sent',
}
