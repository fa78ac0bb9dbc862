import { MS } from '../../base/time.ts'
import { type Ipv4, isLoopback, isMulticast } from '../../base/ipv4.ts'
import { IP_PROTO, isIcmpError } from '../../wire/constants.ts'
import { emitIpPayload } from '../../wire/emit.ts'
import { ipLength } from '../../wire/length.ts'
import type { Icmp, Ipv4Packet } from '../../wire/types.ts'
import type { DropReason, Point } from '../../trace/vocabulary.ts'
import type { PathDetail } from '../details.ts'
import type { Kernel, LocalDelivery, Tracking } from '../kernel.ts'
import { learnMtu } from '../route/pmtu.ts'
import { addressType, fibLookup } from '../route/lookup.ts'
import { sysctl, sysctlNumber } from '../sysctl/sysctl.ts'
import type { LinkRow } from '../tables.ts'
import { type Skb, drop, forget, ipOf, step } from './skb.ts'

/** A datagram in an error is quoted as far as the whole error stays within this many bytes (RFC 1812 section 4.3.2.3). */
const MAX_ERROR = 576
const HEADERS = 28

/** As much of a datagram as an ICMP error quotes. */
function quote(ip: Ipv4Packet): Ipv4Packet {
  const total = ipLength(ip)
  if (total <= MAX_ERROR - HEADERS) return ip
  const data = emitIpPayload(ip).slice(0, MAX_ERROR - HEADERS - 20)
  return { ...ip, totalLength: total, payload: { l: 'data', data } }
}

/**
 * __icmp_send (net/ipv4/icmp.c): an error about the datagram in `skb`, to its sender. Never about broadcasts, later fragments, or
 * ICMP errors. `info` is the next-hop MTU of "fragmentation needed". Not modelled: the limit of 1000 a
 * second in all.
 */
export function icmpError(k: Kernel, skb: Skb, type: number, code: number, info = 0): void {
  const ip = ipOf(skb)
  if (skb.byIcmp || skb.cast !== 'host' || ip.frag > 0) return
  if (isMulticast(ip.dst) || ip.dst === 0xffffffff || addressType(k, skb.netns, ip.dst) === 'broadcast') return
  if (ip.payload.l === 'icmp' && isIcmpError(ip.payload.type)) return
  if (ip.src === 0 || isMulticast(ip.src) || (isLoopback(ip.src) && skb.iif !== 0 && skb.netns === 0)) return
  if (!withinRate(k, skb.netns, ip.src, type, code)) return
  const payload: Icmp = { l: 'icmp', type, code, rest: type === 5 ? info : info & 0xffff, payload: quote(ip) }
  // The error comes from the address the packet was for, if that is ours; else from that of the way back.
  const own = addressType(k, skb.netns, ip.dst) === 'local'
  k.send({
    netns: skb.netns,
    src: own ? ip.dst : 0,
    dst: ip.src,
    proto: IP_PROTO.icmp,
    payload,
    tos: (ip.tos & 0x1e) | 0xc0,
    mark: 0,
    byIcmp: true,
    origin: skb.ids[0]!,
    ...attachment(skb),
  })
}

/** XRLIM_BURST_FACTOR */
const RATE_BURST = 6

/**
 * icmpv4_xrlim_allow: one error per net.ipv4.icmp_ratelimit and receiver, six at once, of the types in icmp_ratemask; never of
 * "fragmentation needed", nor to ourselves. The bucket is the one that ip_error uses, too.
 */
function withinRate(k: Kernel, netns: number, to: Ipv4, type: number, code: number): boolean {
  if (type === 3 && code === 4) return true
  if (((sysctlNumber(k, netns, 'net.ipv4.icmp_ratemask') >>> type) & 1) === 0) return true
  if (addressType(k, netns, to) === 'local') return true
  const limit = sysctlNumber(k, netns, 'net.ipv4.icmp_ratelimit') * MS
  const key = `${netns}/${to}`
  const peer = k.t.inetPeer.get(key) ?? { netns, tokens: RATE_BURST * limit, last: k.now, redirects: 0 }
  const elapsed = k.now - peer.last
  const tokens = elapsed === 0 ? peer.tokens : Math.min(peer.tokens + elapsed, RATE_BURST * limit)
  const allowed = tokens >= limit
  k.world.put(k.t.inetPeer, key, { ...peer, tokens: allowed ? tokens - limit : tokens, last: k.now })
  return allowed
}

/** nf_conntrack_attach: an answer belongs to the connection of the packet that it is about, in the other direction. */
export const attachment = (skb: Skb): { readonly attach?: Tracking } =>
  skb.ct === 0 && skb.ctinfo !== 'UNTRACKED' ? {} : { attach: { ct: skb.ct, info: 'RELATED', reply: !skb.ctReply } }

