import type { Ipv4Packet } from '../../../wire/types.ts'
import type { Errno } from '../../errno.ts'
import type { Kernel } from '../../kernel.ts'
import { peerFor, wgPeerKey } from '../../link/wireguard.ts'
import type { LinkRow, WgTimer } from '../../tables.ts'
import { dropWithError } from '../icmp.ts'
import { type Skb, drop, forget, makeSkb } from '../skb.ts'
import { initiate, sendKeepalive, sendStaged } from './send.ts'
import { MAX_ATTEMPTS, patchPeer } from './timers.ts'

/** MAX_STAGED_PACKETS */
const QUEUE_LENGTH = 128

/** wg_xmit (drivers/net/wireguard/device.c): the allowed prefixes are the routing table; the packet waits until there is a session. */
export function wireguardTransmit(k: Kernel, skb: Skb, link: LinkRow): void {
  const datagram = skb.frame as Ipv4Packet
  const peer = peerFor(k, link.id, datagram.dst)
  if (!peer) return unreachable(k, skb, link, 'no-peer', 'ENOKEY')
  if (!peer.endpoint) return unreachable(k, skb, link, 'no-endpoint', 'EDESTADDRREQ')
  const queue = [...peer.queue, { packet: skb.ids, datagram }]
  if (queue.length > QUEUE_LENGTH) queue.shift()
  patchPeer(k, peer, { queue })
  forget(k, skb)
  sendStaged(k, peer, skb.ids[0]!)
}

function unreachable(k: Kernel, skb: Skb, link: LinkRow, code: 'no-peer' | 'no-endpoint', errno: Errno): void {
  dropWithError(k, skb, 'tunnel.xmit', 'NOT_SPECIFIED', { d: 'note', code, value: link.name }, 3, 1)
  skb.refusal = errno
}

/** wg_open and set_peer: peers of a device that is up send what waits, and those that are kept alive say so. */
export function wireguardWake(k: Kernel, id: number): void {
  if (!k.t.link.get(id)?.up) return
  for (const peer of [...k.t.wgPeerByLink.at(id).rows()]) {
    if (peer.keepalive > 0 && peer.timers.persistent === 0) sendKeepalive(k, peer)
    else sendStaged(k, peer, 0)
  }
}

/** drivers/net/wireguard/timers.c wg_expired_*. */
export function wireguardTimer(
  k: Kernel,
  args: { readonly link: number; readonly peer: string; readonly timer: WgTimer },
): void {
  const row = k.t.wgPeer.get(wgPeerKey(args.link, args.peer))
  if (!row) return
  const peer = patchPeer(k, row, { timers: { ...row.timers, [args.timer]: 0 } })
  switch (args.timer) {
    case 'keepalive':
    case 'persistent':
      return sendKeepalive(k, peer)
    case 'renew':
      return initiate(k, fromAnywhere(k, args), 0, false)
    case 'retransmit': {
      const { handshake } = peer
      if (!handshake) return
      if (handshake.attempts > MAX_ATTEMPTS) return giveUp(k, args)
      patchPeer(k, peer, { handshake: { ...handshake, attempts: handshake.attempts + 1 } })
      initiate(k, fromAnywhere(k, args), 0, true)
    }
  }
}

/** wg_socket_clear_peer_endpoint_src: the source address is chosen anew. */
function fromAnywhere(k: Kernel, { link, peer }: { readonly link: number; readonly peer: string }) {
  const row = k.t.wgPeer.get(wgPeerKey(link, peer))!
  return row.endpoint ? patchPeer(k, row, { endpoint: { ...row.endpoint, src: 0 } }) : row
}

/** Nobody has answered for 90 seconds: what waits is lost. */
function giveUp(k: Kernel, { link, peer }: { readonly link: number; readonly peer: string }): void {
  const row = k.t.wgPeer.get(wgPeerKey(link, peer))!
  const { netns } = k.t.link.get(link)!
  patchPeer(k, row, { queue: [], handshake: null })
  for (const { packet, datagram } of row.queue) {
    if (datagram)
      drop(k, makeSkb(packet, datagram, netns, link), 'tunnel.xmit', 'NOT_SPECIFIED', { d: 'note', code: 'wg-silent' })
  }
}
