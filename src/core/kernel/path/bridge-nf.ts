import { ipLength } from '../../wire/length.ts'
import type { Ethernet } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import { findNeigh } from '../neigh/neigh.ts'
import { isConnected, neighState } from '../neigh/state.ts'
import { fibLookup } from '../route/lookup.ts'
import { defragActive } from '../netfilter/needs.ts'
import { bridgeNfCall } from '../sysctl/sysctl.ts'
import type { LinkRow } from '../tables.ts'
import { handleFrameFinish } from './bridge.ts'
import { defragment, fragment } from './fragment.ts'
import { runHook } from './hook.ts'
import { neighOutput } from './neigh-output.ts'
import { type Skb, drop, ipOf, setFrame, step, withMacs, withPayload } from './skb.ts'

/** Tagged frames are not looked into (bridge-nf-filter-vlan-tagged is 0). */
const isIp = ({ frame }: Skb): boolean => frame.l === 'eth' && frame.vlan === undefined && frame.payload.l === 'ipv4'

/**
 * br_nf_pre_routing: a bridged IPv4 frame visits iptables PREROUTING as if it had come in by the bridge. Returns false when the
 * frame was dropped or has gone another way. Follows net/bridge/br_netfilter_hooks.c.
 */
export function bridgePreroutingHook(k: Kernel, skb: Skb, port: LinkRow, bridge: LinkRow): boolean {
  if (!isIp(skb) || !bridgeNfCall(k, skb.netns)) return true
  if (defragActive(k, skb.netns) && !defragment(k, skb)) return false
  const before = ipOf(skb).dst
  const { cast } = skb
  skb.bridgePort = port.id
  skb.dev = bridge.id
  if (cast === 'other') skb.cast = 'host'
  if (runHook(k, skb, 'PREROUTING', bridge.id, 0) !== 'accept') return false
  skb.cast = cast
  skb.sabotage = true
  skb.dev = port.id
  if (ipOf(skb).dst === before) return true
  return afterDnat(k, skb, port, bridge)
}

/** br_nf_pre_routing_finish: the destination was rewritten; is the new one on this bridge, or does it take the router? */
function afterDnat(k: Kernel, skb: Skb, port: LinkRow, bridge: LinkRow): boolean {
  const ip = ipOf(skb)
  const found = fibLookup(k, skb.netns, ip.dst, { src: ip.src, iif: bridge.name, mark: skb.mark, tos: ip.tos })
  const eth = skb.frame as Ethernet
  if (found && found.route.type === 'unicast' && found.route.dev === bridge.id) {
    step(k, skb, 'bridge.nf', 'lookup', { d: 'route', route: found.route, rulePref: found.rule.pref })
    return bridgedDnat(k, skb, port, bridge, found.route.via === 0 ? ip.dst : found.route.via)
  }
  setFrame(skb, withMacs(eth, eth.src, bridge.mac))
  skb.cast = 'host'
  step(k, skb, 'bridge.nf', 'rewrite', { d: 'note', code: 'local-address', value: bridge.name })
  return true
}

/** br_nf_pre_routing_finish_bridge: stays on the bridge, with the new destination's MAC out of the neighbour table. */
function bridgedDnat(k: Kernel, skb: Skb, port: LinkRow, bridge: LinkRow, nextHop: number): boolean {
  const eth = skb.frame as Ethernet
  const row = findNeigh(k, bridge.id, nextHop)
  if (row && isConnected(neighState(row, k.now))) {
    setFrame(skb, withMacs(eth, eth.src, row.mac))
    step(k, skb, 'bridge.nf', 'rewrite', { d: 'note', code: 'bridged-dnat' })
    return true
  }
  skb.bridgedDnat = eth
  skb.physIn = port.id
  skb.dev = bridge.id
  setFrame(skb, ipOf(skb))
  neighOutput(k, skb, bridge, nextHop)
  return false
}

/** br_nf_pre_routing_finish_bridge_slow: the neighbour layer has found the MAC; the frame goes on as the bridged frame it was. */
export function finishBridgedDnat(k: Kernel, skb: Skb, bridge: LinkRow): void {
  const port = k.t.link.get(skb.physIn)
  const eth = skb.frame as Ethernet
  const original = skb.bridgedDnat!
  skb.bridgedDnat = null
  if (!port) return drop(k, skb, 'bridge.nf', 'DEV_READY', { d: 'note', code: 'peer-gone' })
  setFrame(skb, withMacs(eth, original.src, eth.dst))
  skb.dev = port.id
  skb.nesting = 0
  skb.sabotage = true
  step(k, skb, 'bridge.nf', 'rewrite', { d: 'note', code: 'bridged-dnat' })
  handleFrameFinish(k, skb, port, bridge)
}

/** br_nf_forward: iptables FORWARD, with the bridge as both devices (the ports are for `-m physdev`). */
export function bridgeForwardHook(k: Kernel, skb: Skb, bridge: LinkRow): boolean {
  if (!isIp(skb) || !bridgeNfCall(k, skb.netns)) return true
  const { dev, cast } = skb
  skb.dev = bridge.id
  // Rules see it as a packet for this machine, and REJECT answers it (nf_bridge->pkt_otherhost).
  if (cast === 'other') skb.cast = 'host'
  const verdict = runHook(k, skb, 'FORWARD', bridge.id, bridge.id)
  skb.dev = dev
  skb.cast = cast
  return verdict === 'accept'
}

/** br_nf_post_routing: iptables POSTROUTING on the way out of the port. */
export function bridgePostroutingHook(k: Kernel, skb: Skb, bridge: LinkRow, out: LinkRow): boolean {
  if (!isIp(skb) || !bridgeNfCall(k, skb.netns)) return true
  const { cast } = skb
  skb.dev = out.id
  if (cast === 'other') skb.cast = 'host'
  const verdict = runHook(k, skb, 'POSTROUTING', 0, bridge.id)
  skb.cast = cast
  return verdict === 'accept'
}

/** br_nf_dev_queue_xmit: a bridged datagram that connection tracking put together leaves in pieces as large as they were. */
export function bridgedPieces(k: Kernel, skb: Skb, out: LinkRow): readonly Skb[] {
  const mtu = Math.min(skb.fragMax, out.mtu)
  if (skb.fragMax === 0 || ipLength(ipOf(skb)) <= mtu) return [skb]
  const eth = skb.frame as Ethernet
  const pieces = fragment(k, skb, mtu)
  for (const piece of pieces) setFrame(piece, withPayload(eth, ipOf(piece)))
  return pieces
}
