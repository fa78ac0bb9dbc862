import { SEC, type SimTime } from '../../base/time.ts'
import type { Tcp } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import type { ConntrackRow, CtTcpPacket, CtTcpState, TcpSender, TcpStream } from '../tables.ts'
import { TIMEOUT_SYSCTL, nextState, packetIndex, validFlags } from './tcp.ts'
import { UNSEEN, before, firstSegment, inWindow, segmentEnd } from './tcp-window.ts'

/** Why a segment belongs to no connection. */
export type TcpProblem = 'flags' | 'state' | 'seq-over' | 'ack-over' | 'reset'

/** What a segment does to its connection. `reopen`: it opens a new one in its place. */
export type TcpStep =
  | { readonly did: 'row'; readonly row: ConntrackRow }
  | { readonly did: 'invalid'; readonly why: TcpProblem; readonly row?: ConntrackRow }
  | { readonly did: 'reopen' }

/** tcp_new: SYN opens; with tcp_loose an ACK in the middle of a stream is picked up; anything else is invalid. */
export function openTcp(
  k: Kernel,
  netns: number,
  tcp: Tcp,
): { readonly state: CtTcpState; readonly stream: TcpStream } | null {
  const packet = packetIndex(tcp.flags)
  if (!packet || !validFlags(tcp.flags)) return null
  const state = nextState(false, packet, 'NONE')
  if (state === 'IV' || state === 'IG') return null
  const middle = state !== 'SYN_SENT'
  if (middle && sysctlNumber(k, netns, 'net.netfilter.nf_conntrack_tcp_loose') === 0) return null
  return { state, stream: firstSegment(tcp, middle) }
}

const withLast = (stream: TcpStream, tcp: Tcp, packet: CtTcpPacket, reply: boolean): TcpStream => ({
  ...stream,
  last: {
    ...stream.last,
    packet,
    reply,
    seq: tcp.seq,
    ack: tcp.ack,
    end: segmentEnd(tcp),
    win: tcp.window,
  },
})

/** nf_conntrack_tcp_packet: the connection after a segment of it. */
export function advanceTcp(k: Kernel, row: ConntrackRow, tcp: Tcp, reply: boolean): TcpStep {
  const packet = packetIndex(tcp.flags)
  if (!packet || !validFlags(tcp.flags)) return { did: 'invalid', why: 'flags' }
  const old = row.tcp ?? 'NONE'
  const next = nextState(reply, packet, old)
  const stream = row.stream ?? firstSegment(tcp, true)
  if (next === 'IV') return { did: 'invalid', why: 'state' }
  if (next === 'SYN_SENT' && (old === 'TIME_WAIT' || old === 'CLOSE')) {
    const { seen, last } = stream
    if (seen[0].closing || seen[1].closing || (last.reply === reply && last.packet === 'RST')) return { did: 'reopen' }
  }
  if (next === 'IG' || (next === 'SYN_SENT' && (old === 'TIME_WAIT' || old === 'CLOSE'))) {
    const late = lateAnswer(stream, tcp, packet, reply)
    if (late) return judge(k, row, tcp, packet, reply, 'SYN_SENT', 'SYN_RECV', late)
    return { did: 'row', row: { ...row, stream: unjudged(stream, tcp, packet, reply, old) } }
  }
  if (next === 'TIME_WAIT' && old === 'LAST_ACK' && packet === 'ACK' && challenge(stream, reply))
    return { did: 'row', row: { ...row, stream: withChallenge(stream, false) } }
  if (next === 'CLOSE' && packet === 'RST') return reset(k, row, tcp, reply, old, stream)
  const simultaneous = next === 'SYN_SENT2' || stream.last.simultaneous
  const opened = next === 'SYN_RECV' && reply && packet === 'ACK' && stream.last.simultaneous ? 'ESTABLISHED' : next
  const noted = simultaneous ? { ...stream, last: { ...stream.last, simultaneous } } : stream
  return judge(k, row, tcp, packet, reply, old, opened, noted)
}

