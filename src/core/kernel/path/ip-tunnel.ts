import { IP_PROTO } from '../../wire/constants.ts'
import { ipLength } from '../../wire/length.ts'
import type { Frame, Gre, IpPayload, Ipv4Packet } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import { type IpTunnelConfig, isIpTunnel } from '../link/config.ts'
import { tunnelOverhead } from '../link/tunnel.ts'
import type { LinkRow } from '../tables.ts'
import { dropWithError } from './icmp.ts'
import { selectIdent } from './ip-ident.ts'
import { type Skb, drop, ipHeader, ipOf } from './skb.ts'
import { type TunnelDetail, datagramIn, leftOf, noteTunnelMtu, outerTos, sendWrapped, unwrap, wayTo } from './tunnel.ts'

/**
 * ip_tunnel_xmit (net/ipv4/ip_tunnel.c), of ipip, gre and gretap. TTL 0 means that of the packet inside (64 for frames without one); Don't
 * Fragment is said by the tunnel or copied; a datagram that must not be cut and does not fit is answered with ICMP.
 */
export function ipTunnelTransmit(k: Kernel, skb: Skb, link: LinkRow): void {
  const config = link.config as IpTunnelConfig
  const inner = datagramIn(skb.frame)
  // Without a remote end the next hop's address is it (rt_nexthop).
  const remote = config.remote !== 0 ? config.remote : config.kind === 'gretap' ? 0 : skb.nextHop
  if (remote === 0)
    return drop(k, skb, 'tunnel.xmit', 'NOT_SPECIFIED', { d: 'note', code: 'no-remote', value: link.name })
  const tos = outerTos(config.tos, inner)
  const way = wayTo(k, skb, link, remote, { src: config.local, tos })
  if (!way) return
  const df = config.pmtudisc || inner?.df === true
  const overhead = tunnelOverhead(config)
  const mtu = df ? leftOf(k, link.home, remote, way, overhead) : link.mtu
  noteTunnelMtu(k, link, inner, mtu)
  if (inner?.df && ipLength(inner) > mtu) {
    return dropWithError(k, skb, 'tunnel.xmit', 'PKT_TOO_BIG', { d: 'mtu', mtu, length: ipLength(inner) }, 3, 4, mtu)
  }
  const outer = ipHeader({
    src: config.local !== 0 ? config.local : way.source,
    dst: remote,
    proto: config.kind === 'ipip' ? IP_PROTO.ipip : IP_PROTO.gre,
    ttl: config.ttl !== 0 ? config.ttl : (inner?.ttl ?? 64),
    tos,
    df,
    id: selectIdent(k, link.home),
    payload: wrap(k, skb.frame, link, config),
  })
  sendWrapped(k, skb, link, outer, way, detailOf(link, config, remote))
}

function wrap(k: Kernel, frame: Frame, link: LinkRow, config: IpTunnelConfig): IpPayload {
  if (config.kind === 'ipip') return frame as Ipv4Packet
  return {
    l: 'gre',
    csum: config.ocsum,
    key: config.okey ?? undefined,
    seq: config.oseq ? k.world.next(`gre/${link.id}`) - 1 : undefined,
    payload: frame,
  }
}

const detailOf = (link: LinkRow, config: IpTunnelConfig, remote: number): TunnelDetail => ({
  d: 'tunnel',
  kind: config.kind,
  remote,
  overhead: tunnelOverhead(config),
  dev: link.id,
  label: config.okey === null ? '' : `key ${config.okey}`,
})

/** tunnel4_rcv, gre_rcv: a datagram of protocol 4 or 47 for this machine. False: the machine knows no such tunnels at all. */
export function ipTunnelReceive(k: Kernel, skb: Skb): boolean {
  const ip = ipOf(skb)
  const { payload } = ip
  const gre = payload.l === 'gre' ? payload : null
  if (!gre && payload.l !== 'ipv4') return false
  const inner: Frame = gre ? gre.payload : (payload as Ipv4Packet)
  const kind = !gre ? 'ipip' : inner.l === 'eth' ? 'gretap' : 'gre'
  const tunnels = k.t.linkByHome
    .at(skb.netns)
    .rows()
    .filter((link) => link.kind === kind)
  if (tunnels.length === 0) return false
  const link = lookup(tunnels, skb, gre)
  if (!link) {
    const key = gre?.key === undefined ? '' : ` key ${gre.key}`
    dropWithError(
      k,
      skb,
      'tunnel.recv',
      'NOT_SPECIFIED',
      { d: 'note', code: 'no-tunnel', value: `${kind}${key}` },
      3,
      3,
    )
    return true
  }
  const config = link.config as IpTunnelConfig
  if (gre && gre.csum !== config.ocsum && (gre.csum || config.ocsum)) {
    drop(k, skb, 'tunnel.recv', 'NOT_SPECIFIED', { d: 'note', code: 'no-tunnel', value: 'csum' })
    return true
  }
  unwrap(k, skb, inner, link, detailOf(link, config, ip.src))
  return true
}

/** ip_tunnel_lookup: both ends match, then the remote one, then the local one, then the key alone, then the fallback device. */
function lookup(tunnels: readonly LinkRow[], skb: Skb, gre: Gre | null): LinkRow | undefined {
  const { src, dst } = ipOf(skb)
  const up = tunnels.filter((link) => link.up && (link.lower === 0 || link.lower === skb.iif))
  const fits = (link: LinkRow, local: number, remote: number): boolean => {
    const { config } = link
    return (
      isIpTunnel(config) &&
      !config.fallback &&
      config.local === local &&
      config.remote === remote &&
      (gre?.key ?? null) === config.ikey
    )
  }
  const ends: readonly (readonly [number, number])[] = [
    [dst, src],
    [0, src],
    [dst, 0],
    [0, 0],
  ]
  for (const [local, remote] of ends) {
    const found = up.filter((link) => fits(link, local, remote))
    // Who is bound to the device it came in by goes first.
    if (found.length > 0) return found.find((link) => link.lower !== 0) ?? found[0]
  }
  return up.find((link) => isIpTunnel(link.config) && link.config.fallback)
}
