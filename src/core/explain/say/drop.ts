import { type Ipv4, formatIpv4 } from '../../base/ipv4.ts'
import { formatMac } from '../../base/mac.ts'
import { mtuLength } from '../../wire/length.ts'
import type { Params, Said, Told } from '../narrate.ts'
import { deviceName } from '../places.ts'

/** Packets that end, where the reason is not a rule, a connection or TCP: those speak for themselves. */
export function sayDrop(told: Told): Said {
  const { record } = told
  const { detail, drop } = record
  if (record.verdict !== 'drop' || (detail && SPOKEN.has(detail.d))) return null
  if (detail?.d === 'note' && detail.code !== 'loss') {
    const key = NOTES[detail.code]
    if (key) return [key, { ...common(told), value: detail.value ?? '' }]
  }
  const byDetail = detail && fromDetail(told)
  return byDetail ?? [BY_REASON[drop] ?? 'drop', { ...common(told), reason: drop }]
}

const SPOKEN: ReadonlySet<string> = new Set(['rule', 'policy', 'conntrack', 'tcp-refused', 'socket-lookup', 'tproxy'])

const NOTES: Readonly<Record<string, string>> = {
  'other-host': 'drop-other-host',
  'forwarding-off': 'drop-forwarding-off',
  'device-down': 'drop-device-down',
  'martian-source': 'drop-martian-source',
  'martian-destination': 'drop-martian-destination',
  'no-vni': 'drop-no-vni',
  'hairpin-off': 'drop-hairpin-off',
  'no-remote': 'drop-no-remote-end',
  'no-tunnel': 'drop-no-tunnel',
  'tunnel-loop': 'drop-tunnel-loop',
  private: 'drop-private',
  'no-process': 'drop-no-process',
  'no-peer': 'drop-no-peer',
  'no-endpoint': 'drop-no-endpoint',
  'wg-message': 'drop-wg-message',
  'wg-key': 'drop-wg-key',
  'wg-session': 'drop-wg-session',
  'wg-source': 'drop-wg-source',
  'wg-silent': 'drop-wg-silent',
  'hop-limit': 'drop-hop-limit',
  'overlapping-pieces': 'drop-overlapping-pieces',
  'peer-gone': 'drop-peer-gone',
  'no-listener': 'drop-no-listener',
  'has-socket': 'drop-has-socket',
}

const BY_REASON: Readonly<Record<string, string>> = {
  HOPSCOPE_LINK_LOSS: 'drop-loss',
  HOPSCOPE_NO_CARRIER: 'drop-no-carrier',
  HOPSCOPE_NO_OTHER_PORT: 'drop-no-other-port',
  HOPSCOPE_NETNS_GONE: 'drop-netns-gone',
  PKT_TOO_BIG: 'drop-wire-mtu',
  NEIGH_QUEUEFULL: 'drop-neigh-queuefull',
  NEIGH_DEAD: 'drop-neigh-dead',
  FRAG_REASM_TIMEOUT: 'drop-reassembly',
  DUP_FRAG: 'drop-duplicate-piece',
  LOCAL_MAC: 'drop-own-mac',
  BRIDGE_INGRESS_STP_STATE: 'drop-bridge-down',
}

function common({ record, dev }: Told): Params {
  const { frame } = record
  const ip = frame?.l === 'eth' ? frame.payload : frame
  const l4 = ip?.l === 'ipv4' ? ip.payload : null
  return {
    src: ip?.l === 'ipv4' ? formatIpv4(ip.src) : '',
    dst: ip?.l === 'ipv4' ? formatIpv4(ip.dst) : '',
    mac: frame?.l === 'eth' ? formatMac(frame.dst) : '',
    proto: l4 ? l4.l.toUpperCase() : '',
    port: l4 && (l4.l === 'udp' || l4.l === 'tcp') ? l4.dport : 0,
    length: frame ? mtuLength(frame) : 0,
    dev,
  }
}

function fromDetail(told: Told): Said {
  const { env, record } = told
  const { detail, point, drop } = record
  const params = common(told)
  switch (detail?.d) {
    case 'no-route':
      return [
        drop === 'IP_INADDRERRORS' ? 'drop-not-mine' : 'drop-no-route',
        { ...params, dst: formatIpv4(detail.dst) },
      ]
    case 'route':
      return ['drop-route-refused', { ...params, type: detail.route.type }]
    case 'rpfilter':
      return ['drop-rpfilter', { ...params, src: formatIpv4(detail.src), mode: detail.mode }]
    case 'ttl':
      return ['drop-ttl', { ...params, ttl: detail.ttl }]
    case 'mtu':
      return ['drop-mtu', { ...params, mtu: detail.mtu, length: detail.length }]
    case 'fdb-miss':
      return point === 'vxlan.xmit'
        ? ['drop-no-remote', { ...params, tunnel: deviceName(env, record.dev), mac: formatMac(detail.mac) }]
        : null
    case 'arp':
      return [sayNoAnswer(told, detail.what, detail.ip), { ...params, ip: formatIpv4(detail.ip) }]
    default:
      return null
  }
}

/** Nobody answered ARP. A question for a name server on the machines' own network gets a sentence of its own: every CoreDNS asks at its start. */
function sayNoAnswer({ env, record }: Told, what: string, ip: Ipv4): string {
  if (what !== 'failed') return 'drop-arp-ignored'
  const inner = record.frame?.l === 'eth' ? record.frame.payload : record.frame
  const asks = inner?.l === 'ipv4' && inner.dst === ip && inner.payload.l === 'udp' && inner.payload.dport === 53
  return asks && env.kernel.t.link.get(record.dev)?.kind === 'ether' ? 'drop-no-resolver' : 'drop-neigh-failed'
}