/** A SYN/ACK that answers a SYN which was let pass as if out of step: both ends are in step, and so is the entry from now on. */
function lateAnswer(stream: TcpStream, tcp: Tcp, packet: CtTcpPacket, reply: boolean): TcpStream | null {
  const { last } = stream
  if (packet !== 'SYNACK' || last.packet !== 'SYN' || last.reply === reply || tcp.ack !== last.end) return null
  const asked: TcpSender = {
    ...UNSEEN,
    end: last.end,
    maxEnd: last.end,
    maxWin: last.win || 1,
    scale: last.scale,
    scaled: last.scaled,
  }
  const seen = reply ? ([asked, UNSEEN] as const) : ([UNSEEN, asked] as const)
  return { ...stream, seen, last: { ...last, challenged: false } }
}
/** A segment that says nothing sure: remembered, because an answer may show that it was right. */
function unjudged(stream: TcpStream, tcp: Tcp, packet: CtTcpPacket, reply: boolean, old: CtTcpState): TcpStream {
  const noted = withLast(stream, tcp, packet, reply)
  if (packet !== 'SYN' || reply) return noted
  const scaled = tcp.options.wscale !== undefined
  const scale = Math.min(tcp.options.wscale ?? 0, 14)
  return { ...noted, last: { ...noted.last, scale, scaled, challenged: old === 'LAST_ACK' } }
}

const challenge = ({ last }: TcpStream, reply: boolean): boolean =>
  last.reply !== reply && last.packet === 'SYN' && last.challenged
const withChallenge = (stream: TcpStream, challenged: boolean): TcpStream => ({
  ...stream,
  last: { ...stream.last, challenged },
})

