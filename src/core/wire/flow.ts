/**
 * Who talks to whom, and the hash by which tunnels and multipath routes spread conversations. Linux keys its flow hash with a
 * secret drawn at boot (net/core/flow_dissector.c `__skb_get_hash`); here the caller's seed takes that place.
 */
import type { Ipv4 } from '../base/ipv4.ts'
import { quotedPorts } from './quote.ts'
import type { Ethernet, Frame, Ipv4Packet } from './types.ts'

/** `sport` and `dport` are 0 for protocols without ports and for fragments. */
export interface FiveTuple {
  readonly src: Ipv4
  readonly dst: Ipv4
  readonly proto: number
  readonly sport: number
  readonly dport: number
}

/** The tuple of the outermost datagram, `null` for frames that carry none. */
export function fiveTuple(frame: Frame): FiveTuple | null {
  const ip = frame.l === 'ipv4' ? frame : frame.payload.l === 'ipv4' ? frame.payload : null
  if (ip === null) return null
  const ports = ip.mf || ip.frag > 0 ? null : quotedPorts(ip)
  return { src: ip.src, dst: ip.dst, proto: ip.proto, sport: ports?.sport ?? 0, dport: ports?.dport ?? 0 }
}

/** Murmur3's mixing of one word into a 32-bit state. */
function mix(state: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  const h = state ^ k
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

function finish(state: number): number {
  let h = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * The frame's hash, u32, the same for both directions of a conversation: addresses and ports are ordered before they are
 * mixed, as `__flow_hash_consistentify` does. Echoes have no ports, and their ids do not count. Frames without IPv4 hash their MAC
 * addresses and type. Does not allocate.
 */
export function flowHash(frame: Frame, seed: number): number {
  if (frame.l === 'ipv4') return ipFlowHash(frame, seed)
  if (frame.payload.l === 'ipv4') return ipFlowHash(frame.payload, seed)
  return macHash(frame, seed)
}

/** Of a piece, the first one too, only addresses and protocol count, so that all pieces go one way; an ICMP echo's id never does. */
export function ipFlowHash(ip: Ipv4Packet, seed: number): number {
  const payload = ip.payload
  const ported = (payload.l === 'tcp' || payload.l === 'udp') && !ip.mf && ip.frag === 0
  const sport = ported ? payload.sport : 0
  const dport = ported ? payload.dport : 0
  const swap = ip.src > ip.dst || (ip.src === ip.dst && sport > dport)
  let state = mix(seed | 0, swap ? ip.dst : ip.src)
  state = mix(state, swap ? ip.src : ip.dst)
  state = mix(state, swap ? (dport << 16) | sport : (sport << 16) | dport)
  return finish(mix(state, ip.proto))
}

function macHash(eth: Ethernet, seed: number): number {
  const low = Math.min(eth.src, eth.dst)
  const high = Math.max(eth.src, eth.dst)
  let state = mix(mix(seed | 0, low | 0), (low / 0x100000000) | 0)
  state = mix(mix(state, high | 0), (high / 0x100000000) | 0)
  return finish(mix(state, eth.type))
}

/** Default of `ip_local_port_range`, which a VXLAN device uses while its `srcport` is `0 0`. */
export const LOCAL_PORT_MIN = 32768
export const LOCAL_PORT_MAX = 60999

/** UDP source port of an encapsulated flow (include/net/udp.h `udp_flow_src_port`): the hash, spread over [min, max). */
export function tunnelSourcePort(hash: number, min = LOCAL_PORT_MIN, max = LOCAL_PORT_MAX): number {
  const spread = (hash ^ (hash << 16)) >>> 0
  return min + Math.floor((spread * (max - min)) / 0x100000000)
}
