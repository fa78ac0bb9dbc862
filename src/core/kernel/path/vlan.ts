import type { Ethernet } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import type { LinkRow } from '../tables.ts'
import { receiveOn } from './receive.ts'
import { type Skb, drop, setFrame } from './skb.ts'
import { handed } from './stacked.ts'
import { devXmit } from './transmit.ts'

/** vlan_dev_hard_start_xmit (net/8021q/vlan_dev.c): puts the tag on, if it is not there yet, and sends by the parent. */
export function vlanTransmit(k: Kernel, skb: Skb, link: LinkRow): void {
  const parent = k.t.link.get(link.lower)
  if (!parent || link.config?.kind !== 'vlan')
    return drop(k, skb, 'vlan', 'DEV_READY', { d: 'note', code: 'peer-gone' })
  setFrame(skb, { ...(skb.frame as Ethernet), vlan: link.config.vid })
  handed(k, skb, 'vlan', parent, 'tagged')
  devXmit(k, skb, parent)
}

/** vlan_do_receive (net/8021q/vlan_core.c): a tagged frame is received once more by the device of its VLAN. False: there is none. */
export function vlanReceive(k: Kernel, skb: Skb, children: readonly LinkRow[]): boolean {
  const eth = skb.frame as Ethernet
  const link = children.find((child) => child.config?.kind === 'vlan' && child.config.vid === eth.vlan)
  if (!link) return false
  if (!link.up) {
    drop(k, skb, 'vlan', 'DEV_READY', { d: 'note', code: 'device-down' })
    return true
  }
  if (link.config?.kind === 'vlan' && link.config.reorder) setFrame(skb, { ...eth, vlan: undefined })
  handed(k, skb, 'vlan', link, 'tag')
  receiveOn(k, skb, link)
  return true
}