/** Of a connection that is closing, any reset is believed (tcp_can_early_drop). */
const CLOSING: ReadonlySet<CtTcpState> = new Set(['FIN_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'CLOSE_WAIT'])

/** A reset counts only where its sequence number is what the other side expects (RFC 5961 section 3). */
function reset(k: Kernel, row: ConntrackRow, tcp: Tcp, reply: boolean, old: CtTcpState, stream: TcpStream): TcpStep {
  if (CLOSING.has(old)) return settle(k, row, tcp, 'RST', reply, old, 'CLOSE', stream)
  const expected = stream.seen[reply ? 0 : 1].maxAck
  const { last } = stream
  let next: CtTcpState = 'CLOSE'
  if (expected !== null && last.packet !== 'SYN') {
    const established = old === 'ESTABLISHED' && row.assured
    const tolerant = sysctlNumber(k, row.netns, 'net.netfilter.nf_conntrack_tcp_ignore_invalid_rst') !== 0
    const answersSyn = tcp.seq === 0 && !established
    if (!answersSyn && before(tcp.seq, expected) && !tolerant) return { did: 'invalid', why: 'reset' }
    const train = last.packet === 'ACK' && last.reply === reply && tcp.seq === last.end
    if (!established || tcp.seq === expected || train) return judge(k, row, tcp, 'RST', reply, old, next, stream)
    next = old
  }
  // It answers a segment that was let pass unjudged: whatever the windows say, the connection is over.
  const unjudged = (row.seenReply && last.packet === 'SYN') || (!row.assured && last.packet === 'ACK')
  const challenged = old === 'SYN_SENT' && last.packet === 'ACK' && last.reply && tcp.seq === last.ack
  if ((unjudged && tcp.ack === last.end) || challenged) return settle(k, row, tcp, 'RST', reply, old, next, stream)
  return judge(k, row, tcp, 'RST', reply, old, next, stream)
}

function judge(
  k: Kernel,
  row: ConntrackRow,
  tcp: Tcp,
  packet: CtTcpPacket,
  reply: boolean,
  old: CtTcpState,
  next: CtTcpState,
  stream: TcpStream,
): TcpStep {
  const liberal = sysctlNumber(k, row.netns, 'net.netfilter.nf_conntrack_tcp_be_liberal') !== 0
  const judged = inWindow(stream, old, reply, tcp, liberal)
  if (judged.did === 'ignore') return { did: 'row', row: { ...row, stream: judged.stream } }
  if (judged.did === 'invalid')
    return { did: 'invalid', why: judged.why, row: outOfStep(k, { ...row, stream: judged.stream }, packet, reply) }
  return settle(k, row, tcp, packet, reply, old, next, counted(judged.stream, tcp, packet, reply))
}

/** nf_tcp_handle_invalid: two ends that close, each out of the other's window, are not kept as long as a connection that lives. */
function outOfStep(k: Kernel, row: ConntrackRow, packet: CtTcpPacket, reply: boolean): ConntrackRow {
  if (!row.assured || (packet !== 'RST' && packet !== 'FIN')) return row
  const stream = row.stream!
  const { last } = stream
  const both = last.reply !== reply && (last.packet === 'FIN' || last.packet === 'RST')
  if (!both) return { ...row, stream: { ...stream, last: { ...last, packet, reply } } }
  const shorter = k.now + sysctlNumber(k, row.netns, 'net.netfilter.nf_conntrack_tcp_timeout_unacknowledged') * SEC
  return row.expires - k.now >= 120 * SEC && row.expires > shorter ? { ...row, expires: shorter } : row
}

/** Retransmissions: the same acknowledgement again and again makes a connection last less long. */
function counted(stream: TcpStream, tcp: Tcp, packet: CtTcpPacket, reply: boolean): TcpStream {
  if (packet !== 'ACK') return stream
  const { last } = stream
  const same =
    last.reply === reply &&
    last.seq === tcp.seq &&
    last.ack === tcp.ack &&
    last.end === segmentEnd(tcp) &&
    last.win === tcp.window
  return { ...withLast(stream, tcp, packet, reply), retrans: same ? stream.retrans + 1 : 0 }
}

/** The segment is in its window: state, timeout and flags follow. */
function settle(
  k: Kernel,
  row: ConntrackRow,
  tcp: Tcp,
  packet: CtTcpPacket,
  reply: boolean,
  old: CtTcpState,
  next: CtTcpState,
  stream: TcpStream,
): TcpStep {
  const last = { ...stream.last, packet, reply }
  const closing = old !== next && next === 'FIN_WAIT'
  const mark = (sender: TcpSender, own: boolean): TcpSender => (closing && own ? { ...sender, closing: true } : sender)
  const seen = [mark(stream.seen[0], !reply), mark(stream.seen[1], reply)] as const
  const after: ConntrackRow = { ...row, tcp: next, stream: { ...stream, seen, last } }
  // A reset before any answer: there never was a connection, and the entry goes at once (nf_ct_kill_acct).
  if (!row.seenReply && packet === 'RST' && row.confirmed) return { did: 'row', row: { ...after, expires: k.now } }
  // A SYN that is sent again does not make the entry last longer.
  if (!row.seenReply && packet === 'SYN' && old === 'SYN_SENT') return { did: 'row', row: after }
  const assured =
    row.assured || (row.seenReply && (old === 'SYN_RECV' || old === 'ESTABLISHED') && next === 'ESTABLISHED')
  return { did: 'row', row: { ...after, assured, expires: k.now + timeout(k, after, packet, next, tcp) } }
}

/** nf_conntrack_tcp_set_closing: who resets a connection on behalf of both ends (REJECT) has it closed before the RST says so. */
export function closeTcp(k: Kernel, row: ConntrackRow): void {
  if (row.tcp === null || row.tcp === 'CLOSE' || !row.confirmed) return
  const expires = k.now + sysctlNumber(k, row.netns, 'net.netfilter.nf_conntrack_tcp_timeout_close') * SEC
  k.world.put(k.t.conntrack, row.id, { ...row, tcp: 'CLOSE', expires })
}

/** How long the connection lasts without another segment. */
function timeout(k: Kernel, row: ConntrackRow, packet: CtTcpPacket, state: CtTcpState, tcp: Tcp): SimTime {
  const read = (leaf: string): number => sysctlNumber(k, row.netns, `net.netfilter.nf_conntrack_tcp_${leaf}`)
  const own = read(`timeout_${TIMEOUT_SYSCTL[state]}`)
  const { seen, retrans } = row.stream!
  const unacknowledged = Math.min(own, read('timeout_unacknowledged'))
  const retransmitted = Math.min(own, read('timeout_max_retrans'))
  if (retrans >= read('max_retrans')) return retransmitted * SEC
  if (packet === 'RST') return read('timeout_close') * SEC
  if (seen[0].unacknowledged || seen[1].unacknowledged) return unacknowledged * SEC
  if (packet === 'ACK' && tcp.window === 0) return retransmitted * SEC
  if (!row.seenReply && state === 'ESTABLISHED') return unacknowledged * SEC
  return own * SEC
}
