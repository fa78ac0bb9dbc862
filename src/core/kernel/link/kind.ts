import { type DeviceConfig, isIpTunnel } from './config.ts'
import type { LinkKind, LinkRow } from '../tables.ts'

/** A device without link-layer addresses: what it carries are bare datagrams. */
export const isLayer3 = (link: { readonly kind: LinkKind; readonly config: DeviceConfig | null }): boolean => {
  if (link.kind === 'ipip' || link.kind === 'gre' || link.kind === 'wireguard') return true
  return link.config?.kind === 'tun' && link.config.mode === 'tun'
}

/** IFF_POINTOPOINT: one other end, and no broadcasts. */
export const isPointToPoint = (link: LinkRow): boolean => {
  if (!isLayer3(link)) return false
  return !isIpTunnel(link.config) || link.config.remote !== 0
}

/** Whether a device of this kind is made without neighbour resolution. */
export const bornNoarp = (kind: LinkKind, config: DeviceConfig | null): boolean => {
  if (kind === 'dummy') return true
  if (config?.kind === 'ipvlan') return config.mode !== 'l2'
  return isLayer3({ kind, config })
}

/** Stands on a parent, and goes when the parent goes. */
export const isStacked = (link: LinkRow): boolean =>
  link.kind === 'vlan' || link.kind === 'macvlan' || link.kind === 'ipvlan'

/** Wraps what it is given into datagrams, which travel in the namespace it was made in. */
export const isTunnel = (kind: LinkKind): boolean =>
  ['vxlan', 'ipip', 'gre', 'gretap', 'geneve', 'wireguard'].includes(kind)
