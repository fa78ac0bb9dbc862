/** Views of a frame's nest of layers, for lists, labels and the trace's JSON lines. */
import { formatIpv4 } from '../base/ipv4.ts'
import { formatMac } from '../base/mac.ts'
import type { Frame, Layer } from './types.ts'

/** All layers, outermost first, empty `Data` left out; the index is `Field.layer` of `emitWithFields`. */
export function layersOf(frame: Frame): readonly Layer[] {
  const out: Layer[] = []
  let layer: Layer | null = frame
  while (layer !== null && !(layer.l === 'data' && layer.data === '')) {
    out.push(layer)
    layer = inside(layer)
  }
  return out
}

/** The layer directly inside, `null` at the core. */
export function inside(layer: Layer): Layer | null {
  return layer.l === 'arp' || layer.l === 'dns' || layer.l === 'data' ? null : layer.payload
}

/** The innermost frame or datagram: through tunnels, but not into what an ICMP error quotes. */
export function innermost(frame: Frame): Frame {
  let found: Frame = frame
  let layer: Layer | null = frame
  while (layer !== null && layer.l !== 'icmp') {
    if (layer.l === 'eth' || (layer.l === 'ipv4' && !wraps(found, layer))) found = layer
    layer = inside(layer)
  }
  return found
}

const wraps = (outer: Frame, layer: Layer): boolean => outer.l === 'eth' && outer.payload === layer

/** How many tunnels the frame is in. */
export function tunnelDepth(frame: Frame): number {
  let depth = -1
  let layer: Layer | null = frame
  while (layer !== null && layer.l !== 'icmp') {
    if (layer.l === 'ipv4') depth += 1
    layer = inside(layer)
  }
  return Math.max(0, depth)
}

export type LayerJson = { readonly l: Layer['l'] } & { readonly [field: string]: string | number | boolean | object }

/** One entry of `layers` in the trace's JSON lines: addresses as text, numbers as they are, payload bytes only counted. */
export function layerJson(layer: Layer): LayerJson {
  switch (layer.l) {
    case 'eth': {
      const { src, dst, type, vlan } = layer
      const head = { l: 'eth', src: formatMac(src), dst: formatMac(dst), type } as const
      return vlan === undefined ? head : { ...head, vlan }
    }
    case 'arp': {
      const { op, sha, spa, tha, tpa } = layer
      return { l: 'arp', op, sha: formatMac(sha), spa: formatIpv4(spa), tha: formatMac(tha), tpa: formatIpv4(tpa) }
    }
    case 'ipv4': {
      const { src, dst, ttl, proto, id, tos, df, mf, frag } = layer
      const head = { l: 'ipv4', src: formatIpv4(src), dst: formatIpv4(dst), ttl, proto, id, tos, df } as const
      return mf || frag > 0 ? { ...head, mf, frag } : head
    }
    case 'icmp':
      return { l: 'icmp', type: layer.type, code: layer.code, rest: layer.rest }
    case 'udp':
      return { l: 'udp', sport: layer.sport, dport: layer.dport }
    case 'tcp': {
      const { sport, dport, seq, ack, flags, window, options } = layer
      return { l: 'tcp', sport, dport, seq, ack, flags, window, options }
    }
    case 'vxlan':
      return { l: 'vxlan', vni: layer.vni }
    case 'geneve':
      return { l: 'geneve', vni: layer.vni }
    case 'gre': {
      const { csum, key, seq } = layer
      return { l: 'gre', csum, ...(key !== undefined && { key }), ...(seq !== undefined && { seq }) }
    }
    case 'wireguard':
      if (layer.type === 1) return { l: 'wireguard', type: 1, sender: layer.sender }
      if (layer.type === 2) return { l: 'wireguard', type: 2, sender: layer.sender, receiver: layer.receiver }
      return { l: 'wireguard', type: 4, receiver: layer.receiver, counter: layer.counter }
    case 'dns': {
      const { id, qr, rcode, questions, answers } = layer
      return { l: 'dns', id, qr, rcode, questions: questions.map((q) => q.name), answers: answers.length }
    }
    case 'data':
      return { l: 'data', length: layer.data.length }
  }
}

/** `layers` of a trace line. */
export const layersJson = (frame: Frame): readonly LayerJson[] => layersOf(frame).map(layerJson)
