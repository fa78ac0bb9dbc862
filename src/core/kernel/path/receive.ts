import { isGroupMac, MAC_BROADCAST } from '../../base/mac.ts'
import type { FrameInFlight, Kernel } from '../kernel.ts'
import type { LinkRow } from '../tables.ts'
import { arpReceive } from './arp.ts'
import { bridgeInput } from './bridge.ts'
import { childrenReceive } from './stacked.ts'
import { vlanReceive } from './vlan.ts'
import { ipReceive } from './ip-receive.ts'
import { type Skb, drop, makeSkb, stepAt } from './skb.ts'

const received = stepAt('dev.recv', 'receive')

/** Ethernet has no TTL: a frame in a loop of bridges would run for ever. After this many devices, or with this much in flight, it ends. */
const HOP_LIMIT = 128
const STORM_LIMIT = 50_000

/** __netif_receive_skb_core: a frame has arrived at a device. */
export function devReceive(k: Kernel, f: FrameInFlight): void {
  const link = k.t.link.get(f.link)
  if (!link) {
    const frame = k.trace.frame(f.frame, f.packet[0]!)
    return k.trace.add(k.now, f.packet[0]!, frame, 0, f.link, 'dev.recv', 'drop', null, 'HOPSCOPE_NETNS_GONE')
  }
  const skb = makeSkb(f.packet, f.frame, link.netns, link.id)
  skb.mark = f.mark
  skb.hops = f.hops + 1
  if (f.tracked && (f.tracked.ct === 0 || k.t.conntrack.has(f.tracked.ct))) {
    skb.ct = f.tracked.ct
    skb.ctinfo = f.tracked.info
    skb.ctReply = f.tracked.reply
  }
  if (skb.hops > HOP_LIMIT || k.sim.events.size > STORM_LIMIT) {
    return drop(k, skb, 'dev.recv', 'HOPSCOPE_HOP_LIMIT', { d: 'note', code: 'hop-limit' })
  }
  if (!link.up) return drop(k, skb, 'dev.recv', 'DEV_READY', { d: 'note', code: 'device-down' })
  receiveOn(k, skb, link)
}

/** The round of one device: taps see it, then a bridge takes it if the device is a port, else it goes up by EtherType. */
export function receiveOn(k: Kernel, skb: Skb, link: LinkRow): void {
  skb.dev = link.id
  skb.iif = link.id
  skb.netns = link.netns
  typeByDestination(skb, link)
  received(k, skb)
  afterTaps(k, skb, link)
}

/** The rest of __netif_receive_skb_core: the device of its VLAN, the rx_handler (bridge, macvlan, ipvlan), the protocols. */
export function afterTaps(k: Kernel, skb: Skb, link: LinkRow): void {
  const above = k.t.linkByLower.at(link.id)
  if (above.size > 0 && skb.frame.l === 'eth') {
    if (skb.frame.vlan !== undefined && vlanReceive(k, skb, above.rows())) return
    if (link.master === 0 && childrenReceive(k, skb, link, above.rows())) return
  }
  if (link.master !== 0) {
    const bridge = k.t.link.get(link.master)
    if (bridge?.kind === 'bridge' && bridge.up) return bridgeInput(k, skb, link, bridge)
    // A port of a bridge that is down is not forwarding; its frames are not for the IP stack either (br_handle_frame).
    return drop(k, skb, 'bridge.input', 'BRIDGE_INGRESS_STP_STATE')
  }
  deliverUp(k, skb, link)
}

/** eth_type_trans: whom the frame is for, as seen from this device. */
export function typeByDestination(skb: Skb, link: LinkRow): void {
  const { frame } = skb
  if (frame.l !== 'eth') skb.cast = 'host'
  else if (frame.dst === link.mac) skb.cast = 'host'
  else if (isGroupMac(frame.dst)) skb.cast = frame.dst === MAC_BROADCAST ? 'broadcast' : 'multicast'
  else skb.cast = link.kind === 'loopback' ? 'host' : 'other'
}

/** To the protocol of its EtherType, as received by the device `link`. */
export function deliverUp(k: Kernel, skb: Skb, link: LinkRow): void {
  const payload = skb.frame.l === 'eth' ? skb.frame.payload : skb.frame
  // A tag that no device has taken off; VLAN 0 only carries a priority.
  if (skb.frame.l === 'eth' && skb.frame.vlan && link.kind !== 'vlan') skb.cast = 'other'
  if (payload.l === 'ipv4') return ipReceive(k, skb, link)
  if (payload.l === 'arp') {
    k.sockets.arp({ link: link.id, arp: payload, cast: skb.cast })
    return arpReceive(k, skb, link, payload)
  }
  drop(k, skb, 'dev.recv', 'UNHANDLED_PROTO')
}
