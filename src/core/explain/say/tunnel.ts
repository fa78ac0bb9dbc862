import { formatIpv4 } from '../../base/ipv4.ts'
import type { Said, Told } from '../narrate.ts'
import { deviceName, placeOf } from '../places.ts'

/** IPIP, GRE, Geneve, WireGuard: wrapping and unwrapping, and what WireGuard's peers agree on. */
export function sayTunnel({ env, record }: Told): Said {
  const { detail, verdict } = record
  const wraps = verdict === 'encapsulate' || verdict === 'create'
  if (detail?.d === 'tunnel') {
    const { overhead, label } = detail
    const params = { tunnel: deviceName(env, detail.dev), remote: formatIpv4(detail.remote), overhead, label }
    return [`${wraps ? 'wrap' : 'unwrap'}-${detail.kind}`, params]
  }
  if (detail?.d !== 'wireguard') return null
  const params = {
    tunnel: deviceName(env, detail.dev),
    peer: `${detail.peer.slice(0, 6)}…`,
    remote: `${formatIpv4(detail.remote)}:${detail.port}`,
  }
  return [`wireguard-${wraps ? 'send' : 'receive'}-${detail.what}`, params]
}

/** VLAN, macvlan, ipvlan, tun: which device has the frame next, and why. */
export function sayStacked({ env, record }: Told): Said {
  const { detail, point } = record
  if (detail?.d === 'handed') {
    const there = env.kernel.t.link.get(detail.dev)
    return [`handed-${detail.why}`, { kind: point, to: detail.to, there: there ? placeOf(env, there.netns).short : '' }]
  }
  return detail?.d === 'note' && detail.code === 'to-process' ? ['tun-deliver'] : null
}
