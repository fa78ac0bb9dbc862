import { maskOf } from '../../base/cidr.ts'
import type { Ipv4 } from '../../base/ipv4.ts'
import type { Mac } from '../../base/mac.ts'
import { IP_PROTO } from '../../wire/constants.ts'
import type { Kernel } from '../kernel.ts'
import type { SetMatch, SetUse } from '../netfilter/types.ts'
import { NOTHING } from './element.ts'
import { KINDS } from './kinds.ts'
import { addMember, deleteMember, findMember, findSet, membersOf, updateMember } from './sets.ts'
import type { Direction, Element, MemberRow, SetRow } from './types.ts'

/** What sets ask of a packet. */
export interface SetPacket {
  readonly src: Ipv4
  readonly dst: Ipv4
  readonly proto: number
  /** -1: none. */
  readonly sport: number
  readonly dport: number
  readonly icmpType: number
  readonly icmpCode: number
  readonly laterFragment: boolean
  readonly in: string
  readonly out: string
  readonly srcMac: Mac
  readonly length: number
}

/**
 * ip_set_test: whether a packet is in a set, before `!`. A set of more dimensions than the rule gives directions holds no packet. Counts the
 * packet with the member where the set counts.
 */
export function packetInSet(k: Kernel, netns: number, match: SetMatch, packet: SetPacket): boolean {
  const set = findSet(k, netns, match.name)
  if (!set) return false
  if (set.type !== 'list:set') return packetInOne(k, set, match, packet)
  return membersOf(k, set).some((row) => {
    const inner = findSet(k, netns, row.element.set)
    return inner !== undefined && packetInOne(k, inner, match, packet)
  })
}

function packetInOne(k: Kernel, set: SetRow, match: SetMatch, packet: SetPacket): boolean {
  const { parts } = KINDS[set.type]
  if (match.dirs.length < parts.length || set.family !== 'inet') return false
  const element = elementOf(set, match.dirs, packet)
  if (!element) return false
  const found = lookup(k, set, element)
  if (!found) return false
  if (set.type === 'bitmap:ip,mac' && !macFits(k, set, found, packet)) return false
  const counts = !set.counters || counted(k, set, found, match, packet)
  return counts && found.nomatch === match.returnNomatch
}

/** ip_set_match_extensions: the packet is counted first, then asked whether that is few or many enough. */
function counted(k: Kernel, set: SetRow, found: MemberRow, match: SetMatch, packet: SetPacket): boolean {
  const after = match.update ? { ...found, packets: found.packets + 1, bytes: found.bytes + packet.length } : found
  if (match.update) updateMember(k, set, after)
  return match.counters.every((test) => holds(after[test.field], test))
}

function holds(value: number, test: SetMatch['counters'][number]): boolean {
  const is = test.op === 'eq' ? value === test.value : test.op === 'lt' ? value < test.value : value > test.value
  return is !== test.invert
}

/** An address without a MAC takes that of the first packet it is asked about (bitmap_ipmac_do_test answers -EAGAIN). */
function macFits(k: Kernel, set: SetRow, found: MemberRow, packet: SetPacket): boolean {
  if (packet.srcMac < 0) return false
  if (found.element.mac >= 0) return found.element.mac === packet.srcMac
  updateMember(k, set, { ...found, element: { ...found.element, mac: packet.srcMac } })
  return true
}

/** The element that a packet is, seen in the given directions; `null` where it has no such thing (a port, a device). */
function elementOf(set: SetRow, dirs: readonly Direction[], packet: SetPacket): Element | null {
  let element = NOTHING
  for (const [i, part] of KINDS[set.type].parts.entries()) {
    const from = dirs[i] === 'src'
    switch (part) {
      case 'ip':
      case 'net': {
        const ip = from ? packet.src : packet.dst
        const cut = set.type === 'bitmap:ip' || i === 0 ? (ip & maskOf(set.netmask)) >>> 0 : ip
        element = i === 0 ? { ...element, ip: cut } : { ...element, ip2: ip }
        break
      }
      case 'port': {
        const port = portOf(packet, from)
        if (port === null || (set.type === 'bitmap:port' && !isTcpOrUdp(packet.proto))) return null
        element = { ...element, port, proto: set.type === 'bitmap:port' ? 0 : packet.proto }
        break
      }
      case 'iface': {
        const iface = from ? packet.in : packet.out
        if (iface === '') return null
        element = { ...element, iface }
        break
      }
      case 'mac':
      case 'set':
        break
    }
  }
  return element
}

const isTcpOrUdp = (proto: number): boolean => proto === IP_PROTO.tcp || proto === IP_PROTO.udp

/** get_port (ip_set_getport.c): the port, an ICMP message's type and code, 0 for protocols without either. */
function portOf(packet: SetPacket, from: boolean): number | null {
  if (packet.proto === IP_PROTO.icmp) {
    return packet.icmpType < 0 || packet.laterFragment ? null : (packet.icmpType << 8) | packet.icmpCode
  }
  if (!isTcpOrUdp(packet.proto)) return 0
  const port = from ? packet.sport : packet.dport
  return port < 0 || packet.laterFragment ? null : port
}

/** The member that holds an element of whole addresses: in types with prefixes the most specific one (mtype_test_cidrs). */
export function lookup(k: Kernel, set: SetRow, element: Element): MemberRow | undefined {
  const { parts } = KINDS[set.type]
  const at = parts.indexOf('net')
  if (at < 0) return findMember(k, set, element)
  for (let len = 32; len >= 0; len--) {
    const probe =
      at === 0
        ? { ...element, ip: (element.ip & maskOf(len)) >>> 0, len }
        : { ...element, ip2: (element.ip2 & maskOf(len)) >>> 0, len2: len }
    const found = findMember(k, set, probe)
    if (found) return found
  }
  return undefined
}

/** `-j SET`: what the packet is becomes, or ceases to be, a member (xt_set_target). */
export function changeSetByPacket(
  k: Kernel,
  netns: number,
  what: 'add' | 'del',
  use: SetUse,
  packet: SetPacket,
  options: { readonly exist: boolean; readonly timeout: number | null },
): void {
  const named = findSet(k, netns, use.name)
  if (!named) return
  const sets =
    named.type === 'list:set' ? membersOf(k, named).flatMap((row) => findSet(k, netns, row.element.set) ?? []) : [named]
  for (const set of sets) {
    const fits = use.dirs.length >= KINDS[set.type].parts.length && set.family === 'inet'
    const seen = fits ? elementOf(set, use.dirs, packet) : null
    const element = seen && withPrefix(k, set, seen)
    if (!element) continue
    const done =
      what === 'add'
        ? addMember(
            k,
            set,
            element,
            options.timeout === null || set.timeout === null ? {} : { timeout: options.timeout },
            options.exist,
          )
        : deleteMember(k, set, element)
    if (done.ok) return
  }
}

/** A packet's address becomes a prefix as long as the longest in the set (INIT_CIDR). */
function withPrefix(k: Kernel, set: SetRow, element: Element): Element {
  const at = KINDS[set.type].parts.indexOf('net')
  if (at < 0) return element
  const lengths = membersOf(k, set).map((row) => (at === 0 ? row.element.len : row.element.len2))
  const len = lengths.length === 0 ? 32 : Math.max(...lengths)
  return at === 0
    ? { ...element, ip: (element.ip & maskOf(len)) >>> 0, len }
    : { ...element, ip2: (element.ip2 & maskOf(len)) >>> 0, len2: len }
}
