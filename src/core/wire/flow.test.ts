import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ipv4 } from '../base/ipv4.ts'
import { ethernetArb } from '../testkit/wire-arbitraries.ts'
import { fiveTuple, flowHash, tunnelSourcePort } from './flow.ts'
import { type Ethernet, type Ipv4Packet, NO_DATA } from './types.ts'

/** The same conversation seen from the other side. */
function reply(frame: Ethernet): Ethernet {
  const payload = frame.payload
  if (payload.l !== 'ipv4') return { ...frame, src: frame.dst, dst: frame.src }
  const inner = payload.payload
  const turned =
    inner.l === 'tcp'
      ? { ...inner, sport: inner.dport, dport: inner.sport }
      : inner.l === 'udp'
        ? { ...inner, sport: inner.dport, dport: inner.sport }
        : inner
  return { ...frame, payload: { ...payload, src: payload.dst, dst: payload.src, payload: turned } }
}

const datagram = (sport: number, src: string): Ipv4Packet => ({
  l: 'ipv4',
  src: ipv4(src),
  dst: ipv4('10.244.2.2'),
  ttl: 64,
  proto: 17,
  id: 0,
  tos: 0,
  df: false,
  mf: false,
  frag: 0,
  payload: { l: 'udp', sport, dport: 53, payload: NO_DATA },
})

describe('flow hash', () => {
  it('is the same both ways, u32, and depends on the seed', () => {
    let differs = 0
    fc.assert(
      fc.property(ethernetArb(1), fc.integer(), (frame, seed) => {
        const hash = flowHash(frame, seed)
        expect(hash).toBe(flowHash(reply(frame), seed))
        expect(hash >>> 0).toBe(hash)
        if (flowHash(frame, seed + 1) !== hash) differs += 1
      }),
    )
    expect(differs).toBeGreaterThan(95)
  })

  // flow_keys_dissector_keys has no FLOW_DISSECTOR_KEY_ICMP: pings between two pods share one tunnel port.
  it('does not look at the id of an echo', () => {
    const echo = (id: number): Ipv4Packet => ({
      ...datagram(0, '10.244.1.2'),
      proto: 1,
      payload: { l: 'icmp', type: 8, code: 0, rest: id << 16, payload: NO_DATA },
    })
    expect(flowHash(echo(1), 7)).toBe(flowHash(echo(2), 7))
  })

  it('spreads flows evenly over the port range', () => {
    const buckets = Array.from({ length: 16 }, () => 0)
    for (let i = 0; i < 16_000; i++) {
      const port = tunnelSourcePort(flowHash(datagram(1024 + (i % 1000), `10.244.1.${i >> 6}`), 1))
      expect(port >= 32768 && port < 60999).toBe(true)
      buckets[Math.floor(((port - 32768) * 16) / 28231)]! += 1
    }
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  it('scales as the kernel does', () => {
    expect(tunnelSourcePort(0)).toBe(32768)
    expect(tunnelSourcePort(0x80000000)).toBe(32768 + 14115)
    expect(tunnelSourcePort(0x0000ffff)).toBe(60998)
  })

  it('is that of the addresses for every piece of a datagram and every echo', () => {
    const piece = { ...datagram(4000, '10.244.1.2'), mf: true }
    const later: Ipv4Packet = { ...piece, mf: false, frag: 185, payload: { l: 'data', data: 'xxxxxxxx' } }
    expect(flowHash(piece, 1)).toBe(flowHash(later, 1))
    const echo = (id: number): Ipv4Packet => ({
      ...piece,
      mf: false,
      proto: 1,
      payload: { l: 'icmp', type: 8, code: 0, rest: id * 65536 + 1, payload: NO_DATA },
    })
    expect(flowHash(echo(1), 1)).toBe(flowHash(echo(2), 1))
  })

  it('five-tuple: ports of the first fragment do not count', () => {
    const packet = datagram(4000, '10.244.1.2')
    expect(fiveTuple(packet)).toEqual({ src: 0x0af40102, dst: 0x0af40202, proto: 17, sport: 4000, dport: 53 })
    const fragment: Ipv4Packet = { ...packet, mf: true, payload: { l: 'data', data: '\x0f\xa0\0\x35\0\x08\0\0' } }
    expect(fiveTuple(fragment)).toMatchObject({ sport: 0, dport: 0 })
    expect(fiveTuple({ l: 'eth', src: 1, dst: 2, type: 0x86dd, payload: NO_DATA })).toBeNull()
  })
})
