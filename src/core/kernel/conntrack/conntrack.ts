import { SEC, type SimTime } from '../../base/time.ts'
import { IP_PROTO, TCP_FLAG, isIcmpError } from '../../wire/constants.ts'
import type { Ipv4Packet } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import { type ConntrackRow, type CtTcpState, type Tuple, tupleKey } from '../tables.ts'
import { TIMEOUT_SYSCTL, nextState, packetIndex, validFlags } from './tcp.ts'
import { icmpOpens, invert, tupleOf } from './tuple.ts'

/** What conntrack makes of a packet: its connection and how it relates to it. */
export type Tracked =
  | {
      readonly ok: true
      readonly row: ConntrackRow
      readonly info: 'NEW' | 'ESTABLISHED' | 'RELATED'
      readonly reply: boolean
    }
  | { readonly ok: false; readonly why: 'invalid' | 'untracked' | 'table-full' }

const INVALID: Tracked = { ok: false, why: 'invalid' }

/** The live entry that a tuple belongs to. One that has timed out is removed on the way, as the kernel's gc does (nf_ct_gc_expired). */
export function findTuple(k: Kernel, netns: number, tuple: Tuple, zone = 0): ConntrackRow | undefined {
  const row = k.t.conntrackByTuple.at(tupleKey(netns, zone, tuple)).first()
  if (!row) return undefined
  if (row.expires > k.now) return row
  k.world.delete(k.t.conntrack, row.id)
  return undefined
}

const sameTuple = (a: Tuple, b: Tuple): boolean =>
  a.src === b.src && a.dst === b.dst && a.sport === b.sport && a.dport === b.dport && a.proto === b.proto

/** nf_conntrack_in: finds or makes the connection of a packet and moves its state on. */
export function track(k: Kernel, netns: number, ip: Ipv4Packet, zone = 0): Tracked {
  if (ip.payload.l === 'icmp' && isIcmpError(ip.payload.type)) return trackError(k, netns, ip, zone)
  const tuple = tupleOf(ip)
  if (!tuple) return INVALID
  const found = findTuple(k, netns, tuple, zone)
  if (!found) return create(k, netns, ip, tuple, zone)
  const reply = !sameTuple(found.orig, tuple)
  const row = advance(k, found, ip, reply)
  if (!row) return create(k, netns, ip, tuple, zone)
  if (row === 'invalid') return INVALID
  const established = reply || found.seenReply
  const info = established ? 'ESTABLISHED' : found.master !== 0 ? 'RELATED' : 'NEW'
  return { ok: true, row, info, reply }
}

/** An ICMP error belongs to the connection of the datagram it quotes (nf_conntrack_inet_error): RELATED, or INVALID without one. */
function trackError(k: Kernel, netns: number, ip: Ipv4Packet, zone: number): Tracked {
  if (ip.payload.l !== 'icmp' || ip.payload.payload.l !== 'ipv4') return INVALID
  const quoted = tupleOf(ip.payload.payload)
  if (!quoted) return INVALID
  const inner = invert(quoted)
  const row = findTuple(k, netns, inner, zone)
  if (!row) return INVALID
  // The quote travels against the direction of the datagram it quotes.
  return { ok: true, row, info: 'RELATED', reply: !sameTuple(row.orig, inner) }
}

function create(k: Kernel, netns: number, ip: Ipv4Packet, tuple: Tuple, zone: number): Tracked {
  const tcp = firstTcpState(k, netns, ip)
  if (tcp === 'invalid') return INVALID
  if (tuple.proto === IP_PROTO.icmp && !icmpOpens(tuple)) return INVALID
  if (full(k, netns)) return { ok: false, why: 'table-full' }
  const row: ConntrackRow = {
    id: k.world.next('conntrack'),
    netns,
    zone,
    orig: tuple,
    reply: invert(tuple),
    tcp,
    seenReply: false,
    assured: false,
    confirmed: false,
    snat: false,
    dnat: false,
    snatDone: false,
    dnatDone: false,
    mark: 0,
    master: 0,
    created: k.now,
    expires: k.now + timeout(k, netns, tuple.proto, tcp, false, 0),
    masq: 0,
    window: null,
  }
  k.world.put(k.t.conntrack, row.id, row)
  return { ok: true, row, info: 'NEW', reply: false }
}

/** tcp_new: SYN opens; with tcp_loose an ACK in the middle of a stream is picked up; anything else is invalid. */
function firstTcpState(k: Kernel, netns: number, ip: Ipv4Packet): CtTcpState | null | 'invalid' {
  if (ip.payload.l !== 'tcp') return null
  const { flags } = ip.payload
  const packet = packetIndex(flags)
  if (!packet || !validFlags(flags)) return 'invalid'
  const next = nextState(false, packet, 'NONE')
  if (next === 'IV' || next === 'IG') return 'invalid'
  if (next !== 'SYN_SENT' && sysctlNumber(k, netns, 'net.netfilter.nf_conntrack_tcp_loose') === 0) return 'invalid'
  return next
}

