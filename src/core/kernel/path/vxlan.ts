import type { Ipv4 } from '../../base/ipv4.ts'
import { tunnelSourcePort } from '../../wire/flow.ts'
import { VXLAN_HEADER, UDP_HEADER, IPV4_HEADER, ETHERNET_HEADER } from '../../wire/length.ts'
import { IP_PROTO } from '../../wire/constants.ts'
import type { Ethernet, Udp } from '../../wire/types.ts'
import type { Kernel } from '../kernel.ts'
import { routeOutput } from '../route/output.ts'
import { fdbLookup } from '../link/bridge.ts'
import type { LinkRow } from '../tables.ts'
import { fdbDetail } from './bridge.ts'
import { selectIdent } from './ip-ident.ts'
import { type Skb, drop, ipHeader, ipOf, step } from './skb.ts'
import { type TunnelDetail, sendWrapped, takeFlow, unwrap } from './tunnel.ts'

/** What a VXLAN tunnel over IPv4 adds to a frame: 20 + 8 + 8 + 14 = 50 bytes. */
const VXLAN_OVERHEAD: number = IPV4_HEADER + UDP_HEADER + VXLAN_HEADER + ETHERNET_HEADER

const ZERO_MAC = 0

/** vxlan_xmit (drivers/net/vxlan/vxlan_core.c): finds the remote end by the inner destination MAC, wraps the frame, sends the result. */
export function vxlanTransmit(k: Kernel, skb: Skb, link: LinkRow): void {
  const config = link.vxlan!
  const inner = skb.frame as Ethernet
  const row = fdbLookup(k, link, inner.dst) ?? fdbLookup(k, link, ZERO_MAC)
  if (!row || row.dst === 0) {
    return drop(k, skb, 'vxlan.xmit', 'VXLAN_NO_REMOTE', { d: 'fdb-miss', mac: inner.dst, ports: 0 })
  }
  step(k, skb, 'vxlan.xmit', 'lookup', fdbDetail(row))
  const route = routeOutput(k, link.home, row.dst, { src: 0, mark: skb.mark, oif: 0 })
  if (!route.ok) return drop(k, skb, 'vxlan.xmit', 'IP_OUTNOROUTES', { d: 'no-route', dst: row.dst })
  const udp: Udp = {
    l: 'udp',
    sport: tunnelSourcePort(takeFlow(skb)),
    dport: config.port,
    payload: { l: 'vxlan', vni: config.vni, payload: inner },
  }
  const src = config.local !== 0 ? config.local : route.value.source
  const id = selectIdent(k, link.home)
  const outer = ipHeader({ src, dst: row.dst, proto: IP_PROTO.udp, payload: udp, id })
  sendWrapped(k, skb, link, outer, route.value, detailOf(link, config.vni, row.dst))
}

const detailOf = (link: LinkRow, vni: number, remote: Ipv4): TunnelDetail => ({
  d: 'vxlan',
  vni,
  remote,
  overhead: VXLAN_OVERHEAD,
  dev: link.id,
})

/** vxlan_rcv: a datagram for a VXLAN socket of this namespace. True: it was one, and has been dealt with. */
export function vxlanReceive(k: Kernel, skb: Skb): boolean {
  const udp = ipOf(skb).payload as Udp
  const tunnels = k.t.linkByHome.at(skb.netns).rows()
  const listens = (link: LinkRow): boolean => link.vxlan?.port === udp.dport && link.up
  if (!tunnels.some(listens)) return false
  const { payload } = udp
  if (payload.l !== 'vxlan') {
    drop(k, skb, 'vxlan.recv', 'VXLAN_INVALID_HDR')
    return true
  }
  const link = tunnels.find((candidate) => listens(candidate) && candidate.vxlan!.vni === payload.vni)
  if (!link) {
    drop(k, skb, 'vxlan.recv', 'VXLAN_VNI_NOT_FOUND', { d: 'note', code: 'no-vni', value: String(payload.vni) })
    return true
  }
  const inner = payload.payload
  if (inner.src === link.mac) {
    drop(k, skb, 'vxlan.recv', 'LOCAL_MAC')
    return true
  }
  unwrap(k, skb, inner, link, detailOf(link, payload.vni, ipOf(skb).src))
  return true
}
