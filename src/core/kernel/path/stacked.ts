import type { HandingReason } from '../details.ts'
import { DEV_RECEIVE, type Kernel } from '../kernel.ts'
import type { LinkRow } from '../tables.ts'
import { HOP } from './latency.ts'
import { ipvlanReceive } from './ipvlan.ts'
import { macvlanReceive } from './macvlan.ts'
import { type Skb, clone, forget, step } from './skb.ts'

/** The rx_handler of a device that macvlans or ipvlans stand on. True: the frame was theirs alone. */
export function childrenReceive(k: Kernel, skb: Skb, parent: LinkRow, children: readonly LinkRow[]): boolean {
  const kind = children.find((link) => link.kind === 'macvlan' || link.kind === 'ipvlan')?.kind
  if (kind === 'macvlan') return macvlanReceive(k, skb, parent, children)
  return kind === 'ipvlan' && ipvlanReceive(k, skb, parent, children)
}

/** Says in the trace which device has the frame next, and why. */
export function handed(k: Kernel, skb: Skb, by: 'vlan' | 'macvlan' | 'ipvlan', to: LinkRow, why: HandingReason): void {
  step(k, skb, by, 'forward', { d: 'handed', to: to.name, dev: to.id, why })
}

/** netif_rx, dev_forward_skb: the frame is received by another device, in a round of its own. */
export function receiveLater(k: Kernel, skb: Skb, to: LinkRow): void {
  const same = k.t.link.get(skb.dev)?.netns === to.netns
  k.sim.after(HOP, DEV_RECEIVE, {
    link: to.id,
    packet: skb.ids,
    frame: skb.frame,
    mark: same ? skb.mark : 0,
    hops: skb.hops,
  })
  forget(k, skb)
}

/** A copy of a broadcast for one more device. */
export function copyTo(k: Kernel, skb: Skb, by: 'macvlan' | 'ipvlan', to: LinkRow): void {
  const copy = clone(k, skb)
  step(k, copy, by, 'clone', { d: 'handed', to: to.name, dev: to.id, why: 'group' })
  receiveLater(k, copy, to)
}
