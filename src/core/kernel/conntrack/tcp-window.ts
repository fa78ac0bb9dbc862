import type { Tcp } from '../../wire/types.ts'
import { TCP_FLAG } from '../../wire/constants.ts'
import type { CtTcpState, TcpSegment, TcpSender, TcpStream } from '../tables.ts'

/** Sequence numbers as RFC 9293 compares them: `a` before `b`. */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0
const after = (a: number, b: number): boolean => before(b, a)
const add = (a: number, b: number): number => (a + b) >>> 0

/** segment_seq_plus_len: the sequence number after a segment. */
export const segmentEnd = (tcp: Tcp): number =>
  add(tcp.seq, tcp.payload.data.length + (tcp.flags & TCP_FLAG.syn ? 1 : 0) + (tcp.flags & TCP_FLAG.fin ? 1 : 0))

/** A sender of whom nothing has been seen. */
export const UNSEEN: TcpSender = {
  end: 0,
  maxEnd: 0,
  maxWin: 0,
  maxAck: null,
  scale: 0,
  scaled: false,
  liberal: false,
  closing: false,
  unacknowledged: false,
}
const NO_SEGMENT: TcpSegment = {
  packet: null,
  reply: false,
  seq: 0,
  ack: 0,
  end: 0,
  win: 0,
  scale: 0,
  scaled: false,
  challenged: false,
  simultaneous: false,
}

/** tcp_options: what a SYN says of window scaling (at most 14, RFC 7323 section 2.3). */
const scaling = (tcp: Tcp): Pick<TcpSender, 'scale' | 'scaled'> => ({
  scale: Math.min(tcp.options.wscale ?? 0, 14),
  scaled: tcp.options.wscale !== undefined,
})

/** The part of tcp_new that remembers the first sender. `middle`: not a SYN, but a connection whose start was missed. */
export function firstSegment(tcp: Tcp, middle: boolean): TcpStream {
  const end = segmentEnd(tcp)
  const maxWin = tcp.window || 1
  const first = middle
    ? { ...UNSEEN, end, maxWin, maxEnd: add(end, maxWin), liberal: true }
    : { ...UNSEEN, end, maxWin, maxEnd: end, ...scaling(tcp) }
  return { seen: [first, middle ? { ...UNSEEN, liberal: true } : UNSEEN], last: NO_SEGMENT, retrans: 0 }
}

/** What tcp_in_window says: let pass and move on, or let pass unjudged, or no part of this connection; in all cases what it has seen now. */
export type Judged =
  | { readonly did: 'accept' | 'ignore'; readonly stream: TcpStream }
  | { readonly did: 'invalid'; readonly why: 'seq-over' | 'ack-over'; readonly stream: TcpStream }

/** However small the windows, an acknowledgement may be this old (MAXACKWINCONST). */
const MAX_ACK_WINDOW = 66000

/**
 * tcp_in_window (net/netfilter/nf_conntrack_proto_tcp.c): whether a segment fits what its connection has seen of both sides. Not modelled:
 * SACK blocks, sequence numbers moved by helpers.
 */
