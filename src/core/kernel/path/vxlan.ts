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
import { localOut } from './ip-output.ts'
import { receiveOn } from './receive.ts'
import { type Skb, drop, ipHeader, ipOf, makeSkb, step, tooDeep } from './skb.ts'
import { takeFlow } from './tunnel.ts'

/** What a VXLAN tunnel over IPv4 adds to a frame: 14 + 20 + 8 + 8, less nothing: 50 bytes of MTU. */
export const VXLAN_OVERHEAD: number = IPV4_HEADER + UDP_HEADER + VXLAN_HEADER + ETHERNET_HEADER

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
  if (tooDeep(k, skb, 'vxlan.xmit')) return
  const udp: Udp = {
    l: 'udp',
    sport: tunnelSourcePort(takeFlow(skb)),
    dport: config.port,
    payload: { l: 'vxlan', vni: config.vni, payload: inner },
  }
  const src = config.local !== 0 ? config.local : route.value.source
  const id = selectIdent(k, link.home)
  const outer = ipHeader({ src, dst: row.dst, proto: IP_PROTO.udp, payload: udp, id })
  const packet = k.trace.packet(skb.ids[0]!, 0)
  const wrapped = makeSkb([packet, ...skb.ids], outer, link.home, link.id)
  wrapped.mark = skb.mark
  wrapped.nesting = skb.nesting + 1
  wrapped.flow = skb.flow
  wrapped.sender = skb.sender
  wrapped.uid = skb.uid
  step(k, wrapped, 'vxlan.xmit', 'encapsulate', {
    d: 'vxlan',
    vni: config.vni,
    remote: row.dst,
    overhead: VXLAN_OVERHEAD,
    dev: link.id,
  })
  localOut(k, wrapped, route.value)
}

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
  const remote = ipOf(skb).src
  const detail = { d: 'vxlan', vni: payload.vni, remote, overhead: VXLAN_OVERHEAD, dev: link.id } as const
  step(k, skb, 'vxlan.recv', 'decapsulate', detail)
  const ids = skb.ids.length > 1 ? skb.ids.slice(1) : [k.trace.packet(skb.ids[0]!, 0)]
  const freed = makeSkb(ids, inner, link.netns, link.id)
  receiveOn(k, freed, link)
  return true
}
