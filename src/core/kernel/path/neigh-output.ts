import { MAC_BROADCAST } from '../../base/mac.ts'
import { type Ipv4, IPV4_BROADCAST, isMulticast } from '../../base/ipv4.ts'
import { SEC } from '../../base/time.ts'
import { ETHERTYPE } from '../../wire/constants.ts'
import type { PathDetail } from '../details.ts'
import type { Kernel } from '../kernel.ts'
import {
  MCAST_PROBES,
  NEIGH_TIMER,
  QUEUE_LENGTH,
  RETRANS,
  UCAST_PROBES,
  findNeigh,
  freshNeigh,
  putNeigh,
  updateNeigh,
} from '../neigh/neigh.ts'
import { isValid, neighState } from '../neigh/state.ts'
import { isLayer3 } from '../link/kind.ts'
import { sysctlNumber } from '../sysctl/sysctl.ts'
import type { AddressRow, LinkRow, NeighRow, NeighState, QueuedPacket } from '../tables.ts'
import { sendArpRequest } from './arp.ts'
import { dropWithError } from './icmp.ts'
import { type Skb, drop, ipOf, makeSkb, setFrame, step, stepAt } from './skb.ts'
import { devXmit } from './transmit.ts'

const resolved = stepAt('neigh', 'lookup')

/** Multicast MAC of an IPv4 group (RFC 1112 section 6.4). */
const multicastMac = (ip: Ipv4): number => 0x01005e000000 + (ip & 0x7fffff)

/**
 * neigh_output: puts the next hop's link-layer address in front of an IP datagram and sends it, or keeps it until the address is
 * known. `skb.frame` is the bare datagram.
 */
export function neighOutput(k: Kernel, skb: Skb, link: LinkRow, nextHop: Ipv4): void {
  skb.dev = link.id
  if (link.kind === 'loopback') return sendTo(k, skb, link, 0)
  if (isLayer3(link)) return sendBare(k, skb, link, nextHop)
  if (ipOf(skb).dst === IPV4_BROADCAST) return sendTo(k, skb, link, MAC_BROADCAST)
  const row = link.noarp ? undefined : findNeigh(k, link.id, nextHop)
  if (row) return outputTo(k, skb, link, row)
  // arp_constructor: asked when an entry would be made.
  if (isBroadcastOf(k, link, nextHop)) return sendTo(k, skb, link, MAC_BROADCAST)
  if (isMulticast(nextHop)) return sendTo(k, skb, link, multicastMac(nextHop))
  if (link.noarp) return sendTo(k, skb, link, link.mac)
  startResolution(k, skb, link, nextHop, undefined)
}

/** neigh->output: neigh_connected_output or neigh_resolve_output, by the state of the entry. */
function outputTo(k: Kernel, skb: Skb, link: LinkRow, row: NeighRow): void {
  const state = neighState(row, k.now)
  if (!isValid(state)) {
    if (state === 'FAILED') return startResolution(k, skb, link, row.ip, row)
    return enqueue(k, skb, row)
  }
  if (state === 'STALE') startDelay(k, row)
  resolved(k, skb, neighDetail(row, state))
  sendTo(k, skb, link, row.mac)
}

const broadcasts = new WeakMap<readonly AddressRow[], ReadonlySet<Ipv4>>()

/** Whether an address is the broadcast address of one of the device's subnets. */
function isBroadcastOf(k: Kernel, link: LinkRow, ip: Ipv4): boolean {
  const rows = k.t.addressByLink.at(link.id).rows()
  let known = broadcasts.get(rows)
  if (!known) {
    known = new Set(rows.flatMap((row) => (row.broadcast !== null && row.len < 31 ? [row.broadcast] : [])))
    broadcasts.set(rows, known)
  }
  return known.has(ip)
}

type NeighDetail = Extract<PathDetail, { readonly d: 'neigh' }>
const details = new WeakMap<NeighRow, NeighDetail>()
/** One detail value per entry, so that the trace stores it once; REACHABLE becomes STALE without a write, and then it is another. */
function neighDetail(row: NeighRow, state: NeighState): PathDetail {
  let detail = details.get(row)
  if (detail?.state !== state)
    details.set(row, (detail = { d: 'neigh', ip: row.ip, mac: row.mac, state, dev: row.link }))
  return detail
}

/** A device without link-layer addresses takes the datagram as it is. */
function sendBare(k: Kernel, skb: Skb, link: LinkRow, nextHop: Ipv4): void {
  if (skb.frame.l === 'eth') setFrame(skb, ipOf(skb))
  skb.nextHop = nextHop
  devXmit(k, skb, link)
}

/** The tag is there already on a VLAN device that leaves it on (vlan_dev_hard_header). */
const tagOn = ({ config }: LinkRow): number | undefined =>
  config?.kind === 'vlan' && !config.reorder ? config.vid : undefined

function sendTo(k: Kernel, skb: Skb, link: LinkRow, dst: number): void {
  const payload = ipOf(skb)
  setFrame(skb, { l: 'eth', src: link.mac, dst, type: ETHERTYPE.ipv4, vlan: tagOn(link), payload })
  devXmit(k, skb, link)
}

/** STALE and in use: DELAY, five seconds for an upper layer to confirm it before it is probed. */
function startDelay(k: Kernel, row: NeighRow): void {
  if (row.timer !== 0) k.sim.cancel(row.timer)
  const delay =
    sysctlNumber(k, row.netns, `net.ipv4.neigh.${k.t.link.get(row.link)?.name}.delay_first_probe_time`) * SEC
  const timer = k.sim.after(delay, NEIGH_TIMER, { link: row.link, ip: row.ip }, true)
  putNeigh(k, { ...row, state: 'DELAY', updated: k.now, used: k.now, timer, probes: 0 })
}

