import type { Mac } from '../../base/mac.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { LinkRow } from '../tables.ts'
import type { LinkChange } from './link.ts'
import { isLayer3, isStacked } from './kind.ts'

/** Why a device that stands on another, or has devices standing on it, does not do what it is told; `null`: it does. */
export function refuses(k: Kernel, link: LinkRow, change: LinkChange): Errno | null {
  const parent = isStacked(link) ? k.t.link.get(link.lower) : undefined
  if (change.mac !== undefined && (link.kind === 'ipvlan' || isLayer3(link))) return 'EOPNOTSUPP'
  if (change.mtu !== undefined && parent && change.mtu > parent.mtu) {
    if (link.kind === 'vlan') return 'ERANGE'
    if (link.kind === 'macvlan') return 'EINVAL'
  }
  if (change.master && k.t.linkByLower.at(link.id).rows().some(takesFrames)) return 'EBUSY'
  if (change.up !== true || link.up || !parent) return null
  // vlan_dev_open; macvlan_open finds its address taken.
  if (link.kind === 'vlan' && !parent.up) return 'ENETDOWN'
  return link.kind === 'macvlan' && macTaken(k, link, parent) ? 'EBUSY' : null
}

/** Has the rx_handler of its parent, of which there is one. */
const takesFrames = (link: LinkRow): boolean => link.kind === 'macvlan' || link.kind === 'ipvlan'

function macTaken(k: Kernel, link: LinkRow, parent: LinkRow): boolean {
  if (link.config?.kind === 'macvlan' && link.config.mode === 'passthru') return false
  const others = k.t.linkByLower.at(parent.id).rows()
  return parent.mac === link.mac || others.some((each) => each.id !== link.id && each.up && each.mac === link.mac)
}

/** VLANs come up and go down with their parent (vlan_device_event). */
export const vlansOn = (k: Kernel, parent: number): readonly LinkRow[] =>
  k.t.linkByLower
    .at(parent)
    .rows()
    .filter((link) => link.kind === 'vlan')

/** NETDEV_CHANGEMTU: a VLAN or macvlan is never larger than its parent, an ipvlan always as large. */
export function mtuChanged(k: Kernel, parent: number, mtu: number): void {
  for (const link of [...k.t.linkByLower.at(parent).rows()]) {
    if (!isStacked(link) || (link.kind !== 'ipvlan' && link.mtu <= mtu)) continue
    k.world.patch(k.t.link, link.id, { mtu })
    mtuChanged(k, link.id, mtu)
  }
}

/** NETDEV_CHANGEADDR: who wears the parent's address goes on doing so. */
export function macChanged(k: Kernel, parent: number, from: Mac, to: Mac): void {
  for (const link of [...k.t.linkByLower.at(parent).rows()]) {
    const passthru = link.config?.kind === 'macvlan' && link.config.mode === 'passthru'
    if (link.kind !== 'ipvlan' && !passthru && !(link.kind === 'vlan' && link.mac === from)) continue
    k.world.patch(k.t.link, link.id, { mac: to })
    macChanged(k, link.id, from, to)
  }
}
