import type { PathDetail } from '../details.ts'
import type { Errno } from '../errno.ts'
import type { SocketDetail } from '../socket/details.ts'
import type { Cast, Kernel } from '../kernel.ts'
import type { CtInfo, PacketIds } from '../tables.ts'
import { type DropReason, POINT_CODE, type Point, VERDICT_CODE, type Verdict } from '../../trace/vocabulary.ts'
import type { Ethernet, Frame, Ipv4Packet } from '../../wire/types.ts'

/**
 * A packet on its way through one kernel: struct sk_buff, as far as the path needs it. Lives inside one event and is no state:
 * whatever waits (neighbour queue, wire) is written down as plain rows and event arguments.
 */
export interface Skb {
  /** Trace ids, outermost first. */
  ids: PacketIds
  frame: Frame
  /** Index of `frame` in the trace; -1: not stored since it changed. */
  state: number
  netns: number
  /** skb->dev: link id. */
  dev: number
  /** Link id it came in by; 0: made here. */
  iif: number
  mark: number
  ct: number
  ctinfo: CtInfo
  /** True: travels in the reply direction of its connection. */
  ctReply: boolean
  cast: Cast
  /** nf_bridge_info: link ids of the bridge ports it came in by and goes out by; 0 = not bridged. */
  physIn: number
  physOut: number
  /** nf_bridge->physindev: the port that it visited iptables from, which rules see even after it has left the bridge. */
  bridgePort: number
  /** CT --zone: the zone that its connection is looked for in. */
  zone: number
  /** A copy that TEE made: not copied again (nf_skb_duplicated). */
  duplicate: boolean
  /** It has been to PREROUTING as a bridged frame: ip_rcv must not send it there again (ip_sabotage_in). */
  sabotage: boolean
  /** Left to the neighbour layer by a bridged DNAT: the bridge's xmit hands it back to the bridge. */
  bridgedDnat: Ethernet | null
  /** Whose socket sent it: a process's, the kernel's own (ICMP, resets), or none, as with what is forwarded or rejected. */
  sender: 'process' | 'kernel' | 'none'
  /** Its sender forbids nothing: what does not fit is cut although it says Don't Fragment (skb->ignore_df). */
  ignoreDf: boolean
  /** User and group of that process; -1: nobody's. */
  uid: number
  /** skb->sk of a packet that arrived: the socket that TPROXY has given it to; 0 = none yet. */
  socket: number
  /** See `SendRequest.byIcmp`. */
  byIcmp: boolean
  /** Trace packet that set this one off. */
  origin: number
  /** Next hop of a datagram that leaves by a device without link-layer addresses (rt_nexthop); 0 = none. */
  nextHop: number
  /** What a device said to who handed it the packet: the sender's system call fails with it. */
  refusal: Errno | null
  /** Devices within devices so far, tunnels counted twice: a tunnel routed into itself ends (dev_recursion_level). */
  nesting: number
  /** skb->hash, once a tunnel has asked for it: a tunnel around that tunnel finds it there. -1: not asked for yet. */
  flow: number
  /** Devices passed: see `FrameInFlight`. */
  hops: number
  /** Size of the largest piece it was put together from: on its way out it is cut again to that (IPCB frag_max_size). 0 = was whole. */
  fragMax: number
  /** Payload bytes of those pieces, in order, as long as they may be cut again in the same places. */
  fragSizes: readonly number[] | null
}

export function makeSkb(ids: PacketIds, frame: Frame, netns: number, dev: number): Skb {
  return {
    ids,
    frame,
    state: -1,
    netns,
    dev,
    iif: 0,
    mark: 0,
    ct: 0,
    ctinfo: 'none',
    ctReply: false,
    cast: 'host',
    physIn: 0,
    physOut: 0,
    bridgePort: 0,
    zone: 0,
    duplicate: false,
    sabotage: false,
    bridgedDnat: null,
    sender: 'none',
    uid: -1,
    ignoreDf: false,
    socket: 0,
    byIcmp: false,
    origin: 0,
    nextHop: 0,
    refusal: null,
    nesting: 0,
    flow: -1,
    hops: 0,
    fragMax: 0,
    fragSizes: null,
  }
}

