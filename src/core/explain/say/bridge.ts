import { formatMac, isGroupMac } from '../../base/mac.ts'
import type { Said, Told } from '../narrate.ts'
import { deviceName } from '../places.ts'

/** What a bridge learned, looked up, and did with the frame. */
export function sayBridge({ env, record }: Told): Said {
  const { detail, verdict, point } = record
  if (!point.startsWith('bridge.') || detail === null) return null
  const bridge = deviceName(env, env.kernel.t.link.get(record.dev)?.master || record.dev)
  switch (detail.d) {
    case 'learn':
      return [detail.moved ? 'bridge-moved' : 'bridge-learn', { bridge, mac: formatMac(detail.mac), port: detail.port }]
    case 'fdb': {
      const { row } = detail
      const params = { bridge: deviceName(env, row.table), mac: formatMac(row.mac), port: deviceName(env, row.port) }
      return [row.local ? 'bridge-local' : 'bridge-lookup', params]
    }
    case 'fdb-miss':
      return [
        isGroupMac(detail.mac) ? 'bridge-broadcast' : 'bridge-flood',
        { bridge, mac: formatMac(detail.mac), n: detail.ports },
      ]
    case 'note':
      if (point === 'bridge.fdb') return ['bridge-up', { bridge: detail.value ?? bridge }]
      if (point === 'bridge.forward' && verdict === 'forward')
        return ['bridge-forward', { bridge, port: detail.value ?? '' }]
      if (detail.code === 'bridged-dnat') return ['bridged-dnat', { bridge }]
      return verdict === 'rewrite' ? ['bridge-nf-up', { bridge: detail.value ?? bridge }] : null
    default:
      return null
  }
}
