import { formatIpv4 } from '../base/ipv4.ts'
import { TCP_FLAG } from './constants.ts'
import { parseDns } from './dns-parse.ts'
import { emitIpPayload } from './emit.ts'
import { hexText, safeText } from './print-bytes.ts'
import { dnsText } from './print-dns.ts'
import type { Ipv4Packet, Tcp, TcpOptions } from './types.ts'

/** What one run of tcpdump remembers: the first sequence numbers of every conversation. Used by key only. */
export interface TcpdumpSession {
  readonly conversations: Map<string, { readonly seq: number; readonly ack: number }>
}

export const newTcpdumpSession = (): TcpdumpSession => ({ conversations: new Map() })

export interface TcpContext {
  readonly session: TcpdumpSession | undefined
  /** How many `-v`. */
  readonly verbose: number
  /** All of the segment is there: its checksum can be told. */
  readonly sum: boolean
}

/** A TCP segment in tcpdump's words, addresses included. */
export function tcpText(ip: Ipv4Packet, tcp: Tcp, { session, verbose, sum }: TcpContext): string {
  const { seq, ack } = relative(ip, tcp, session)
  const length = tcp.payload.data.length
  const { syn, fin, rst } = TCP_FLAG
  let out = `${formatIpv4(ip.src)}.${tcp.sport} > ${formatIpv4(ip.dst)}.${tcp.dport}: Flags [${flagText(tcp.flags)}]`
  if (verbose > 0 && sum) out += `, cksum 0x${hexText(emitIpPayload(ip).slice(16, 18))} (correct)`
  if (verbose > 1 || length > 0 || (tcp.flags & (syn | fin | rst)) !== 0) out += `, seq ${seq}`
  if (length > 0) out += `:${(seq + length) >>> 0}`
  if ((tcp.flags & TCP_FLAG.ack) !== 0) out += `, ack ${ack}`
  out += `, win ${tcp.window}`
  if ((tcp.flags & TCP_FLAG.urg) !== 0) out += ', urg 0'
  const options = optionsText(tcp.options)
  if (options !== '') out += `, options [${options}]`
  out += `, length ${length}`
  if (length === 0) return out
  if ((tcp.flags & rst) === 0) return out + applicationText(tcp, verbose)
  return verbose > 0 ? out + resetText(tcp.payload.data) : out
}

const MOST_OF_A_RESET = 30

/** What a reset says for its reason. */
const resetText = (data: string): string =>
  ` [RST${data.length > MOST_OF_A_RESET ? '+' : ''} ${safeText(data.slice(0, MOST_OF_A_RESET))}]`

const FLAG_MARKS = 'FSRP.UEW'

export function flagText(flags: number): string {
  let out = ''
  for (let bit = 0; bit < 8; bit++) if ((flags & (1 << bit)) !== 0) out += FLAG_MARKS[bit]!
  return out === '' ? 'none' : out
}

/**
 * Numbers relative to the first segment with ACK that was seen of the conversation, which itself prints absolute ones; a
 * SYN with ACK starts it anew. Segments without ACK always print absolute numbers.
 */
function relative(ip: Ipv4Packet, tcp: Tcp, session: TcpdumpSession | undefined): { seq: number; ack: number } {
  const { seq, ack } = tcp
  if (session === undefined || (tcp.flags & TCP_FLAG.ack) === 0) return { seq, ack }
  const reversed = ip.src > ip.dst || (ip.src === ip.dst && tcp.sport > tcp.dport)
  const key = reversed
    ? `${ip.dst}:${tcp.dport} ${ip.src}:${tcp.sport}`
    : `${ip.src}:${tcp.sport} ${ip.dst}:${tcp.dport}`
  const first = session.conversations.get(key)
  if (first === undefined || (tcp.flags & TCP_FLAG.syn) !== 0) {
    const base = (ack - 1) >>> 0
    session.conversations.set(key, reversed ? { seq: base, ack: seq } : { seq, ack: base })
    return { seq, ack }
  }
  return reversed
    ? { seq: (seq - first.ack) >>> 0, ack: (ack - first.seq) >>> 0 }
    : { seq: (seq - first.seq) >>> 0, ack: (ack - first.ack) >>> 0 }
}

/** The options in the order and with the padding in which they are emitted. */
function optionsText(options: TcpOptions): string {
  const out: string[] = []
  if (options.mss !== undefined) out.push(`mss ${options.mss}`)
  if (options.ts === undefined && options.sackOk === true) out.push('nop', 'nop')
  if (options.sackOk === true) out.push('sackOK')
  else if (options.ts !== undefined) out.push('nop', 'nop')
  if (options.ts !== undefined) out.push(`TS val ${options.ts[0]} ecr ${options.ts[1]}`)
  if (options.wscale !== undefined) out.push('nop', `wscale ${options.wscale}`)
  return out.join(',')
}

const HTTP_PORTS: readonly number[] = [80, 8080, 3128]

function applicationText(tcp: Tcp, verbose: number): string {
  const { data } = tcp.payload
  if (HTTP_PORTS.includes(tcp.sport) || HTTP_PORTS.includes(tcp.dport)) return `: ${httpText(data, verbose)}`
  if (tcp.sport === 53 || tcp.dport === 53) return dnsOverTcpText(data, verbose)
  return ''
}

const HTTP_METHOD = /^(GET|PUT|COPY|HEAD|LOCK|MOVE|POLL|POST|TRACE|DELETE|OPTIONS|CONNECT|NOTIFY|PROPFIND|SUBSCRIBE)\s/i
const HTTP_STATUS = /^\S+\s+\d{3}(\s|$)/

/** The first line if it is a request or a status line; all lines with `-v`, as long as they are text. */
function httpText(data: string, verbose: number): string {
  if (!HTTP_METHOD.test(data) && !HTTP_STATUS.test(data)) return 'HTTP'
  if (verbose === 0) return `HTTP: ${/^[\t\x20-\x7e]*/.exec(data)![0]}`
  let out = `HTTP, length: ${data.length}`
  for (let at = 0; at < data.length;) {
    const line = /^[\t\x20-\x7e]*/.exec(data.slice(at))![0]
    const end = /^\r?\n/.exec(data.slice(at + line.length))?.[0]
    const last = at + line.length === data.length
    if (end === undefined && !last) break
    out += `\n\t${line}${last ? ' [|http]' : ''}`
    at += line.length + (end?.length ?? 0)
  }
  return out
}

function dnsOverTcpText(data: string, verbose: number): string {
  const dns = parseDns(data.slice(2))
  return dns === null ? '' : ` ${dnsText(dns, verbose)}`
}
