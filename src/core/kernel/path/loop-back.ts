import { type EventKind, eventKind } from '../../sim/sim.ts'
import { type FrameInFlight, type Kernel } from '../kernel.ts'
import { localDeliver } from './local-deliver.ts'
import { runHook } from './hook.ts'
import { type Skb, clone, makeSkb } from './skb.ts'

/** The copy of a broadcast that its own sender hears. `link`: the device that the original leaves by. */
export const LOOPED_BACK: EventKind<FrameInFlight> = eventKind('ip.looped-back')

/** ip_mc_output and dev_loopback_xmit: a broadcast goes to this machine's own sockets, too; no device sees that copy. */
export function loopBack(k: Kernel, skb: Skb, link: number): void {
  const copy = clone(k, skb)
  k.sim.after(0, LOOPED_BACK, { link, packet: copy.ids, frame: copy.frame, mark: copy.mark, hops: copy.hops })
}

export function loopedBack(k: Kernel, f: FrameInFlight): void {
  const link = k.t.link.get(f.link)
  if (!link) return
  const skb = makeSkb(f.packet, f.frame, link.netns, link.id)
  skb.iif = link.id
  skb.mark = f.mark
  skb.cast = 'broadcast'
  if (runHook(k, skb, 'PREROUTING', link.id, 0) === 'accept') localDeliver(k, skb)
}
