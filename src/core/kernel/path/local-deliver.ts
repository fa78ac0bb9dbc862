import type { Kernel, LocalDelivery } from '../kernel.ts'
import { defragment } from './fragment.ts'
import { runHook } from './hook.ts'
import { dropWithError } from './icmp.ts'
import { icmpReceive } from './icmp-receive.ts'
import { type Skb, drop, forget, ipOf, stepAt } from './skb.ts'
import { vxlanReceive } from './vxlan.ts'
import { geneveReceive } from './geneve.ts'
import { ipTunnelReceive } from './ip-tunnel.ts'
import { handed } from './stacked.ts'
import { wireguardReceive } from './wireguard/receive.ts'
import type { LinkRow } from '../tables.ts'

const delivered = stepAt('ip.local', 'deliver')

/** ip_local_deliver: whole again if it was in pieces, through INPUT, and to its protocol. */
export function localDeliver(k: Kernel, skb: Skb, child: LinkRow | null = null): void {
  if (!defragment(k, skb)) return
  if (runHook(k, skb, 'INPUT', skb.dev, 0) !== 'accept') return
  if (child) handTo(k, skb, child)
  const ip = ipOf(skb)
  const delivery: LocalDelivery = {
    netns: skb.netns,
    packet: skb.ids[0]!,
    ip,
    link: skb.iif,
    broadcast: skb.cast !== 'host',
    socket: skb.socket,
  }
  delivered(k, skb)
  switch (ip.payload.l) {
    case 'icmp':
      icmpReceive(k, skb, delivery)
      break
    case 'udp':
      if (skb.socket === 0 && UDP_TUNNELS.some((receive) => receive(k, skb))) return
      if (!k.sockets.udp(delivery)) noListener(k, skb)
      break
    case 'tcp':
      if (!k.sockets.tcp(delivery)) drop(k, skb, 'tcp', 'NO_SOCKET', { d: 'note', code: 'no-listener' })
      break
    default:
      if (ipTunnelReceive(k, skb)) return
      if (!k.sockets.raw(delivery)) {
        dropWithError(k, skb, 'ip.local', 'IP_NOPROTO', null, 3, 2)
      }
  }
  forget(k, skb)
}

/** Kernel sockets with an encap_rcv: asked before the sockets of programs. */
const UDP_TUNNELS: readonly ((k: Kernel, skb: Skb) => boolean)[] = [vxlanReceive, geneveReceive, wireguardReceive]

/** ipvlan_nf_input: behind INPUT of the parent's namespace the datagram belongs to the child. */
function handTo(k: Kernel, skb: Skb, child: LinkRow): void {
  handed(k, skb, 'ipvlan', child, 'ip')
  forget(k, skb)
  skb.dev = child.id
  skb.iif = child.id
  skb.netns = child.netns
}

/** udp: no socket on this port: ICMP port unreachable, unless the datagram was for everybody. */
function noListener(k: Kernel, skb: Skb): void {
  dropWithError(k, skb, 'udp', 'NO_SOCKET', { d: 'note', code: 'no-listener' }, 3, 3)
}
