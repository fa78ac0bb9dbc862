import { ETHERNET_HEADER, VLAN_TAG, frameLength, mtuLength } from '../../wire/length.ts'
import { type FrameInFlight, type Kernel, DEV_RECEIVE, WIRE_TRANSMIT } from '../kernel.ts'
import { hasCarrier } from '../link/carrier.ts'
import type { LinkKind, LinkRow } from '../tables.ts'
import { bridgeOutput } from './bridge.ts'
import { HOP } from './latency.ts'
import { type Skb, drop, forget, stepAt } from './skb.ts'
import { vxlanTransmit } from './vxlan.ts'
import { geneveTransmit } from './geneve.ts'
import { ipTunnelTransmit } from './ip-tunnel.ts'
import { ipvlanTransmit } from './ipvlan.ts'
import { macvlanTransmit } from './macvlan.ts'
import { tunTransmit } from './tun.ts'
import { vlanTransmit } from './vlan.ts'
import { wireguardTransmit } from './wireguard/transmit.ts'

const sent = stepAt('dev.xmit', 'send')

/** XMIT_RECURSION_LIMIT (include/linux/netdevice.h): devices stacked on devices, no deeper than this. */
const RECURSION_LIMIT = 8

/** dev_queue_xmit: the frame leaves through a device; what happens then depends on its kind. */
export function devXmit(k: Kernel, skb: Skb, link: LinkRow): void {
  skb.dev = link.id
  skb.netns = link.netns
  if (!link.up) return drop(k, skb, 'dev.xmit', 'DEV_READY', { d: 'note', code: 'device-down' })
  if (++skb.nesting > RECURSION_LIMIT) {
    return drop(k, skb, 'dev.xmit', 'HOPSCOPE_HOP_LIMIT', { d: 'note', code: 'hop-limit' })
  }
  // Nothing is queued on a device that lost its carrier, and no tap sees it (noop_qdisc).
  if (link.kind === 'tun' && !hasCarrier(k, link)) {
    return drop(k, skb, 'tun', 'DEV_READY', { d: 'note', code: 'no-process' })
  }
  sent(k, skb)
  TRANSMIT[link.kind](k, skb, link)
}

type Transmit = (k: Kernel, skb: Skb, link: LinkRow) => void

/** ndo_start_xmit of each kind of device. */
const TRANSMIT: Readonly<Record<LinkKind, Transmit>> = {
  loopback: back,
  veth: vethTransmit,
  ether: wireTransmit,
  bridge: bridgeOutput,
  vxlan: vxlanTransmit,
  dummy: dummyTransmit,
  vlan: vlanTransmit,
  macvlan: macvlanTransmit,
  ipvlan: ipvlanTransmit,
  tun: tunTransmit,
  ipip: ipTunnelTransmit,
  gre: ipTunnelTransmit,
  gretap: ipTunnelTransmit,
  geneve: geneveTransmit,
  wireguard: wireguardTransmit,
}

function vethTransmit(k: Kernel, skb: Skb, link: LinkRow): void {
  const peer = k.t.link.get(link.peer)
  if (!peer || !peer.up) return drop(k, skb, 'dev.xmit', 'DEV_READY', { d: 'note', code: 'peer-gone' })
  // ____dev_forward_skb: what the other end has no room for is lost; a VLAN tag may come on top.
  if (peer.mtu < link.mtu && frameLength(skb.frame) > peer.mtu + ETHERNET_HEADER + VLAN_TAG) {
    return drop(k, skb, 'dev.xmit', 'PKT_TOO_BIG', { d: 'mtu', mtu: peer.mtu, length: mtuLength(skb.frame) })
  }
  cross(k, skb, peer.id, peer.netns === link.netns ? skb.mark : 0)
}

function wireTransmit(k: Kernel, skb: Skb, link: LinkRow): void {
  k.sim.after(0, WIRE_TRANSMIT, inFlight(skb, link.id, 0))
  forget(k, skb)
}

/** drivers/net/dummy.c: counted as sent, and freed. */
function dummyTransmit(k: Kernel, skb: Skb): void {
  drop(k, skb, 'dev.xmit', 'NOT_SPECIFIED')
}

const inFlight = (skb: Skb, link: number, mark: number): FrameInFlight => ({
  link,
  packet: skb.ids,
  frame: skb.frame,
  mark,
  hops: skb.hops,
})

/** loopback_xmit: the packet comes back with its mark and its connection. */
function back(k: Kernel, skb: Skb, lo: LinkRow): void {
  const tracked = { ct: skb.ct, info: skb.ctinfo, reply: skb.ctReply }
  const same = inFlight(skb, lo.id, skb.mark)
  k.sim.after(HOP, DEV_RECEIVE, skb.ctinfo === 'none' ? same : { ...same, tracked })
}

function cross(k: Kernel, skb: Skb, to: number, mark: number): void {
  k.sim.after(HOP, DEV_RECEIVE, inFlight(skb, to, mark))
  forget(k, skb)
}
