import { SEC, type SimTime } from '../../base/time.ts'
import { IP_PROTO, isIcmpError } from '../../wire/constants.ts'
import type { Ipv4Packet, Tcp } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import { type ConntrackRow, type Tuple, tupleKey } from '../tables.ts'
import { type TcpProblem, type TcpStep, advanceTcp, openTcp } from './tcp-track.ts'
import { icmpOpens, invert, tupleOf } from './tuple.ts'

/** What conntrack makes of a packet: its connection and how it relates to it. */
export type Tracked =
  | {
      readonly ok: true
      readonly row: ConntrackRow
      readonly info: 'NEW' | 'ESTABLISHED' | 'RELATED'
      readonly reply: boolean
    }
  | { readonly ok: false; readonly why: Untracked }

/** Why a packet has no connection: INVALID for one of these reasons, or dropped because there is no room. */
export type Untracked = TcpProblem | 'icmp' | 'fragment' | 'no-request' | 'table-full'

const invalid = (why: Untracked): Tracked => ({ ok: false, why })

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
  if (!tuple) return invalid(ip.payload.l === 'icmp' ? 'icmp' : 'fragment')
  const found = findTuple(k, netns, tuple, zone)
  if (!found) return create(k, netns, ip, tuple, zone)
  const reply = !sameTuple(found.orig, tuple)
  const advanced = ip.payload.l === 'tcp' ? advanceTcp(k, found, ip.payload, reply) : advanceOther(k, found, ip, reply)
  if (advanced.did === 'reopen') {
    k.world.delete(k.t.conntrack, found.id)
    return create(k, netns, ip, tuple, zone)
  }
  if (advanced.did === 'invalid') {
    if (advanced.row) k.world.put(k.t.conntrack, found.id, advanced.row)
    return invalid(advanced.why)
  }
  // IPS_SEEN_REPLY is set when all is done: the first answer does not count itself.
  const row = reply && !advanced.row.seenReply ? { ...advanced.row, seenReply: true } : advanced.row
  k.world.put(k.t.conntrack, row.id, row)
  const established = reply || found.seenReply
  const info = established ? 'ESTABLISHED' : found.master !== 0 ? 'RELATED' : 'NEW'
  return { ok: true, row, info, reply }
}

/** An ICMP error belongs to the connection of the datagram it quotes (nf_conntrack_inet_error): RELATED, or INVALID without one. */
function trackError(k: Kernel, netns: number, ip: Ipv4Packet, zone: number): Tracked {
  if (ip.payload.l !== 'icmp' || ip.payload.payload.l !== 'ipv4') return invalid('icmp')
  const quoted = tupleOf(ip.payload.payload)
  if (!quoted) return invalid('icmp')
  const inner = invert(quoted)
  const row = findTuple(k, netns, inner, zone)
  if (!row) return invalid('icmp')
  // The quote travels against the direction of the datagram it quotes.
  return { ok: true, row, info: 'RELATED', reply: !sameTuple(row.orig, inner) }
}

function create(k: Kernel, netns: number, ip: Ipv4Packet, tuple: Tuple, zone: number): Tracked {
  const opened = ip.payload.l === 'tcp' ? openTcp(k, netns, ip.payload) : null
  if (ip.payload.l === 'tcp' && !opened) return invalid('state')
  if (tuple.proto === IP_PROTO.icmp && !icmpOpens(tuple)) return invalid('no-request')
  if (full(k, netns)) return invalid('table-full')
  const fresh: ConntrackRow = {
    id: k.world.next('conntrack'),
    netns,
    zone,
    orig: tuple,
    reply: invert(tuple),
    tcp: null,
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
    expires: k.now + timeout(k, netns, tuple.proto, false),
    masq: 0,
    stream: null,
  }
  const row = opened && ip.payload.l === 'tcp' ? firstTcp(k, fresh, opened, ip.payload) : fresh
  k.world.put(k.t.conntrack, row.id, row)
  return { ok: true, row, info: 'NEW', reply: false }
}

/** The first segment is judged like any other, by what it has just said about its sender. */
function firstTcp(
  k: Kernel,
  fresh: ConntrackRow,
  opened: NonNullable<ReturnType<typeof openTcp>>,
  tcp: Tcp,
): ConntrackRow {
  const judged = advanceTcp(k, { ...fresh, tcp: 'NONE', stream: opened.stream }, tcp, false)
  return judged.did === 'row' ? judged.row : { ...fresh, tcp: opened.state, stream: opened.stream }
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

function advanceOther(k: Kernel, row: ConntrackRow, ip: Ipv4Packet, reply: boolean): TcpStep {
  const stream = ip.proto === IP_PROTO.udp && row.seenReply && k.now - row.created > 2 * SEC
  const expires = k.now + timeout(k, row.netns, ip.proto, stream)
  return { did: 'row', row: { ...row, seenReply: row.seenReply || reply, assured: row.assured || stream, expires } }
}

/** How long an entry lasts without further packets (nf_conntrack_proto_*.c, sysctl net.netfilter.*). TCP: tcp-track.ts. */
function timeout(k: Kernel, netns: number, proto: number, stream: boolean): SimTime {
  const read = (leaf: string): SimTime => sysctlNumber(k, netns, `net.netfilter.nf_conntrack_${leaf}`) * SEC
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