export function inWindow(stream: TcpStream, state: CtTcpState, reply: boolean, tcp: Tcp, liberal: boolean): Judged {
  const [dir, other] = reply ? ([1, 0] as const) : ([0, 1] as const)
  const seen: [TcpSender, TcpSender] = [...stream.seen]
  const end = segmentEnd(tcp)
  const syn = (tcp.flags & TCP_FLAG.syn) !== 0
  const hasAck = (tcp.flags & TCP_FLAG.ack) !== 0
  const rst = (tcp.flags & TCP_FLAG.rst) !== 0
  const noted = (): TcpStream => ({ ...stream, seen })
  const done = (): Judged => ({ did: 'accept', stream: noted() })
  if (seen[dir].maxWin === 0) {
    if (syn) {
      start(seen, dir, tcp, end)
      if (!hasAck) return done()
    } else meet(seen, dir, tcp, end)
  } else if (syn && after(end, seen[dir].end) && (state === 'SYN_SENT' || state === 'SYN_RECV')) {
    start(seen, dir, tcp, end)
    if (reply && !hasAck) return done()
  }
  const [sender, receiver] = [seen[dir], seen[other]]
  const ack = !hasAck || (rst && tcp.ack === 0) ? receiver.end : tcp.ack
  // A reset that answers a SYN carries no sequence number.
  const reset = rst && tcp.seq === 0 && state === 'SYN_SENT'
  const [from, to] = reset ? [sender.end, sender.end] : [tcp.seq, end]
  const loose = liberal || sender.liberal
  const invalid = (why: 'seq-over' | 'ack-over'): Judged => (loose ? done() : { did: 'invalid', why, stream: noted() })
  const ignore = (): Judged => (loose ? done() : { did: 'ignore', stream: noted() })
  const oldest = receiver.end - Math.max(sender.maxWin, MAX_ACK_WINDOW) - 1
  const received = receiver.maxWin === 0 || after(to, sender.end - receiver.maxWin - 1)
  if (!before(from, sender.maxEnd + 1)) {
    const slightly = (to - sender.maxEnd + 1) >>> 0 <= receiver.maxWin
    const fits = receiver.maxWin !== 0 && received && after(ack, oldest) && before(ack, receiver.end + 1)
    if (!slightly || !fits) return invalid('seq-over')
    // More than the window allowed: believed, or all that follows would be out of step.
    seen[dir] = { ...sender, end: to, unacknowledged: true }
    return ignore()
  }
  if (!before(ack, receiver.end + 1)) return invalid('ack-over')
  if (!received || !after(ack, oldest)) return ignore()
  const win = syn ? tcp.window : tcp.window * 2 ** sender.scale
  seen[dir] = sent(sender, to, hasAck ? ack : null, win)
  seen[other] = room(receiver, sender, to, ack, win)
  return done()
}

/** tcp_init_sender: a SYN says all about its sender. Scaling holds only if both offer it. */
function start(seen: [TcpSender, TcpSender], dir: 0 | 1, tcp: Tcp, end: number): void {
  seen[dir] = { ...seen[dir], end, maxEnd: end, maxWin: tcp.window || 1, ...scaling(tcp) }
  if (dir === 0 || (seen[0].scaled && seen[1].scaled)) return
  seen[0] = { ...seen[0], scale: 0 }
  seen[1] = { ...seen[1], scale: 0 }
}

/** The first that is seen of a sender, in the middle of its stream. */
function meet(seen: [TcpSender, TcpSender], dir: 0 | 1, tcp: Tcp, end: number): void {
  const maxWin = tcp.window * 2 ** seen[dir].scale || 1
  seen[dir] = { ...seen[dir], end, maxWin, maxEnd: add(end, maxWin) }
  const other = dir === 0 ? 1 : 0
  const receiver = seen[other]
  if (receiver.maxWin === 0) seen[other] = { ...receiver, end: tcp.ack, maxEnd: tcp.ack }
  else if (tcp.ack === add(receiver.end, 1)) seen[other] = { ...receiver, end: tcp.ack }
}

function sent(sender: TcpSender, end: number, ack: number | null, win: number): TcpSender {
  const further = after(end, sender.end)
  return {
    ...sender,
    maxWin: Math.max(sender.maxWin, win),
    end: further ? end : sender.end,
    unacknowledged: sender.unacknowledged || further,
    maxAck: ack !== null && (sender.maxAck === null || after(ack, sender.maxAck)) ? ack : sender.maxAck,
  }
}

function room(receiver: TcpSender, sender: TcpSender, end: number, ack: number, win: number): TcpSender {
  const edge = add(ack, win)
  const wider =
    receiver.maxWin !== 0 && after(end, sender.maxEnd) ? add(receiver.maxWin, end - sender.maxEnd) : receiver.maxWin
  const maxEnd = after(edge, receiver.maxEnd - 1) ? add(edge, win === 0 ? 1 : 0) : receiver.maxEnd
  return { ...receiver, maxWin: wider, maxEnd, unacknowledged: receiver.unacknowledged && ack !== receiver.end }
}
