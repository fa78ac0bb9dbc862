import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ipv4 } from '../base/ipv4.ts'
import { mac } from '../base/mac.ts'
import { frameArb } from '../testkit/wire-arbitraries.ts'
import { changedFields } from './diff.ts'
import { emitWithFields } from './emit.ts'
import { innermost, layersJson, layersOf, tunnelDepth } from './layers.ts'
import { packetMark, protocolHue } from './summary.ts'
import {
  type Ethernet,
  type Frame,
  type IpPayload,
  type Ipv4Packet,
  type Tcp,
  type WgData,
  type Wireguard,
  NO_DATA,
} from './types.ts'

const head = { ttl: 64, id: 1, tos: 0, df: true, mf: false, frag: 0 }
const ip = (proto: number, payload: IpPayload): Ipv4Packet => ({
  l: 'ipv4',
  src: ipv4('10.244.1.2'),
  dst: ipv4('10.244.2.2'),
  proto,
  ...head,
  payload,
})
const eth = (payload: Ethernet['payload'], type = 0x0800): Ethernet => ({
  l: 'eth',
  src: 1,
  dst: mac('66:00:00:00:00:02'),
  type,
  payload,
})
const tcp = (flags: number, data = '', port = 80): Frame => {
  const options = { mss: 1460 }
  const segment: Tcp = {
    l: 'tcp',
    sport: 40000,
    dport: port,
    seq: 1,
    ack: 0,
    flags,
    window: 1,
    options,
    payload: { l: 'data', data },
  }
  return eth(ip(6, segment))
}
const vxlan = (inner: Frame): Frame =>
  inner.l === 'eth'
    ? eth(ip(17, { l: 'udp', sport: 51312, dport: 8472, payload: { l: 'vxlan', vni: 1, payload: inner } }))
    : inner
const sealed = (payload: WgData['payload']): WgData => ({ l: 'wireguard', type: 4, receiver: 1, counter: 0, padding: 0, payload }) // prettier-ignore
const wireguard = (payload: Wireguard): Frame => eth(ip(17, { l: 'udp', sport: 51820, dport: 51820, payload }))
const icmp = (type: number, payload: Ipv4Packet | typeof NO_DATA = NO_DATA): Ipv4Packet =>
  ip(1, { l: 'icmp', type, code: 0, rest: 0, payload })

describe('marks and hues', () => {
  it.each<[string, string, Frame]>([
    ['WG INIT', 'udp', wireguard({ l: 'wireguard', type: 1, sender: 1, publicKey: '', mac1: '', payload: NO_DATA })],
    ['WG KEEP', 'udp', wireguard(sealed(NO_DATA))],
    ['PING', 'icmp', wireguard(sealed(icmp(8)))],
    ['SYN', 'tcp', tcp(2)],
    ['SYN ACK', 'tcp', tcp(18)],
    ['ACK', 'tcp', tcp(16)],
    ['FIN', 'tcp', tcp(17)],
    ['RST', 'tcp', tcp(20)],
    ['GET', 'http', tcp(24, 'GET /x HTTP/1.1\r\nHost: web\r\n\r\n', 8080)],
    ['404', 'http', tcp(24, 'HTTP/1.1 404 Not Found\r\n\r\n')],
    ['DATA', 'http', tcp(24, 'more of a page')],
    ['DATA', 'tcp', tcp(24, 'x', 9000)],
    ['PING', 'icmp', icmp(8)],
    ['PONG', 'icmp', icmp(0)],
    ['ICMP', 'icmp', icmp(3, icmp(8))],
    ['UDP', 'udp', ip(17, { l: 'udp', sport: 1, dport: 2, payload: NO_DATA })],
    ['FRAG', 'icmp', { ...ip(1, NO_DATA), frag: 3 }],
    ['ARP', 'arp', eth({ l: 'arp', op: 1, sha: 1, spa: 2, tha: 0, tpa: 3 }, 0x0806)],
    ['L2', 'udp', eth(NO_DATA, 0x86dd)],
  ])('%s, %s, in a tunnel as outside', (mark, hue, frame) => {
    for (const seen of [frame, vxlan(frame), ip(4, frame.l === 'ipv4' ? frame : icmp(8))]) {
      if (seen.l === 'ipv4' && seen.proto === 4 && frame.l === 'eth') continue
      expect([packetMark(seen), protocolHue(seen)]).toEqual([mark, hue])
    }
  })

  it('innermost looks through tunnels but not into quotes', () => {
    const inner = tcp(2)
    expect(innermost(vxlan(inner))).toBe(inner)
    expect(tunnelDepth(vxlan(inner))).toBe(1)
    const error = icmp(11, ip(17, { l: 'udp', sport: 1, dport: 2, payload: NO_DATA }))
    expect(innermost(error)).toBe(error)
    expect(tunnelDepth(error)).toBe(0)
    const carried = icmp(8)
    expect(innermost(ip(4, carried))).toBe(carried)
  })

  it('works on anything', () => {
    fc.assert(
      fc.property(frameArb, (frame) => {
        expect(packetMark(frame)).not.toBe('')
        expect(protocolHue(frame)).toBeTypeOf('string')
        expect(JSON.parse(JSON.stringify(layersJson(frame)))).toHaveLength(layersOf(frame).length)
      }),
    )
  })
})

