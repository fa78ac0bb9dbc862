import { type Ipv4, isLoopback, isMulticast } from '../../base/ipv4.ts'
import { MAC_BROADCAST, type Mac } from '../../base/mac.ts'
import { SEC } from '../../base/time.ts'
import { ARP_OP, ETHERTYPE } from '../../wire/constants.ts'
import type { Arp } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import { addressesOf, isInSubnet, isLocalAddress, selectAddress } from '../link/address.ts'
import { findNeigh, freshNeigh, putNeigh, updateNeigh } from '../neigh/neigh.ts'
import { isValid, neighState } from '../neigh/state.ts'
import { addressType } from '../route/lookup.ts'
import { routeOutput } from '../route/output.ts'
import { deviceConf } from '../sysctl/sysctl.ts'
import { type LinkRow, neighKey } from '../tables.ts'
import { releaseQueue } from './neigh-output.ts'
import { inputRoute } from './source-valid.ts'
import { type Skb, drop, makeSkb, step } from './skb.ts'
import { devXmit } from './transmit.ts'

/** A neighbour's address may change this soon after it was last changed only by a gratuitous ARP (locktime). */
const LOCKTIME = SEC

/** Sends an ARP packet out of a device; `origin` is the packet that made it necessary. */
export function sendArp(k: Kernel, link: LinkRow, arp: Arp, dst: Mac, origin: number): void {
  const id = k.trace.packet(0, origin)
  const frame = { l: 'eth' as const, src: link.mac, dst, type: ETHERTYPE.arp, vlan: undefined, payload: arp }
  const skb = makeSkb([id], frame, link.netns, link.id)
  step(k, skb, 'arp', 'create', { d: 'arp', what: arp.op === ARP_OP.request ? 'who-has' : 'answer', ip: arp.tpa })
  devXmit(k, skb, link)
}

/** arp_solicit: asks who has `ip`. The sender address follows arp_announce; `source` is what the waiting packet says. */
export function sendArpRequest(k: Kernel, link: LinkRow, ip: Ipv4, source: Ipv4, dst: Mac, origin: number): void {
  const { arpAnnounce } = deviceConf(k, link.netns, link.name)
  const spa = announced(k, link, ip, source, arpAnnounce)
  sendArp(k, link, { l: 'arp', op: ARP_OP.request, sha: link.mac, spa, tha: 0, tpa: ip }, dst, origin)
}

function announced(k: Kernel, link: LinkRow, target: Ipv4, source: Ipv4, announce: number): Ipv4 {
  const own = source !== 0 && isLocalAddress(k, link.netns, source) && !isLoopback(source)
  if (announce === 0 && own) return source
  const onTarget = addressesOf(k, link.id).find((row) => isInSubnet(row, target))
  if (announce === 1 && own && addressesOf(k, link.id).some((row) => isInSubnet(row, target) && row.addr === source)) {
    return source
  }
  return onTarget?.addr ?? selectAddress(k, link.netns, link.id, target)
}

/** A gratuitous announcement of an address that a device has got (arp_notify). */
export function announce(k: Kernel, link: LinkRow, ip: Ipv4): void {
  const arp: Arp = { l: 'arp', op: ARP_OP.request, sha: link.mac, spa: ip, tha: 0, tpa: ip }
  sendArp(k, link, arp, MAC_BROADCAST, 0)
}

/** arp_rcv and arp_process (net/ipv4/arp.c). */
export function arpReceive(k: Kernel, skb: Skb, link: LinkRow, arp: Arp): void {
  if (skb.cast === 'other') return drop(k, skb, 'arp', 'OTHERHOST', { d: 'note', code: 'other-host' })
  if (link.noarp || link.kind === 'loopback') return drop(k, skb, 'arp', 'NOT_SPECIFIED')
  if (isMulticast(arp.tpa) || isLoopback(arp.tpa)) return drop(k, skb, 'arp', 'IP_INVALID_DEST')
  if (arp.op === ARP_OP.request && answersRequest(k, skb, link, arp)) return
  updateFromPacket(k, skb, link, arp)
}

/** Whether the request was for us, directly or by proxy; then it has been answered and the sender noted. */
function answersRequest(k: Kernel, skb: Skb, link: LinkRow, arp: Arp): boolean {
  const conf = deviceConf(k, link.netns, link.name)
  if (arp.spa === 0) return answersProbe(k, skb, link, arp, conf.arpIgnore)
  const route = inputRoute(k, link, arp.spa, arp.tpa)
  if (route?.type === 'local') {
    if (ignored(k, link, arp, conf.arpIgnore) || (conf.arpFilter && !wayBackHere(k, link, arp))) {
      drop(k, skb, 'arp', 'ARP_IGNORED', { d: 'arp', what: 'ignored', ip: arp.tpa })
      return true
    }
    noteSender(k, link, arp)
    answer(k, skb, link, arp, 'answer')
    return true
  }
  // On the network it came from a router answers for others only if that is a private VLAN (RFC 3069).
  if (route?.type !== 'unicast' || !conf.forwarding) return false
  const listed = route.dev !== link.id && k.t.proxyNeigh.has(neighKey(link.id, arp.tpa))
  if (!listed && !(route.dev === link.id ? conf.proxyArpPvlan : conf.proxyArp)) return false
  noteSender(k, link, arp)
  answer(k, skb, link, arp, 'proxy')
  return true
}

