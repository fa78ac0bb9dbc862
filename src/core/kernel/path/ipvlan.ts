import type { Ipv4 } from '../../base/ipv4.ts'
import { isGroupMac } from '../../base/mac.ts'
import type { Ethernet } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import type { IpvlanConfig } from '../link/config.ts'
import { childrenOf } from '../link/stacked.ts'
import { routeOutput } from '../route/output.ts'
import type { LinkRow } from '../tables.ts'
import { localOut } from './ip-output.ts'
import { receiveOn } from './receive.ts'
import { type Skb, drop, forget, ipOf, setFrame } from './skb.ts'
import { copyTo, handed, receiveLater } from './stacked.ts'
import { devXmit } from './transmit.ts'

const configOf = (link: LinkRow): IpvlanConfig | null => (link.config?.kind === 'ipvlan' ? link.config : null)

/** ipvlan_get_L3_hdr: what a frame is addressed to, or comes from, on layer 3; for ARP the address asked about, or the asker's. */
function layer3(eth: Ethernet, side: 'dst' | 'src'): Ipv4 | null {
  const { payload } = eth
  if (payload.l === 'ipv4') return payload[side]
  return payload.l === 'arp' ? (side === 'dst' ? payload.tpa : payload.spa) : null
}

/** ipvlan_addr_lookup: the child that has the address. Only of those that are up are the addresses known. */
function having(k: Kernel, children: readonly LinkRow[], ip: Ipv4 | null): LinkRow | undefined {
  if (ip === null) return undefined
  const has = (link: LinkRow): boolean =>
    k.t.addressByLink
      .at(link.id)
      .rows()
      .some((row) => row.addr === ip)
  return children.find((link) => link.kind === 'ipvlan' && link.up && has(link))
}

/** ipvlan_handle_frame (drivers/net/ipvlan/ipvlan_core.c). True: the frame was a child's alone. */
export function ipvlanReceive(k: Kernel, skb: Skb, parent: LinkRow, children: readonly LinkRow[]): boolean {
  const eth = skb.frame as Ethernet
  const mode = configOf(children.find((link) => link.kind === 'ipvlan')!)!.mode
  // l3s looks later, in ip_rcv_finish and at the end of INPUT: see l3sChild.
  if (mode === 'l3s') return false
  if (mode === 'l2' && isGroupMac(eth.dst)) {
    // A child's own broadcast that the wire has brought back is not handed out a second time.
    if (eth.src === parent.mac && having(k, children, layer3(eth, 'src'))) return false
    for (const child of children) if (child.kind === 'ipvlan' && child.up) copyTo(k, skb, 'ipvlan', child)
    return false
  }
  const child = having(k, children, layer3(eth, 'dst'))
  if (!child) return false
  handed(k, skb, 'ipvlan', child, 'ip')
  skb.netns = child.netns
  skb.mark = 0
  receiveOn(k, skb, child)
  return true
}

/**
 * ipvlan_l3_rcv and ipvlan_nf_input: in mode l3s a datagram for a child goes through PREROUTING and INPUT of the parent's namespace, and only
 * then to the child's sockets. `null`: it is for no such child.
 */
export function l3sChild(k: Kernel, skb: Skb): LinkRow | null {
  const children = k.t.linkByLower.at(skb.dev)
  if (children.size === 0) return null
  const child = having(k, children.rows(), ipOf(skb).dst)
  return child && configOf(child)?.mode === 'l3s' ? child : null
}

/** ipvlan_queue_xmit. */
export function ipvlanTransmit(k: Kernel, skb: Skb, link: LinkRow): void {
  const parent = k.t.link.get(link.lower)
  const config = configOf(link)
  if (!parent || !config) return drop(k, skb, 'ipvlan', 'DEV_READY', { d: 'note', code: 'peer-gone' })
  if (config.mode === 'l2') return transmitL2(k, skb, link, parent, config)
  transmitL3(k, skb, parent, config)
}

/** ipvlan_xmit_mode_l2: siblings wear the same MAC address, so a frame to oneself is for one of them, or for the parent. */
function transmitL2(k: Kernel, skb: Skb, link: LinkRow, parent: LinkRow, config: IpvlanConfig): void {
  const eth = skb.frame as Ethernet
  const children = childrenOf(k, parent.id)
  if (config.flag !== 'vepa' && eth.dst === eth.src) {
    const sibling = having(k, children, layer3(eth, 'dst'))
    if (sibling) return toSibling(k, skb, sibling, config)
    handed(k, skb, 'ipvlan', parent, 'own-mac')
    return receiveLater(k, skb, parent)
  }
  if (isGroupMac(eth.dst)) {
    for (const each of children) {
      if (each.kind === 'ipvlan' && each.up && each.id !== link.id) copyTo(k, skb, 'ipvlan', each)
    }
  }
  handed(k, skb, 'ipvlan', parent, 'wire')
  skb.mark = 0
  devXmit(k, skb, parent)
}

/** ipvlan_xmit_mode_l3: to a sibling directly, else routed in the parent's namespace as if sent there: OUTPUT and POSTROUTING, no TTL. */
function transmitL3(k: Kernel, skb: Skb, parent: LinkRow, config: IpvlanConfig): void {
  const eth = skb.frame as Ethernet
  const sibling = config.flag === 'vepa' ? undefined : having(k, childrenOf(k, parent.id), layer3(eth, 'dst'))
  if (sibling) return toSibling(k, skb, sibling, config)
  if (isGroupMac(eth.dst) || eth.payload.l !== 'ipv4') return drop(k, skb, 'ipvlan', 'NOT_SPECIFIED')
  const ip = eth.payload
  forget(k, skb)
  skb.netns = parent.netns
  skb.dev = parent.id
  skb.mark = 0
  const query = { src: ip.src, oif: parent.id, tos: ip.tos, anySource: true }
  const route = routeOutput(k, parent.netns, ip.dst, query)
  if (!route.ok) return drop(k, skb, 'ipvlan', 'IP_OUTNOROUTES', { d: 'no-route', dst: ip.dst })
  handed(k, skb, 'ipvlan', parent, 'routed')
  setFrame(skb, ip)
  localOut(k, skb, route.value)
}

function toSibling(k: Kernel, skb: Skb, sibling: LinkRow, config: IpvlanConfig): void {
  if (config.flag === 'private') {
    return drop(k, skb, 'ipvlan', 'NOT_SPECIFIED', { d: 'note', code: 'private', value: sibling.name })
  }
  handed(k, skb, 'ipvlan', sibling, 'sibling')
  receiveLater(k, skb, sibling)
}
