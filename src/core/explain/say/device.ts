import { formatMac, isGroupMac } from '../../base/mac.ts'
import type { Said, Told } from '../narrate.ts'
import { placeOf } from '../places.ts'

/** A frame leaves or enters a device, or passes a network's switch. */
export function sayDevice(told: Told): Said {
  const { env, record } = told
  const { point, verdict, frame } = record
  if (point === 'switch') {
    const dst = frame?.l === 'eth' ? frame.dst : 0
    const key = verdict === 'forward' ? 'switch-forward' : isGroupMac(dst) ? 'switch-broadcast' : 'switch-flood'
    return [key, { network: told.who, mac: formatMac(dst) }]
  }
  if (verdict === 'drop') return null
  const link = env.kernel.t.link.get(record.dev)
  if (point === 'dev.recv') return [`dev-recv-${link?.kind ?? 'ether'}`]
  if (point !== 'dev.xmit') return null
  if (link?.kind !== 'veth') return [`dev-xmit-${link?.kind ?? 'ether'}`]
  const peer = env.kernel.t.link.get(link.peer)
  return ['dev-xmit-veth', { peer: peer?.name ?? '', there: peer ? placeOf(env, peer.netns).short : '' }]
}
