import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import type { Said, Told } from '../narrate.ts'
import { deviceName } from '../places.ts'

/** The tunnel: where its other end is, wrapping, unwrapping. */
export function sayVxlan({ env, record }: Told): Said {
  const { detail, verdict } = record
  if (detail?.d === 'fdb' && record.point === 'vxlan.xmit') {
    const { row } = detail
    const params = { tunnel: deviceName(env, row.table), mac: formatMac(row.mac), remote: formatIpv4(row.dst) }
    return [row.mac === 0 ? 'vxlan-default' : 'vxlan-lookup', params]
  }
  if (detail?.d !== 'vxlan') return null
  const params = {
    tunnel: deviceName(env, detail.dev),
    vni: detail.vni,
    remote: formatIpv4(detail.remote),
    overhead: detail.overhead,
  }
  return [verdict === 'encapsulate' ? 'vxlan-encapsulate' : 'vxlan-decapsulate', params]
}
