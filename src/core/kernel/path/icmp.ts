import { MS } from '../../base/time.ts'
import { type Ipv4, IPV4_BROADCAST, isLoopback, isMulticast } from '../../base/ipv4.ts'
import { IP_PROTO, isIcmpError } from '../../wire/constants.ts'
import { emitIpPayload } from '../../wire/emit.ts'
import { ipLength } from '../../wire/length.ts'
import type { Icmp, Ipv4Packet } from '../../wire/types.ts'
import type { DropReason, Point } from '../../trace/vocabulary.ts'
import type { PathDetail } from '../details.ts'
import type { Kernel, Tracking } from '../kernel.ts'
import { addressType, fibLookup } from '../route/lookup.ts'
import type { LinkRow } from '../tables.ts'
import { withinLimits } from './icmp-limit.ts'
import { type Skb, forget, ipOf, step } from './skb.ts'

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
 * ICMP errors. `info` is the next-hop MTU of "fragmentation needed", or the gateway of a redirect.
 */
export function icmpError(k: Kernel, skb: Skb, type: number, code: number, info = 0): void {
  const ip = ipOf(skb)
  if (skb.byIcmp || skb.cast !== 'host' || ip.frag > 0) return
  if (isMulticast(ip.dst) || ip.dst === IPV4_BROADCAST || addressType(k, skb.netns, ip.dst) === 'broadcast') return
  if (ip.payload.l === 'icmp' && isIcmpError(ip.payload.type)) return
  if (ip.src === 0 || isMulticast(ip.src) || (isLoopback(ip.src) && skb.iif !== 0 && skb.netns === 0)) return
  if (!withinLimits(k, skb.netns, ip.src, type, code)) return
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
