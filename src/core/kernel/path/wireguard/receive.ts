import { formatKey } from '../../../base/x25519.ts'
import { wireguardLength } from '../../../wire/length.ts'
import type { Udp, WgData, WgInitiation, WgResponse } from '../../../wire/types.ts'
import { dataToBytes } from '../../../wire/utf8.ts'
import type { Kernel } from '../../kernel.ts'
import { peerFor, wgPeerKey, wireguardOf } from '../../link/wireguard.ts'
import type { LinkRow, WgPeerRow, WgSession } from '../../tables.ts'
import { type Skb, drop, forget, ipOf, step } from '../skb.ts'
import { unwrap } from '../tunnel.ts'
import { initiate, mac1For, respond, sendKeepalive, sendStaged } from './send.ts'
import {
  KEEPALIVE_TIMEOUT,
  REJECT_AFTER,
  REKEY_TIMEOUT,
  patchPeer,
  peerNow,
  runs,
  startTimer,
  stopTimer,
  traversed,
} from './timers.ts'

/** wg_receive (drivers/net/wireguard/receive.c). True: the port is a WireGuard device's, and the datagram has been dealt with. */
export function wireguardReceive(k: Kernel, skb: Skb): boolean {
  const udp = ipOf(skb).payload as Udp
  const listens = (each: LinkRow): boolean => each.up && wireguardOf(k, each.id)?.port === udp.dport
  const link = k.t.linkByHome.at(skb.netns).rows().find(listens)
  if (!link) return false
  const message = udp.payload
  if (message.l !== 'wireguard') drop(k, skb, 'tunnel.recv', 'NOT_SPECIFIED', refusal('wg-message'))
  else if (message.type === 1) receiveInitiation(k, skb, link, message)
  else if (message.type === 2) receiveResponse(k, skb, link, message)
  else receiveData(k, skb, link, message)
  return true
}

const refusal = (code: 'wg-message' | 'wg-key' | 'wg-session' | 'wg-source', value = '') =>
  ({ d: 'note', code, value }) as const

const detailOf = (skb: Skb, link: LinkRow, peer: WgPeerRow, what: 'initiation' | 'response' | 'data' | 'keepalive') =>
  ({
    d: 'wireguard',
    what,
    peer: peer.publicKey,
    remote: ipOf(skb).src,
    port: (ipOf(skb).payload as Udp).sport,
    dev: link.id,
  }) as const

/** wg_socket_set_peer_endpoint_from_skb: from now on the peer is where it was heard last (roaming). */
function heardFrom(k: Kernel, skb: Skb, peer: WgPeerRow, bytes: number): WgPeerRow {
  const ip = ipOf(skb)
  const endpoint = { addr: ip.src, port: (ip.payload as Udp).sport, src: ip.dst }
  return patchPeer(k, peer, { endpoint, rxBytes: peerNow(k, peer).rxBytes + bytes })
}

function receiveInitiation(k: Kernel, skb: Skb, link: LinkRow, message: WgInitiation): void {
  const { publicKey } = wireguardOf(k, link.id)!
  if (publicKey === '' || message.mac1 !== mac1For(publicKey)) {
    return drop(k, skb, 'tunnel.recv', 'NOT_SPECIFIED', refusal('wg-message'))
  }
  const sender = formatKey(dataToBytes(message.publicKey))
  const peer = k.t.wgPeer.get(wgPeerKey(link.id, sender))
  if (!peer) return drop(k, skb, 'tunnel.recv', 'NOT_SPECIFIED', refusal('wg-key', sender))
  step(k, skb, 'tunnel.recv', 'deliver', detailOf(skb, link, peer, 'initiation'))
  heardFrom(k, skb, peer, wireguardLength(message))
  forget(k, skb)
  respond(k, peer, message.sender, skb.ids[0]!)
}

