import { isGroupMac } from '../../base/mac.ts'
import type { Ethernet } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import type { MacvlanMode } from '../link/config.ts'
import { childrenOf } from '../link/stacked.ts'
import type { LinkRow } from '../tables.ts'
import { type Skb, drop } from './skb.ts'
import { copyTo, handed, receiveLater } from './stacked.ts'
import { devXmit } from './transmit.ts'

const modeOf = (link: LinkRow): MacvlanMode => (link.config?.kind === 'macvlan' ? link.config.mode : 'vepa')

/** macvlan_hash_lookup: only who is up is in the table. */
const wearing = (children: readonly LinkRow[], mac: number): LinkRow | undefined =>
  children.find((link) => link.kind === 'macvlan' && link.up && link.mac === mac)

/**
 * macvlan_handle_frame (drivers/net/macvlan.c): a frame has come in by the parent. Unicast for a child is the child's; broadcasts are
 * copied to children by mode, and the parent gets them, too. True: the parent does not get it.
 */
export function macvlanReceive(k: Kernel, skb: Skb, parent: LinkRow, children: readonly LinkRow[]): boolean {
  const eth = skb.frame as Ethernet
  if (isGroupMac(eth.dst)) return broadcastIn(k, skb, children, wearing(children, eth.src))
  const through = children.find((link) => modeOf(link) === 'passthru' && link.kind === 'macvlan')
  const child = through ?? wearing(children, eth.dst)
  if (!child) return false
  if (!child.up) {
    drop(k, skb, 'macvlan', 'DEV_READY', { d: 'note', code: 'device-down' })
    return true
  }
  handed(k, skb, 'macvlan', child, through ? 'passthru' : 'mac')
  skb.dev = parent.id
  receiveLater(k, skb, child)
  return true
}

/** What the wire reflects of a child's own broadcasts: its siblings in bridge mode have seen it on its way out. */
function broadcastIn(k: Kernel, skb: Skb, children: readonly LinkRow[], sender: LinkRow | undefined): boolean {
  const mode = sender && modeOf(sender)
  if (sender && (mode === 'private' || mode === 'passthru')) {
    handed(k, skb, 'macvlan', sender, 'mac')
    receiveLater(k, skb, sender)
    return true
  }
  const modes: readonly MacvlanMode[] = !sender
    ? ['private', 'vepa', 'passthru', 'bridge']
    : mode === 'vepa'
      ? ['vepa', 'bridge']
      : ['vepa']
  for (const child of children) {
    if (child.kind === 'macvlan' && child.up && child !== sender && modes.includes(modeOf(child))) {
      copyTo(k, skb, 'macvlan', child)
    }
  }
  return false
}

/**
 * macvlan_queue_xmit: in bridge mode siblings get the frame directly (by way of the parent's taps), all else leaves by the parent's queue.
 * The parent's own IP stack is not asked: that is why a machine and its macvlans do not reach each other.
 */
export function macvlanTransmit(k: Kernel, skb: Skb, link: LinkRow): void {
  const parent = k.t.link.get(link.lower)
  if (!parent) return drop(k, skb, 'macvlan', 'DEV_READY', { d: 'note', code: 'peer-gone' })
  if (modeOf(link) === 'bridge') {
    const { dst } = skb.frame as Ethernet
    const siblings = childrenOf(k, parent.id).filter((each) => each.id !== link.id && modeOf(each) === 'bridge')
    if (isGroupMac(dst)) {
      for (const each of siblings) if (each.kind === 'macvlan' && each.up) copyTo(k, skb, 'macvlan', each)
    } else if (wearing(siblings, dst)) {
      handed(k, skb, 'macvlan', parent, 'sibling')
      return receiveLater(k, skb, parent)
    }
  }
  handed(k, skb, 'macvlan', parent, dstIsParent(skb, parent) ? 'past-parent' : 'wire')
  devXmit(k, skb, parent)
}

const dstIsParent = (skb: Skb, parent: LinkRow): boolean => (skb.frame as Ethernet).dst === parent.mac