function startResolution(k: Kernel, skb: Skb, link: LinkRow, ip: Ipv4, old: NeighRow | undefined): void {
  if (old?.timer) k.sim.cancel(old.timer)
  const row = freshNeigh(k, link.id, ip)
  putNeigh(k, { ...row, probes: 1, timer: k.sim.after(RETRANS, NEIGH_TIMER, { link: link.id, ip }) })
  enqueue(k, skb, findNeigh(k, link.id, ip)!)
  sendArpRequest(k, link, ip, sourceOf(skb), MAC_BROADCAST, skb.ids[0]!)
}

/** neigh_event_send without a packet: asks who has an address. */
export function resolve(k: Kernel, link: LinkRow, ip: Ipv4, origin: number): void {
  const old = findNeigh(k, link.id, ip)
  if (old?.timer) k.sim.cancel(old.timer)
  const timer = k.sim.after(RETRANS, NEIGH_TIMER, { link: link.id, ip })
  putNeigh(k, { ...freshNeigh(k, link.id, ip), probes: 1, timer })
  sendArpRequest(k, link, ip, 0, MAC_BROADCAST, origin)
}

const sourceOf = (skb: Skb): Ipv4 => ipOf(skb).src

/** The packet waits; when too many do, the oldest is lost (neigh_event_send). */
function enqueue(k: Kernel, skb: Skb, row: NeighRow): void {
  step(k, skb, 'neigh', 'queue', { d: 'neigh', ip: row.ip, mac: 0, state: 'INCOMPLETE', dev: row.link })
  const waiting: QueuedPacket = {
    packet: skb.ids,
    frame: ipOf(skb),
    iif: skb.iif,
    mark: skb.mark,
    bridged: skb.bridgedDnat
      ? { port: skb.physIn, frame: skb.bridgedDnat, fragMax: skb.fragMax, fragSizes: skb.fragSizes }
      : null,
    ct: skb.ct,
    ctinfo: skb.ctinfo,
    ctReply: skb.ctReply,
  }
  const queue = [...row.queue, waiting]
  if (queue.length > QUEUE_LENGTH) {
    const lost = queue.shift()!
    drop(k, restore(k, lost, row), 'neigh', 'NEIGH_QUEUEFULL')
  }
  putNeigh(k, { ...row, queue })
}

function restore(k: Kernel, waiting: QueuedPacket, row: NeighRow): Skb {
  const skb = makeSkb(waiting.packet, waiting.frame, row.netns, row.link)
  skb.iif = waiting.iif
  skb.mark = waiting.mark
  skb.bridgedDnat = waiting.bridged?.frame ?? null
  skb.physIn = waiting.bridged?.port ?? 0
  skb.fragMax = waiting.bridged?.fragMax ?? 0
  skb.fragSizes = waiting.bridged?.fragSizes ?? null
  if (k.t.conntrack.has(waiting.ct)) {
    skb.ct = waiting.ct
    skb.ctinfo = waiting.ctinfo
    skb.ctReply = waiting.ctReply
  }
  return skb
}

/** An address has been found: what waited for it goes out, oldest first. */
export function releaseQueue(k: Kernel, queue: readonly QueuedPacket[], row: NeighRow): void {
  const link = k.t.link.get(row.link)
  if (!link) return
  for (const waiting of queue) {
    const skb = restore(k, waiting, row)
    step(k, skb, 'neigh', 'release', { d: 'neigh', ip: row.ip, mac: row.mac, state: row.state, dev: row.link })
    sendTo(k, skb, link, row.mac)
  }
}

/** neigh_timer_handler: repeats a request, starts or repeats a probe, or gives up. */
export function neighTimer(k: Kernel, args: { readonly link: number; readonly ip: Ipv4 }): void {
  const row = findNeigh(k, args.link, args.ip)
  const link = k.t.link.get(args.link)
  if (!row || !link || row.timer === 0) return
  if (row.state === 'INCOMPLETE') {
    if (row.probes >= MCAST_PROBES) return fail(k, row)
    putNeigh(k, { ...row, probes: row.probes + 1, timer: k.sim.after(RETRANS, NEIGH_TIMER, args) })
    const first = row.queue[0]
    const source = first?.frame.l === 'ipv4' ? first.frame.src : 0
    return sendArpRequest(k, link, row.ip, source, MAC_BROADCAST, first?.packet[0] ?? 0)
  }
  if (row.state !== 'DELAY' && row.state !== 'PROBE') return
  const probes = row.state === 'DELAY' ? 0 : row.probes
  if (probes >= UCAST_PROBES) return fail(k, row)
  const timer = k.sim.after(RETRANS, NEIGH_TIMER, args, true)
  putNeigh(k, { ...row, state: 'PROBE', updated: k.now, probes: probes + 1, timer })
  sendArpRequest(k, link, row.ip, 0, row.mac, 0)
}

/** neigh_invalidate: nobody answered; whoever waited is told (arp_error_report, ipv4_link_failure). */
function fail(k: Kernel, row: NeighRow): void {
  updateNeigh(k, row, 0, 'FAILED')
  for (const waiting of row.queue) {
    const skb = restore(k, waiting, row)
    const detail = { d: 'arp', what: 'failed', ip: row.ip } as const
    // A frame for another machine that only passes the bridge is nobody's to answer for (pkt_type, br_handle_frame).
    const passing = skb.bridgedDnat !== null && skb.bridgedDnat.dst !== k.t.link.get(row.link)?.mac
    if (passing) drop(k, skb, 'neigh', 'NEIGH_FAILED', detail)
    else dropWithError(k, skb, 'neigh', 'NEIGH_FAILED', detail, 3, 1)
  }
}