describe('layers', () => {
  it('are what the trace documents', () => {
    expect(layersJson(vxlan(tcp(2)))).toEqual([
      { l: 'eth', src: '00:00:00:00:00:01', dst: '66:00:00:00:00:02', type: 0x0800 },
      { l: 'ipv4', src: '10.244.1.2', dst: '10.244.2.2', proto: 17, ttl: 64, id: 1, tos: 0, df: true },
      { l: 'udp', sport: 51312, dport: 8472 },
      { l: 'vxlan', vni: 1 },
      { l: 'eth', src: '00:00:00:00:00:01', dst: '66:00:00:00:00:02', type: 0x0800 },
      { l: 'ipv4', src: '10.244.1.2', dst: '10.244.2.2', proto: 6, ttl: 64, id: 1, tos: 0, df: true },
      { l: 'tcp', sport: 40000, dport: 80, seq: 1, ack: 0, flags: 2, window: 1, options: { mss: 1460 } },
    ])
  })

  it('have the indexes that emitted fields carry', () => {
    fc.assert(
      fc.property(frameArb, (frame) => {
        const layers = layersOf(frame)
        for (const field of emitWithFields(frame).fields) expect(layers[field.layer]!.l).toBe(field.l)
      }),
    )
  })
})

describe('changed fields', () => {
  const names = (before: Frame, after: Frame): string[] =>
    changedFields(before, after).map(
      ({ field, before: text }) => `${field.l}.${field.name} ${text ?? 'new'} → ${field.text}`,
    )

  it('nothing changes in nothing', () => {
    fc.assert(fc.property(frameArb, (frame) => changedFields(frame, frame).length === 0))
  })

  it('a forwarded packet has new MACs, one less TTL and another checksum', () => {
    const before = tcp(2) as Ethernet
    const after = { ...before, src: 7, payload: { ...(before.payload as Ipv4Packet), ttl: 63 } }
    expect(names(before, after)).toEqual([
      'eth.src 00:00:00:00:00:01 → 00:00:00:00:00:07',
      'ipv4.ttl 64 → 63',
      expect.stringMatching(/^ipv4\.checksum 0x.{4} → 0x.{4}$/),
    ])
  })

  it('DNAT changes the transport checksum too', () => {
    const before = ip(17, { l: 'udp', sport: 1, dport: 2, payload: NO_DATA })
    const after = { ...before, dst: ipv4('10.244.2.3') }
    expect(names(before, after).map((line) => line.split(' ')[0])).toEqual([
      'ipv4.checksum',
      'ipv4.dst',
      'udp.checksum',
    ])
  })

  it('a tunnel adds its headers and leaves the inner frame alone', () => {
    const inner = tcp(2)
    const added = changedFields(inner, vxlan(inner))
    expect(added.every(({ field, before }) => field.layer < 4 && before === null)).toBe(true)
    expect(changedFields(vxlan(inner), inner)).toEqual([])
  })
})