/** nf_conntrack_max: when full, an entry that is not assured makes room (early_drop); when there is none, the packet is dropped. */
function full(k: Kernel, netns: number): boolean {
  const max = sysctlNumber(k, netns, 'net.netfilter.nf_conntrack_max')
  const bucket = k.t.conntrackByNetns.at(netns)
  if (bucket.size < max) return false
  const victim = bucket.rows().find((row) => row.expires <= k.now || (row.confirmed && !row.assured))
  if (!victim) return true
  k.world.delete(k.t.conntrack, victim.id)
  return false
}

/** The connection after this packet; `undefined` when the packet opens a new one in its place. */
function advance(k: Kernel, row: ConntrackRow, ip: Ipv4Packet, reply: boolean): ConntrackRow | 'invalid' | undefined {
  const next = ip.payload.l === 'tcp' ? advanceTcp(k, row, ip.payload.flags, reply) : advanceOther(k, row, ip, reply)
  if (typeof next === 'object') k.world.put(k.t.conntrack, row.id, next)
  return next
}

function advanceOther(k: Kernel, row: ConntrackRow, ip: Ipv4Packet, reply: boolean): ConntrackRow {
  const seenReply = row.seenReply || reply
  const stream = ip.proto === IP_PROTO.udp && row.seenReply && k.now - row.created > 2 * SEC
  const expires = k.now + timeout(k, row.netns, ip.proto, null, stream, 0)
  return { ...row, seenReply, assured: row.assured || stream, expires }
}

function advanceTcp(k: Kernel, row: ConntrackRow, flags: number, reply: boolean): ConntrackRow | 'invalid' | undefined {
  const packet = packetIndex(flags)
  if (!packet || !validFlags(flags)) return 'invalid'
  const before = row.tcp ?? 'NONE'
  const next = nextState(reply, packet, before)
  if (next === 'IV') return 'invalid'
  if (next === 'IG') return row
  // A SYN on a finished connection opens a new one (tcp_packet, case TCP_CONNTRACK_SYN_SENT).
  if (next === 'SYN_SENT' && !reply && (before === 'TIME_WAIT' || before === 'CLOSE')) {
    k.world.delete(k.t.conntrack, row.id)
    return undefined
  }
  const rst = (flags & TCP_FLAG.rst) !== 0
  if (rst && !row.seenReply && row.confirmed) {
    // A reset before any answer: there never was a connection, and the entry goes at once (nf_ct_kill_acct).
    const dying = { ...row, tcp: 'CLOSE' as const, expires: k.now }
    return dying
  }
  const assured =
    row.assured || (row.seenReply && (before === 'SYN_RECV' || before === 'ESTABLISHED') && next === 'ESTABLISHED')
  return {
    ...row,
    tcp: next,
    seenReply: row.seenReply || reply,
    assured,
    expires: k.now + timeout(k, row.netns, IP_PROTO.tcp, next, false, 0),
  }
}

/** How long an entry lasts without further packets (nf_conntrack_proto_*.c, sysctl net.netfilter.*). */
function timeout(
  k: Kernel,
  netns: number,
  proto: number,
  tcp: CtTcpState | null,
  stream: boolean,
  _retrans: number,
): SimTime {
  const read = (leaf: string): SimTime => sysctlNumber(k, netns, `net.netfilter.nf_conntrack_${leaf}`) * SEC
  if (proto === IP_PROTO.tcp) return read(`tcp_timeout_${TIMEOUT_SYSCTL[tcp ?? 'NONE']}`)
  if (proto === IP_PROTO.udp) return read(stream ? 'udp_timeout_stream' : 'udp_timeout')
  if (proto === IP_PROTO.icmp) return read('icmp_timeout')
  return read('generic_timeout')
}

/** __nf_conntrack_confirm: the packet got through, so its connection enters the table. False: somebody took its tuple meanwhile. */
export function confirm(k: Kernel, id: number): boolean {
  const row = k.t.conntrack.get(id)
  if (!row || row.confirmed) return true
  const taken = findTuple(k, row.netns, row.orig, row.zone) ?? findTuple(k, row.netns, row.reply, row.zone)
  if (taken) return false
  k.world.put(k.t.conntrack, id, { ...row, confirmed: true })
  return true
}

/** Entries of a namespace that are in the table and alive, oldest first: what `conntrack -L` lists. */
export const liveEntries = (k: Kernel, netns: number): readonly ConntrackRow[] =>
  k.t.conntrackByNetns
    .at(netns)
    .rows()
    .filter((row) => row.confirmed && row.expires > k.now)
