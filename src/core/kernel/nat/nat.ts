import type { Ipv4 } from '../../base/ipv4.ts'
import { jhash2 } from '../../base/jhash.ts'
import { IP_PROTO } from '../../wire/constants.ts'
import type { IpPayload, Ipv4Packet } from '../../wire/types.ts'
import { findTuple } from '../conntrack/conntrack.ts'
import { invert } from '../conntrack/tuple.ts'
import type { Kernel } from '../kernel.ts'
import type { NatRange } from '../netfilter/types.ts'
import type { ConntrackRow, Tuple } from '../tables.ts'

export type Manip = 'src' | 'dst'

const ANY_PORT = { minPort: null, maxPort: null, random: false, randomFully: false, persistent: false } as const
export const exactAddress = (ip: Ipv4): NatRange => ({ minIp: ip, maxIp: ip, ...ANY_PORT })

/** The ports a source NAT may use when the rule names none: it stays in the class of the original (nf_nat_l4proto_unique_tuple). */
function portWindow(original: number): readonly [number, number] {
  if (original < 512) return [1, 511]
  if (original < 1024) return [600, 1023]
  return [1024, 65535]
}

/** Whether an answer could not be told from another connection's: its reply tuple is in the table (nf_nat_used_tuple). */
function used(k: Kernel, row: ConntrackRow, tuple: Tuple): boolean {
  const other = findTuple(k, row.netns, invert(tuple), row.zone)
  return other !== undefined && other.id !== row.id
}

/**
 * nf_nat_setup_info: chooses the tuple for one half of a connection's translation and writes it into the entry.
 * Without a rule the range is the packet's own address (null binding), which still moves the port when the tuple is taken.
 */
export function setupNat(k: Kernel, row: ConntrackRow, manip: Manip, range: NatRange): ConntrackRow {
  const current = invert(row.reply)
  const chosen = uniqueTuple(k, row, current, manip, range)
  const changed =
    chosen.src !== current.src ||
    chosen.dst !== current.dst ||
    chosen.sport !== current.sport ||
    chosen.dport !== current.dport
  const next: ConntrackRow = {
    ...row,
    reply: changed ? invert(chosen) : row.reply,
    snat: row.snat || (changed && manip === 'src'),
    dnat: row.dnat || (changed && manip === 'dst'),
    snatDone: row.snatDone || manip === 'src',
    dnatDone: row.dnatDone || manip === 'dst',
  }
  k.world.put(k.t.conntrack, row.id, next)
  return next
}

function uniqueTuple(k: Kernel, row: ConntrackRow, orig: Tuple, manip: Manip, range: NatRange): Tuple {
  const random = range.random || range.randomFully
  if (manip === 'src' && !random && inRange(orig, manip, range) && !used(k, row, orig)) return orig
  const moved = chooseAddress(orig, row.zone, manip, range)
  if (!random) {
    if (range.minPort === null ? !used(k, row, moved) : inPorts(moved, manip, range) && !used(k, row, moved))
      return moved
  }
  return choosePort(k, row, moved, manip, range)
}

const addressOf = (t: Tuple, manip: Manip): Ipv4 => (manip === 'src' ? t.src : t.dst)
const portOf = (t: Tuple, manip: Manip): number => (manip === 'src' || t.proto === IP_PROTO.icmp ? t.sport : t.dport)

function inRange(t: Tuple, manip: Manip, range: NatRange): boolean {
  const ip = addressOf(t, manip)
  if (range.minIp !== null && (ip < range.minIp || ip > range.maxIp!)) return false
  return range.minPort === null || inPorts(t, manip, range)
}

const inPorts = (t: Tuple, manip: Manip, range: NatRange): boolean =>
  range.minPort === null || (portOf(t, manip) >= range.minPort && portOf(t, manip) <= range.maxPort!)

/** As the processor (little-endian) reads an address off the wire. */
const asRead = (ip: Ipv4): number => ((ip << 24) | ((ip & 0xff00) << 8) | ((ip >>> 8) & 0xff00) | (ip >>> 24)) >>> 0

/** find_best_ips_proto: one address of the range, by a hash of who talks to whom; the same for one pair after every boot. */
function chooseAddress(t: Tuple, zone: number, manip: Manip, range: NatRange): Tuple {
  if (range.minIp === null) return t
  const span = range.maxIp! - range.minIp + 1
  const hash = span === 1 ? 0 : jhash2([asRead(t.src), 0, 0, 0], range.persistent ? 0 : (asRead(t.dst) ^ zone) >>> 0)
  const ip = range.minIp + Math.floor((hash * span) / 2 ** 32)
  return manip === 'src' ? { ...t, src: ip } : { ...t, dst: ip }
}

const withPort = (t: Tuple, manip: Manip, port: number): Tuple =>
  manip === 'src' || t.proto === IP_PROTO.icmp ? { ...t, sport: port } : { ...t, dport: port }

function choosePort(k: Kernel, row: ConntrackRow, t: Tuple, manip: Manip, range: NatRange): Tuple {
  const hasPorts = t.proto === IP_PROTO.tcp || t.proto === IP_PROTO.udp || t.proto === IP_PROTO.icmp
  if (!hasPorts) return t
  // A destination port is changed only when the rule gives one.
  if (range.minPort === null && manip === 'dst') return t
  const icmp = t.proto === IP_PROTO.icmp
  const [min, max] =
    range.minPort !== null ? [range.minPort, range.maxPort!] : icmp ? [0, 65535] : portWindow(portOf(t, manip))
  const size = max - min + 1
  let offset =
    range.random || range.randomFully
      ? k.world.random('nat')
      : manip === 'dst' && size === 1
        ? 0
        : k.world.random('nat')
  // 128 candidates, then another start with half as many, down to 16.
  // When all are taken the last one stays, and the connection fails when it is to enter the table.
  let candidate = t
  for (let attempts = Math.min(size, 128); ; attempts = attempts >> 1) {
    for (let i = 0; i < attempts; i++) {
      candidate = withPort(t, manip, min + ((offset + i) % size))
      if (!used(k, row, candidate)) return candidate
    }
    if (attempts >= size || attempts < 16) return candidate
    offset = k.world.random('nat')
  }
}

/** The tuple that a packet of this connection and direction must have after translation of one half. */
export function translated(row: ConntrackRow, reply: boolean): Tuple {
  return invert(reply ? row.orig : row.reply)
}

/** nf_nat_manip_pkt: puts address and port of `target` into one side of the header. Checksums follow from the values. */
export function manipulate(ip: Ipv4Packet, target: Tuple, manip: Manip): Ipv4Packet {
  const payload = manipulatePayload(ip.payload, target, manip, ip.frag)
  return manip === 'src' ? { ...ip, src: target.src, payload } : { ...ip, dst: target.dst, payload }
}

function manipulatePayload(p: IpPayload, target: Tuple, manip: Manip, frag: number): IpPayload {
  if (frag > 0) return p
  if (p.l === 'tcp' || p.l === 'udp') {
    return manip === 'src' ? { ...p, sport: target.sport } : { ...p, dport: target.dport }
  }
  if (p.l === 'icmp' && (p.type === 0 || p.type === 8 || (p.type >= 13 && p.type <= 18))) {
    return { ...p, rest: ((target.sport << 16) | (p.rest & 0xffff)) >>> 0 }
  }
  return p
}
