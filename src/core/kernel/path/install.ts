import { DEV_RECEIVE, type Kernel } from '../kernel.ts'
import { NEIGH_TIMER } from '../neigh/neigh.ts'
import { announce, sendArp } from './arp.ts'
import { LOOPED_BACK, loopedBack } from './loop-back.ts'
import { FRAG_TIMER, fragTimer } from './fragment.ts'
import { ipSend } from './ip-output.ts'
import { LINK_WATCH, linkWatch } from '../link/link.ts'
import { WG_TIMER } from './wireguard/timers.ts'
import { wireguardTimer, wireguardWake } from './wireguard/transmit.ts'
import { neighTimer } from './neigh-output.ts'
import { devReceive } from './receive.ts'

/** Wires the packet path into a kernel: from here on frames are received and datagrams sent. */
export function installPath(k: Kernel): void {
  k.send = (request) => ipSend(k, request)
  k.sendArp = (link, arp, to) => sendArp(k, link, arp, to, 0)
  k.announce = (link, ip) => announce(k, link, ip)
  k.sim.on(LOOPED_BACK, (copy) => loopedBack(k, copy))
  k.sim.on(DEV_RECEIVE, (frame) => devReceive(k, frame))
  k.sim.on(NEIGH_TIMER, (args) => neighTimer(k, args))
  k.wake = (link) => wireguardWake(k, link)
  k.sim.on(LINK_WATCH, (args) => linkWatch(k, args))
  k.sim.on(WG_TIMER, (args) => wireguardTimer(k, args))
  k.sim.on(FRAG_TIMER, (args) => fragTimer(k, args))
}