function receiveResponse(k: Kernel, skb: Skb, link: LinkRow, message: WgResponse): void {
  const peer = k.t.wgPeerByLink
    .at(link.id)
    .rows()
    .find((each) => each.handshake?.own === message.receiver)
  if (!peer || message.mac1 !== mac1For(wireguardOf(k, link.id)!.publicKey)) {
    return drop(k, skb, 'tunnel.recv', 'NOT_SPECIFIED', refusal('wg-session'))
  }
  step(k, skb, 'tunnel.recv', 'deliver', detailOf(skb, link, peer, 'response'))
  const row = heardFrom(k, skb, peer, wireguardLength(message))
  const session: WgSession = {
    own: message.receiver,
    theirs: message.sender,
    since: k.now,
    initiator: true,
    sent: 0,
    received: -1,
  }
  const fresh = patchPeer(k, row, {
    session,
    previous: row.next ?? row.session,
    next: null,
    handshake: null,
    agreed: k.now,
  })
  stopTimer(k, fresh, 'retransmit')
  traversed(k, fresh)
  stopTimer(k, fresh, 'renew')
  forget(k, skb)
  // What waits confirms the session; if nothing does, a keepalive.
  sendKeepalive(k, fresh)
}

type Slot = 'session' | 'previous' | 'next'
const SLOTS: readonly Slot[] = ['session', 'previous', 'next']

function receiveData(k: Kernel, skb: Skb, link: LinkRow, message: WgData): void {
  const found = sessionOf(k, link, message.receiver)
  if (!found || k.now - found.peer[found.slot]!.since >= REJECT_AFTER) {
    return drop(k, skb, 'tunnel.recv', 'NOT_SPECIFIED', refusal('wg-session'))
  }
  const peer = heardFrom(k, skb, noteCounter(k, found.peer, found.slot, message.counter), wireguardLength(message))
  stopTimer(k, peer, 'renew')
  traversed(k, peer)
  const { payload } = message
  if (payload.l === 'data') {
    step(k, skb, 'tunnel.recv', 'deliver', detailOf(skb, link, peer, 'keepalive'))
    forget(k, skb)
  } else {
    if (!runs(k, peer, 'keepalive')) startTimer(k, peer, 'keepalive', KEEPALIVE_TIMEOUT)
    if (peerFor(k, link.id, payload.src)?.publicKey !== peer.publicKey) {
      drop(k, skb, 'tunnel.recv', 'NOT_SPECIFIED', refusal('wg-source', peer.publicKey))
    } else unwrap(k, skb, payload, link, detailOf(skb, link, peer, 'data'))
  }
  if (found.slot === 'next') sendStaged(k, peer, 0)
  keepFresh(k, peer)
}

/** wg_index_hashtable_lookup: whose session has this index. */
function sessionOf(k: Kernel, link: LinkRow, own: number): { readonly peer: WgPeerRow; readonly slot: Slot } | null {
  for (const peer of k.t.wgPeerByLink.at(link.id).rows()) {
    const slot = SLOTS.find((each) => peer[each]?.own === own)
    if (slot) return { peer, slot }
  }
  return null
}

/** Notes the packet's number; the first packet by an offered session makes it the current one (wg_noise_received_with_keypair). */
function noteCounter(k: Kernel, peer: WgPeerRow, slot: Slot, counter: number): WgPeerRow {
  const used = { ...peer[slot]!, received: Math.max(peer[slot]!.received, counter) }
  if (slot !== 'next') return patchPeer(k, peer, { [slot]: used })
  return patchPeer(k, peer, { session: used, previous: peer.session, next: null, agreed: k.now })
}

/** keep_key_fresh: the initiator renews a session before it gets too old to be believed. */
function keepFresh(k: Kernel, peer: WgPeerRow): void {
  const { session } = peerNow(k, peer)
  if (!session?.initiator || k.now - session.since < REJECT_AFTER - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT) return
  initiate(k, peer, 0, false)
}
