import { formatIpv4 } from '../../base/ipv4.ts'
import { SEC, type SimTime } from '../../base/time.ts'
import type { ConntrackRow, Tuple } from '../../kernel/tables.ts'
import { IP_PROTO } from '../../wire/constants.ts'

const PROTO_NAMES: Readonly<Record<number, string>> = {
  [IP_PROTO.icmp]: 'icmp',
  [IP_PROTO.tcp]: 'tcp',
  [IP_PROTO.udp]: 'udp',
}

export const protoName = (proto: number): string => PROTO_NAMES[proto] ?? 'unknown'

/** `src=10.244.1.2 dst=10.96.0.10 sport=43690 dport=80` */
export function tupleText(t: Tuple): string {
  const head = `src=${formatIpv4(t.src)} dst=${formatIpv4(t.dst)}`
  if (t.proto === IP_PROTO.icmp) return `${head} type=${t.dport >>> 8} code=${t.dport & 255} id=${t.sport}`
  return t.proto === IP_PROTO.tcp || t.proto === IP_PROTO.udp ? `${head} sport=${t.sport} dport=${t.dport}` : head
}

/**
 * A connection as `conntrack -L` (1.4.7, libnetfilter_conntrack's snprintf_default.c) prints it; the third figure is how many whole seconds it
 * still lives.
 */
export function conntrackText(row: ConntrackRow, now: SimTime): string {
  const left = Math.max(0, Math.floor((row.expires - now) / SEC))
  const { proto } = row.orig
  const words = [`${protoName(proto).padEnd(8)} ${proto} ${left}`]
  if (row.tcp !== null) words.push(row.tcp)
  words.push(tupleText(row.orig))
  if (!row.seenReply) words.push('[UNREPLIED]')
  words.push(tupleText(row.reply))
  if (row.assured) words.push('[ASSURED]')
  words.push(`mark=${row.mark}`)
  if (row.zone !== 0) words.push(`zone=${row.zone}`)
  return `${words.join(' ')} use=1`
}
