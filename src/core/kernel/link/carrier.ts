import type { Kernel } from '../kernel.ts'
import type { LinkRow } from '../tables.ts'
import { isStacked } from './kind.ts'

/** Whether the device has a carrier: veth needs its peer up, a bridge a port that is up (IFF_LOWER_UP). */
export function hasCarrier(k: Kernel, link: LinkRow): boolean {
  if (link.kind === 'veth') return k.t.link.get(link.peer)?.up ?? false
  if (link.kind === 'bridge') {
    const ports = k.t.linkByMaster.at(link.id).rows()
    return ports.length === 0 || ports.some((port) => port.up && hasCarrier(k, port))
  }
  if (link.config?.kind === 'tun') return link.config.attached
  if (isStacked(link)) {
    const parent = k.t.link.get(link.lower)
    return parent !== undefined && parent.up && hasCarrier(k, parent)
  }
  return true
}