/** Duplicate address detection (sender 0.0.0.0) is answered without noting the sender, and teaches nothing. */
function answersProbe(k: Kernel, skb: Skb, link: LinkRow, arp: Arp, mode: number): boolean {
  if (addressType(k, link.netns, arp.tpa) === 'local' && !ignored(k, link, arp, mode))
    answer(k, skb, link, arp, 'answer')
  else ignore(k, skb, arp)
  return true
}

/** arp_filter: whether the answer would leave by the device that the question came in by. */
function wayBackHere(k: Kernel, link: LinkRow, arp: Arp): boolean {
  const route = routeOutput(k, link.netns, arp.spa, { src: arp.tpa })
  return route.ok && route.value.out.id === link.id
}

/** arp_ignore: which of its own addresses a machine answers for, on which device. */
function ignored(k: Kernel, link: LinkRow, arp: Arp, mode: number): boolean {
  if (mode === 0) return false
  if (mode === 8) return true
  const here = addressesOf(k, link.id).filter((row) => row.addr === arp.tpa)
  if (mode === 1) return here.length === 0
  if (mode === 2) return !here.some((row) => isInSubnet(row, arp.spa))
  if (mode === 3)
    return !k.t.addressByNetns
      .at(link.netns)
      .rows()
      .some((row) => row.addr === arp.tpa && row.scope !== 'host')
  return false
}

function answer(k: Kernel, skb: Skb, link: LinkRow, arp: Arp, what: 'answer' | 'proxy'): void {
  step(k, skb, 'arp', 'deliver', { d: 'arp', what, ip: arp.tpa })
  const reply: Arp = { l: 'arp', op: ARP_OP.reply, sha: link.mac, spa: arp.tpa, tha: arp.sha, tpa: arp.spa }
  sendArp(k, link, reply, arp.sha, skb.ids[0]!)
}

/** neigh_event_ns: who asks for us is known from now on, as STALE. */
function noteSender(k: Kernel, link: LinkRow, arp: Arp): void {
  const row = findNeigh(k, link.id, arp.spa)
  if (row?.state === 'PERMANENT') return
  if (!row) return putNeigh(k, { ...freshNeigh(k, link.id, arp.spa), mac: arp.sha, state: 'STALE' })
  const state = neighState(row, k.now)
  if (row.mac === arp.sha && (state === 'REACHABLE' || state === 'STALE' || state === 'DELAY' || state === 'PROBE'))
    return
  const { queue } = row
  const next = updateNeigh(k, row, arp.sha, 'STALE')
  releaseQueue(k, queue, next)
}

/** arp_is_garp: an announcement of the sender's own address. */
const isGratuitous = (k: Kernel, link: LinkRow, arp: Arp): boolean =>
  arp.spa === arp.tpa &&
  (arp.op === ARP_OP.request || arp.tha === arp.sha) &&
  addressType(k, link.netns, arp.spa) === 'unicast'

/** The rest of arp_process: whatever is heard of a neighbour that is known updates it; who is not is learned only where arp_accept says so. */
function updateFromPacket(k: Kernel, skb: Skb, link: LinkRow, arp: Arp): void {
  const known = findNeigh(k, link.id, arp.spa)
  const reply = arp.op === ARP_OP.reply
  const { arpAccept } = deviceConf(k, link.netns, link.name)
  if (!known && !arpAccept) return ignore(k, skb, arp)
  const gratuitous = isGratuitous(k, link, arp)
  if (!known && !gratuitous && !(reply && addressType(k, link.netns, arp.spa) === 'unicast')) return ignore(k, skb, arp)
  const row = known ?? freshNeigh(k, link.id, arp.spa)
  if (row.state === 'PERMANENT') return ignore(k, skb, arp)
  // Requests and broadcast replies do not prove that the neighbour can be reached.
  const state = reply && skb.cast === 'host' ? 'REACHABLE' : 'STALE'
  const old = neighState(row, k.now)
  const same = row.mac === arp.sha
  if (isValid(old)) {
    if (!same && !gratuitous && k.now - row.updated <= LOCKTIME) return ignore(k, skb, arp)
    if (same && state === 'STALE') return ignore(k, skb, arp)
    // No change, and the lock time does not start anew.
    if (same && old === state) return putNeigh(k, { ...row, confirmed: k.now })
  }
  const { queue } = row
  const next = updateNeigh(k, row, arp.sha, state)
  step(k, skb, 'arp', 'deliver', { d: 'arp', what: isValid(old) ? 'updated' : 'learned', ip: arp.spa })
  releaseQueue(k, queue, next)
}

/** Heard, and none of our business: consumed, which is no drop. */
const ignore = (k: Kernel, skb: Skb, arp: Arp): void =>
  step(k, skb, 'arp', 'deliver', { d: 'arp', what: 'ignored', ip: arp.tpa })
