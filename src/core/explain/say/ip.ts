import { formatIpv4 } from '../../base/ipv4.ts'
import type { Said, Told } from '../narrate.ts'
import { icmpKey } from './icmp-words.ts'

/** Forwarding, fragments, local delivery, and what ICMP tells. */
export function sayIp({ record }: Told): Said {
  const { detail, point, verdict } = record
  if (point === 'ip.local' && verdict === 'deliver') return ['ip-deliver', { proto: protocolOf(record.frame) }]
  if (detail === null) return null
  switch (detail.d) {
    case 'ttl':
      return ['ip-forward', { ttl: detail.ttl }]
    case 'fragment':
      if (verdict === 'queue') return ['frag-queue', { index: detail.index + 1 }]
      if (verdict === 'reassemble') return ['frag-reassemble', { count: detail.count }]
      return ['frag-cut', { index: detail.index + 1, count: detail.count, mtu: detail.mtu }]
    case 'icmp':
      if (detail.type === 8) return ['icmp-echo', { from: sourceOf(record.frame) }]
      return [
        icmpKey('icmp-told', detail.type, detail.code),
        { to: formatIpv4(detail.to), from: sourceOf(record.frame), type: detail.type, code: detail.code },
      ]
    default:
      return null
  }
}

type Frame = Told['record']['frame']

const ipOf = (frame: Frame) => (frame?.l === 'eth' ? frame.payload : frame)

function protocolOf(frame: Frame): string {
  const ip = ipOf(frame)
  if (ip?.l !== 'ipv4') return ''
  return ip.payload.l === 'data' || ip.payload.l === 'ipv4' ? `${ip.proto}` : ip.payload.l.toUpperCase()
}

function sourceOf(frame: Frame): string {
  const ip = ipOf(frame)
  return ip?.l === 'ipv4' ? formatIpv4(ip.src) : ''
}
