import type { Mac } from '../../base/mac.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import type { LinkRow } from '../tables.ts'
import type { IpvlanFlag, IpvlanMode, MacvlanMode } from './config.ts'
import { addLink } from './link.ts'
import { isLayer3 } from './kind.ts'

/** What devices that stand on another one have in common: the name, the link id of the parent. MTU: default the parent's. */
export interface StackedSpec {
  readonly name: string
  readonly parent: number
  readonly mac?: Mac
  readonly mtu?: number
}

const VLAN_IDS = 4095

/**
 * `ip link add link PARENT NAME type vlan id VID` (net/8021q/vlan_netlink.c). Its MAC is the parent's. ERANGE: no such VLAN id, EINVAL:
 * an MTU above the parent's, EEXIST: the parent has that VLAN, EOPNOTSUPP: the parent carries no Ethernet. Not modelled: a VLAN on a VLAN,
 * refused with EOPNOTSUPP, too.
 */
export function addVlan(
  k: Kernel,
  netns: number,
  spec: StackedSpec & { readonly vid: number; readonly reorder?: boolean },
): Result<number, Errno> {
  const parent = k.t.link.get(spec.parent)
  if (!parent) return err('ENODEV')
  if (spec.vid < 0 || spec.vid >= VLAN_IDS) return err('ERANGE')
  if (isLayer3(parent) || parent.kind === 'loopback' || parent.kind === 'vlan') return err('EOPNOTSUPP')
  if (childrenOf(k, parent.id).some((link) => link.config?.kind === 'vlan' && link.config.vid === spec.vid)) {
    return err('EEXIST')
  }
  return onParent(k, netns, spec, parent, {
    mac: spec.mac ?? parent.mac,
    config: { kind: 'vlan', vid: spec.vid, reorder: spec.reorder ?? true },
  })
}

/**
 * `ip link add link PARENT NAME type macvlan mode MODE` (drivers/net/macvlan.c). On another macvlan it stands beside that one. EBUSY: the
 * parent is a bridge port or has ipvlan devices; EINVAL: a parent without Ethernet, an MTU above the parent's, a parent that a passthru
 * device has for itself.
 */
export function addMacvlan(
  k: Kernel,
  netns: number,
  spec: StackedSpec & { readonly mode?: MacvlanMode },
): Result<number, Errno> {
  const parent = realParent(k, spec.parent, 'macvlan')
  if (!parent) return err('ENODEV')
  if (isLayer3(parent) || parent.kind === 'loopback') return err('EINVAL')
  if (parent.master !== 0 || hasChildren(k, parent, 'ipvlan')) return err('EBUSY')
  const mode = spec.mode ?? 'vepa'
  const others = childrenOf(k, parent.id).filter((link) => link.kind === 'macvlan')
  const alone = [...others.map((link) => link.config), { kind: 'macvlan', mode }].some(
    (config) => config?.kind === 'macvlan' && config.mode === 'passthru',
  )
  if (alone && others.length > 0) return err('EINVAL')
  const mac = mode === 'passthru' ? { mac: parent.mac } : {}
  return onParent(k, netns, spec, parent, { ...mac, config: { kind: 'macvlan', mode } })
}

/**
 * `ip link add link PARENT NAME type ipvlan mode MODE FLAG` (drivers/net/ipvlan/ipvlan_main.c). Mode and flag apply to all ipvlan devices
 * of the parent. EBUSY: the parent is a bridge port or has macvlan devices; EINVAL: a parent without Ethernet.
 */
export function addIpvlan(
  k: Kernel,
  netns: number,
  spec: StackedSpec & { readonly mode?: IpvlanMode; readonly flag?: IpvlanFlag },
): Result<number, Errno> {
  const parent = realParent(k, spec.parent, 'ipvlan')
  if (!parent) return err('ENODEV')
  if (isLayer3(parent) || parent.kind === 'loopback') return err('EINVAL')
  if (parent.master !== 0 || hasChildren(k, parent, 'macvlan')) return err('EBUSY')
  const shared = childrenOf(k, parent.id).find((link) => link.kind === 'ipvlan')?.config
  const known = shared?.kind === 'ipvlan' ? shared : { mode: 'l2' as const, flag: 'bridge' as const }
  const mode = spec.mode ?? (shared ? known.mode : 'l2')
  const flag = spec.flag ?? known.flag
  const made = onParent(k, netns, spec, parent, { mac: parent.mac, config: { kind: 'ipvlan', mode, flag } })
  if (made.ok) setIpvlanMode(k, parent.id, mode, flag)
  return made
}

/** ipvlan_set_port_mode: one mode for all children of a parent. */
export function setIpvlanMode(k: Kernel, parent: number, mode: IpvlanMode, flag: IpvlanFlag): void {
  for (const link of childrenOf(k, parent)) {
    if (link.kind !== 'ipvlan') continue
    k.world.patch(k.t.link, link.id, { noarp: mode !== 'l2', config: { kind: 'ipvlan', mode, flag } })
  }
}

/** Devices that stand on this one, in the order they were made. */
export const childrenOf = (k: Kernel, parent: number): readonly LinkRow[] => k.t.linkByLower.at(parent).rows()

const hasChildren = (k: Kernel, parent: LinkRow, kind: 'macvlan' | 'ipvlan'): boolean =>
  childrenOf(k, parent.id).some((link) => link.kind === kind)

/** A macvlan on a macvlan, an ipvlan on an ipvlan: stands on what that one stands on. */
function realParent(k: Kernel, id: number, kind: 'macvlan' | 'ipvlan'): LinkRow | undefined {
  const link = k.t.link.get(id)
  return link?.kind === kind ? k.t.link.get(link.lower) : link
}

function onParent(
  k: Kernel,
  netns: number,
  spec: StackedSpec,
  parent: LinkRow,
  own: Pick<LinkRow, 'config'> & { readonly mac?: Mac },
): Result<number, Errno> {
  if (spec.mtu !== undefined && spec.mtu > parent.mtu && own.config!.kind !== 'ipvlan') return err('EINVAL')
  const mac = spec.mac !== undefined && own.config!.kind !== 'ipvlan' ? spec.mac : own.mac
  const made = addLink(k, netns, {
    name: spec.name,
    kind: own.config!.kind,
    mtu: spec.mtu ?? parent.mtu,
    ...(mac !== undefined && { mac }),
    lower: parent.id,
    config: own.config!,
  })
  return made.ok ? ok(made.value) : made
}
