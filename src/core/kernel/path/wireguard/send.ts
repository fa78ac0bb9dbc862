import { bytesToData } from '../../../wire/utf8.ts'
import { parseKey } from '../../../base/x25519.ts'
import { IP_PROTO } from '../../../wire/constants.ts'
import { ipLength, wireguardLength } from '../../../wire/length.ts'
import { NO_DATA, type Wireguard } from '../../../wire/types.ts'
import type { Kernel } from '../../kernel.ts'
import { addressType } from '../../route/lookup.ts'
import { routeOutput } from '../../route/output.ts'
import { wireguardOf } from '../../link/wireguard.ts'
import type { PacketIds, WgPeerRow, WgQueued, WgSession } from '../../tables.ts'
import { localOut } from '../ip-output.ts'
import { selectIdent } from '../ip-ident.ts'
import { ipHeader, makeSkb, step } from '../skb.ts'
import { outerTos } from '../tunnel.ts'
import {
  KEEPALIVE_TIMEOUT,
  REJECT_AFTER,
  REKEY_AFTER,
  REKEY_TIMEOUT,
  jitter,
  patchPeer,
  peerNow,
  runs,
  startTimer,
  stopTimer,
  traversed,
} from './timers.ts'

/** Handshake messages travel as AF41 (HANDSHAKE_DSCP). */
const HANDSHAKE_TOS = 0x88
const MAC1_BYTES = 16

/** What only who knows a public key can put into a handshake message: a MAC in the real one, the key's first half here. */
export const mac1For = (publicKey: string): string => bytesToData(parseKey(publicKey)!.subarray(0, MAC1_BYTES))

export const keyBytes = (publicKey: string): string => bytesToData(parseKey(publicKey)!)

export const drawIndex = (k: Kernel): number => k.world.random('wireguard/index') >>> 0

/** A session that may still be used to send. */
const usable = (k: Kernel, session: WgSession | null): session is WgSession =>
  session !== null && k.now - session.since < REJECT_AFTER

/** wg_packet_send_staged_packets: what waits goes out by the session; without one a handshake comes first. */
export function sendStaged(k: Kernel, peer: WgPeerRow, origin: number): void {
  const { queue, session } = peerNow(k, peer)
  if (queue.length === 0) return
  if (!usable(k, session)) return initiate(k, peer, origin, false)
  patchPeer(k, peer, { queue: [] })
  for (const each of queue) sendData(k, peerNow(k, peer), each)
  const now = peerNow(k, peer).session
  if (now?.initiator && k.now - now.since >= REKEY_AFTER) initiate(k, peer, origin, false)
}

/** wg_packet_send_keepalive */
export function sendKeepalive(k: Kernel, peer: WgPeerRow): void {
  if (peerNow(k, peer).queue.length === 0) patchPeer(k, peer, { queue: [{ packet: [], datagram: null }] })
  sendStaged(k, peer, 0)
}

/** calculate_skb_padding: to a multiple of 16 bytes, but not beyond the MTU. */
function paddingOf(length: number, mtu: number): number {
  const last = length > mtu ? length % mtu : length
  return Math.min(mtu, Math.ceil(last / 16) * 16) - last
}

function sendData(k: Kernel, peer: WgPeerRow, { packet, datagram }: WgQueued): void {
  const session = peer.session!
  const { mtu } = k.t.link.get(peer.link)!
  const padding = datagram ? paddingOf(ipLength(datagram), mtu) : 0
  const message: Wireguard = {
    l: 'wireguard',
    type: 4,
    receiver: session.theirs,
    counter: session.sent,
    padding,
    payload: datagram ?? NO_DATA,
  }
  const now = patchPeer(k, peer, { session: { ...session, sent: session.sent + 1 } })
  sendMessage(k, now, message, packet, 0, datagram ? outerTos(0, datagram) : 0)
  traversed(k, peer)
  stopTimer(k, peer, 'keepalive')
  if (datagram && !runs(k, peer, 'renew')) {
    startTimer(k, peer, 'renew', KEEPALIVE_TIMEOUT + REKEY_TIMEOUT + jitter(k))
  }
}

