import { formatIpv4 } from '../base/ipv4.ts'
import { formatMac } from '../base/mac.ts'
import { POINTS } from '../trace/vocabulary.ts'
import { ipLength } from '../wire/length.ts'
import type { Frame, Ipv4Packet } from '../wire/types.ts'
import type { Kernel } from '../kernel/kernel.ts'

/** What a capture on every device would have seen, in order, one line each: `ns/dev out  mac > mac  …`. */
export function sightings(k: Kernel, nameOf: (netns: number) => string): string[] {
  const lines: string[] = []
  const { columns, length } = k.trace
  for (let i = 0; i < length; i++) {
    const point = POINTS[columns.point[i]!]
    if (point !== 'dev.xmit' && point !== 'dev.recv') continue
    const link = k.t.link.get(columns.dev[i]!)
    lines.push(
      `${nameOf(columns.place[i]!)}/${link?.name} ${point === 'dev.xmit' ? 'out' : 'in'} ${describe(k.trace.frameAt(i)!)}`,
    )
  }
  return lines
}

const FLAGS = 'FSRP.U'
const flags = (bits: number): string => [...FLAGS].filter((_, i) => bits & (1 << i)).join('')

export function describe(frame: Frame): string {
  if (frame.l === 'ipv4') return ip(frame)
  const tag = frame.vlan === undefined ? '' : ` vlan ${frame.vlan}`
  const macs = `${formatMac(frame.src)} > ${formatMac(frame.dst)}${tag}`
  const p = frame.payload
  if (p.l === 'arp') {
    return `${macs} arp ${p.op} ${formatIpv4(p.spa)} ${formatIpv4(p.tpa)} ${formatMac(p.sha)}`
  }
  return p.l === 'ipv4' ? `${macs} ${ip(p)}` : `${macs} data`
}

function ip(p: Ipv4Packet): string {
  const head = `${formatIpv4(p.src)} > ${formatIpv4(p.dst)} ttl ${p.ttl} len ${p.totalLength ?? ipLength(p)}`
  const l4 = p.payload
  if (l4.l === 'udp') {
    if (l4.payload.l === 'geneve') return `${head} geneve ${l4.payload.vni} [${describe(l4.payload.payload)}]`
    if (l4.payload.l === 'wireguard') {
      const { type, payload } = l4.payload
      return `${head} wireguard ${type}${payload.l === 'ipv4' ? ` [${describe(payload)}]` : ''}`
    }
    if (l4.payload.l === 'vxlan') return `${head} vxlan ${l4.payload.vni} [${describe(l4.payload.payload)}]`
    return `${head} udp ${l4.sport} > ${l4.dport}`
  }
  if (l4.l === 'tcp') return `${head} tcp ${l4.sport} > ${l4.dport} ${flags(l4.flags)} ${l4.payload.data.length}`
  if (l4.l === 'ipv4') return `${head} ipip [${describe(l4)}]`
  if (l4.l === 'gre') return `${head} gre${l4.key === undefined ? '' : ` key ${l4.key}`} [${describe(l4.payload)}]`
  if (l4.l === 'icmp') return `${head} icmp ${l4.type}/${l4.code}`
  return head
}
