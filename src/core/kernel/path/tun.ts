import type { Frame } from '../../wire/types.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import { type Result, err, ok } from '../../base/result.ts'
import type { Errno } from '../errno.ts'
import { DEV_RECEIVE, type FrameInFlight, type Kernel } from '../kernel.ts'
import type { LinkRow } from '../tables.ts'
import { HOP } from './latency.ts'
import { type Skb, forget, step } from './skb.ts'

/** A process that holds a tun device can read this frame from it: handled by who plays that process. */
export const TUN_READ: EventKind<FrameInFlight> = eventKind('tun.read')

/** tun_net_xmit (drivers/net/tun.c): for the process at the other end; without one there is no carrier, and nothing comes this far. */
export function tunTransmit(k: Kernel, skb: Skb, link: LinkRow): void {
  step(k, skb, 'tun', 'deliver', { d: 'note', code: 'to-process', value: link.name })
  k.sim.after(HOP, TUN_READ, { link: link.id, packet: skb.ids, frame: skb.frame, mark: 0, hops: skb.hops })
  forget(k, skb)
}

/** A process opens the device (TUNSETIFF) or lets go of it. EBUSY: another one has it; without `persist` the device goes with its process. */
export function tunAttach(k: Kernel, id: number, attached: boolean): Result<void, Errno> {
  const config = k.t.link.get(id)?.config
  if (config?.kind !== 'tun') return err('EINVAL')
  if (attached && config.attached) return err('EBUSY')
  k.world.patch(k.t.link, id, { config: { ...config, attached } })
  return ok(undefined)
}

/** write(2) on the device: what the process made comes in by it. EIO is EINVAL here: a device that is down, or of the other kind of frame. */
export function tunWrite(k: Kernel, id: number, frame: Frame, origin = 0): Result<{ packet: number }, Errno> {
  const link = k.t.link.get(id)
  if (link?.config?.kind !== 'tun' || !link.up) return err('EINVAL')
  if ((frame.l === 'eth') !== (link.config.mode === 'tap')) return err('EINVAL')
  const packet = k.trace.packet(0, origin)
  k.sim.after(HOP, DEV_RECEIVE, { link: id, packet: [packet], frame, mark: 0, hops: 0 })
  return ok({ packet })
}