/** wg_packet_send_handshake_initiation: at most one in five seconds. */
export function initiate(k: Kernel, peer: WgPeerRow, origin: number, retry: boolean): void {
  const row = peerNow(k, peer)
  const config = wireguardOf(k, peer.link)
  const attempts = retry ? (row.handshake?.attempts ?? 0) : 0
  if (row.initiated >= 0 && k.now - row.initiated < REKEY_TIMEOUT) return
  if (!config || config.publicKey === '' || !row.endpoint) return
  const own = drawIndex(k)
  const next = patchPeer(k, row, { handshake: { own, sent: k.now, attempts }, initiated: k.now })
  const message: Wireguard = {
    l: 'wireguard',
    type: 1,
    sender: own,
    publicKey: keyBytes(config.publicKey),
    mac1: mac1For(peer.publicKey),
    payload: NO_DATA,
  }
  traversed(k, next)
  stopTimer(k, next, 'keepalive')
  sendMessage(k, peerNow(k, next), message, [], origin, HANDSHAKE_TOS)
  startTimer(k, next, 'retransmit', REKEY_TIMEOUT + jitter(k))
}

/** wg_packet_send_handshake_response: the session exists from now on, but is used only when the peer has used it. */
export function respond(k: Kernel, peer: WgPeerRow, theirs: number, origin: number): void {
  const own = drawIndex(k)
  const next: WgSession = { own, theirs, since: k.now, initiator: false, sent: 0, received: -1 }
  const row = patchPeer(k, peer, { next, previous: null })
  const mac1 = mac1For(peer.publicKey)
  traversed(k, row)
  stopTimer(k, row, 'keepalive')
  const message: Wireguard = { l: 'wireguard', type: 2, sender: own, receiver: theirs, mac1, payload: NO_DATA }
  sendMessage(k, peerNow(k, row), message, [], origin, HANDSHAKE_TOS)
}

const WHAT = { 1: 'initiation', 2: 'response', 4: 'data' } as const

/** wg_socket_send_skb_to_peer: UDP from the device's port to the peer's endpoint, in the namespace the device was made in. */
function sendMessage(
  k: Kernel,
  peer: WgPeerRow,
  message: Wireguard,
  inner: PacketIds,
  origin: number,
  tos: number,
): void {
  const link = k.t.link.get(peer.link)!
  const config = wireguardOf(k, peer.link)!
  const { endpoint } = peer
  if (!endpoint) return
  const src = endpoint.src !== 0 && addressType(k, link.home, endpoint.src) === 'local' ? endpoint.src : 0
  const query = { src, mark: config.fwmark, tos }
  const way = routeOutput(k, link.home, endpoint.addr, query)
  const id = k.trace.packet(inner[0] ?? 0, inner[0] === undefined ? origin : 0)
  const outer = ipHeader({
    src: src || (way.ok ? way.value.source : 0),
    dst: endpoint.addr,
    proto: IP_PROTO.udp,
    tos,
    id: selectIdent(k, link.home),
    payload: { l: 'udp', sport: config.port, dport: endpoint.port, payload: message },
  })
  const skb = makeSkb([id, ...inner], outer, link.home, link.id)
  skb.mark = config.fwmark
  const keepalive = message.type === 4 && message.payload.l === 'data'
  const detail = {
    d: 'wireguard',
    what: keepalive ? 'keepalive' : WHAT[message.type],
    peer: peer.publicKey,
    remote: endpoint.addr,
    port: endpoint.port,
    dev: link.id,
  } as const
  if (!way.ok) return step(k, skb, 'tunnel.xmit', 'drop', { d: 'no-route', dst: endpoint.addr }, 'IP_OUTNOROUTES')
  patchPeer(k, peer, { txBytes: peer.txBytes + wireguardLength(message) })
  step(k, skb, 'tunnel.xmit', inner.length > 0 ? 'encapsulate' : 'create', detail)
  localOut(k, skb, way.value)
}
