import { IP_PROTO } from '../../wire/constants.ts'
import { tunnelSourcePort } from '../../wire/flow.ts'
import type { Ethernet, Udp } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import type { GeneveConfig } from '../link/config.ts'
import { GENEVE_OVERHEAD } from '../link/tunnel.ts'
import type { LinkRow } from '../tables.ts'
import { selectIdent } from './ip-ident.ts'
import { type Skb, drop, ipHeader, ipOf } from './skb.ts'
import {
  type TunnelDetail,
  datagramIn,
  leftOf,
  noteTunnelMtu,
  outerTos,
  sendWrapped,
  takeFlow,
  unwrap,
  wayTo,
} from './tunnel.ts'

const configOf = (link: LinkRow): GeneveConfig | null => (link.config?.kind === 'geneve' ? link.config : null)

/** geneve_xmit (drivers/net/geneve.c): every frame to the one remote end. */
export function geneveTransmit(k: Kernel, skb: Skb, link: LinkRow): void {
  const config = configOf(link)!
  const frame = skb.frame as Ethernet
  const inner = datagramIn(frame)
  const way = wayTo(k, skb, link, config.remote, { src: 0, mark: skb.mark })
  if (!way) return
  noteTunnelMtu(k, link, inner, leftOf(k, link.home, config.remote, way, GENEVE_OVERHEAD))
  const udp: Udp = {
    l: 'udp',
    sport: tunnelSourcePort(takeFlow(skb), 1, 65535),
    dport: config.port,
    payload: { l: 'geneve', vni: config.vni, payload: frame },
  }
  const outer = ipHeader({
    src: way.source,
    dst: config.remote,
    proto: IP_PROTO.udp,
    ttl: config.ttl || 64,
    tos: outerTos(0, inner),
    df: config.df === 'set' || (config.df === 'inherit' && inner?.df === true),
    id: selectIdent(k, link.home),
    payload: udp,
  })
  sendWrapped(k, skb, link, outer, way, detailOf(link, config))
}

const detailOf = (link: LinkRow, config: GeneveConfig): TunnelDetail => ({
  d: 'tunnel',
  kind: 'geneve',
  remote: config.remote,
  overhead: GENEVE_OVERHEAD,
  dev: link.id,
  label: `vni ${config.vni}`,
})

/** geneve_udp_encap_recv: found by VNI and by who sent it. True: the port is Geneve's, and the datagram has been dealt with. */
export function geneveReceive(k: Kernel, skb: Skb): boolean {
  const ip = ipOf(skb)
  const udp = ip.payload as Udp
  const tunnels = k.t.linkByHome.at(skb.netns).rows()
  const listening = tunnels.filter((link) => link.up && configOf(link)?.port === udp.dport)
  if (listening.length === 0) return false
  const { payload } = udp
  const link =
    payload.l === 'geneve'
      ? listening.find((each) => configOf(each)!.vni === payload.vni && configOf(each)!.remote === ip.src)
      : undefined
  if (payload.l !== 'geneve' || !link) {
    const value = payload.l === 'geneve' ? String(payload.vni) : ''
    drop(k, skb, 'tunnel.recv', 'NOT_SPECIFIED', { d: 'note', code: 'no-vni', value })
    return true
  }
  if (payload.payload.src === link.mac) {
    drop(k, skb, 'tunnel.recv', 'LOCAL_MAC')
    return true
  }
  unwrap(k, skb, payload.payload, link, detailOf(link, configOf(link)!))
  return true
}
