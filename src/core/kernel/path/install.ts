import { DEV_RECEIVE, type Kernel } from '../kernel.ts'
import { NEIGH_TIMER } from '../neigh/neigh.ts'
import { FRAG_TIMER, fragTimer } from './fragment.ts'
import { ipSend } from './ip-output.ts'
import { neighTimer } from './neigh-output.ts'
import { devReceive } from './receive.ts'

/** Wires the packet path into a kernel: from here on frames are received and datagrams sent. */
export function installPath(k: Kernel): void {
  k.send = (request) => ipSend(k, request)
  k.sim.on(DEV_RECEIVE, (frame) => devReceive(k, frame))
  k.sim.on(NEIGH_TIMER, (args) => neighTimer(k, args))
  k.sim.on(FRAG_TIMER, (args) => fragTimer(k, args))
}