/** Writes a trace record about the packet as it is now. */
export function step(
  k: Kernel,
  skb: Skb,
  point: Point,
  verdict: Verdict,
  detail: PathDetail | SocketDetail | null = null,
  drop: DropReason = 'NONE',
): void {
  if (skb.state < 0) skb.state = k.trace.frame(skb.frame, skb.ids[0]!)
  k.trace.add(k.sim.now, skb.ids[0]!, skb.state, skb.netns, skb.dev, point, verdict, detail, drop)
}

/** `step` for a place that most packets pass: what happens there becomes a code once, not once a packet. */
export function stepAt(
  point: Point,
  verdict: Verdict,
): (k: Kernel, skb: Skb, detail?: PathDetail | SocketDetail | null) => void {
  const [at, did] = [POINT_CODE.get(point)!, VERDICT_CODE.get(verdict)!]
  return (k, skb, detail = null) => {
    if (skb.state < 0) skb.state = k.trace.frame(skb.frame, skb.ids[0]!)
    k.trace.write(k.sim.now, skb.ids[0]!, skb.state, skb.netns, skb.dev, at, did, detail, 0)
  }
}

/** kfree_skb_reason: the packet ends here, and the trace says why. An entry it was to confirm goes with it. */
export function drop(k: Kernel, skb: Skb, point: Point, reason: DropReason, detail: PathDetail | null = null): void {
  step(k, skb, point, 'drop', detail, reason)
  forget(k, skb)
}

/** Lets go of the packet's connection; an unconfirmed one ceases to exist (nf_conntrack_put). */
export function forget(k: Kernel, skb: Skb): void {
  if (skb.ct === 0) return
  // What was attached in answer is not the packet that the entry belongs to.
  if (!skb.ctReply && k.t.conntrack.get(skb.ct)?.confirmed === false) k.world.delete(k.t.conntrack, skb.ct)
  skb.ct = 0
  skb.ctinfo = 'none'
}

export function setFrame(skb: Skb, frame: Frame): void {
  skb.frame = frame
  skb.state = -1
}

/** The IP header of a packet that carries one. */
export const ipOf = (skb: Skb): Ipv4Packet => (skb.frame.l === 'eth' ? (skb.frame.payload as Ipv4Packet) : skb.frame)

export function setIp(skb: Skb, ip: Ipv4Packet): void {
  setFrame(skb, skb.frame.l === 'eth' ? withPayload(skb.frame, ip) : ip)
}

export const withPayload = (eth: Ethernet, payload: Ethernet['payload']): Ethernet => ({
  l: 'eth',
  src: eth.src,
  dst: eth.dst,
  type: eth.type,
  vlan: eth.vlan,
  payload,
})

export const withMacs = (eth: Ethernet, src: number, dst: number): Ethernet => ({
  l: 'eth',
  src,
  dst,
  type: eth.type,
  vlan: eth.vlan,
  payload: eth.payload,
})

/** The same datagram with another header field or two. Written out: this is the hot path of a router. */
export const withTtl = (ip: Ipv4Packet, ttl: number): Ipv4Packet => ({
  l: 'ipv4',
  src: ip.src,
  dst: ip.dst,
  ttl,
  proto: ip.proto,
  id: ip.id,
  tos: ip.tos,
  df: ip.df,
  mf: ip.mf,
  frag: ip.frag,
  totalLength: ip.totalLength,
  payload: ip.payload,
})

export const ipHeader = (
  fields: Pick<Ipv4Packet, 'src' | 'dst' | 'proto' | 'payload'> & Partial<Ipv4Packet>,
): Ipv4Packet => ({
  l: 'ipv4',
  src: fields.src,
  dst: fields.dst,
  ttl: fields.ttl ?? 64,
  proto: fields.proto,
  id: fields.id ?? 0,
  tos: fields.tos ?? 0,
  df: fields.df ?? false,
  mf: fields.mf ?? false,
  frag: fields.frag ?? 0,
  totalLength: undefined,
  payload: fields.payload,
})

/** A copy that goes its own way (skb_clone): a new packet in the trace, child of this one. */
export function clone(k: Kernel, skb: Skb): Skb {
  const outer = k.trace.packet(skb.ids[0]!, 0)
  return { ...skb, ids: [outer, ...skb.ids.slice(1)] }
}
