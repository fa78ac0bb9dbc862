import { MS, SEC, type SimTime } from '../../../base/time.ts'
import { type EventKind, eventKind } from '../../../sim/sim.ts'
import type { Kernel } from '../../kernel.ts'
import { putWgPeer, wgPeerKey } from '../../link/wireguard.ts'
import type { WgPeerRow, WgTimer } from '../../tables.ts'

/** drivers/net/wireguard/messages.h */
export const REKEY_TIMEOUT: SimTime = 5 * SEC
export const REKEY_AFTER: SimTime = 120 * SEC
export const REJECT_AFTER: SimTime = 180 * SEC
export const KEEPALIVE_TIMEOUT: SimTime = 10 * SEC
/** REKEY_ATTEMPT_TIME (90 s) by REKEY_TIMEOUT. */
export const MAX_ATTEMPTS = 18
const JITTER = 333

/** One of a peer's timers has run out. */
export const WG_TIMER: EventKind<{ readonly link: number; readonly peer: string; readonly timer: WgTimer }> =
  eventKind('wireguard.timer')

/** The peer as it is now: sending and receiving change it in several steps. */
export const peerNow = (k: Kernel, peer: WgPeerRow): WgPeerRow =>
  k.t.wgPeer.get(wgPeerKey(peer.link, peer.publicKey)) ?? peer

export function patchPeer(k: Kernel, peer: WgPeerRow, change: Partial<WgPeerRow>): WgPeerRow {
  const next = { ...peerNow(k, peer), ...change }
  putWgPeer(k, next)
  return next
}

/** mod_timer: starts a timer anew. Those that only repeat on idle peers do not keep a lab from resting. */
export function startTimer(k: Kernel, peer: WgPeerRow, timer: WgTimer, delay: SimTime): void {
  const { timers } = peerNow(k, peer)
  if (timers[timer] !== 0) k.sim.cancel(timers[timer])
  const args = { link: peer.link, peer: peer.publicKey, timer }
  patchPeer(k, peer, { timers: { ...timers, [timer]: k.sim.after(delay, WG_TIMER, args, timer !== 'retransmit') } })
}

export function stopTimer(k: Kernel, peer: WgPeerRow, timer: WgTimer): void {
  const { timers } = peerNow(k, peer)
  if (timers[timer] === 0) return
  k.sim.cancel(timers[timer])
  patchPeer(k, peer, { timers: { ...timers, [timer]: 0 } })
}

export const runs = (k: Kernel, peer: WgPeerRow, timer: WgTimer): boolean => peerNow(k, peer).timers[timer] !== 0

export const jitter = (k: Kernel): SimTime => (k.world.random('wireguard/jitter') % JITTER) * MS

/** wg_timers_any_authenticated_packet_traversal: whatever passes puts the next persistent keepalive off. */
export function traversed(k: Kernel, peer: WgPeerRow): void {
  const { keepalive } = peerNow(k, peer)
  if (keepalive > 0) startTimer(k, peer, 'persistent', keepalive * SEC)
}