/** The packet ends here, and its sender is told: before the packet lets go of its connection, which the error belongs to. */
export function dropWithError(
  k: Kernel,
  skb: Skb,
  point: Point,
  reason: DropReason,
  detail: PathDetail | null,
  type: number,
  code: number,
  info = 0,
): void {
  step(k, skb, point, 'drop', detail, reason)
  icmpError(k, skb, type, code, info)
  forget(k, skb)
}

/** ipv4_link_failure: the next hop did not answer; forwarder and sender alike are told "host unreachable". */
export function icmpUnreachableHost(k: Kernel, skb: Skb): void {
  skb.cast = 'host'
  icmpError(k, skb, 3, 1)
}

/** net.ipv4.route.redirect_load, redirect_number, redirect_silence (HZ / 50 and what follows from it). */
const REDIRECT_LOAD = 20 * MS
const REDIRECT_NUMBER = 9
const REDIRECT_SILENCE = REDIRECT_LOAD * 2 ** (REDIRECT_NUMBER + 1)

/**
 * ip_rt_send_redirect: a packet leaves by the device it came in by, so its sender, which is on link there, is told the better way. Told
 * again after 40 ms, 80 ms, …, nine times in all; the count starts anew after 20 s of silence.
 */
export function icmpRedirect(k: Kernel, skb: Skb, dev: LinkRow, via: Ipv4): void {
  const ip = ipOf(skb)
  const back = fibLookup(k, skb.netns, ip.src, { src: ip.dst, iif: dev.name })?.route
  if (back?.type !== 'unicast' || back.via !== 0 || back.dev !== dev.id) return
  const key = `${skb.netns}/${ip.src}`
  const known = k.t.inetPeer.get(key)
  const peer =
    known && k.now - known.last <= REDIRECT_SILENCE ? known : { netns: skb.netns, tokens: 0, last: k.now, redirects: 0 }
  const tired = peer.redirects >= REDIRECT_NUMBER
  const due = peer.redirects === 0 || k.now - peer.last > REDIRECT_LOAD * 2 ** peer.redirects
  if (tired || due) {
    k.world.put(k.t.inetPeer, key, { ...peer, last: k.now, redirects: tired ? peer.redirects : peer.redirects + 1 })
  }
  if (due && !tired) icmpError(k, skb, 5, 1, via === 0 ? ip.dst : via)
}

/** icmp_rcv: echo is answered here; errors go to the socket they are about; the rest to whoever listens. */
export function icmpReceive(k: Kernel, skb: Skb, d: LocalDelivery): void {
  const icmp = d.ip.payload as Icmp
  if (icmp.type === 8) return echo(k, skb, d, icmp)
  if (isIcmpError(icmp.type)) return error(k, skb, d, icmp)
  if (!k.sockets.icmp(d)) drop(k, skb, 'icmp', 'NO_SOCKET', { d: 'note', code: 'no-listener' })
}

function echo(k: Kernel, skb: Skb, d: LocalDelivery, icmp: Icmp): void {
  if (sysctl(k, skb.netns, 'net.ipv4.icmp_echo_ignore_all') === '1') return drop(k, skb, 'icmp', 'NOT_SPECIFIED')
  if (d.broadcast && sysctl(k, skb.netns, 'net.ipv4.icmp_echo_ignore_broadcasts') === '1') {
    return drop(k, skb, 'icmp', 'NOT_SPECIFIED')
  }
  k.sockets.icmp(d)
  step(k, skb, 'icmp', 'deliver', { d: 'icmp', type: 8, code: 0, to: d.ip.dst })
  k.send({
    netns: skb.netns,
    src: d.broadcast ? 0 : d.ip.dst,
    dst: d.ip.src,
    proto: IP_PROTO.icmp,
    payload: { l: 'icmp', type: 0, code: 0, rest: icmp.rest, payload: icmp.payload },
    tos: d.ip.tos,
    mark: 0,
    byIcmp: true,
    origin: d.packet,
  })
}

/** icmp_unreach and icmp_socket_deliver: "fragmentation needed" teaches the path MTU, then the socket hears of it. */
function error(k: Kernel, skb: Skb, d: LocalDelivery, icmp: Icmp): void {
  if (icmp.payload.l !== 'ipv4') return drop(k, skb, 'icmp', 'PKT_TOO_SMALL')
  const quoted = icmp.payload
  step(k, skb, 'icmp', 'deliver', { d: 'icmp', type: icmp.type, code: icmp.code, to: quoted.dst })
  const mtu = icmp.type === 3 && icmp.code === 4 ? icmp.rest & 0xffff : 0
  if (mtu > 0) learnMtu(k, skb.netns, quoted.dst, mtu)
  k.sockets.error({
    netns: skb.netns,
    packet: d.packet,
    from: d.ip.src,
    type: icmp.type,
    code: icmp.code,
    mtu,
    quoted,
  })
}
