import { IP_PROTO, isIcmpError } from '../../wire/constants.ts'
import type { Icmp } from '../../wire/types.ts'
import type { Kernel, LocalDelivery } from '../kernel.ts'
import { routeOutput } from '../route/output.ts'
import { learnMtu } from '../route/pmtu.ts'
import { sysctl, sysctlNumber } from '../sysctl/sysctl.ts'
import { redirected } from './redirect.ts'
import { type Skb, drop, step } from './skb.ts'

/** icmp_rcv: echo is answered here; errors go to the socket they are about; the rest to whoever listens. */
export function icmpReceive(k: Kernel, skb: Skb, d: LocalDelivery): void {
  const icmp = d.ip.payload as Icmp
  if (icmp.type === 8) return echo(k, skb, d, icmp)
  if (isIcmpError(icmp.type)) return error(k, skb, d, icmp)
  if (!k.sockets.icmp(d)) drop(k, skb, 'icmp', 'NO_SOCKET', { d: 'note', code: 'no-listener' })
}

function echo(k: Kernel, skb: Skb, d: LocalDelivery, icmp: Icmp): void {
  if (sysctl(k, skb.netns, 'net.ipv4.icmp_echo_ignore_all') === '1') return drop(k, skb, 'icmp', 'NOT_SPECIFIED')
  if (d.broadcast && sysctl(k, skb.netns, 'net.ipv4.icmp_echo_ignore_broadcasts') === '1') {
    return drop(k, skb, 'icmp', 'NOT_SPECIFIED')
  }
  k.sockets.icmp(d)
  step(k, skb, 'icmp', 'deliver', { d: 'icmp', type: 8, code: 0, to: d.ip.dst })
  k.send({
    netns: skb.netns,
    src: d.broadcast ? 0 : d.ip.dst,
    dst: d.ip.src,
    proto: IP_PROTO.icmp,
    payload: { l: 'icmp', type: 0, code: 0, rest: icmp.rest, payload: icmp.payload },
    tos: d.ip.tos,
    mark: 0,
    byIcmp: true,
    origin: d.packet,
  })
}

const isFragNeeded = (icmp: Icmp): boolean => icmp.type === 3 && icmp.code === 4

/** icmp_unreach and icmp_socket_deliver: "fragmentation needed" teaches the path MTU, a redirect the gateway; then the socket hears of it. */
function error(k: Kernel, skb: Skb, d: LocalDelivery, icmp: Icmp): void {
  if (icmp.payload.l !== 'ipv4') return drop(k, skb, 'icmp', 'PKT_TOO_SMALL')
  const quoted = icmp.payload
  step(k, skb, 'icmp', 'deliver', { d: 'icmp', type: icmp.type, code: icmp.code, to: quoted.dst })
  const mode = sysctlNumber(k, skb.netns, 'net.ipv4.ip_no_pmtu_disc')
  // Mode 2 does not hear of it at all, 1 does not believe the figure.
  if (isFragNeeded(icmp) && mode >= 2) return
  const mtu = isFragNeeded(icmp) && mode === 0 ? icmp.rest & 0xffff : 0
  const query = { src: quoted.src, anySource: true, tos: quoted.tos }
  const route = routeOutput(k, skb.netns, quoted.dst, query)
  if (route.ok && isFragNeeded(icmp)) learnMtu(k, skb.netns, quoted.dst, mtu, route.value.route, route.value.hop)
  if (route.ok && icmp.type === 5) redirected(k, skb, quoted.dst, icmp.rest, d.ip.src, route.value)
  k.sockets.error({
    netns: skb.netns,
    link: d.link,
    packet: d.packet,
    from: d.ip.src,
    type: icmp.type,
    code: icmp.code,
    mtu,
    quoted,
  })
}
