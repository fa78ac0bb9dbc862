import type { Ipv4 } from '../../base/ipv4.ts'
import type { Mac } from '../../base/mac.ts'
import type { ObjectRef } from '../../base/ref.ts'
import { MS, SEC } from '../../base/time.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import type { Kernel } from '../kernel.ts'
import { type LinkRow, type NeighRow, type NeighState, neighKey } from '../tables.ts'

/** A neighbour's timer runs out: a retransmission, the end of DELAY, the next probe. Handled by `path/`. */
export const NEIGH_TIMER: EventKind<{ readonly link: number; readonly ip: Ipv4 }> = eventKind('neigh.timer')

/** net/ipv4/arp.c arp_tbl.parms */
export const RETRANS = SEC
export const MCAST_PROBES = 3
export const UCAST_PROBES = 3
/** unres_qlen_bytes 212992 holds about this many full frames. */
export const QUEUE_LENGTH = 101

export const findNeigh = (k: Kernel, link: number, ip: Ipv4): NeighRow | undefined => k.t.neigh.get(neighKey(link, ip))

/** `ip neigh replace IP lladdr MAC dev LINK nud permanent` */
export function setPermanent(k: Kernel, link: number, ip: Ipv4, mac: Mac, subject?: readonly ObjectRef[]): void {
  putNeigh(k, { ...freshNeigh(k, link, ip), mac, state: 'PERMANENT', reachable: 0 }, subject)
}

export function deleteNeigh(k: Kernel, link: number, ip: Ipv4): boolean {
  const row = findNeigh(k, link, ip)
  if (!row) return false
  if (row.timer !== 0) k.sim.cancel(row.timer)
  k.world.delete(k.t.neigh, neighKey(link, ip))
  return true
}

export function freshNeigh(k: Kernel, link: number, ip: Ipv4): NeighRow {
  return {
    link,
    netns: k.t.link.get(link)!.netns,
    ip,
    mac: 0,
    state: 'INCOMPLETE',
    confirmed: k.now,
    updated: k.now,
    used: k.now,
    reachable: 0,
    probes: 0,
    timer: 0,
    queue: [],
  }
}

export function putNeigh(k: Kernel, row: NeighRow, subject?: readonly ObjectRef[]): void {
  k.world.put(k.t.neigh, neighKey(row.link, row.ip), row, subject)
}

/** base_reachable_time 30 s, drawn between half and one and a half of it (neigh_rand_reach_time). */
export const drawReachable = (k: Kernel): number => 15 * SEC + k.world.randomBelow('neigh', 30_000) * MS

/** Changes state and address of an entry, cancelling its timer. The queue is handed back to the caller, who sends it on. */
export function updateNeigh(k: Kernel, row: NeighRow, mac: Mac, state: NeighState): NeighRow {
  if (row.timer !== 0) k.sim.cancel(row.timer)
  const reachable = state === 'REACHABLE'
  const next: NeighRow = {
    ...row,
    mac,
    state,
    confirmed: reachable ? k.now : row.confirmed,
    reachable: reachable ? drawReachable(k) : row.reachable,
    updated: k.now,
    probes: 0,
    timer: 0,
    queue: [],
  }
  putNeigh(k, next)
  return next
}

/** neigh_ifdown: all entries of a device that goes down; packets that waited are gone with them. */
export function flushNeighbours(k: Kernel, link: number): void {
  for (const row of [...k.t.neighByLink.at(link).rows()]) {
    for (const waiting of row.queue) {
      const frame = k.trace.frame(waiting.frame, waiting.packet[0]!)
      k.trace.add(k.now, waiting.packet[0]!, frame, row.netns, link, 'neigh', 'drop', null, 'NEIGH_DEAD')
    }
    deleteNeigh(k, link, row.ip)
  }
  for (const row of [...k.t.proxyNeigh.rows()]) if (row.link === link) deleteProxy(k, link, row.ip)
}

/** `ip neigh add proxy`: requests for the address that come in by the device are answered, where the machine forwards (pneigh_lookup). */
export function addProxy(k: Kernel, link: LinkRow, ip: Ipv4): void {
  k.world.put(k.t.proxyNeigh, neighKey(link.id, ip), { link: link.id, netns: link.netns, ip })
}

/** Whether it was there. */
export function deleteProxy(k: Kernel, link: number, ip: Ipv4): boolean {
  const key = neighKey(link, ip)
  const known = k.t.proxyNeigh.has(key)
  if (known) k.world.delete(k.t.proxyNeigh, key)
  return known
}
