import { formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { ARP_OP } from '../../wire/constants.ts'
import type { Said, Told } from '../narrate.ts'
import { deviceName } from '../places.ts'

/** The neighbour table: who has the next hop's address on the link. */
export function sayNeigh({ env, record }: Told): Said {
  const { detail, verdict, point } = record
  if (point !== 'neigh' || detail?.d !== 'neigh') return null
  const params = {
    ip: formatIpv4(detail.ip),
    mac: formatMac(detail.mac),
    state: detail.state,
    out: deviceName(env, detail.dev),
  }
  if (verdict === 'queue') return ['neigh-queue', params]
  if (verdict === 'release') return ['neigh-release', params]
  return [detail.state === 'PERMANENT' ? 'neigh-permanent' : 'neigh-known', params]
}

/** ARP, asked and answered. */
export function sayArp({ record }: Told): Said {
  const { detail, verdict, point, frame } = record
  if (point !== 'arp' || detail?.d !== 'arp') return null
  const arp = frame?.l === 'eth' && frame.payload.l === 'arp' ? frame.payload : null
  const params = {
    ip: formatIpv4(detail.ip),
    mac: arp ? formatMac(arp.sha) : '',
    asker: arp ? formatIpv4(arp.spa) : '',
  }
  // A question about one's own address wants no answer: it tells the others (RFC 5227, section 2.3).
  const gratuitous = arp !== null && arp.op === ARP_OP.request && arp.spa === arp.tpa
  if (gratuitous && verdict === 'create') return ['arp-announce', params]
  if (gratuitous && detail.what === 'ignored') return ['arp-announced', params]
  if (verdict === 'create') return [detail.what === 'answer' ? 'arp-reply' : 'arp-request', params]
  const heard = HEARD[detail.what]
  return heard ? [heard, params] : null
}

const HEARD: Readonly<Record<string, string>> = {
  answer: 'arp-asked',
  proxy: 'arp-proxy',
  learned: 'arp-learned',
  updated: 'arp-updated',
  ignored: 'arp-ignored',
}
